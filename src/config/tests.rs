#[path = "list_tests.rs"]
mod lists;

use super::*;
use crate::issuer::{LimitSettings, SessionSettings};

const DEFAULTS: &str = include_str!("../doorstep.default.toml");

/// Loads `text` as /etc/doorstep/doorstep.toml would be, and these variables.
fn load(text: &str, variables: &[(&str, &str)]) -> Result<Config, String> {
    let directory =
        std::env::temp_dir().join(format!("doorstep-config-{}", crate::secret::random_id()));
    std::fs::create_dir(&directory).unwrap();
    let file = directory.join("doorstep.toml");
    std::fs::write(&file, text).unwrap();
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let config = Config::from_parts(Some(&file), variables);
    std::fs::remove_dir_all(&directory).unwrap();
    config.map_err(|error| error.to_string().replace(&format!("{}/", directory.display()), ""))
}

#[test]
fn the_documented_defaults_are_the_defaults() {
    let config = Config::from_parts(None, []).unwrap();
    let documented = load(DEFAULTS, &[]).unwrap();
    let written = |config: &Config| {
        let paths = (
            config.key_file.file_name().map(ToOwned::to_owned),
            config.database.url.expose().rsplit('/').next().map(|name| name.replace("sqlite:", "")),
        );
        (format!("{:?}", Config { key_file: PathBuf::new(), ..config.clone() }), paths)
    };
    assert_eq!(written(&config), written(&documented));
    assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.issuer_url().as_str(), "http://localhost:8080");
    assert_eq!(config.brand, Brand::default());
    let (sessions, limits) = (SessionSettings::default(), LimitSettings::default());
    assert_eq!(config.session.lifetime, sessions.lifetime);
    assert_eq!(config.session.idle_lifetime, sessions.idle_lifetime);
    assert_eq!(config.limits.body_bytes, limits.body_bytes);
    assert_eq!(config.limits.pushed_requests, limits.pushed_requests);
    assert_eq!(config.limits.user_codes, limits.user_codes);
    assert_eq!(config.limits.token_failures, limits.token_failures);
    assert_eq!(config.limits.registrations, limits.registrations);
    assert_eq!(config.registration, RegistrationSettings::default());
    assert_eq!(config.client_id_metadata_documents, DocumentSettings::default());
    assert_eq!(config.grants, GrantSettings::default());
    let password = &config.password;
    assert_eq!((password.memory_kib, password.iterations, password.parallelism), (19_456, 2, 1));
}

#[test]
fn every_key_is_explained() {
    let mut explained = false;
    for line in DEFAULTS.lines().take_while(|line| !line.contains("[[clients]]")) {
        match line {
            "" => explained = false,
            comment if comment.starts_with("# ") => explained = true,
            key => assert!(explained || key.starts_with('['), "{key}"),
        }
    }
}

#[test]
fn a_grant_that_is_off_is_said_to_be() {
    let robot = "[[clients]]\nclient_id = 'robot'\nclient_secret = 'an invented secret'\n\
                 grant_types = ['client_credentials']\n";
    assert_eq!(
        load(robot, &[]).unwrap_err(),
        "doorstep.toml line 4: clients.robot.grant_types has client_credentials, which is off: \
         set client_credentials = true in the section [grants]"
    );
    let grants = "[grants]\nclient_credentials = true\n";
    assert!(load(&format!("{grants}{robot}"), &[]).unwrap().grants.client_credentials);
    assert!(load(robot, &[("DOORSTEP_GRANTS_CLIENT_CREDENTIALS", "true")]).is_ok());
}

#[test]
fn the_file_wins_over_defaults_and_the_environment_over_both() {
    let file = "listen = '[::1]:1'\n[session]\nlifetime = 900000\n[proxy]\ntrusted = ['10.0.0.0/8', '192.0.2.1']";
    let config = load(file, &[("DOORSTEP_SESSION_LIFETIME", "800000")]).unwrap();
    assert_eq!(config.listen.to_string(), "[::1]:1");
    assert_eq!((config.session.lifetime, config.session.idle_lifetime), (800_000, 604_800));
    let networks = ["10.0.0.0/8", "192.0.2.1/32"].map(|network| network.parse().unwrap());
    assert_eq!(config.proxy.trusted.0, networks);
    let config = load(file, &[("DOORSTEP_PROXY_TRUSTED", "192.0.2.1, 2001:db8::/32")]).unwrap();
    assert_eq!(config.proxy.trusted.0.len(), 2);
}

#[test]
fn every_key_can_be_set_by_a_variable() {
    let other = |key: &str, value: &toml::Value| match (key, value) {
        ("listen", _) => "127.0.0.1:9".into(),
        ("issuer", _) => "https://id.example.org/oidc".into(),
        ("database.url", _) => "postgres://db.example.org/doorstep".into(),
        ("proxy.trusted" | "outgoing.allowed_networks", _) => "192.0.2.0/24".into(),
        ("accounts.usernames" | "ldap.usernames", _) => "email".into(),
        ("brand.accent", _) => "#102030".into(),
        ("brand.language", _) => "de".into(),
        ("brand.logo", _) => "static/favicon.svg".into(),
        ("brand.support_url", _) => "https://help.example.org".into(),
        ("ldap.url", _) => "ldaps://ldap.example.org".into(),
        ("ldap.accounts", _) => "known".into(),
        ("log.format", _) => "json".into(),
        ("log.filter", _) => "warn".into(),
        ("tls.certificate" | "tls.private_key", _) => "file.pem".into(),
        ("limits.body_bytes", _) => "8192".into(),
        ("registration.mode", _) => "open".into(),
        ("session.lifetime", _) => "5000000".into(),
        (_, toml::Value::Boolean(value)) => (!value).to_string(),
        (_, toml::Value::Integer(value)) => (value + 1).to_string(),
        (_, _) => "another".to_owned(),
    };
    // With a provider passwords can be switched off.
    let provider = "[[providers]]\nid = 'x'\nissuer = 'https://x.example'\nclient_id = 'd'\n";
    let unchanged = load(provider, &[]).unwrap();
    let mut seen = std::collections::BTreeSet::new();
    for (key, default) in Layers::keys() {
        let name = environment::variable(&key);
        assert!(seen.insert(name.clone()), "{name} is ambiguous");
        let mut variables = vec![(name, other(&key, &default))];
        if key == "ldap.url" {
            variables.push(("DOORSTEP_LDAP_BASE".into(), "dc=example".into()));
        }
        if key.starts_with("tls.") {
            variables = ["DOORSTEP_TLS_CERTIFICATE", "DOORSTEP_TLS_PRIVATE_KEY"]
                .map(|name| (name.to_owned(), "file.pem".to_owned()))
                .into();
        }
        let variables: Vec<_> =
            variables.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        let config = load(provider, &variables).unwrap_or_else(|error| panic!("{key}: {error}"));
        let changed = config.database.url != unchanged.database.url
            || format!("{config:?}") != format!("{unchanged:?}");
        assert!(changed, "{key} was not taken over");
    }
}

#[test]
fn unknown_settings_are_errors_that_name_the_nearest() {
    for (file, message) in [
        ("\nlisen = 'x'", "doorstep.toml line 2: there is no setting lisen; did you mean listen?"),
        (
            "[sesion]\nlifetime = 1",
            "doorstep.toml line 1: there is no setting sesion; did you mean session?",
        ),
        (
            "[database]\n\nuri = 'x'",
            "doorstep.toml line 3: there is no setting database.uri; did you mean database.url?",
        ),
        (
            "idle_lifetime = 1",
            "doorstep.toml line 1: there is no setting idle_lifetime; did you mean session.idle_lifetime?",
        ),
        ("xyzzy = 1", "doorstep.toml line 1: there is no setting xyzzy"),
        (
            "[[clients]]\nclient_id = 'wiki'\nredirect_uri = 'x'",
            "doorstep.toml line 3: there is no setting clients.wiki.redirect_uri; did you mean redirect_uris?",
        ),
    ] {
        assert_eq!(load(file, &[]).unwrap_err(), message);
    }
    let message = load("", &[("DOORSTEP_DATABASE_URI", "x")]).unwrap_err();
    assert_eq!(
        message,
        "environment: there is no setting DOORSTEP_DATABASE_URI; did you mean DOORSTEP_DATABASE_URL?"
    );
    let others = [("DOORSTEP_CA_FILE", "x"), ("DOORSTEP_SERVICE_HOST", "x"), ("PATH", "x")];
    assert!(load("", &others).is_ok());
}

#[test]
fn bad_values_name_place_and_key_and_say_what_is_expected() {
    for (file, message) in [
        ("listen = 8080", "doorstep.toml line 1: listen should be text in quotes"),
        (
            "listen = 'localhost'",
            "doorstep.toml line 1: listen cannot be used: it should be an address and a port, as in 127.0.0.1:8080 or [::]:8080",
        ),
        ("listen = ''", "doorstep.toml line 1: listen should not be empty"),
        (
            "database = 'x'",
            "doorstep.toml line 1: database is a section: its keys belong below a line with its name in brackets",
        ),
        (
            "issuer = 'https://id.example.org/'",
            "doorstep.toml line 1: issuer should be written as https://id.example.org",
        ),
        (
            "[database]\nurl = 'mysql://x'",
            "doorstep.toml line 2: database.url should be like sqlite:doorstep.db or postgres://user@host/database",
        ),
        (
            "[session]\nlifetime = 60",
            "doorstep.toml line 2: session.idle_lifetime should be above 0 and not above session.lifetime",
        ),
        (
            "[tls]\ncertificate = 'c.pem'",
            "doorstep.toml line 2: tls.certificate needs the other file too: certificate and private_key go together",
        ),
        (
            "[proxy]\ntrusted = ['proxy']",
            "doorstep.toml line 2: proxy.trusted cannot be used: \"proxy\" is neither an address like 10.1.2.3 nor a network like 10.0.0.0/8",
        ),
        (
            "[log]\nformat = 'xml'",
            "doorstep.toml line 2: log.format cannot be used: unknown variant `xml`, expected `text` or `json`",
        ),
        (
            "[brand]\naccent = 'red'",
            "doorstep.toml line 2: brand.accent cannot be used: `red` is not a colour; write it as in #126b5c",
        ),
        (
            "[password]\nmemory_kib = 1",
            "doorstep.toml line 2: password.memory_kib should be from 7168 to 1048576",
        ),
        ("clients = 1", "doorstep.toml line 1: clients should be a list of [[clients]] tables"),
        ("clients = [1]", "doorstep.toml line 1: clients should be a list of [[clients]] tables"),
        (
            "[[clients]]\nclient_id = 'wiki'\n\npaste = 'yes'",
            "doorstep.toml line 4: clients.wiki.paste cannot be used: invalid type: string \"yes\", expected a boolean",
        ),
        ("a = ", "doorstep.toml line 1: string values must be quoted, expected literal string"),
    ] {
        assert_eq!(load(file, &[]).unwrap_err(), message);
    }
    let message = load("", &[("DOORSTEP_SESSION_LIFETIME", "long")]).unwrap_err();
    assert_eq!(message, "DOORSTEP_SESSION_LIFETIME: session.lifetime should be a whole number");
}

#[test]
fn secrets_do_not_show_in_errors_or_debug() {
    let url = "postgres://doorstep:hunter2@db.example.org/doorstep";
    let config = load(&format!("database.url = '{url}'"), &[]).unwrap();
    assert!(!format!("{config:?}").contains("hunter2"));
    for file in [
        format!("listen = 1\ndatabase.url = '{url}"),
        format!("database.url = ['{url}']"),
        format!("database.max_connections = '{url}'"),
        format!("[database]\nurl = 'my{url}'"),
    ] {
        let message = load(&file, &[]).unwrap_err();
        assert!(!message.contains("hunter2"), "{message}");
    }
}
