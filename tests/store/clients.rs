use doorstep::clock::Timestamp;
use doorstep::protocol::client::{Client, ClientSecret, Stranger};
use doorstep::store::registrations::Registration;

use super::on_both;

const NOW: Timestamp = Timestamp(1_700_000_000);

fn client(id: &str) -> Client {
    Client {
        client_id: id.into(),
        client_name: "Zoë's \"wiki\" 🦔".into(),
        client_secret: Some(ClientSecret::new("an invented secret")),
        redirect_uris: vec!["https://wiki.example.org/cb?a='b'".into()],
        ..Client::default()
    }
}

#[tokio::test]
async fn a_client_is_found_as_it_was_stored() {
    on_both(|db| async move {
        assert!(db.insert_client(&client("wiki"), NOW).await.unwrap());
        let found = db.find_client("wiki").await.unwrap().unwrap();
        assert_eq!(found, client("wiki"));
        assert!(found.client_secret.unwrap().matches("an invented secret"));
        assert_eq!(db.find_client("board").await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn a_client_is_added_once_changed_and_removed() {
    on_both(|db| async move {
        for id in ["wiki", "board"] {
            assert!(db.insert_client(&client(id), NOW).await.unwrap());
        }
        let renamed = Client { client_name: "Another".into(), ..client("wiki") };
        assert!(!db.insert_client(&renamed, NOW).await.unwrap());
        assert_eq!(db.list_clients().await.unwrap(), [client("board"), client("wiki")]);
        assert!(db.update_client(&renamed, NOW).await.unwrap());
        assert_eq!(db.list_clients().await.unwrap(), [client("board"), renamed.clone()]);
        assert!(db.delete_client("wiki").await.unwrap());
        assert!(!db.delete_client("wiki").await.unwrap());
        assert!(!db.update_client(&renamed, NOW).await.unwrap());
        assert_eq!(db.list_clients().await.unwrap(), [client("board")]);
    })
    .await;
}

fn registration(id: &str) -> Registration {
    let client = Client { stranger: Some(Stranger::Registered), ..client(id) };
    Registration { client, token_digest: format!("digest of {id}"), issued_at: NOW }
}

#[tokio::test]
async fn a_client_that_registered_itself_is_known_as_such() {
    on_both(|db| async move {
        assert!(db.insert_client(&client("board"), NOW).await.unwrap());
        assert!(db.insert_registration(&registration("wiki"), None, 0).await.unwrap());
        let found = db.find_registration("wiki").await.unwrap();
        assert_eq!(found, Some(registration("wiki")));
        assert_eq!(db.find_client("wiki").await.unwrap(), Some(registration("wiki").client));
        assert_eq!(db.find_registration("board").await.unwrap(), None);
        assert_eq!(db.find_client("board").await.unwrap(), Some(client("board")));
        let strangers: Vec<_> =
            db.list_clients().await.unwrap().into_iter().map(|client| client.stranger).collect();
        assert_eq!(strangers, [None, Some(Stranger::Registered)]);
        let taken = db.insert_registration(&registration("board"), None, 0).await;
        assert!(taken.is_err_and(|error| error.is_unique_violation()));
    })
    .await;
}

#[tokio::test]
async fn clients_that_expire_are_bounded_swept_and_kept_by_use() {
    on_both(|db| async move {
        let insert = |id: &'static str, expires_at| {
            let db = db.clone();
            async move { db.insert_registration(&registration(id), expires_at, 2).await.unwrap() }
        };
        assert!(insert("a", Some(NOW.plus(10))).await && insert("b", Some(NOW.plus(10))).await);
        assert!(!insert("c", Some(NOW.plus(10))).await, "the third of two");
        assert!(insert("invited", None).await);
        db.keep_registration("a", NOW.plus(11), NOW.plus(100)).await.unwrap();
        db.keep_registration("b", NOW.plus(10), NOW.plus(100)).await.unwrap();
        db.keep_registration("invited", NOW.plus(11), NOW.plus(12)).await.unwrap();
        assert_eq!(db.sweep_registrations(NOW.plus(10), 10).await.unwrap(), 0);
        assert_eq!(db.sweep_registrations(NOW.plus(50), 10).await.unwrap(), 1);
        let left: Vec<_> =
            db.list_clients().await.unwrap().into_iter().map(|client| client.client_id).collect();
        assert_eq!(left, ["a", "invited"]);
        assert!(insert("c", Some(NOW.plus(100))).await, "there is room again");
    })
    .await;
}
