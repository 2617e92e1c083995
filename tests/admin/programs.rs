use serde_json::Value;

use super::desk::Desk;

fn desk() -> Desk {
    Desk::with(
        "clients = [{client_id = 'board', token_endpoint_auth_method = 'none', redirect_uris = ['https://board.example.org/cb']}]",
    )
}

fn secret(out: &str) -> String {
    let line = out.lines().last().unwrap();
    line.rsplit(' ')
        .next()
        .filter(|secret| secret.starts_with("dsc_") && secret.len() == 47)
        .expect(line)
        .to_owned()
}

#[test]
fn a_client_is_added_listed_rotated_and_removed() {
    let desk = desk();
    let add = [
        "client",
        "add",
        "wiki",
        "--name",
        "Wiki",
        "--redirect-uri",
        "https://wiki.example.org/cb",
        "--set",
        "claim_mapping=[{claim=\"groups\", in=[\"id_token\"]}]",
        "--set",
        "code_lifetime=30",
    ];
    let first = secret(&desk.run(&add).ok());
    let list: Vec<Value> =
        serde_json::from_str(&desk.run(&["client", "list", "--json"]).ok()).unwrap();
    let ids: Vec<_> = list
        .iter()
        .map(|client| (client["client_id"].as_str().unwrap(), client["source"].as_str().unwrap()))
        .collect();
    assert_eq!(ids, [("doorstep-cli", "built in"), ("board", "file"), ("wiki", "store")]);
    assert_eq!(
        (&list[2]["claim_mapping"][0]["claim"], &list[2]["code_lifetime"]),
        (&"groups".into(), &30.into())
    );
    assert_eq!(list[2]["client_secret"], Value::Null);
    let second = secret(&desk.run(&["client", "rotate-secret", "wiki"]).ok());
    assert_ne!(first, second);
    let list = desk.run(&["client", "list"]).ok();
    assert!(list.contains("wiki          Wiki") && !list.contains(&second), "{list}");
    desk.run(&["client", "remove", "wiki"]).ok();
    assert!(!desk.run(&["client", "list"]).ok().contains("wiki"));
}

#[test]
fn what_cannot_be_is_refused() {
    let desk = desk();
    let uri = "https://wiki.example.org/cb";
    for (arguments, reason) in [
        (&["add", "wiki"][..], "redirect_uris should name at least one"),
        (&["add", "wiki", "--redirect-uri", "http://wiki.example.org/"], "should be https"),
        (
            &["add", "wiki", "--redirect-uri", uri, "--set", "client_secret=x"],
            "leave client_secret out",
        ),
        (
            &["add", "wiki", "--redirect-uri", "https://*.example.org/"],
            "should not have a * in its host",
        ),
        (
            &["add", "wiki", "--redirect-uri", uri, "--set", "colour=red"],
            "--set: there is no setting colour\n",
        ),
        (
            &["add", "wiki", "--redirect-uri", uri, "--set", "client_nam=W"],
            "--set: there is no setting client_nam; did you mean client_name?",
        ),
        (
            &["add", "wiki", "--redirect-uri", uri, "--set", "trusted=no"],
            "--set: trusted cannot be used: invalid type: string \"no\", expected a boolean",
        ),
        (
            &["add", "wiki", "--redirect-uri", uri, "--set", "redirect_uris=[]"],
            "--set: redirect_uris is given twice; leave one of the two out",
        ),
        (
            &["add", "robot", "--set", "grant_types=[\"client_credentials\"]"],
            "client_credentials, which is off: set client_credentials = true",
        ),
        (&["add", "board", "--redirect-uri", uri], "stands in the settings file"),
        (&["add", "doorstep-cli", "--redirect-uri", uri], "is built in"),
        (&["remove", "board"], "stands in the settings file"),
        (&["remove", "doorstep-cli"], "is built in"),
        (&["remove", "nobody"], "there is no client \"nobody\""),
        (&["rotate-secret", "nobody"], "there is no client \"nobody\""),
    ] {
        let message = desk.run(&[&["client"], arguments].concat()).failed();
        assert!(message.contains(reason), "{arguments:?}: {message}");
    }
    desk.run(&[
        "client",
        "add",
        "app",
        "--public",
        "--native",
        "--redirect-uri",
        "http://127.0.0.1/",
    ])
    .ok();
    let message = desk.run(&["client", "rotate-secret", "app"]).failed();
    assert!(message.contains("has no secret"), "{message}");
    let signs = ["--set", "token_endpoint_auth_method=private_key_jwt"];
    let keys = ["--set", "jwks_uri=https://bank.example.org/jwks.json"];
    let bank = ["client", "add", "bank", "--redirect-uri", uri];
    let message = desk.run(&[&bank[..], &signs].concat()).failed();
    assert!(message.contains("jwks is missing"), "{message}");
    let added = desk.run(&[&bank[..], &signs, &keys].concat()).ok();
    assert!(!added.contains("secret"), "{added}");
    let message = desk.run(&["client", "rotate-secret", "bank"]).failed();
    assert!(message.contains("private_key_jwt"), "{message}");
    let message = desk.run(&["client", "add", "app", "--public", "--redirect-uri", uri]).failed();
    assert!(message.contains("there is a client app already"), "{message}");
}

#[test]
fn an_admin_is_warned_of_programs_that_ask_for_passwords() {
    let words = "may ask people for their password itself";
    let file = "[grants]\npassword = true\n[[clients]]\nclient_id = 'old-app'\n\
                client_secret = 'an invented secret'\ngrant_types = ['password']\n";
    let desk = Desk::with(file);
    let add = ["client", "add", "legacy", "--set", "grant_types=[\"password\"]"];
    let done = desk.run(&add);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert!(done.err.contains(&format!("the client legacy {words}")), "{done:?}");
    let done = desk.run(&["client", "add", "wiki", "--redirect-uri", "https://wiki.example.org/"]);
    assert!(done.code == Some(0) && !done.err.contains(words), "{done:?}");
    desk.serve(|_| {}).stop();
    let log = std::fs::read_to_string(desk.path("log")).unwrap();
    for client in ["old-app", "legacy"] {
        assert!(log.contains("WARN") && log.contains(&format!("{client} {words}")), "{log}");
    }
    assert_eq!(log.matches(words).count(), 2, "{log}");
}

#[test]
fn keys_are_listed_and_rotated() {
    let desk = desk();
    let list = || -> Vec<Value> {
        serde_json::from_str(&desk.run(&["keys", "list", "--json"]).ok()).unwrap()
    };
    let before = list();
    let signing = before.len();
    assert!(before.iter().all(|key| key["signs"] == true), "{before:?}");
    desk.run(&["keys", "rotate", "--alg", "RS256"]).ok();
    let after = list();
    assert_eq!(after.len(), signing + 1);
    assert_eq!(after.iter().filter(|key| key["signs"] == true).count(), signing);
    let text = desk.run(&["keys", "rotate", "--now"]).ok();
    assert_eq!(text.matches("signs").count(), signing, "{text}");
    let kids = |keys: &[Value]| keys.iter().map(|key| key["kid"].clone()).collect::<Vec<_>>();
    assert!(
        kids(&list()).iter().all(|kid| !kids(&before).contains(kid)),
        "the compromised keys are gone"
    );
}

#[test]
fn a_registration_token_is_made_for_some_days() {
    let desk = desk();
    let out = desk.run(&["client", "registration-token", "--days", "2"]).ok();
    let token = out.lines().next().unwrap().rsplit(' ').next().unwrap();
    assert!(token.starts_with("dsi_") && token.len() > 70, "{out}");
    assert!(out.contains("Registration is off as yet"), "{out}");
    let other = desk.run(&["client", "registration-token"]).ok();
    assert!(!other.contains(token), "{other}");
    for days in ["0", "367", "-1"] {
        let failed = desk.run(&["client", "registration-token", &format!("--days={days}")]);
        assert!(failed.failed().contains("--days should be from 1 to 366"));
    }
}

#[test]
fn a_second_factor_that_nobody_can_have_is_not_asked_for() {
    let add = |settings: &str| {
        let settings = format!("[database]\nurl = 'sqlite:clients.db'\n{settings}");
        let uri = "https://wiki.example.org/cb";
        let arguments =
            ["client", "add", "wiki", "--redirect-uri", uri, "--set", "require_mfa=true"];
        Desk::with(&settings).run(&arguments)
    };
    let refused = add("[factors]\ntotp = false\npasskeys = false").failed();
    assert!(refused.contains("require_mfa asks for a second factor"), "{refused}");
    add("[factors]\ntotp = false").ok();
    add("[factors]\npasskeys = false").ok();
}
