//! Clients, providers and apps in the settings: their examples, and what is wrong with others.

use super::super::*;
use super::{DEFAULTS, load};
use crate::gateway::GatewayLimits;
use crate::protocol::client::{ApplicationType, ClientAuthMethod, ClientSecret, SigningAlg};

/// The keys of an example in the defaults, the first or a later one of its list.
fn example(list: &str, number: usize) -> String {
    let examples = DEFAULTS.split(&format!("# [[{list}]]\n")).nth(number + 1).unwrap();
    let lines = examples.lines().take_while(|line| !line.contains("[[") && line.starts_with('#'));
    let plain = lines.filter_map(|line| line.strip_prefix("# "));
    plain
        .filter(|line| !line.starts_with('#') && line.contains(" = "))
        .map(|line| format!("{line}\n"))
        .collect()
}

#[test]
fn the_example_client_has_every_key_with_its_default() {
    let text = example("clients", 0);
    // The provider that it names would have to be there too.
    let alone = text.replace("provider = \"corp\"\n", "");
    let config = load(&format!("[[clients]]\n{alone}"), &[]).unwrap();
    let expected = Client {
        client_id: "wiki".into(),
        client_name: "The team's wiki".into(),
        client_uri: Some("https://wiki.example.org".into()),
        client_secret: Some(ClientSecret::new("an invented secret, which only the wiki knows too")),
        redirect_uris: vec!["https://wiki.example.org/signed-in".into()],
        code_lifetime: Some(60),
        default_max_age: Some(28_800),
        userinfo_signed_response_alg: Some(SigningAlg::RS256),
        sector_identifier_uri: Some("https://wiki.example.org/redirect-uris.json".into()),
        initiate_login_uri: Some("https://wiki.example.org/sign-in".into()),
        backchannel_logout_uri: Some("https://wiki.example.org/signed-out".into()),
        ..Client::default()
    };
    assert_eq!(config.clients, [expected]);
    let serde_json::Value::Object(keys) = serde_json::to_value(Client::default()).unwrap() else {
        panic!("an object")
    };
    for (key, default) in keys {
        // A key without a default is at least spoken of.
        let named = text.lines().any(|line| line.starts_with(&format!("{key} = ")));
        assert!(named || default.is_null() && DEFAULTS.contains(&format!(" {key} = ")), "{key}");
    }
}

#[test]
fn clients_are_checked_and_named() {
    let wiki = "[[clients]]\nclient_id = 'wiki'\nredirect_uris = ['https://wiki.example.org/cb']\n";
    let message = load(wiki, &[]).unwrap_err();
    assert!(
        message.starts_with("doorstep.toml line 2: clients.wiki.client_secret is missing"),
        "{message}"
    );
    let public = format!("{wiki}token_endpoint_auth_method = 'none'\n");
    assert_eq!(
        load(&public, &[]).unwrap().clients[0].token_endpoint_auth_method,
        ClientAuthMethod::None
    );
    let message = load(&format!("{public}{public}"), &[]).unwrap_err();
    assert_eq!(message, "doorstep.toml line 6: clients.wiki.client_id stands here twice");
    let lifetime = load(&format!("{public}\ncode_lifetime = 601"), &[]).unwrap_err();
    assert_eq!(
        lifetime,
        "doorstep.toml line 6: clients.wiki.code_lifetime should be from 1 to 600 seconds"
    );
    let own = public.replace("'wiki'", "'doorstep-cli'");
    assert!(load(&own, &[]).unwrap_err().contains("cli_client = false"));
    assert!(
        load(&format!("cli_client = false\n{own}application_type = 'native'"), &[])
            .unwrap()
            .clients[0]
            .application_type
            == ApplicationType::Native
    );
}

#[test]
fn the_example_providers_have_every_key_with_its_default() {
    let (oidc, oauth) = (example("providers", 0), example("providers", 1));
    let text = format!("[[providers]]\n{oidc}\n[[providers]]\n{oauth}");
    let config = load(&text, &[]).unwrap();
    let json = |settings: &ProviderSettings| serde_json::to_value(settings).unwrap();
    let defaults = json(&ProviderSettings::default());
    let first = json(&config.providers[0]);
    for (key, value) in defaults.as_object().unwrap() {
        let said = [&oidc, &oauth]
            .iter()
            .any(|text| text.lines().any(|line| line.starts_with(&format!("{key} = "))));
        assert!(said, "{key}");
        if !["id", "name", "issuer", "client_id"].contains(&key.as_str()) {
            assert_eq!(first[key], *value, "{key}");
        }
    }
    assert_eq!(config.providers[0].client_secret.as_ref().unwrap().expose().len(), 53);
    let second = json(&config.providers[1]);
    for key in ["group_name", "subject_claim", "emails_endpoint"] {
        assert_eq!(second[key], defaults[key], "{key}");
    }
}

#[test]
fn providers_are_checked_and_named() {
    let corp = "[[providers]]\nid = 'corp'\nissuer = 'https://corp.example'\nclient_id = 'd'\n";
    let refused = |more: &str| load(&format!("{corp}{more}"), &[]).unwrap_err().to_string();
    for (more, message) in [
        ("isuer = 'x'", "line 5: there is no setting providers.corp.isuer; did you mean issuer?"),
        ("timeout = 0", "line 5: providers.corp.timeout should be from 1 to 60"),
        ("prompt = 'none'", "line 5: providers.corp.prompt should not be none"),
        ("scope = 'email'", "line 5: providers.corp.scope should have openid in it"),
        ("required_groups = ['a']", "line 5: providers.corp.required_groups needs groups_claim"),
        (
            "token_endpoint = 'https://x.example'",
            "line 5: providers.corp.token_endpoint is for kind",
        ),
        ("kind = 'oauth'", "line 4: providers.corp.authorization_endpoint should be an address"),
        (corp, "line 6: providers.corp.id stands here twice"),
    ] {
        let found = refused(more);
        assert!(found.starts_with(&format!("doorstep.toml {message}")), "{found}");
    }
    let file = format!("{corp}client_secret_file = 'corp.secret'");
    let provider = load(&file, &[]).unwrap().providers.remove(0);
    assert!(provider.client_secret_file.unwrap().ends_with("corp.secret"));
    let client = "[[clients]]\nclient_id = 'wiki'\ntoken_endpoint_auth_method = 'none'\n\
        redirect_uris = ['https://wiki.example.org/cb']\nprovider = 'corp'\n";
    assert!(load(&format!("{corp}{client}"), &[]).is_ok());
    let message = load(client, &[]).unwrap_err().to_string();
    assert!(message.contains("line 5: clients.wiki.provider is not the id"), "{message}");
    let message = load("[accounts]\npasswords = false", &[]).unwrap_err().to_string();
    assert!(message.contains("line 2: accounts.passwords leaves no way in"), "{message}");
}

#[test]
fn the_example_app_has_every_key_with_its_default() {
    let text = example("gateway", 0);
    let config = load(&format!("[[gateway]]\n{text}"), &[]).unwrap();
    let json = |settings: &AppSettings| serde_json::to_value(settings).unwrap();
    let (defaults, found) = (json(&AppSettings::default()), json(&config.gateway[0]));
    for (key, value) in defaults.as_object().unwrap() {
        assert!(text.lines().any(|line| line.starts_with(&format!("{key} = "))), "{key}");
        if !["id", "name", "url", "issuer", "client_id"].contains(&key.as_str()) {
            assert_eq!(found[key], *value, "{key}");
        }
    }
    assert!(config.gateway[0].client_secret.is_some());
    let limits = GatewayLimits::default();
    assert_eq!(
        (config.limits.gateway, config.limits.gateway_polls),
        (limits.requests, limits.polls)
    );
}

#[test]
fn apps_are_checked_and_named() {
    let app = "[[gateway]]\nid = 'dash'\nissuer = 'https://id.example'\nclient_id = 'd'\n\
        url = 'https://dash.example/auth'\n";
    let refused = |more: &str| load(&format!("{app}{more}"), &[]).unwrap_err().to_string();
    for (more, message) in [
        ("grops_claim = 'x'", "line 6: there is no setting gateway.dash.grops_claim"),
        ("timeout = 0", "line 6: gateway.dash.timeout should be from 1 to 60"),
        ("home = '//evil.example'", "line 6: gateway.dash.home should be a path"),
        ("scope = 'email'", "line 6: gateway.dash.scope should have openid in it"),
        ("session_lifetime = 1", "line 6: gateway.dash.session_lifetime should be 60 or more"),
        ("kubeconfig_server = 'http://x'", "line 6: gateway.dash.kubeconfig_server should be like"),
        ("groups_claim = ''\nrequired_groups = ['a']\ndesktop = 1", "line 8: gateway.dash.desktop"),
        (app, "line 7: gateway.dash.id stands here twice"),
        (
            &app.replace("'dash'", "'other'"),
            "line 10: gateway.other.url should have a path that no",
        ),
    ] {
        let found = refused(more);
        assert!(found.starts_with(&format!("doorstep.toml {message}")), "{found}");
    }
    for url in ["https://dash.example", "https://dash.example/login", "http://dash.example/auth"] {
        let text = app.replace("https://dash.example/auth", url);
        let found = load(&text, &[]).unwrap_err().to_string();
        assert!(found.starts_with("doorstep.toml line 5: gateway.dash.url should"), "{found}");
    }
    let at_path = format!("issuer = 'https://id.example/oidc'\n{app}");
    assert!(load(&at_path.replace("/auth", "/login"), &[]).is_ok());
    assert!(load(&at_path.replace("dash.example/auth", "x/oidc/token"), &[]).is_err());
}
