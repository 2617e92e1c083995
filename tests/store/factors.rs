//! Second factors and recovery codes.

use doorstep::clock::Timestamp;
use doorstep::store::factors::StoredFactor;

use super::on_both;

const NOW: Timestamp = Timestamp(1_700_000_000);

fn factor(id: &str, credential_id: Option<&str>) -> StoredFactor {
    StoredFactor {
        id: id.into(),
        account_id: "mia-id".into(),
        kind: if credential_id.is_some() { "passkey" } else { "totp" }.into(),
        name: "Mía's phone".into(),
        credential_id: credential_id.map(str::to_owned),
        sealed: format!("sealed {id}"),
        counter: 10,
        created_at: NOW,
        last_used_at: None,
    }
}

#[tokio::test]
async fn factors_are_added_up_to_a_limit_and_listed_oldest_first() {
    on_both(|db| async move {
        let later = StoredFactor { created_at: NOW.plus(1), ..factor("a", None) };
        assert!(db.insert_factor(later, 3).await.unwrap());
        assert!(db.insert_factor(factor("b", Some("key")), 3).await.unwrap());
        assert!(!db.insert_factor(factor("a", None), 3).await.unwrap(), "the id is taken");
        assert!(!db.insert_factor(factor("c", Some("key")), 3).await.unwrap(), "the key is known");
        assert!(db.insert_factor(factor("d", None), 3).await.unwrap());
        assert!(!db.insert_factor(factor("e", None), 3).await.unwrap(), "there are three");
        let others = StoredFactor { account_id: "zoe-id".into(), ..factor("f", None) };
        assert!(db.insert_factor(others, 3).await.unwrap());
        let ids: Vec<String> =
            db.factors_of("mia-id").await.unwrap().into_iter().map(|factor| factor.id).collect();
        assert_eq!(ids, ["b", "d", "a"]);
        let found = db.find_passkey("key").await.unwrap().unwrap();
        assert_eq!((found.id.as_str(), found.name.as_str()), ("b", "Mía's phone"));
        assert!(db.find_passkey("another").await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn of_many_who_use_one_code_at_once_one_succeeds() {
    on_both(|db| async move {
        db.insert_factor(factor("a", None), 9).await.unwrap();
        let tries = (0..32).map(|_| {
            let db = db.clone();
            tokio::spawn(async move { db.spend_time_step("a", 11, NOW).await.unwrap() })
        });
        let mut winners = 0;
        for done in tries.collect::<Vec<_>>() {
            winners += u32::from(done.await.unwrap());
        }
        assert_eq!(winners, 1);
        assert!(!db.spend_time_step("a", 10, NOW).await.unwrap(), "nor an earlier one after it");
        assert!(db.spend_time_step("a", 12, NOW.plus(5)).await.unwrap());
        let used = db.factors_of("mia-id").await.unwrap().remove(0);
        assert_eq!((used.counter, used.last_used_at), (12, Some(NOW.plus(5))));
    })
    .await;
}

#[tokio::test]
async fn a_passkey_answers_a_challenge_once() {
    on_both(|db| async move {
        db.insert_factor(factor("counts", Some("a")), 9).await.unwrap();
        let silent = StoredFactor { counter: 0, ..factor("silent", Some("b")) };
        db.insert_factor(silent, 9).await.unwrap();
        let at = |seconds| NOW.plus(seconds);
        for (id, counter, asked_at, now, counts) in [
            ("counts", 10, 0, 1, false),
            ("counts", 0, 0, 1, false),
            ("counts", 11, 0, 1, true),
            ("counts", 12, 1, 1, false),
            ("counts", 12, 2, 3, true),
            ("silent", 0, 0, 5, true),
            ("silent", 0, 0, 6, false),
            ("silent", 0, 5, 6, false),
            ("silent", 0, 6, 7, true),
            ("silent", 3, 8, 9, true),
            ("silent", 0, 10, 11, false),
            ("nobody", 1, 0, 1, false),
        ] {
            let used = db.use_passkey(id, counter, at(asked_at), at(now)).await.unwrap();
            assert_eq!(used, counts, "{id} {counter} {asked_at} {now}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_factor_is_renamed_and_removed_with_its_owners_id_only() {
    on_both(|db| async move {
        db.insert_factor(factor("a", None), 9).await.unwrap();
        db.insert_factor(factor("b", None), 9).await.unwrap();
        assert!(!db.rename_factor("a", "zoe-id", "x".into()).await.unwrap());
        assert!(db.rename_factor("a", "mia-id", "Tablet".into()).await.unwrap());
        assert_eq!(db.factors_of("mia-id").await.unwrap()[0].name, "Tablet");
        assert!(!db.delete_factor("a", "zoe-id").await.unwrap());
        assert!(db.delete_factor("a", "mia-id").await.unwrap());
        assert!(!db.delete_factor("a", "mia-id").await.unwrap());
        assert_eq!(db.delete_factors_of("mia-id").await.unwrap(), 1);
        assert!(db.factors_of("mia-id").await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_recovery_code_is_gone_once_it_is_used() {
    on_both(|db| async move {
        let digests = std::array::from_fn(|i| format!("digest {i}"));
        db.insert_recovery_codes("mia-id", digests.clone()).await.unwrap();
        db.insert_recovery_codes("zoe-id", digests).await.unwrap();
        let spend = |digest: &str| db.spend_recovery_code("mia-id", digest.into());
        assert!(spend("digest 3").await.unwrap());
        assert!(!spend("digest 3").await.unwrap());
        assert!(!spend("digest 10").await.unwrap());
        assert_eq!(db.count_recovery_codes("mia-id").await.unwrap(), 9);
        assert_eq!(db.delete_recovery_codes_of("mia-id").await.unwrap(), 9);
        assert_eq!(db.count_recovery_codes("mia-id").await.unwrap(), 0);
        assert_eq!(db.count_recovery_codes("zoe-id").await.unwrap(), 10);
    })
    .await;
}
