use doorstep::accounts::Account;
use doorstep::accounts::claims::Claims;
use doorstep::clock::Timestamp;
use doorstep::store::Db;
use serde_json::json;

use super::on_both;

const NOW: Timestamp = Timestamp(1_700_000_000);

fn account(username: &str) -> Account {
    let claims = json!({"name": "Zoë 🦔", "groups": ["a", "b"], "email": "zoe@example.org", "email_verified": true});
    Account {
        id: format!("id-{username}"),
        username: username.into(),
        disabled: false,
        claims: Claims::new(claims.as_object().unwrap().clone()).unwrap(),
        created_at: NOW,
        updated_at: NOW,
    }
}

async fn hash_of(db: &Db, username: &str) -> Option<String> {
    db.find_account_by_username(username).await.unwrap().unwrap().1
}

#[tokio::test]
async fn an_account_is_found_as_it_was_stored() {
    on_both(|db| async move {
        assert!(!db.has_accounts().await.unwrap());
        assert!(db.insert_account(&account("zoe"), Some("hash".into())).await.unwrap());
        assert!(db.has_accounts().await.unwrap());
        assert_eq!(db.find_account("id-zoe").await.unwrap(), Some(account("zoe")));
        let found = db.find_account_by_username("zoe").await.unwrap();
        assert_eq!(found, Some((account("zoe"), Some("hash".into()))));
        assert_eq!(db.find_account("zoe").await.unwrap(), None);
        assert_eq!(db.find_account_by_username("ZOE").await.unwrap(), None);
        assert_eq!(db.find_account_by_username("' OR ''='").await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn ids_and_user_names_are_given_once() {
    on_both(|db| async move {
        assert!(db.insert_account(&account("zoe"), None).await.unwrap());
        let other_id = Account { id: "other".into(), ..account("zoe") };
        let other_name = Account { username: "mia".into(), ..account("zoe") };
        assert!(!db.insert_account(&other_id, None).await.unwrap());
        assert!(!db.insert_account(&other_name, None).await.unwrap());
        assert_eq!(hash_of(&db, "zoe").await, None);
        let racers = (0..20).map(|racer| {
            let (db, racer) =
                (db.clone(), Account { id: format!("racer-{racer}"), ..account("noor") });
            tokio::spawn(async move { db.insert_account(&racer, None).await.unwrap() })
        });
        let mut won = 0;
        for racer in racers.collect::<Vec<_>>() {
            won += usize::from(racer.await.unwrap());
        }
        assert_eq!(won, 1);
    })
    .await;
}

#[tokio::test]
async fn changes_reach_one_account_and_tell_whether_it_is_there() {
    on_both(|db| async move {
        for username in ["zoe", "mia"] {
            db.insert_account(&account(username), Some("old".into())).await.unwrap();
        }
        let later = NOW.plus(60);
        assert!(db.set_password_hash("id-zoe", "new".into(), later).await.unwrap());
        assert!(db.set_account_disabled("id-zoe", true, later).await.unwrap());
        assert!(db.update_claims("id-zoe", &Claims::default(), later).await.unwrap());
        let changed = Account {
            disabled: true,
            claims: Claims::default(),
            updated_at: later,
            ..account("zoe")
        };
        assert_eq!(db.find_account("id-zoe").await.unwrap(), Some(changed));
        assert_eq!(db.find_account("id-mia").await.unwrap(), Some(account("mia")));
        assert_eq!(hash_of(&db, "zoe").await.as_deref(), Some("new"));
        assert_eq!(hash_of(&db, "mia").await.as_deref(), Some("old"));
        assert!(db.delete_account("id-zoe").await.unwrap());
        assert!(!db.delete_account("id-zoe").await.unwrap());
        assert!(!db.set_password_hash("id-zoe", "x".into(), later).await.unwrap());
        assert!(!db.set_account_disabled("id-zoe", true, later).await.unwrap());
        assert!(!db.update_claims("id-zoe", &Claims::default(), later).await.unwrap());
        assert!(db.find_account("id-mia").await.unwrap().is_some());
    })
    .await;
}

#[tokio::test]
async fn a_rehash_does_not_undo_a_new_password() {
    on_both(|db| async move {
        db.insert_account(&account("zoe"), Some("old".into())).await.unwrap();
        db.replace_password_hash("id-zoe", "old".into(), "renewed".into()).await.unwrap();
        assert_eq!(hash_of(&db, "zoe").await.as_deref(), Some("renewed"));
        db.set_password_hash("id-zoe", "chosen".into(), NOW).await.unwrap();
        db.replace_password_hash("id-zoe", "renewed".into(), "late".into()).await.unwrap();
        assert_eq!(hash_of(&db, "zoe").await.as_deref(), Some("chosen"));
        let account = db.find_account("id-zoe").await.unwrap().unwrap();
        assert_eq!(account.updated_at, NOW);
    })
    .await;
}

#[tokio::test]
async fn accounts_are_listed_by_name_page_by_page() {
    on_both(|db| async move {
        for username in ["noor", "ada", "zoe", "mia"] {
            db.insert_account(&account(username), None).await.unwrap();
        }
        let names = async |after: &str| -> Vec<String> {
            let page = db.list_accounts(after, 3).await.unwrap();
            page.into_iter().map(|account| account.username).collect()
        };
        assert_eq!(names("").await, ["ada", "mia", "noor"]);
        assert_eq!(names("noor").await, ["zoe"]);
        assert!(names("zoe").await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_password_that_has_to_be_changed_is_until_it_was() {
    on_both(|db| async move {
        db.insert_account(&account("zoe"), Some("first".into())).await.unwrap();
        assert!(!db.must_change_password("id-zoe").await.unwrap());
        assert!(db.require_password_change("id-zoe").await.unwrap());
        assert!(!db.require_password_change("id-nobody").await.unwrap());
        assert!(db.must_change_password("id-zoe").await.unwrap());
        db.replace_password_hash("id-zoe", "first".into(), "costlier".into()).await.unwrap();
        assert!(db.must_change_password("id-zoe").await.unwrap(), "it is the same password");
        db.set_password_hash("id-zoe", "second".into(), NOW).await.unwrap();
        assert!(!db.must_change_password("id-zoe").await.unwrap());
        assert_eq!(db.find_password_hash("id-zoe").await.unwrap().as_deref(), Some("second"));
        assert_eq!(db.find_password_hash("id-nobody").await.unwrap(), None);
    })
    .await;
}
