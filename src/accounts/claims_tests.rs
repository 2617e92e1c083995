use serde_json::json;

use super::*;

fn check(claims: &Value) -> Result<Claims, String> {
    Claims::new(claims.as_object().unwrap().clone()).map_err(|bad| bad.name)
}

#[test]
fn every_standard_claim_is_accepted() {
    let claims = json!({
        "name": "Mia Lind", "given_name": "Mia", "family_name": "Lind", "middle_name": "Noor", "nickname": "mimi",
        "profile": "https://people.example.org/mia", "picture": "https://people.example.org/mia.png",
        "website": "http://mia.example.org", "gender": "female", "birthdate": "1992-02-29",
        "zoneinfo": "Europe/Oslo", "locale": "nb-NO", "email": "mia@example.org", "email_verified": true,
        "phone_number": "+1 (555) 0100;ext=7", "phone_number_verified": false,
        "address": {"street_address": "1 Invented Road\nBack door", "locality": "Nowhere", "country": "NO"},
        "groups": ["admins", "team a"],
    });
    assert_eq!(claims.as_object().unwrap().len(), STANDARD.len());
    let claims = check(&claims).unwrap();
    let stored = serde_json::to_string(&claims).unwrap();
    assert_eq!(Claims::from_stored(&stored), Some(claims));
}

#[test]
fn wrong_types_and_empty_values_are_refused() {
    for (name, value) in [
        ("name", json!("")),
        ("name", json!("  ")),
        ("name", Value::Null),
        ("name", json!(7)),
        ("name", json!("two\nlines")),
        ("email", json!("mia")),
        ("email", json!("mia@")),
        ("email", json!("a@b@c")),
        ("email", json!("mia lind@example.org")),
        ("picture", json!("javascript:alert(1)")),
        ("website", json!("people.example.org")),
        ("phone_number", json!("call me")),
        ("address", json!("1 Invented Road")),
        ("address", json!({})),
        ("address", json!({"city": "Nowhere"})),
        ("address", json!({"locality": ""})),
        ("address", json!({"locality": null})),
        ("groups", json!("admins")),
        ("groups", json!([])),
        ("groups", json!(["admins", 7])),
        ("groups", json!([""])),
        ("sub", json!("mia")),
        ("preferred_username", json!("mia")),
        ("updated_at", json!(1)),
        ("emial", json!("mia@example.org")),
    ] {
        assert_eq!(check(&json!({name: value})), Err(name.to_owned()), "{value}");
    }
    let quoted = json!({"email": "mia@example.org", "email_verified": "true"});
    assert_eq!(check(&quoted), Err("email_verified".into()));
    assert_eq!(check(&json!({"email_verified": true})), Err("email_verified".into()));
}

#[test]
fn birthdates_are_dates() {
    for date in ["1990-12-31", "0000-02-29", "2000-02-29", "1990"] {
        assert!(is_birthdate(date), "{date}");
    }
    for date in [
        "1990-13-01",
        "1990-00-01",
        "1990-04-31",
        "1900-02-29",
        "1990-1-1",
        "90",
        "0000",
        "1990-12",
        "31.12.1990",
        "1990-12-31-1",
        "-990-12-31",
    ] {
        assert!(!is_birthdate(date), "{date}");
    }
}
