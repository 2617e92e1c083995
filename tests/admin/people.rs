use serde_json::Value;

use super::desk::Desk;

fn desk() -> Desk {
    Desk::with("[database]\nurl = 'sqlite:people.db'")
}

const PASSWORD: &str = "eleven lemons ride\n";

fn add_mia(desk: &Desk) {
    let arguments = [
        "user",
        "add",
        "Mia",
        "--password-stdin",
        "--name",
        "Mia Lind",
        "--email",
        "mia@example.org",
        "--email-verified",
        "--group",
        "admins",
        "--group",
        "cooks",
        "--claim",
        "locale=nb-NO",
        "--claim",
        "address={\"country\":\"NO\"}",
    ];
    desk.run_with_input(&arguments, PASSWORD).ok();
}

fn show(desk: &Desk, username: &str) -> Value {
    serde_json::from_str(&desk.run(&["user", "show", username]).ok()).unwrap()
}

#[test]
fn a_person_is_added_listed_changed_and_removed() {
    let desk = desk();
    add_mia(&desk);
    let mia = show(&desk, "mia");
    assert_eq!(mia["username"], "mia");
    let claims = serde_json::json!({
        "name": "Mia Lind", "email": "mia@example.org", "email_verified": true, "groups": ["admins", "cooks"],
        "locale": "nb-NO", "address": {"country": "NO"},
    });
    assert_eq!(mia["claims"], claims);
    let list = desk.run(&["user", "list"]).ok();
    assert!(
        list.lines().nth(1).unwrap().starts_with("mia        Mia Lind  mia@example.org  active  "),
        "{list}"
    );
    desk.run(&["user", "set", "mia", "--email", "lind@example.org", "--unset", "locale"]).ok();
    let changed = show(&desk, "mia");
    assert_eq!(changed["claims"]["email"], "lind@example.org");
    assert_eq!(changed["claims"].get("email_verified"), None, "another address is not verified");
    assert_eq!((changed["claims"].get("locale"), &changed["id"]), (None, &mia["id"]));
    let message = desk.run(&["user", "set", "mia"]).failed();
    assert!(message.contains("nothing is named that mia should have or lose"), "{message}");
    desk.run(&["user", "remove", "mia"]).ok();
    assert_eq!(desk.run(&["user", "list", "--json"]).ok().trim(), "[]");
    let message = desk.run(&["user", "remove", "mia"]).failed();
    assert!(message.contains("there is no user \"mia\""), "{message}");
}

#[test]
fn an_account_is_closed_and_opened() {
    let desk = desk();
    add_mia(&desk);
    desk.run(&["user", "disable", "mia"]).ok();
    assert_eq!(show(&desk, "mia")["disabled"], true);
    assert!(desk.run(&["user", "list"]).ok().contains("disabled"));
    desk.run(&["user", "enable", "MIA"]).ok();
    assert_eq!(show(&desk, "mia")["disabled"], false);
}

#[test]
fn passwords_keep_the_rules_and_are_not_echoed() {
    let desk = desk();
    let refused =
        desk.run_with_input(&["user", "add", "mia", "--password-stdin"], "hunter2\n").failed();
    assert!(refused.contains("at least 8 characters") && !refused.contains("hunter2"), "{refused}");
    let refused = desk.run(&["user", "add", "mia"]).failed();
    assert!(refused.contains("--password-stdin"), "{refused}");
    add_mia(&desk);
    let taken = desk.run_with_input(&["user", "add", "mia", "--password-stdin"], PASSWORD).failed();
    assert!(taken.contains("somebody goes by mia already"), "{taken}");
    let out = desk.run(&["user", "passwd", "mia", "--generate-password"]).ok();
    let password = out.lines().next().unwrap().strip_prefix("Password of mia: ").unwrap();
    assert_eq!(password.len(), 24);
    let (stored, dump) = (desk.path("people.db"), desk.path("people.db-wal"));
    let bytes = [std::fs::read(stored).unwrap(), std::fs::read(dump).unwrap_or_default()].concat();
    let bytes = String::from_utf8_lossy(&bytes).into_owned();
    assert!(bytes.contains("$argon2id$") && !bytes.contains(password));
}

#[test]
fn t23_username_injection() {
    let desk = desk();
    for name in ["mia lind", "../mia", "mia\nnoor", "mia'--", "\"mia\"", "mia@example.org", ""] {
        let message =
            desk.run_with_input(&["user", "add", name, "--password-stdin"], PASSWORD).failed();
        assert!(message.contains("the user name"), "{message}");
    }
    let mut command = desk.command(&["user", "add", "mia@example.org", "--generate-password"]);
    command.env("DOORSTEP_ACCOUNTS_USERNAMES", "email");
    super::desk::finish(command, None).ok();
}

#[test]
fn many_people_are_imported_or_none() {
    let desk = desk();
    desk.write(
        "people.json",
        r#"[{"username": "mia", "password": "eleven lemons ride", "sub": "4711", "email": "mia@example.org"},
            {"username": "noor", "disabled": true,
             "password_hash": "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"}]"#,
    );
    let out = desk.run(&["user", "import", "people.json"]).ok();
    assert!(out.contains("2 accounts were made, 0 were there already"), "{out}");
    assert_eq!(show(&desk, "mia")["id"], "4711");
    assert_eq!(show(&desk, "noor")["disabled"], true);
    desk.write(
        "more.toml",
        "[[users]]\nusername = 'ada'\ngroups = ['cooks']\n[[users]]\nusername = 'mia'\n",
    );
    let message = desk.run(&["user", "import", "more.toml"]).failed();
    assert!(message.contains("the user mia exists already"), "{message}");
    assert_eq!(desk.run(&["user", "list"]).ok().lines().count(), 3, "nothing was imported");
    let out = desk.run(&["user", "import", "more.toml", "--skip-existing"]).ok();
    assert!(out.contains("1 accounts were made, 1 were there already"), "{out}");
    for (user, reason) in [
        (r#"{"username": "a", "password": "hunter2"}"#, "at least 8 characters"),
        (r#"{"username": "a", "emial": "a@example.org"}"#, "emial is not a claim"),
        (
            r#"{"username": "a", "email_verified": "true", "email": "a@example.org"}"#,
            "should be true or false",
        ),
        (r#"{"username": "a", "password_hash": "hunter2"}"#, "is not Argon2"),
        (r#"{"username": "a b"}"#, "the user name"),
        (r#"{"username": "a", "sub": "4711"}"#, "the sub of an account that exists"),
        (r#"{"username": "a"}, {"username": "A"}"#, "stands in the file twice"),
        (
            r#"{"user": "a", "password": "hunter2"}"#,
            "user 2 of the file: it should be a user with a",
        ),
        (
            r#"{"username": "a", "sub": "1"}, {"username": "b", "sub": "1"}"#,
            "the user b has the sub of another",
        ),
        (
            r#"{"username": "a", "disabled": "yes"}"#,
            "user 2 of the file: disabled should be true or false",
        ),
        (r#"{"username": "a", "password": ["hunter2"]}"#, "password should be text in quotes"),
        (r#"{"username": "a", "#, "cannot be understood, from line 1 on"),
    ] {
        desk.write("bad.json", &format!("[{{\"username\": \"zoe\"}}, {user}]"));
        let message = desk.run(&["user", "import", "bad.json"]).failed();
        assert!(message.contains(reason) && !message.contains("hunter2"), "{message}");
    }
    desk.write("bad.toml", "[[users]]\nusername = 'zoe'\n[[user]]\nusername = 'yan'\n");
    let message = desk.run(&["user", "import", "bad.toml"]).failed();
    assert!(message.contains("bad.toml has user, and nothing but users is read"), "{message}");
    let list = desk.run(&["user", "list"]).ok();
    assert!(!list.split_whitespace().any(|word| word == "zoe"), "{list}");
    desk.write("marked.json", "\u{feff}[{\"username\": \"zoe\"}]");
    desk.run(&["user", "import", "marked.json"]).ok();
}
