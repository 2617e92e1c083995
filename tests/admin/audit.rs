//! `doorstep audit`, and what admins leave in the trail.

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::sync::mpsc;
use std::time::Duration;

use serde_json::{Value, json};

use super::desk::Desk;
use super::postgres;

const PASSWORD: &str = "eleven lemons ride\n";

/// A desk on each engine.
fn desks() -> [Desk; 2] {
    let postgres = postgres::fresh_database();
    ["sqlite:audit.db".to_owned(), postgres]
        .map(|url| Desk::with(&format!("[database]\nurl = '{url}'")))
}

fn audit(desk: &Desk, arguments: &[&str]) -> Vec<Value> {
    let out = desk.run(&[&["audit"], arguments].concat()).ok();
    out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn names(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["event"].as_str().unwrap()).collect()
}

#[test]
fn what_admins_do_is_in_the_trail() {
    for desk in desks() {
        desk.run_with_input(&["user", "add", "mia", "--password-stdin"], PASSWORD).ok();
        desk.run(&["user", "set", "mia", "--email", "mia@example.org"]).ok();
        desk.run_with_input(&["user", "passwd", "mia", "--password-stdin"], PASSWORD).ok();
        desk.run(&["user", "disable", "mia"]).ok();
        desk.run(&["user", "enable", "mia"]).ok();
        desk.run(&["client", "add", "wiki", "--redirect-uri", "https://wiki.example/cb"]).ok();
        let secret = desk.run(&["client", "rotate-secret", "wiki"]).ok();
        let secret = secret.split_whitespace().last().unwrap();
        desk.run(&["client", "remove", "wiki"]).ok();
        let token = desk.run(&["client", "registration-token"]).ok();
        let token = token.split_whitespace().find(|word| word.starts_with("dsi_")).unwrap();
        desk.run(&["keys", "rotate", "--alg", "ES256"]).ok();
        desk.run(&["user", "remove", "mia"]).ok();
        let mut events = audit(&desk, &[]);
        events.sort_by_key(|event| event["event"].to_string());
        let expected = [
            "account_changed",
            "account_disabled",
            "account_enabled",
            "account_made",
            "account_removed",
            "client_added",
            "client_removed",
            "client_secret_rotated",
            "key_rotated",
            "password_changed",
            "registration_token_made",
        ];
        assert_eq!(names(&events), expected);
        assert!(events.iter().all(|event| event["detail"]["by"] == "admin"), "{events:?}");
        assert_eq!(events[5]["client"], "wiki");
        assert_eq!(events[0]["detail"]["claims"], json!(["email"]));
        let told = format!("{events:?}");
        for secret in [PASSWORD.trim(), secret, token, "mia@example.org"] {
            assert!(!told.contains(secret), "{told}");
        }
        let id = events[0]["account"].as_str().expect("an id");
        assert_eq!(audit(&desk, &["--account", id]).len(), 6, "an account that is gone has its id");
    }
}

#[test]
fn events_are_chosen_by_person_client_name_and_time() {
    for desk in desks() {
        for name in ["mia", "noor"] {
            desk.run_with_input(&["user", "add", name, "--password-stdin"], PASSWORD).ok();
        }
        desk.run(&["client", "add", "wiki", "--redirect-uri", "https://wiki.example/cb"]).ok();
        desk.run(&["user", "disable", "noor"]).ok();
        let noors = audit(&desk, &["--account", "noor"]);
        assert_eq!(names(&noors), ["account_made", "account_disabled"]);
        assert!(noors.iter().all(|event| event["username"] == "noor"), "{noors:?}");
        assert_eq!(names(&audit(&desk, &["--client", "wiki"])), ["client_added"]);
        assert_eq!(audit(&desk, &["--event", "account_made"]).len(), 2);
        assert_eq!(names(&audit(&desk, &["--limit", "1"])), ["account_disabled"]);
        let first = audit(&desk, &["--limit", "4"]).remove(0);
        assert_eq!((&first["event"], &first["username"]), (&json!("account_made"), &json!("mia")));
        assert!(audit(&desk, &["--until", first["at"].as_str().unwrap()]).is_empty());
        assert_eq!(audit(&desk, &["--since", first["at"].as_str().unwrap()]).len(), 4);
        assert!(audit(&desk, &["--since", "2999-01-01"]).is_empty());
    }
    let wrong = Desk::new().run(&["audit", "--since", "yesterday"]);
    assert!(wrong.code == Some(2) && wrong.err.contains("2026-05-04T13:37:00Z"), "{wrong:?}");
}

#[test]
fn new_events_are_followed_each_once() {
    for desk in desks() {
        desk.run_with_input(&["user", "add", "mia", "--password-stdin"], PASSWORD).ok();
        let mut child =
            desk.command(&["audit", "--follow"]).stdout(Stdio::piped()).spawn().unwrap();
        let (sender, lines) = mpsc::channel();
        let out = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            for line in out.lines() {
                let event: Value = serde_json::from_str(&line.unwrap()).unwrap();
                let _ = sender.send(event["event"].as_str().unwrap().to_owned());
            }
        });
        let next = |seconds| lines.recv_timeout(Duration::from_secs(seconds));
        assert_eq!(next(20).unwrap(), "account_made");
        desk.run(&["user", "disable", "mia"]).ok();
        assert_eq!(next(20).unwrap(), "account_disabled");
        desk.run(&["user", "enable", "mia"]).ok();
        assert_eq!(next(20).unwrap(), "account_enabled");
        assert!(next(3).is_err(), "nothing is told twice");
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

#[test]
fn a_reader_that_goes_away_ends_it() {
    let [desk, _] = desks();
    desk.run_with_input(&["user", "add", "mia", "--password-stdin"], PASSWORD).ok();
    let mut child = desk.command(&["audit", "--follow"]).stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    desk.run(&["user", "disable", "mia"]).ok();
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_typo_does_not_look_like_a_trail_without_events() {
    for desk in desks() {
        desk.run_with_input(&["user", "add", "mia", "--password-stdin"], PASSWORD).ok();
        let message = desk.run(&["audit", "--event", "acount_made"]).failed();
        assert!(
            message.contains("there is no event \"acount_made\"; did you mean account_made?"),
            "{message}"
        );
        let times = ["audit", "--since", "2026-05-02", "--until", "2026-05-01"];
        let message = desk.run(&times).failed();
        assert!(message.contains("nothing lies between --since and --until"), "{message}");
        for (option, value, note) in [
            ("--account", "mias", "nobody goes by \"mias\" at present"),
            ("--client", "wiki", "there is no client \"wiki\" at present"),
        ] {
            let done = desk.run(&["audit", option, value]);
            assert!(done.code == Some(0) && done.err.contains(note), "{done:?}");
        }
        for (option, value) in
            [("--account", "mia"), ("--client", "doorstep-cli"), ("--event", "key_rotated")]
        {
            let done = desk.run(&["audit", option, value]);
            assert_eq!((done.code, done.err.as_str()), (Some(0), ""), "{option}");
        }
    }
}
