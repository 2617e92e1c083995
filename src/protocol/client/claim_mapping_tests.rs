use super::*;
use serde_json::json;

fn rules(rules: Value) -> Vec<ClaimRule> {
    serde_json::from_value(rules.clone()).unwrap_or_else(|error| panic!("{rules}: {error}"))
}

/// What the rules make of an invented person in the access token.
fn told(list: Value) -> Value {
    let source = json!({"email": "ada@example.org", "groups": ["wiki-admin", "wiki-", "staff"]});
    let mut told = Map::new();
    let list = rules(list);
    assert_eq!(check(&list), Ok(()));
    apply(&list, Place::AccessToken, source.as_object().unwrap(), &mut told);
    told.into()
}

#[test]
fn claims_are_told_where_and_as_the_rules_say() {
    for (list, expected) in [
        (json!([]), json!({})),
        (json!([{"claim": "email", "in": ["id_token"]}]), json!({})),
        (
            json!([{"claim": "email", "in": ["id_token", "access_token"]}]),
            json!({"email": "ada@example.org"}),
        ),
        (
            json!([{"claim": "email", "as": "upn", "in": ["access_token"]}]),
            json!({"upn": "ada@example.org"}),
        ),
        (
            json!([{"claim": "groups", "as": "https://example.org/roles", "in": ["access_token"]}]),
            json!({"https://example.org/roles": ["wiki-admin", "wiki-", "staff"]}),
        ),
        (
            json!([
                {"claim": "groups", "as": ["realm_access", "roles"], "in": ["access_token"]},
                {"claim": "groups", "as": ["resource_access", "wiki.example", "roles"], "in": ["access_token"],
                 "prefix": "wiki-", "strip_prefix": true},
            ]),
            json!({
                "realm_access": {"roles": ["wiki-admin", "wiki-", "staff"]},
                "resource_access": {"wiki.example": {"roles": ["admin"]}},
            }),
        ),
        (
            json!([{"claim": "groups", "in": ["access_token"], "prefix": "wiki-"}]),
            json!({"groups": ["wiki-admin", "wiki-"]}),
        ),
        (json!([{"claim": "groups", "in": ["access_token"], "prefix": "x"}]), json!({})),
        (json!([{"claim": "phone_number", "in": ["access_token"]}]), json!({})),
        (
            json!([{"value": true, "as": "a", "in": ["access_token"]}, {"value": ["x"], "as": ["b", "c"], "in": ["access_token"]}]),
            json!({"a": true, "b": {"c": ["x"]}}),
        ),
    ] {
        assert_eq!(told(list.clone()), expected, "{list}");
    }
}

#[test]
fn a_claim_with_a_rule_is_not_told_under_its_own_name_too() {
    let source = json!({"email": "ada@example.org", "groups": ["a"]});
    let source = source.as_object().unwrap();
    let told = |list: Value| {
        let mut told = source.clone();
        apply(&rules(list), Place::Userinfo, source, &mut told);
        Value::from(told)
    };
    let renamed = json!({"claim": "groups", "as": "roles", "in": ["userinfo"]});
    let kept = json!({"claim": "groups", "in": ["userinfo"]});
    assert_eq!(told(json!([renamed])), json!({"email": "ada@example.org", "roles": ["a"]}));
    assert_eq!(
        told(json!([renamed, kept])),
        json!({"email": "ada@example.org", "roles": ["a"], "groups": ["a"]})
    );
    let swapped = json!([{"claim": "groups", "as": "email", "in": ["userinfo"]}, {"claim": "email", "as": "groups", "in": ["userinfo"]}]);
    assert_eq!(told(swapped), json!({"email": ["a"], "groups": "ada@example.org"}));
}

#[test]
fn what_makes_no_sense_is_named() {
    let with = |more: Value| {
        let mut rule = json!({"claim": "groups", "in": ["id_token"]});
        rule.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!([rule])
    };
    for (list, words) in [
        (json!([{"in": ["id_token"]}]), "either claim or value"),
        (with(json!({"value": 1})), "either claim or value"),
        (with(json!({"claim": "shoe_size"})), "claim has \"shoe_size\""),
        (with(json!({"claim": "sub"})), "claim has \"sub\""),
        (with(json!({"in": []})), "in should name"),
        (with(json!({"as": "iss"})), "as has \"iss\""),
        (with(json!({"as": ["aud", "x"]})), "as has \"aud\""),
        (with(json!({"as": ""})), "as should be"),
        (with(json!({"as": ["a", ""]})), "as should be"),
        (with(json!({"as": "a\nb"})), "as should be"),
        (with(json!({"as": ["a", "b", "c", "d", "e", "f"]})), "as should be"),
        (with(json!({"prefix": ""})), "prefix should say"),
        (with(json!({"strip_prefix": true})), "prefix should say"),
        (with(json!({"claim": "email", "prefix": "x"})), "prefix is for"),
        (json!([{"value": 1, "in": ["id_token"]}]), "as should name"),
        (json!([{"value": {}, "as": "x", "in": ["id_token"]}]), "value should be"),
        (json!([{"value": [], "as": "x", "in": ["id_token"]}]), "value should be"),
        (json!([{"value": "", "as": "x", "in": ["id_token"]}]), "value should be"),
    ] {
        let reason = check(&rules(list.clone())).expect_err(&list.to_string());
        assert!(reason.starts_with("rule 1: ") && reason.contains(words), "{list}: {reason}");
    }
    assert!(check(&vec![ClaimRule::tell("groups", &[Place::IdToken]); 51]).is_err());
}

#[test]
fn two_rules_do_not_write_to_one_place() {
    let pair = |a: Value, b: Value, place: &str| {
        check(&rules(json!([
            {"claim": "groups", "as": a, "in": ["id_token", "userinfo"]},
            {"claim": "email", "as": b, "in": [place]},
        ])))
    };
    for (a, b) in [
        (json!("x"), json!("x")),
        (json!("x"), json!(["x", "y"])),
        (json!(["x", "y"]), json!(["x"])),
    ] {
        assert!(
            pair(a.clone(), b.clone(), "userinfo").unwrap_err().starts_with("rule 2: as"),
            "{a} {b}"
        );
        assert_eq!(pair(a, b, "access_token"), Ok(()));
    }
    assert_eq!(pair(json!(["x", "y"]), json!(["x", "z"]), "userinfo"), Ok(()));
}

#[test]
fn a_rule_that_was_not_checked_does_not_touch_the_protocol() {
    let list = rules(json!([{"value": "x", "as": "sub", "in": ["access_token"]}]));
    let mut told = Map::new();
    apply(&list, Place::AccessToken, &Map::new(), &mut told);
    assert!(told.is_empty());
}

#[test]
fn rules_are_read_as_they_are_written() {
    let list = json!([
        {"claim": "groups", "in": ["id_token", "access_token", "userinfo"]},
        {"claim": "groups", "as": ["a", "b"], "in": ["id_token"], "prefix": "x", "strip_prefix": true},
        {"value": 1, "as": "one", "in": ["userinfo"]},
    ]);
    assert_eq!(serde_json::to_value(rules(list.clone())).unwrap(), list);
    for bad in [json!([{"as": 1}]), json!([{"in": ["cookie"]}]), json!([{"claims": "groups"}])] {
        assert!(serde_json::from_value::<Vec<ClaimRule>>(bad.clone()).is_err(), "{bad}");
    }
}
