use serde_json::json;

use super::*;

fn rules() -> ClaimRules {
    ClaimRules {
        username: "preferred_username".into(),
        groups: Some("groups".into()),
        ..ClaimRules::default()
    }
}

fn resolve(rules: &ClaimRules, raw: Value) -> Result<ResolvedIdentity, IdentityFault> {
    rules.resolve("https://id.example", "s-1", raw.as_object().unwrap().clone())
}

fn username(rules: &ClaimRules, raw: Value) -> Result<String, IdentityFault> {
    resolve(rules, raw).map(|identity| identity.preferred_username)
}

#[test]
fn the_user_name_comes_from_any_claim_that_is_a_text_else_it_is_the_subject() {
    let by = |claim: &str| ClaimRules { username: claim.into(), ..rules() };
    let raw = || json!({"preferred_username": "Mia", "upn": "mia.l", "nickname": 7, "name": ["x"]});
    for (claim, expected) in [
        ("preferred_username", "mia"),
        ("upn", "mia.l"),
        ("nickname", "s-1"),
        ("name", "s-1"),
        ("missing", "s-1"),
    ] {
        assert_eq!(username(&by(claim), raw()).as_deref(), Ok(expected), "{claim}");
    }
    let prefixed = ClaimRules { username_prefix: "corp-".into(), ..rules() };
    assert_eq!(username(&prefixed, raw()).as_deref(), Ok("corp-mia"));
    assert_eq!(
        username(&prefixed, json!({"preferred_username": " "})),
        Err(IdentityFault::Username)
    );
}

#[test]
fn t23_username_injection_from_claims() {
    let permissive = ClaimRules { usernames: UsernameRule::Email, ..rules() };
    for name in ["a'b", "a\"b", "a\nb", "a\0b", "../a", "a/b", "a\u{1b}[2J", "a;b", "", " ", "\t"] {
        for rules in [&rules(), &permissive] {
            let named = username(rules, json!({"preferred_username": name}));
            assert_eq!(named, Err(IdentityFault::Username), "{name:?}");
        }
    }
    let mail = || json!({"preferred_username": "mia+k8s@example.org"});
    assert_eq!(username(&rules(), mail()), Err(IdentityFault::Username));
    assert_eq!(username(&permissive, mail()).as_deref(), Ok("mia+k8s@example.org"));
}

#[test]
fn a_subject_can_be_kept_or_nobody_signed_in() {
    let long = "x".repeat(256);
    for subject in ["", " ", "a\0b", "a\nb", &long] {
        let found = rules().resolve("https://id.example", subject, Map::new());
        assert_eq!(found.unwrap_err(), IdentityFault::Subject, "{subject:?}");
    }
}

#[test]
fn t17_groups_are_a_list_of_names_and_one_of_them_lets_in() {
    let gate = ClaimRules { required_groups: vec!["staff".into(), "ops".into()], ..rules() };
    let judge = |rules: &ClaimRules, groups: Value| {
        resolve(rules, json!({ "groups": groups })).map(|identity| identity.groups)
    };
    let some = |names: &[&str]| Ok(Some(names.iter().map(|name| (*name).to_owned()).collect()));
    assert_eq!(judge(&gate, json!(["a", "ops", "a"])), some(&["a", "ops"]));
    assert_eq!(judge(&rules(), json!([])), some(&[]));
    assert_eq!(judge(&rules(), Value::Null), some(&[]));
    for outside in [json!([]), json!(["Staff"]), json!(["staffx"]), Value::Null] {
        assert_eq!(judge(&gate, outside), Err(IdentityFault::NotAMember));
    }
    assert_eq!(resolve(&gate, json!({})).unwrap_err(), IdentityFault::NoGroups);
    for malformed in [json!("staff"), json!({"staff": true}), json!(["staff", 7]), json!(true)] {
        assert_eq!(judge(&gate, malformed.clone()), Err(IdentityFault::Groups), "{malformed}");
        assert_eq!(judge(&rules(), malformed.clone()), Err(IdentityFault::Groups), "{malformed}");
    }
    assert_eq!(judge(&rules(), vec!["x"; 501].into()), Err(IdentityFault::Groups));
    let unread = ClaimRules { groups: None, ..rules() };
    assert_eq!(judge(&unread, json!("staff")), Ok(None));
}

#[test]
fn groups_may_lie_inside_of_another_claim() {
    let by = |name: &str| ClaimRules { groups: Some(name.into()), ..rules() };
    let raw =
        || json!({"realm": {"roles": ["staff"]}, "https://example.org/g": ["a"], "a/b": ["c"]});
    for (name, found) in [("/realm/roles", "staff"), ("https://example.org/g", "a"), ("/a~1b", "c")]
    {
        let groups = resolve(&by(name), raw()).unwrap().groups.unwrap();
        assert_eq!(groups, [found], "{name}");
    }
    assert_eq!(resolve(&by("/realm/none"), raw()).unwrap().groups.unwrap(), [""; 0]);
}

#[test]
fn t24_an_address_counts_as_verified_only_when_the_provider_says_true() {
    for (said, verified) in [(json!(true), true), (json!("true"), false), (json!(1), false)] {
        let raw = json!({"email": "mia@example.org", "email_verified": said});
        assert_eq!(resolve(&rules(), raw).unwrap().email_verified, verified);
    }
}
