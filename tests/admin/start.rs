use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;

use super::desk::{Desk, finish, free_address};

fn mode(path: &std::path::Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn it_starts_without_any_file_and_says_how_to_go_on() {
    let desk = Desk::new();
    let server = desk.serve(|_| {});
    let discovery =
        reqwest::get(format!("http://{}/.well-known/openid-configuration", server.address))
            .await
            .unwrap();
    let discovery: serde_json::Value =
        serde_json::from_str(&discovery.text().await.unwrap()).unwrap();
    let issuer = format!("http://localhost:{}", server.address.port());
    assert_eq!(discovery["issuer"], issuer, "what is listened on names the issuer");
    assert_eq!(server.stop(), Some(0));
    let out = std::fs::read_to_string(desk.path("out")).unwrap();
    assert!(out.contains(&format!("Doorstep is ready at {issuer}\n")), "{out}");
    let column = |words: &str| out.lines().find_map(|line| line.find(words));
    assert!(out.contains("doorstep user add"), "{out}");
    assert_eq!(column("makes an account"), column("signs in with it"), "{out}");
    assert_eq!((mode(&desk.path("doorstep.key")), mode(&desk.path("doorstep.db"))), (0o600, 0o600));
    desk.run_with_input(&["user", "add", "mia", "--password-stdin"], "eleven lemons ride\n").ok();
    desk.serve(|_| {}).stop();
    let out = std::fs::read_to_string(desk.path("out")).unwrap();
    assert!(!out.contains("doorstep user add"), "{out}");
}

#[tokio::test]
async fn every_address_has_an_answer() {
    let client =
        reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    for base in ["", "/oidc"] {
        let desk = Desk::with(&format!("issuer = 'http://localhost:8080{base}'"));
        let server = desk.serve(|_| {});
        let get = async |path: &str, accept: &str| {
            let request = client.get(format!("http://{}{path}", server.address));
            request.header("accept", accept).header("accept-language", "de").send().await.unwrap()
        };
        for path in [format!("{base}/"), base.to_owned()] {
            let answer = get(&path, "text/html").await;
            assert_eq!(answer.status(), 303, "{path}");
            assert_eq!(answer.headers()["location"], format!("{base}/account"));
        }
        for path in ["/nope", "/favicon.ico", "/oidcx", "/oidc/nope"] {
            let answer = get(path, "text/html").await;
            assert_eq!(answer.status(), 404, "{path}");
            for name in ["x-request-id", "content-security-policy", "x-frame-options"] {
                assert!(answer.headers().contains_key(name), "{path} {name}");
            }
            let page = answer.text().await.unwrap();
            assert!(page.contains("<html lang=\"de\""), "{path} {page}");
            let answer = get(path, "application/json").await;
            let said: serde_json::Value =
                serde_json::from_str(&answer.text().await.unwrap()).unwrap();
            assert!(said["error"].is_string(), "{path} {said}");
        }
    }
}

#[test]
fn a_port_in_use_is_named_with_its_setting() {
    let desk = Desk::new();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    desk.write("doorstep.toml", &format!("listen = '{address}'"));
    let message = desk.run(&["serve"]).failed();
    assert!(message.contains(&format!("listen: {address} is in use")), "{message}");
    assert!(!desk.path("doorstep.key").exists(), "a start that fails leaves nothing behind");
}

#[test]
fn a_wrong_setting_is_named_with_its_line_and_the_nearest_one() {
    let desk = Desk::new();
    desk.write("doorstep.toml", "listen = '127.0.0.1:0'\n\n[databse]\nurl = 'x'\n");
    let message = desk.run(&["serve"]).failed();
    assert_eq!(
        message,
        "doorstep: doorstep.toml line 3: there is no setting databse; did you mean database?\n"
    );
    desk.write("other.toml", "issuer = 'http://id.example.org'");
    let message = desk.run(&["serve", "--config", "other.toml"]).failed();
    assert!(message.contains("other.toml line 1: issuer should start with https://"), "{message}");
    let message = desk.run(&["serve", "--config", "missing.toml"]).failed();
    assert!(message.contains("missing.toml"), "{message}");
    let mut command = desk.command(&["serve"]);
    command.env("DOORSTEP_CONFIG", "other.toml").env("DOORSTEP_ISSUER", "https://id.example.org/");
    let message = finish(command, None).failed();
    assert!(
        message.contains("DOORSTEP_ISSUER: issuer should be written as https://id.example.org"),
        "{message}"
    );
}

#[tokio::test]
async fn every_documented_key_is_taken_from_the_environment() {
    let desk = Desk::new();
    desk.write("doorstep.toml", "issuer = 'http://localhost:1'");
    let defaults: toml::Table = include_str!("../../src/doorstep.default.toml").parse().unwrap();
    let server = desk.serve(|command| {
        for (name, value) in &defaults {
            let section = value.as_table().map(|section| (format!("{name}_"), section.clone()));
            let (prefix, keys) = section.unwrap_or_else(|| {
                (String::new(), [(name.clone(), value.clone())].into_iter().collect())
            });
            for (key, value) in keys.into_iter().filter(|(key, _)| key != "listen") {
                let text = value.as_str().map_or_else(
                    || value.to_string().trim_matches(['[', ']']).to_owned(),
                    str::to_owned,
                );
                command.env(format!("DOORSTEP_{prefix}{key}").to_uppercase(), text);
            }
        }
        command.env("DOORSTEP_BRAND_NAME", "Invented & Sons");
    });
    let page = reqwest::get(format!("http://{}/login", server.address))
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(page.contains("Invented &#38; Sons") || page.contains("Invented &amp; Sons"), "{page}");
    let discovery =
        reqwest::get(format!("http://{}/.well-known/openid-configuration", server.address))
            .await
            .unwrap();
    assert!(
        discovery.text().await.unwrap().contains("http://localhost:8080"),
        "the variable wins over the file"
    );
}

#[test]
fn a_key_file_that_others_can_read_stops_the_start() {
    let desk = Desk::with("listen = '127.0.0.1:0'");
    desk.serve(|_| {}).stop();
    std::fs::set_permissions(desk.path("doorstep.key"), PermissionsExt::from_mode(0o644)).unwrap();
    let message = desk.run(&["serve"]).failed();
    assert!(message.contains("chmod 600 doorstep.key"), "{message}");
    std::fs::set_permissions(desk.path("doorstep.key"), PermissionsExt::from_mode(0o600)).unwrap();
    desk.write("doorstep.key", "shopping list");
    let message = desk.run(&["serve"]).failed();
    assert!(message.contains("doorstep.key does not hold a key of Doorstep"), "{message}");
}

#[test]
fn another_installations_key_file_is_noticed() {
    let desk = Desk::with("listen = '127.0.0.1:0'");
    desk.serve(|_| {}).stop();
    let other = Desk::with("listen = '127.0.0.1:0'");
    other.run(&["keys", "list"]).ok();
    std::fs::copy(other.path("doorstep.key"), desk.path("doorstep.key")).unwrap();
    let message = desk.run(&["serve"]).failed();
    assert!(
        message.contains("the key file is not the one") && !message.contains("JWE"),
        "{message}"
    );
}

#[test]
fn a_key_file_that_is_gone_is_not_replaced_beside_an_old_database() {
    let desk = Desk::with("listen = '127.0.0.1:0'");
    desk.serve(|_| {}).stop();
    std::fs::rename(desk.path("doorstep.key"), desk.path("saved.key")).unwrap();
    for command in [&["serve"][..], &["keys", "list"], &["client", "registration-token"]] {
        let message = desk.run(command).failed();
        assert!(message.contains("the key file doorstep.key is not there"), "{message}");
        assert!(!desk.path("doorstep.key").exists(), "{command:?}");
    }
    std::fs::rename(desk.path("saved.key"), desk.path("doorstep.key")).unwrap();
    desk.run(&["keys", "list"]).ok();
}

#[test]
fn an_issuer_at_another_port_is_warned_of() {
    let warned = |settings: &str| {
        let desk = Desk::with(settings);
        desk.serve(|_| {}).stop();
        let log = std::fs::read_to_string(desk.path("log")).unwrap();
        log.contains("WARN")
            && log.contains("the issuer is http://localhost:1, and Doorstep listens on")
    };
    assert!(warned("issuer = 'http://localhost:1'"));
    assert!(!warned("issuer = 'http://localhost:1'\n[proxy]\ntrusted = ['127.0.0.1']"));
    assert!(!warned("issuer = 'https://id.example.org'"));
    let desk = Desk::with("issuer = 'http://localhost:1'");
    let told = desk.run(&["doctor"]).ok();
    assert!(told.contains("! It seems that the issuer is http://localhost:1"), "{told}");
}

#[test]
fn an_error_output_that_cannot_be_written_changes_no_exit_code() {
    let desk = Desk::new();
    for arguments in [&["serve", "--config", "nope.toml"][..], &["logout", "http://localhost:1"]] {
        let mut command = desk.command(arguments);
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let status = command.stderr(full).env("DOORSTEP_CACHE_DIR", desk.path("tokens")).status();
        let expected = if arguments[0] == "serve" { 1 } else { 0 };
        assert_eq!(status.unwrap().code(), Some(expected), "{arguments:?}");
    }
}

/// Rights do not bind the superuser, so the binary runs as nobody if that is who we are.
#[test]
fn a_read_only_directory_is_named() {
    let desk = Desk::new();
    let binary = desk.path("doorstep");
    std::fs::copy(env!("CARGO_BIN_EXE_doorstep"), &binary).unwrap();
    std::fs::set_permissions(&desk.0, PermissionsExt::from_mode(0o555)).unwrap();
    let run = |name: &str, value: &str| {
        let mut command = std::process::Command::new(&binary);
        command
            .current_dir(&desk.0)
            .arg("serve")
            .env("DOORSTEP_LISTEN", "127.0.0.1:0")
            .env(name, value);
        if rustix::process::geteuid().is_root() {
            command.uid(65_534).gid(65_534);
        }
        finish(command, None).failed()
    };
    let message = run("DOORSTEP_DATABASE_URL", "sqlite::memory:");
    assert!(
        message.contains("the key file doorstep.key cannot be used: Permission denied"),
        "{message}"
    );
    let elsewhere = Desk::new();
    std::fs::set_permissions(&elsewhere.0, PermissionsExt::from_mode(0o777)).unwrap();
    let message = run("DOORSTEP_KEY_FILE", elsewhere.path("key").to_str().unwrap());
    assert!(
        message.contains("database.url (sqlite:doorstep.db): the database cannot be reached"),
        "{message}"
    );
    std::fs::set_permissions(&desk.0, PermissionsExt::from_mode(0o755)).unwrap();
}

#[test]
fn a_database_that_is_not_there_is_named_without_its_password() {
    let desk = Desk::with("listen = '127.0.0.1:0'");
    let nobody = free_address();
    for (url, named) in [
        (
            format!("postgres://doorstep:hunter2@{nobody}/doorstep"),
            format!("database.url (postgres://doorstep@{nobody}/doorstep)"),
        ),
        (
            "mysql://doorstep:hunter2@localhost/doorstep".into(),
            "database.url should be like".into(),
        ),
        (
            "sqlite:no/such/directory/hunter2.db".into(),
            "database.url (sqlite:no/such/directory/hunter2.db)".into(),
        ),
    ] {
        for arguments in [&["serve"][..], &["user", "list"]] {
            let mut command = desk.command(arguments);
            command.env("DOORSTEP_DATABASE_URL", &url);
            let message = finish(command, None).failed();
            assert!(message.contains(&named), "{message}");
            assert!(!message.contains(":hunter2"), "{message}");
        }
    }
}
