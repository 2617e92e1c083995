//! Whose account it is: linked by issuer and subject, made at the first sign-in or known before.

use doorstep::accounts::claims::Claims;
use doorstep::store::links::Link;
use serde_json::{Value, json};

use super::scene::*;
use crate::kit::*;
use crate::person::{Page, Person};
use crate::server::{START, Setup};
use crate::support::provider::{Character, Issuer};

fn saying(claims: Value) -> Character {
    Character { claims, ..Character::default() }
}

/// The account that a browser is signed in to, by its user name.
async fn account_of(scene: &Scene, person: &Person) -> doorstep::accounts::Account {
    let page = person.get(&format!("{}/account", scene.server.url)).await;
    let name = text(&page).split("signed in as ").nth(1).expect("somebody").to_owned();
    let name = name.split_whitespace().next().unwrap().trim_end_matches('.');
    scene.server.db.find_account_by_username(name).await.unwrap().expect("an account").0
}

async fn arrives_as(scene: &Scene) -> doorstep::accounts::Account {
    let (person, page) = scene.sign_in().await;
    assert!(response(&page).contains_key("code"), "{page:?}");
    account_of(scene, &person).await
}

async fn is_not_let_in(scene: &Scene) -> Page {
    let (person, page) = scene.sign_in().await;
    assert_failed(&person, &page, 403, "not_let_in");
    page
}

#[actix_web::test]
async fn an_account_is_made_once_and_found_by_issuer_and_subject() {
    let scene = Scene::of(saying(json!({"email": "ada@corp.example"}))).await;
    let first = arrives_as(&scene).await;
    assert_eq!(first.username, "ada");
    assert_eq!(first.claims.as_map()["email"], "ada@corp.example");
    // Whatever else changes there, it is the same person.
    let claims = json!({"preferred_username": "lovelace", "email": "other@corp.example"});
    scene.provider.change(|character| character.claims = claims);
    let again = arrives_as(&scene).await;
    assert_eq!((&again.id, again.username.as_str()), (&first.id, "ada"));
    assert_eq!(again.claims.as_map()["email"], "other@corp.example", "claims follow");
    // Whoever else comes is somebody else, even under the same name.
    scene.provider.change(|character| character.claims = json!({"sub": "9c1b"}));
    is_not_let_in(&scene).await;
    let events = scene.server.db.audit_events(START, 100).await.unwrap();
    let names: Vec<_> = events.iter().map(|event| event.event.as_str()).collect();
    assert_eq!(names.iter().filter(|name| **name == "account_made").count(), 1, "{names:?}");
    let event = events.iter().find(|event| event.event == "signed_in").unwrap();
    assert_eq!(event.account_id.as_ref(), Some(&first.id));
    let detail: Value = serde_json::from_str(&event.detail).unwrap();
    assert_eq!((&detail["provider"], &detail["subject"]), (&json!("corp"), &json!("7f3a")));
}

#[actix_web::test]
async fn first_sign_ins_at_the_same_time_make_one_account() {
    let scene = Scene::of(Character::default()).await;
    let mut ways = Vec::new();
    for _ in 0..8 {
        let person = scene.server.browser();
        ways.push((scene.leave(&person).await, person));
    }
    let arriving = ways.iter().map(|(back, person)| scene.arrive(person, back));
    for page in futures_util::future::join_all(arriving).await {
        assert!(response(&page).contains_key("code"), "{page:?}");
    }
    let accounts = scene.server.db.list_accounts("", 100).await.unwrap();
    assert_eq!(accounts.len(), 3, "alice, bob and the one that was made");
}

#[actix_web::test]
async fn the_user_name_comes_from_any_claim_with_a_prefix() {
    let claims =
        json!({"upn": "Ada.L", "handle": ["ada"], "updated_at": "2026-01-02T03:04:05.678Z"});
    let scene = Scene::with(saying(claims.clone()), |settings| {
        settings.username_claim = "upn".into();
        settings.username_prefix = "corp-".into();
    })
    .await;
    assert_eq!(arrives_as(&scene).await.username, "corp-ada.l");
    let by_handle = |settings: &mut doorstep::upstream::ProviderSettings| {
        settings.username_claim = "handle".into();
    };
    let scene = Scene::with(saying(claims), by_handle).await;
    assert_eq!(arrives_as(&scene).await.username, "7f3a", "the subject, where there is no text");
}

#[actix_web::test]
async fn t17_required_group_missing_or_malformed() {
    for (groups, let_in) in [
        (json!(["staff"]), true),
        (json!(["a", "staff"]), true),
        (json!(["a"]), false),
        (json!([]), false),
        (Value::Null, false),
        (json!("staff"), false),
        (json!({"staff": 1}), false),
        (json!(["staff", 1]), false),
    ] {
        let scene = Scene::with(saying(json!({"groups": groups})), |settings| {
            settings.groups_claim = "groups".into();
            settings.required_groups = vec!["staff".into()];
        })
        .await;
        match let_in {
            true => drop(arrives_as(&scene).await),
            false => drop(is_not_let_in(&scene).await),
        }
    }
}

#[actix_web::test]
async fn t17_groups_in_userinfo_count_and_the_id_token_wins() {
    let scene = Scene::with(Character::default(), |settings| {
        settings.groups_claim = "groups".into();
    })
    .await;
    let groups = async |claims: Value, userinfo: Value| {
        scene.provider.change(|character| {
            character.claims = claims;
            character.userinfo = Some(userinfo);
        });
        arrives_as(&scene).await.claims.as_map().get("groups").cloned()
    };
    // The configuration was read before there was such an endpoint.
    scene.provider.change(|character| character.userinfo = Some(json!({})));
    assert_eq!(groups(json!({}), json!({"groups": ["a"]})).await, Some(json!(["a"])));
    let both = groups(json!({"groups": ["b"]}), json!({"groups": ["a"]})).await;
    assert_eq!(both, Some(json!(["b"])));
    assert_eq!(groups(json!({}), json!({})).await, None, "whoever left a group has left it here");
}

#[actix_web::test]
async fn t23_username_injection() {
    for name in ["a'b", "a\"b", "a\nb", "a\u{0}b", "../a", "a/b", "a\u{1b}b", "", " ", "mia@x.org"]
    {
        let scene = Scene::of(saying(json!({"preferred_username": name}))).await;
        is_not_let_in(&scene).await;
    }
    let scene = Scene::with(saying(json!({"preferred_username": "mia@x.org"})), |settings| {
        settings.usernames = doorstep::accounts::rules::UsernameRule::Email;
    })
    .await;
    arrives_as_mail(&scene).await;
    for name in ["", " ", "a\nb@x.org"] {
        scene.provider.change(|character| {
            character.claims = json!({"sub": "other", "preferred_username": name});
        });
        is_not_let_in(&scene).await;
    }
}

async fn arrives_as_mail(scene: &Scene) {
    scene.sign_in().await;
    let found = scene.server.db.find_account_by_username("mia@x.org").await.unwrap();
    assert!(found.is_some());
}

#[actix_web::test]
async fn a_subject_that_cannot_be_kept_signs_nobody_in() {
    for subject in ["a\u{0}b", "a\nb", &"x".repeat(256)] {
        let scene = Scene::of(saying(json!({"sub": subject}))).await;
        is_not_let_in(&scene).await;
    }
}

#[actix_web::test]
async fn t24_a_user_name_is_never_the_key() {
    let scene = Scene::of(saying(json!({"preferred_username": "alice"}))).await;
    is_not_let_in(&scene).await;
    assert_eq!(scene.server.db.links_of("alice-id").await.unwrap(), []);
    assert_eq!(scene.server.db.find_link(&scene.provider.url, "7f3a").await.unwrap(), None);
}

#[actix_web::test]
async fn t24_email_is_information_never_the_key() {
    let mail =
        |verified: Value| saying(json!({"email": "Alice@Example.org", "email_verified": verified}));
    // Not unless an admin said so, and not unless the provider says that it was verified.
    for (allowed, verified) in [(false, json!(true)), (true, json!(false)), (true, json!("true"))] {
        let scene = Scene::with(mail(verified), |settings| settings.match_email = allowed).await;
        assert_eq!(arrives_as(&scene).await.username, "ada");
    }
    let scene = Scene::with(mail(json!(true)), |settings| settings.match_email = true).await;
    let account = arrives_as(&scene).await;
    assert_eq!(account.id, "alice-id");
    assert_eq!(account.claims, crate::server::person("alice").claims, "her claims stay her own");
    // The address moves on to somebody else there: the account does not.
    scene.provider.change(|character| character.claims["sub"] = "new-hire".into());
    is_not_let_in(&scene).await;
    // An account whose own address was never verified is not found by it.
    let unverified = json!({"email": "alice@example.org"}).as_object().unwrap().clone();
    let scene = Scene::with(mail(json!(true)), |settings| settings.match_email = true).await;
    let claims = Claims::new(unverified).unwrap();
    scene.server.db.update_claims("alice-id", &claims, START).await.unwrap();
    assert_eq!(arrives_as(&scene).await.username, "ada");
}

#[actix_web::test]
async fn t24_an_account_made_in_somebodys_name_does_not_wait_for_them() {
    let claims = json!({"email": "mia@corp.example", "email_verified": true});
    let (sloppy, strict) = (Issuer::start(saying(claims.clone())), Issuer::start(saying(claims)));
    for vouches in [false, true] {
        let mut settings = vec![corp(&sloppy), corp(&strict)];
        settings[0].match_email = vouches;
        settings[1].id = "strict".into();
        settings[1].match_email = true;
        settings[1].username_prefix = "strict-".into();
        let setup = Setup { clock: doorstep::clock::Clock::system(), ..Setup::default() };
        let server = Setup { providers: settings, ..setup }.start().await;
        let url = server.url.clone();
        let mut scene = Scene { server, provider: sloppy.clone() };
        let person = scene.server.browser();
        let back = scene.leave_for(&person, &format!("{url}/upstream/corp")).await;
        scene.arrive(&person, &back).await;
        scene.provider = strict.clone();
        let other = scene.server.browser();
        let back = scene.leave_for(&other, &format!("{url}/upstream/strict")).await;
        scene.arrive(&other, &back).await;
        let same = account_of(&scene, &person).await.id == account_of(&scene, &other).await.id;
        assert_eq!(same, vouches, "only where the first provider's word counts");
    }
}

#[actix_web::test]
async fn only_known_people_where_the_admin_wants_that() {
    let known = |settings: &mut doorstep::upstream::ProviderSettings| {
        settings.accounts = doorstep::accounts::linking::Admission::Known;
    };
    let scene = Scene::with(Character::default(), known).await;
    is_not_let_in(&scene).await;
    let link = Link {
        issuer: scene.provider.url.clone(),
        subject: "7f3a".into(),
        account_id: "bob-id".into(),
        provider: "corp".into(),
        made: false,
        vouches: false,
        linked_at: START,
    };
    assert!(scene.server.db.insert_link(link).await.unwrap());
    assert_eq!(arrives_as(&scene).await.id, "bob-id");
    scene.server.db.set_account_disabled("bob-id", true, START).await.unwrap();
    is_not_let_in(&scene).await;
}

#[actix_web::test]
async fn an_account_that_was_half_made_is_completed() {
    let scene = Scene::of(Character::default()).await;
    let link = Link {
        issuer: scene.provider.url.clone(),
        subject: "7f3a".into(),
        account_id: "half-made".into(),
        provider: "corp".into(),
        made: true,
        vouches: false,
        linked_at: START,
    };
    assert!(scene.server.db.insert_link(link).await.unwrap());
    assert_eq!(arrives_as(&scene).await.id, "half-made");
}

#[actix_web::test]
async fn groups_given_by_hand_stay_where_none_are_read() {
    let scene = Scene::of(saying(json!({"groups": ["theirs"], "name": "Ada"}))).await;
    let account = arrives_as(&scene).await;
    assert_eq!(account.claims.as_map().get("groups"), None);
    let by_hand = json!({"groups": ["ours"]}).as_object().unwrap().clone();
    let claims = Claims::new(by_hand).unwrap();
    scene.server.db.update_claims(&account.id, &claims, START).await.unwrap();
    let claims = arrives_as(&scene).await.claims;
    assert_eq!(
        (&claims.as_map()["groups"], &claims.as_map()["name"]),
        (&json!(["ours"]), &json!("Ada"))
    );
}
