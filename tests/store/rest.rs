//! Sessions, consents, pushed requests, signing keys and the audit trail.

use doorstep::clock::{Clock, Timestamp};
use doorstep::keys::{Keys, MAX_TOKEN_LIFETIME};
use doorstep::protocol::client::SigningAlg;
use doorstep::protocol::scope::Scope;
use doorstep::secret::RootKey;
use doorstep::store::Db;
use doorstep::store::audit::{AuditEvent, AuditFilter, StoredAuditEvent};
use doorstep::store::sessions::StoredSession;
use serde_json::{Value, json};

use super::on_both;

const NOW: Timestamp = Timestamp(1_700_000_000);

fn session(id: &str, expires_at: Timestamp) -> StoredSession {
    StoredSession {
        id: id.into(),
        cookie_digest: format!("digest of {id}"),
        account_id: "mia-id".into(),
        auth_time: NOW,
        amr: "pwd".into(),
        address: "192.0.2.7".into(),
        user_agent: "Zoë's browser".into(),
        created_at: NOW,
        last_seen_at: NOW,
        expires_at,
    }
}

#[tokio::test]
async fn a_session_is_found_by_its_cookie_until_it_ends() {
    on_both(|db| async move {
        db.insert_session(session("a", NOW.plus(10))).await.unwrap();
        let found = db.find_session("digest of a", NOW.plus(9)).await.unwrap().unwrap();
        assert_eq!((found.id.as_str(), found.user_agent.as_str()), ("a", "Zoë's browser"));
        assert!(db.find_session("digest of a", NOW.plus(10)).await.unwrap().is_none());
        db.touch_session("a", NOW.plus(5), NOW.plus(20)).await.unwrap();
        assert_eq!(
            db.find_session("digest of a", NOW.plus(15)).await.unwrap().unwrap().last_seen_at,
            NOW.plus(5)
        );
        assert!(db.end_session("a", NOW).await.unwrap());
        assert!(!db.end_session("a", NOW).await.unwrap());
        assert!(db.find_session("digest of a", NOW).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn sessions_end_with_their_account_or_their_time() {
    on_both(|db| async move {
        for id in ["a", "b"] {
            db.insert_session(session(id, NOW.plus(10))).await.unwrap();
        }
        let other = StoredSession { account_id: "zoe-id".into(), ..session("c", NOW.plus(10)) };
        db.insert_session(other).await.unwrap();
        assert_eq!(db.end_sessions_of("mia-id", NOW).await.unwrap(), 2);
        assert_eq!(db.sweep_sessions(NOW.plus(10), 100).await.unwrap(), 0);
        assert_eq!(db.sweep_sessions(NOW.plus(11), 100).await.unwrap(), 1);
    })
    .await;
}

#[tokio::test]
async fn other_sessions_of_a_person_end_without_this_one() {
    on_both(|db| async move {
        for id in ["a", "b", "c"] {
            db.insert_session(session(id, NOW.plus(10))).await.unwrap();
        }
        let other = StoredSession { account_id: "zoe-id".into(), ..session("d", NOW.plus(10)) };
        db.insert_session(other).await.unwrap();
        db.end_other_sessions_of("mia-id", "b", NOW).await.unwrap();
        for (id, lives) in [("a", false), ("b", true), ("c", false), ("d", true)] {
            let digest = session(id, NOW).cookie_digest;
            assert_eq!(db.find_session(&digest, NOW).await.unwrap().is_some(), lives, "{id}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_consent_replaces_the_one_before() {
    on_both(|db| async move {
        assert!(db.find_consent("mia-id", "wiki").await.unwrap().is_none());
        for scope in ["openid", "openid email"] {
            db.save_consent("mia-id", "wiki", &Scope::parse(scope), NOW).await.unwrap();
            assert_eq!(db.find_consent("mia-id", "wiki").await.unwrap(), Some(Scope::parse(scope)));
        }
        assert_eq!(db.delete_consents_of("mia-id").await.unwrap(), 1);
        assert!(db.find_consent("mia-id", "wiki").await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn pushed_requests_are_bounded_and_expire() {
    on_both(|db| async move {
        let push = |id: &'static str, now: Timestamp| {
            let db = db.clone();
            async move {
                let parameters = "scope=openid".to_owned();
                db.insert_pushed_request(id, "wiki", parameters, now, now.plus(10), 2)
                    .await
                    .unwrap()
            }
        };
        assert!(push("a", NOW).await && push("b", NOW).await);
        assert!(!push("c", NOW).await, "the third of two");
        let found = db.find_pushed_request("a", "wiki", NOW).await.unwrap();
        assert_eq!(found, Some(("scope=openid".to_owned(), NOW.plus(10))));
        assert!(db.find_pushed_request("a", "board", NOW).await.unwrap().is_none());
        assert_eq!(db.find_pushed_request_client("a", NOW).await.unwrap().as_deref(), Some("wiki"));
        assert!(db.find_pushed_request("a", "wiki", NOW.plus(10)).await.unwrap().is_none());
        assert!(push("d", NOW.plus(10)).await, "expired ones make room");
        assert_eq!(db.sweep_pushed_requests(NOW.plus(11), 100).await.unwrap(), 2);
    })
    .await;
}

#[tokio::test]
async fn an_id_is_spent_once_until_it_is_swept() {
    on_both(|db| async move {
        let spend = |id: &'static str| {
            let db = db.clone();
            async move { db.spend_jti(id, NOW.plus(10)).await.unwrap() }
        };
        let at_once = futures_util::future::join_all((0..16).map(|_| spend("a"))).await;
        assert_eq!(at_once.into_iter().filter(|first| *first).count(), 1);
        assert!(!db.is_jti_spent("b").await.unwrap());
        assert!(spend("b").await && !spend("b").await);
        assert!(db.is_jti_spent("b").await.unwrap());
        assert_eq!(db.sweep_spent_jtis(NOW.plus(10), 100).await.unwrap(), 0);
        assert_eq!(db.sweep_spent_jtis(NOW.plus(11), 1).await.unwrap(), 1);
        assert_eq!(db.sweep_spent_jtis(NOW.plus(11), 100).await.unwrap(), 1);
        assert!(spend("a").await);
    })
    .await;
}

#[tokio::test]
async fn a_person_finds_their_sessions_and_ends_one() {
    on_both(|db| async move {
        for (id, used) in [("a", 1), ("b", 3), ("c", 2)] {
            let used = StoredSession { last_seen_at: NOW.plus(used), ..session(id, NOW.plus(10)) };
            db.insert_session(used).await.unwrap();
        }
        db.insert_session(session("over", NOW)).await.unwrap();
        let other = StoredSession { account_id: "zoe-id".into(), ..session("d", NOW.plus(10)) };
        db.insert_session(other).await.unwrap();
        let ids = async |limit| -> Vec<String> {
            let found = db.sessions_of("mia-id", NOW, limit).await.unwrap();
            found.into_iter().map(|session| session.id).collect()
        };
        assert_eq!(ids(10).await, ["b", "c", "a"]);
        assert_eq!(ids(2).await, ["b", "c"]);
        assert!(!db.end_session_of("mia-id", "d", NOW).await.unwrap(), "it is somebody else's");
        assert!(db.end_session_of("mia-id", "c", NOW).await.unwrap());
        assert!(!db.end_session_of("mia-id", "c", NOW).await.unwrap());
        assert_eq!(ids(10).await, ["b", "a"]);
    })
    .await;
}

#[tokio::test]
async fn audit_events_are_read_in_order_from_either_end() {
    on_both(|db| async move {
        let event = |at| {
            AuditEvent::new(at, "signed_in")
                .account(Some("mia-id"))
                .client("wiki")
                .grant(Some("a grant"))
                .from("192.0.2.7".into())
                .detail(&json!({ "amr": "Zoë's 'way'" }))
        };
        for at in [NOW.plus(2), NOW, NOW.plus(1), NOW.plus(1)] {
            db.insert_audit_event(event(at)).await.unwrap();
        }
        let events = db.audit_events(NOW.plus(1), 10).await.unwrap();
        assert_eq!(events, [event(NOW.plus(1)), event(NOW.plus(1)), event(NOW.plus(2))]);
        let any = AuditFilter::default();
        let newest = db.newest_audit_events(&any, 2).await.unwrap();
        assert_eq!([newest[0].event.at, newest[1].event.at], [NOW.plus(2), NOW.plus(1)]);
        // A reader goes on where it stopped, within one second too.
        let (mut after, mut read) = (String::new(), Vec::new());
        while let [next] = &db.audit_events_after(&after, &any, 1).await.unwrap()[..] {
            after = next.id.clone();
            read.push(next.event.at.since(NOW));
        }
        assert_eq!(read, [0, 1, 1, 2]);
    })
    .await;
}

#[tokio::test]
async fn audit_events_are_chosen_and_swept() {
    on_both(|db| async move {
        let event = |at: i64, name: &str, account: &str, client: &str| {
            AuditEvent::new(NOW.plus(at), name).account(Some(account)).client(client)
        };
        for one in [
            event(0, "signed_in", "mia", "wiki"),
            event(1, "signed_in", "zoe", "wiki"),
            event(2, "signed_out", "mia", "cli"),
            AuditEvent::new(NOW.plus(3), "key_rotated"),
        ] {
            db.insert_audit_event(one).await.unwrap();
        }
        let any = AuditFilter::default();
        for (filter, times) in [
            (AuditFilter { account_id: "mia".into(), ..any.clone() }, vec![0, 2]),
            (AuditFilter { client_id: "wiki".into(), ..any.clone() }, vec![0, 1]),
            (AuditFilter { event: "signed_in".into(), ..any.clone() }, vec![0, 1]),
            (AuditFilter { since: NOW.plus(1), until: NOW.plus(3), ..any.clone() }, vec![1, 2]),
        ] {
            let found = db.audit_events_after("", &filter, 10).await.unwrap();
            let told = |stored: &StoredAuditEvent| stored.event.at.since(NOW);
            assert_eq!(found.iter().map(told).collect::<Vec<_>>(), times, "{filter:?}");
            let newest = db.newest_audit_events(&filter, 10).await.unwrap();
            assert_eq!(newest.iter().rev().map(told).collect::<Vec<_>>(), times, "{filter:?}");
        }
        assert_eq!(db.sweep_audit_events(NOW.plus(2), 1).await.unwrap(), 1);
        assert_eq!(db.sweep_audit_events(NOW.plus(2), 10).await.unwrap(), 1);
        assert_eq!(db.sweep_audit_events(NOW.plus(2), 10).await.unwrap(), 0);
        assert_eq!(db.audit_events(NOW, 10).await.unwrap().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn replicas_agree_on_keys_and_a_rotation_keeps_old_tokens_good() {
    on_both(|db| async move {
        let (root, clock) = (RootKey::generate(), Clock::fixed(NOW));
        let open = || Keys::open(db.clone(), root.clone(), clock.clone());
        let (a, b) = tokio::join!(open(), open());
        let (a, b) = (a.unwrap(), b.unwrap());
        a.reload().await.unwrap();
        b.reload().await.unwrap();
        assert_eq!(a.jwks(), b.jwks());
        let jwks: Value = serde_json::from_str(&a.jwks().text).unwrap();
        assert_eq!(jwks["keys"].as_array().unwrap().len(), 3);
        let private = ["d", "p", "q", "dp", "dq", "qi"];
        for key in jwks["keys"].as_array().unwrap() {
            assert!(key["kid"].is_string() && key["alg"].is_string() && key["use"] == "sig");
            assert!(private.iter().all(|member| key.get(member).is_none()));
        }

        let old = a.sign(SigningAlg::ES256, "JWT", &json!({"n": 1})).await.unwrap();
        a.rotate(SigningAlg::ES256, false).await.unwrap();
        b.reload().await.unwrap();
        let waiting = b.sign(SigningAlg::ES256, "JWT", &json!({"n": 2})).await.unwrap();
        assert_eq!(kid(&waiting), kid(&old), "a new key is published before it signs");
        clock.advance(600);
        let new = b.sign(SigningAlg::ES256, "JWT", &json!({"n": 3})).await.unwrap();
        assert_ne!(kid(&new), kid(&old));
        for token in [&old, &new] {
            assert!(a.verify::<Value>("JWT", token).is_some());
            assert!(a.verify::<Value>("at+jwt", token).is_none(), "another kind of token");
        }
        clock.advance(MAX_TOKEN_LIFETIME);
        a.reload().await.unwrap();
        let publishes = |token: &str| a.jwks().text.contains(&kid(token).to_string());
        assert!(!publishes(&old) && publishes(&new));
        assert!(a.verify::<Value>("JWT", &old).is_some(), "we still know our own");
        clock.advance(366 * 86_400);
        a.reload().await.unwrap();
        assert!(a.verify::<Value>("JWT", &old).is_none());
        assert!(a.verify::<Value>("JWT", &new).is_some());
        assert!(Keys::open(db.clone(), RootKey::generate(), clock.clone()).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn a_compromised_key_is_withdrawn_at_once() {
    on_both(|db| async move {
        let clock = Clock::fixed(NOW);
        let keys = Keys::open(db.clone(), RootKey::generate(), clock.clone()).await.unwrap();
        let token = keys.sign(SigningAlg::RS256, "JWT", &json!({"n": 1})).await.unwrap();
        keys.rotate(SigningAlg::RS256, true).await.unwrap();
        assert!(keys.verify::<Value>("JWT", &token).is_none());
        let token = keys.sign(SigningAlg::RS256, "JWT", &json!({"n": 2})).await.unwrap();
        assert!(keys.verify::<Value>("JWT", &token).is_some());
    })
    .await;
}

#[tokio::test]
async fn the_first_key_of_an_algorithm_is_made_when_it_is_wanted() {
    on_both(|db| async move {
        let (root, clock) = (RootKey::generate(), Clock::fixed(NOW));
        let open = || Keys::open(db.clone(), root.clone(), clock.clone());
        let (a, b) = (open().await.unwrap(), open().await.unwrap());
        let algs = |keys: &Keys| keys.list().iter().map(|key| key.alg).collect::<Vec<_>>();
        assert!(!algs(&a).contains(&SigningAlg::PS256));
        let claims = json!({"n": 1});
        let (one, two) = tokio::join!(
            a.sign(SigningAlg::PS256, "JWT", &claims),
            b.sign(SigningAlg::PS256, "JWT", &claims)
        );
        assert_eq!(kid(&one.unwrap()), kid(&two.unwrap()), "replicas agree on it");
        assert!(algs(&a).contains(&SigningAlg::PS256));
    })
    .await;
}

#[tokio::test]
async fn a_rotation_before_the_first_use_makes_a_key_that_signs() {
    on_both(|db| async move {
        let clock = Clock::fixed(NOW);
        let keys = Keys::open(db.clone(), RootKey::generate(), clock).await.unwrap();
        keys.rotate(SigningAlg::PS256, false).await.unwrap();
        assert!(keys.sign(SigningAlg::PS256, "JWT", &json!({"n": 1})).await.is_ok());
    })
    .await;
}

fn kid(token: &str) -> Value {
    let header = doorstep::secret::from_base64url(token.split('.').next().unwrap()).unwrap();
    serde_json::from_slice::<Value>(&header).unwrap()["kid"].clone()
}

#[tokio::test]
async fn a_session_goes_on_under_a_new_cookie() {
    on_both(|db| async move {
        db.insert_session(session("a", NOW.plus(10))).await.unwrap();
        let again = StoredSession {
            cookie_digest: "another".into(),
            auth_time: NOW.plus(5),
            ..session("a", NOW.plus(20))
        };
        let of_zoe = StoredSession { account_id: "zoe-id".into(), ..again.clone() };
        assert!(!db.renew_session(of_zoe).await.unwrap());
        assert!(db.renew_session(again.clone()).await.unwrap());
        assert!(db.find_session("digest of a", NOW).await.unwrap().is_none());
        let found = db.find_session("another", NOW.plus(15)).await.unwrap().unwrap();
        assert_eq!((found.id.as_str(), found.auth_time), ("a", NOW.plus(5)));
        assert!(!db.renew_session(StoredSession { id: "b".into(), ..again }).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn notices_fall_due_with_their_session_and_are_claimed_once() {
    on_both(|db| async move {
        for id in ["a", "b"] {
            db.insert_session(session(id, NOW.plus(10))).await.unwrap();
            for client in ["wiki", "board", "wiki"] {
                db.expect_logout(id, client, "mia-id", NOW).await.unwrap();
            }
        }
        assert!(db.claim_logout_notices(NOW.plus(99), 10).await.unwrap().is_empty());
        assert!(db.end_session("a", NOW).await.unwrap());
        let claims = (0..8).map(|_| {
            let db = db.clone();
            tokio::spawn(async move { db.claim_logout_notices(NOW, 10).await.unwrap() })
        });
        let mut claimed = Vec::new();
        for claim in claims.collect::<Vec<_>>() {
            claimed.extend(claim.await.unwrap());
        }
        claimed.sort_by(|x, y| x.client_id.cmp(&y.client_id));
        let told: Vec<_> = claimed.iter().map(|notice| notice.client_id.as_str()).collect();
        assert_eq!(told, ["board", "wiki"]);
        assert_eq!((claimed[0].attempts, claimed[0].sid.as_str()), (1, "a"));
        db.delete_logout_notice("a", "board").await.unwrap();
        assert!(db.claim_logout_notices(NOW.plus(29), 10).await.unwrap().is_empty());
        let again = db.claim_logout_notices(NOW.plus(30), 10).await.unwrap();
        assert_eq!((again.len(), again[0].attempts), (1, 2));
        assert!(db.claim_logout_notices(NOW.plus(149), 10).await.unwrap().is_empty());
        assert_eq!(db.claim_logout_notices(NOW.plus(150), 10).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_notice_of_a_session_that_is_gone_is_due_at_once() {
    on_both(|db| async move {
        db.expect_logout("gone", "wiki", "mia-id", NOW).await.unwrap();
        assert_eq!(db.claim_logout_notices(NOW, 10).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn nobody_is_told_of_a_session_that_expires() {
    on_both(|db| async move {
        for (id, expires_at) in [("a", NOW.plus(10)), ("b", NOW.plus(20))] {
            db.insert_session(session(id, expires_at)).await.unwrap();
            for client in ["wiki", "board", "desk"] {
                db.expect_logout(id, client, "mia-id", NOW).await.unwrap();
            }
        }
        assert_eq!(db.sweep_sessions(NOW.plus(11), 2).await.unwrap(), 1);
        db.end_session("a", NOW).await.unwrap();
        assert!(db.claim_logout_notices(NOW.plus(99), 10).await.unwrap().is_empty());
        db.end_session("b", NOW).await.unwrap();
        assert_eq!(db.claim_logout_notices(NOW.plus(99), 10).await.unwrap().len(), 3);
    })
    .await;
}

#[tokio::test]
async fn claims_are_made_in_pieces() {
    on_both(|db| async move {
        for n in 0..5 {
            db.expect_logout(&format!("s{n}"), "wiki", "mia-id", NOW).await.unwrap();
        }
        for left in [2, 2, 1, 0] {
            assert_eq!(db.claim_logout_notices(NOW, 2).await.unwrap().len(), left);
        }
    })
    .await;
}

#[test]
fn a_store_may_outlive_its_runtime() {
    let directory = tempfile::tempdir().unwrap();
    let sqlite = format!("sqlite:{}", directory.path().join("test.db").display());
    for url in [sqlite, super::postgres::fresh_database()] {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let db = runtime.block_on(async {
            let db = Db::connect(&url, 8).await.unwrap();
            let reads = (0..16).map(|_| db.find_session("nobody's", NOW));
            for found in futures_util::future::join_all(reads).await {
                assert!(found.unwrap().is_none());
            }
            db
        });
        drop(runtime);
        drop(db);
    }
}
