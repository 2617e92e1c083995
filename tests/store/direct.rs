//! Grants without a code: redeemed from the start, and otherwise like all others.

use doorstep::clock::{Clock, Timestamp};
use doorstep::codes::{Codes, Direct, Refusal};
use doorstep::secret::RootKey;
use doorstep::store::Db;

use super::codes::refresh;
use super::on_both;

fn engine(db: &Db) -> (Codes, Clock) {
    let clock = Clock::fixed(Timestamp(1_700_000_000));
    (Codes::new(db.clone(), RootKey::generate(), clock.clone()), clock)
}

fn direct(refresh_lifetime: i64) -> Direct {
    Direct {
        client_id: "robot".into(),
        account_id: None,
        sid: None,
        payload: "a robot's grant".into(),
        address: Some("192.0.2.7".parse().unwrap()),
        jkt: String::new(),
        refresh_lifetime,
        remember: 600,
    }
}

#[tokio::test]
async fn a_grant_without_a_code_lives_until_it_is_revoked() {
    on_both(|db| async move {
        let (codes, _) = engine(&db);
        let granted = codes.grant(direct(0)).await.unwrap();
        assert!(granted.refresh_token.is_none());
        let living = codes.living(&granted.id).await.unwrap().unwrap();
        assert_eq!(
            (living.payload.as_str(), living.authorized_from.as_str()),
            ("a robot's grant", "192.0.2.7")
        );
        let other = codes.grant(direct(0)).await.unwrap();
        assert!(codes.revoke(&granted.id).await.unwrap());
        assert!(codes.living(&granted.id).await.unwrap().is_none());
        assert!(codes.living(&other.id).await.unwrap().is_some());
    })
    .await;
}

#[tokio::test]
async fn its_refresh_token_rotates_like_any_other() {
    on_both(|db| async move {
        let (codes, clock) = engine(&db);
        let granted = codes.grant(direct(1000)).await.unwrap();
        let first = granted.refresh_token.unwrap();
        assert!(matches!(
            codes.refresh(refresh(first.expose(), "other")).await,
            Err(Refusal::Unknown)
        ));
        let second = codes.refresh(refresh(first.expose(), "robot")).await.unwrap().token;
        clock.advance(11);
        let replay = codes.refresh(refresh(first.expose(), "robot")).await;
        assert!(matches!(replay, Err(Refusal::Replayed { .. })), "{replay:?}");
        assert!(matches!(
            codes.refresh(refresh(second.expose(), "robot")).await,
            Err(Refusal::Over)
        ));
    })
    .await;
}

#[tokio::test]
async fn it_is_swept_when_its_last_token_has_expired() {
    on_both(|db| async move {
        let (codes, clock) = engine(&db);
        codes.grant(direct(0)).await.unwrap();
        codes.grant(direct(1000)).await.unwrap();
        clock.advance(600);
        assert_eq!(codes.sweep().await.unwrap(), 0);
        clock.advance(1);
        assert_eq!(codes.sweep().await.unwrap(), 1);
        clock.advance(400);
        assert_eq!(codes.sweep().await.unwrap(), 1);
    })
    .await;
}

#[tokio::test]
async fn no_code_leads_to_it() {
    on_both(|db| async move {
        let (codes, _) = engine(&db);
        let granted = codes.grant(direct(0)).await.unwrap();
        let row = codes.find(&granted.id).await.unwrap().unwrap();
        let id = codes.grant_of_code(codes.code_of(&row).expose()).unwrap();
        assert_ne!(id, granted.id);
        assert!(codes.find(&id).await.unwrap().is_none());
    })
    .await;
}
