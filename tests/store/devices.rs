//! Devices that wait for a person, and the codes that they have before anybody granted anything.

use doorstep::clock::{Clock, Timestamp};
use doorstep::codes::{Binding, Codes, Presentation, Refusal};
use doorstep::protocol::channel::Channel;
use doorstep::secret::RootKey;
use doorstep::store::Db;
use doorstep::store::device_requests::NewDeviceRequest;
use tokio::task::JoinSet;

use super::on_both;

const NOW: Timestamp = Timestamp(1_700_000_000);

fn engine(db: &Db) -> (Codes, Clock) {
    let clock = Clock::fixed(NOW);
    (Codes::new(db.clone(), RootKey::generate(), clock.clone()), clock)
}

fn request(id: &str, user_code: &str) -> NewDeviceRequest {
    NewDeviceRequest {
        id: id.into(),
        user_code: user_code.into(),
        client_id: "tv".into(),
        request: "Zoë's \"request\" 🦔".into(),
        asked_from: "192.0.2.7".into(),
        created_at: NOW,
        expires_at: NOW.plus(600),
        poll_interval: 5,
    }
}

fn binding() -> Binding {
    Binding {
        client_id: "tv".into(),
        redirect_uri: "device".into(),
        code_challenge: String::new(),
        payload: "a grant".into(),
        address: Some("192.0.2.7".parse().unwrap()),
        jkt: String::new(),
        same_network: false,
        account_id: Some("z1".into()),
        channel: Channel::Device,
        login: None,
        sid: None,
        page: None,
        lifetime: 600,
        refresh_lifetime: 0,
        remember: 600,
    }
}

fn present(code: &str) -> Presentation<'_> {
    Presentation {
        code,
        client_id: "tv",
        redirect_uri: "device",
        code_challenge: "",
        address: None,
        jkt: "",
        refresh_jkt: "",
    }
}

#[tokio::test]
async fn a_device_is_found_by_its_code_until_somebody_decides() {
    on_both(|db| async move {
        let (codes, _) = engine(&db);
        for id in ["a", "b", "c"] {
            assert!(
                db.insert_device_request(request(id, &format!("code of {id}")), 10).await.unwrap()
            );
        }
        let find = async |id: &str, now| {
            db.find_waiting_device(&format!("code of {id}"), now).await.unwrap().map(|row| row.id)
        };
        let row = db.find_device_request("a").await.unwrap().unwrap();
        assert_eq!(
            (row.request.as_str(), row.asked_from.as_str()),
            ("Zoë's \"request\" 🦔", "192.0.2.7")
        );
        assert_eq!((row.polled_at, row.denied_at, row.approved_at), (None, None, None));
        for id in ["a", "b", "c"] {
            assert_eq!(find(id, NOW.plus(599)).await.as_deref(), Some(id));
            assert_eq!(find(id, NOW.plus(600)).await, None, "{id} has expired");
        }

        assert!(db.deny_device("a", NOW).await.unwrap());
        assert!(!db.deny_device("a", NOW).await.unwrap(), "once");
        assert!(!db.deny_device("nobody", NOW).await.unwrap());
        assert!(codes.approve("b", binding()).await.unwrap());
        assert!(!db.deny_device("b", NOW).await.unwrap(), "it was approved");
        for id in ["a", "b"] {
            assert_eq!(find(id, NOW).await, None, "{id} is decided");
        }
        assert_eq!(find("c", NOW).await.as_deref(), Some("c"));
        assert_eq!(db.find_device_request("a").await.unwrap().unwrap().denied_at, Some(NOW));
        assert_eq!(db.find_device_request("b").await.unwrap().unwrap().approved_at, Some(NOW));
        assert!(db.find_device_request("nobody").await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn questions_of_a_device_are_noted() {
    on_both(|db| async move {
        db.insert_device_request(request("a", "x"), 10).await.unwrap();
        db.insert_device_request(request("b", "y"), 10).await.unwrap();
        db.note_device_poll("a", NOW.plus(7), 10).await.unwrap();
        let row = db.find_device_request("a").await.unwrap().unwrap();
        assert_eq!((row.polled_at, row.poll_interval), (Some(NOW.plus(7)), 10));
        assert_eq!(db.find_device_request("b").await.unwrap().unwrap().polled_at, None);
    })
    .await;
}

#[tokio::test]
async fn devices_that_wait_are_bounded_distinct_and_swept() {
    on_both(|db| async move {
        assert!(db.insert_device_request(request("a", "x"), 2).await.unwrap());
        let twin = db.insert_device_request(request("b", "x"), 2).await.unwrap_err();
        assert!(twin.is_unique_violation(), "{twin}");
        assert!(db.insert_device_request(request("b", "y"), 2).await.unwrap());
        assert!(!db.insert_device_request(request("c", "z"), 2).await.unwrap(), "no more than two");
        let later = NewDeviceRequest { created_at: NOW.plus(600), ..request("c", "z") };
        assert!(db.insert_device_request(later, 2).await.unwrap(), "the others have expired");
        assert_eq!(db.sweep_device_requests(NOW.plus(600), 10).await.unwrap(), 0);
        assert_eq!(db.sweep_device_requests(NOW.plus(601), 2).await.unwrap(), 2);
        assert_eq!(db.sweep_device_requests(NOW.plus(601), 2).await.unwrap(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_device_code_is_worth_nothing_until_it_is_approved_and_then_once() {
    on_both(|db| async move {
        let (codes, _) = engine(&db);
        let (id, code) = codes.draw();
        let early = codes.redeem(present(code.expose())).await;
        assert!(matches!(early, Err(Refusal::Unknown)), "{early:?}");
        assert!(codes.approve(&id, binding()).await.unwrap());
        assert!(!codes.approve(&id, binding()).await.unwrap(), "nobody decides twice");

        let mut devices = JoinSet::new();
        for _ in 0..16 {
            let (codes, code) = (codes.clone(), code.expose().to_owned());
            devices.spawn(
                async move { codes.redeem(present(&code)).await.map(|grant| grant.payload) },
            );
        }
        let outcomes = devices.join_all().await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
        assert!(codes.living(&id).await.unwrap().is_none(), "a replay kills the grant");
    })
    .await;
}

#[tokio::test]
async fn of_many_answers_to_one_device_one_counts() {
    on_both(|db| async move {
        let (codes, _) = engine(&db);
        let (id, code) = codes.draw();
        let mut people = JoinSet::new();
        for name in 0..16 {
            let (codes, id) = (codes.clone(), id.clone());
            let binding = Binding { payload: name.to_string(), ..binding() };
            people.spawn(async move { codes.approve(&id, binding).await.unwrap().then_some(name) });
        }
        let winners: Vec<_> = people.join_all().await.into_iter().flatten().collect();
        assert_eq!(winners.len(), 1);
        let grant = codes.redeem(present(code.expose())).await.unwrap();
        assert_eq!(grant.payload, winners[0].to_string());
    })
    .await;
}
