//! Second factors and passwords that have to be changed, from the admin's side.

use doorstep::accounts::factors::totp::TotpSecret;
use doorstep::accounts::factors::{FactorSettings, Factors};
use doorstep::clock::Clock;
use doorstep::secret::RootKey;
use doorstep::store::Db;
use serde_json::Value;

use super::desk::Desk;

const PASSWORD: &str = "eleven lemons ride\n";

fn desk() -> Desk {
    Desk::with("[database]\nurl = 'sqlite:people.db'")
}

fn add_mia(desk: &Desk, more: &[&str]) -> String {
    let arguments: Vec<&str> =
        ["user", "add", "mia", "--password-stdin"].iter().chain(more).copied().collect();
    desk.run_with_input(&arguments, PASSWORD).ok();
    let shown: Value = serde_json::from_str(&desk.run(&["user", "show", "mia"]).ok()).unwrap();
    shown["id"].as_str().unwrap().to_owned()
}

/// Does something to the store of the desk.
fn with_store<T>(desk: &Desk, work: impl AsyncFnOnce(&Db) -> T) -> T {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let url = format!("sqlite:{}", desk.path("people.db").display());
        let db = Db::connect(&url, 1).await.unwrap();
        let outcome = work(&db).await;
        db.close().await;
        outcome
    })
}

/// Gives the account two apps and recovery codes, as its owner would.
fn enrol(desk: &Desk, id: &str) {
    with_store(desk, async |db| {
        let settings = FactorSettings::default();
        let root = RootKey::generate();
        let factors = Factors::new(db.clone(), root, settings, "http://localhost", "Doorstep");
        for name in ["Phone", "Tablet"] {
            let (secret, now) = (TotpSecret::generate(), Clock::system().now());
            let code = secret.code(now);
            factors.add_totp(id, name, &secret, code.expose(), now).await.unwrap();
        }
        factors.new_recovery_codes(id).await.unwrap();
    });
}

fn listed(desk: &Desk) -> Vec<Value> {
    let json = desk.run(&["user", "factors", "mia", "--json"]).ok();
    serde_json::from_str(&json).unwrap()
}

#[test]
fn the_factors_of_a_person_are_listed_and_removed() {
    let desk = desk();
    let id = add_mia(&desk, &[]);
    assert!(listed(&desk).is_empty());
    enrol(&desk, &id);
    let table = desk.run(&["user", "factors", "mia"]).ok();
    assert!(
        table.contains("totp") && table.contains("Tablet") && table.contains("never"),
        "{table}"
    );
    assert!(table.contains("10 recovery codes are left"), "{table}");
    let unknown = desk.run(&["user", "factors", "mia", "--remove", "x"]).failed();
    assert!(unknown.contains("mia has no factor \"x\"; nothing was removed"), "{unknown}");
    let phone = listed(&desk).into_iter().find(|factor| factor["name"] == "Phone").unwrap();
    let out = desk.run(&["user", "factors", "mia", "--remove", phone["id"].as_str().unwrap()]).ok();
    assert!(out.contains("signed out everywhere"), "{out}");
    assert_eq!(listed(&desk).len(), 1);
    assert!(desk.run(&["user", "factors", "mia"]).ok().contains("10 recovery codes are left"));
    desk.run(&["user", "factors", "mia", "--remove-all"]).ok();
    assert!(listed(&desk).is_empty());
    assert!(desk.run(&["user", "factors", "mia"]).ok().contains("0 recovery codes are left"));
    let events =
        with_store(&desk, async |db| db.audit_events(Default::default(), 9).await.unwrap());
    let names: Vec<_> = events.iter().map(|event| event.event.as_str()).collect();
    assert_eq!(names.iter().filter(|name| **name == "factor_removed").count(), 2, "{names:?}");
}

#[test]
fn nothing_of_a_person_who_is_removed_stays() {
    let desk = desk();
    let id = add_mia(&desk, &[]);
    enrol(&desk, &id);
    desk.run(&["user", "remove", "mia"]).ok();
    with_store(&desk, async |db| {
        assert!(db.factors_of(&id).await.unwrap().is_empty());
        assert_eq!(db.count_recovery_codes(&id).await.unwrap(), 0);
    });
}

#[test]
fn a_password_can_be_one_for_the_first_sign_in_only() {
    let desk = desk();
    let id = add_mia(&desk, &["--must-change"]);
    let must = |id: &str| with_store(&desk, async |db| db.must_change_password(id).await.unwrap());
    assert!(must(&id));
    desk.run_with_input(&["user", "passwd", "mia", "--password-stdin"], PASSWORD).ok();
    assert!(!must(&id));
    desk.run(&["user", "passwd", "mia", "--generate-password", "--must-change"]).ok();
    assert!(must(&id));
    desk.write(
        "more.json",
        r#"[{"username": "noor", "sub": "4711", "password": "eleven lemons ride", "must_change_password": true}]"#,
    );
    desk.run(&["user", "import", "more.json"]).ok();
    assert!(must("4711"));
}

#[test]
fn a_breached_password_is_refused_and_a_bad_list_is_named() {
    let settings = "[database]\nurl = 'sqlite:people.db'\n[password]\nbreached_list = 'known.txt'\nmemory_kib = 7168\niterations = 1\n";
    let desk = Desk::new();
    desk.write("doorstep.toml", settings);
    let add = ["user", "add", "mia", "--password-stdin"];
    let missing = desk.run_with_input(&add, PASSWORD).failed();
    assert!(
        missing.contains("password.breached_list") && missing.contains("known.txt"),
        "{missing}"
    );
    desk.write("known.txt", "hunter2\npassword\n");
    let words = desk.run_with_input(&add, PASSWORD).failed();
    assert!(words.contains("one SHA-1 hash of a password a line"), "{words}");
    // The SHA-1 of "password123".
    desk.write("known.txt", "CBFDAC6008F9CAB4083784CBD1874F76618D2A97:251682\r\n");
    let known = desk.run_with_input(&add, "password123\n").failed();
    assert!(known.contains("known from a breach"), "{known}");
    desk.run_with_input(&add, PASSWORD).ok();
}
