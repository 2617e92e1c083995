//! Who people are elsewhere, and the sessions that they have there.

use doorstep::accounts::Account;
use doorstep::accounts::claims::Claims;
use doorstep::clock::Timestamp;
use doorstep::store::links::Link;
use doorstep::store::upstream_sessions::UpstreamSession;
use serde_json::json;

use super::on_both;

const NOW: Timestamp = Timestamp(1_700_000_000);

fn link(issuer: &str, subject: &str, account_id: &str) -> Link {
    Link {
        issuer: issuer.into(),
        subject: subject.into(),
        account_id: account_id.into(),
        provider: "corp".into(),
        made: true,
        vouches: false,
        linked_at: NOW,
    }
}

#[tokio::test]
async fn an_identity_has_one_account_and_an_account_one_identity_at_an_issuer() {
    on_both(|db| async move {
        assert!(db.insert_link(link("i", "s", "mia")).await.unwrap());
        assert!(!db.insert_link(link("i", "s", "noor")).await.unwrap());
        assert!(!db.insert_link(link("i", "other", "mia")).await.unwrap());
        assert!(db.insert_link(link("another", "s", "mia")).await.unwrap());
        assert_eq!(db.find_link("i", "s").await.unwrap(), Some(link("i", "s", "mia")));
        assert_eq!(db.find_link("i", "S").await.unwrap(), None);
        let all = db.links_of("mia").await.unwrap();
        assert_eq!(all, [link("another", "s", "mia"), link("i", "s", "mia")]);
        assert!(db.delete_link("i", "s").await.unwrap());
        assert!(!db.delete_link("i", "s").await.unwrap());
        assert_eq!(db.delete_links_of("mia").await.unwrap(), 1);
        assert_eq!(db.links_of("mia").await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn of_many_that_link_one_identity_one_wins() {
    on_both(|db| async move {
        let racers = (0..32).map(|n| {
            let db = db.clone();
            tokio::spawn(
                async move { db.insert_link(link("i", "s", &n.to_string())).await.unwrap() },
            )
        });
        let won = futures_util::future::join_all(racers).await;
        assert_eq!(won.into_iter().filter(|won| *won.as_ref().unwrap()).count(), 1);
    })
    .await;
}

#[tokio::test]
async fn accounts_are_found_by_an_address_that_counts() {
    on_both(|db| async move {
        let account = |id: &str, email: &str, verified: bool| {
            let claims = json!({"email": email, "email_verified": verified});
            Account {
                id: id.into(),
                username: id.into(),
                disabled: false,
                claims: Claims::new(claims.as_object().unwrap().clone()).unwrap(),
                created_at: NOW,
                updated_at: NOW,
            }
        };
        for account in [
            account("mia", "Mia@Example.org", true),
            account("unverified", "mia@example.org", false),
            account("made", "mia@example.org", true),
            account("vouched", "vouched@example.org", true),
        ] {
            assert!(db.insert_account(&account, None).await.unwrap());
        }
        db.insert_link(link("i", "1", "made")).await.unwrap();
        let vouched = Link { vouches: true, ..link("i", "2", "vouched") };
        db.insert_link(vouched).await.unwrap();
        db.insert_link(Link { made: false, ..link("i", "3", "mia") }).await.unwrap();
        let found = async |email: &str| {
            let found = db.find_accounts_by_email(email, 2).await.unwrap();
            found.into_iter().map(|account| account.id).collect::<Vec<_>>()
        };
        assert_eq!(found("mia@example.org").await, ["mia"]);
        assert_eq!(found("vouched@example.org").await, ["vouched"]);
        assert_eq!(found("nobody@example.org").await, [""; 0]);
        db.update_claims("mia", &account("mia", "new@example.org", true).claims, NOW)
            .await
            .unwrap();
        assert_eq!(found("mia@example.org").await, [""; 0]);
        assert_eq!(found("new@example.org").await, ["mia"]);
        db.update_claims("mia", &Claims::default(), NOW).await.unwrap();
        assert_eq!(found("new@example.org").await, [""; 0]);
    })
    .await;
}

#[tokio::test]
async fn a_session_elsewhere_is_checked_by_one_and_ends_once() {
    on_both(|db| async move {
        let session = UpstreamSession {
            sid: "a".into(),
            provider: "corp".into(),
            account_id: "mia".into(),
            subject: "s".into(),
            sealed: "sealed".into(),
            checked_at: NOW,
            ended_at: None,
            expires_at: NOW.plus(100),
        };
        db.save_upstream_session(session.clone()).await.unwrap();
        assert_eq!(db.find_upstream_session("a").await.unwrap(), Some(session.clone()));
        assert_eq!(db.find_upstream_session("b").await.unwrap(), None);
        let racers = (0..16).map(|_| {
            let db = db.clone();
            let claim =
                async move { db.claim_upstream_check("a", NOW, NOW.plus(9)).await.unwrap() };
            tokio::spawn(claim)
        });
        let won = futures_util::future::join_all(racers).await;
        assert_eq!(won.into_iter().filter(|won| *won.as_ref().unwrap()).count(), 1);
        db.update_upstream_session("a", "new".into(), NOW.plus(9), NOW.plus(200)).await.unwrap();
        let kept = db.find_upstream_session("a").await.unwrap().unwrap();
        assert_eq!((kept.sealed.as_str(), kept.checked_at), ("new", NOW.plus(9)));
        db.end_upstream_session("a", NOW.plus(10)).await.unwrap();
        let ended = db.find_upstream_session("a").await.unwrap().unwrap();
        assert_eq!(ended.ended_at, Some(NOW.plus(10)));
        assert!(!db.claim_upstream_check("a", NOW.plus(9), NOW.plus(20)).await.unwrap());
        // Signing in anew in the same session puts it right.
        db.save_upstream_session(session.clone()).await.unwrap();
        assert_eq!(db.find_upstream_session("a").await.unwrap(), Some(session));
        assert_eq!(db.sweep_upstream_sessions(NOW.plus(100), 10).await.unwrap(), 0);
        assert_eq!(db.sweep_upstream_sessions(NOW.plus(101), 10).await.unwrap(), 1);
    })
    .await;
}
