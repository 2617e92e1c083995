use doorstep::clock::Timestamp;
use doorstep::protocol::client::{Client, ClientSecret};

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
