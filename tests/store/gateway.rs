//! Sessions of apps, and desktop apps that wait.

use doorstep::clock::Timestamp;
use doorstep::store::desktop_sign_ins::{DesktopOutcome, NewDesktopSignIn};
use doorstep::store::gateway_sessions::GatewaySession;

use super::on_both;

const NOW: Timestamp = Timestamp(1_700_000_000);

fn session(id: &str, sid: Option<&str>) -> GatewaySession {
    GatewaySession {
        id: id.into(),
        renewal: format!("renewal of {id}"),
        app: "dash".into(),
        subject: "mia".into(),
        sid: sid.map(str::to_owned),
        sealed: format!("sealed {id}"),
        checked_at: NOW,
        claimed_until: Timestamp(0),
        valid_until: NOW.plus(10),
        expires_at: NOW.plus(20),
    }
}

#[tokio::test]
async fn a_session_is_found_by_its_cookies_in_its_app_and_time() {
    on_both(|db| async move {
        db.insert_gateway_session(session("a", Some("s"))).await.unwrap();
        let by_id = async |app: &'static str, after| {
            db.find_gateway_session(app, "a", NOW.plus(after)).await.unwrap()
        };
        assert_eq!(by_id("dash", 9).await, Some(session("a", Some("s"))));
        assert_eq!((by_id("dash", 10).await, by_id("other", 0).await), (None, None));
        let renewable = async |app: &'static str, after| {
            db.find_renewable_gateway_session(app, "a", NOW.plus(after)).await.unwrap()
        };
        assert!(renewable("dash", 19).await.is_some());
        assert_eq!((renewable("dash", 20).await, renewable("other", 0).await), (None, None));
        assert!(db.insert_gateway_session(session("a", None)).await.is_err());
        assert_eq!(db.end_gateway_session("other", "a").await.unwrap(), None);
        assert_eq!(db.end_gateway_session("dash", "a").await.unwrap().unwrap().subject, "mia");
        assert_eq!(db.end_gateway_session("dash", "a").await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn one_at_a_time_renews_a_session_and_only_what_it_read() {
    on_both(|db| async move {
        db.insert_gateway_session(session("a", None)).await.unwrap();
        let claim = |sealed: &'static str, now: Timestamp| {
            let db = db.clone();
            async move { db.claim_gateway_session("a", sealed, now, now.plus(5)).await.unwrap() }
        };
        let at_once = futures_util::future::join_all((0..16).map(|_| claim("sealed a", NOW)));
        assert_eq!(at_once.await.into_iter().filter(|claimed| *claimed).count(), 1);
        assert!(!claim("sealed a", NOW.plus(4)).await);
        assert!(claim("sealed a", NOW.plus(5)).await, "whoever claimed it has died");
        db.release_gateway_session("a").await.unwrap();
        assert!(claim("sealed a", NOW).await);
        let renewed = GatewaySession {
            sid: Some("s".into()),
            sealed: "sealed anew".into(),
            checked_at: NOW.plus(1),
            valid_until: NOW.plus(100),
            expires_at: NOW.plus(200),
            ..session("a", None)
        };
        assert!(db.renew_gateway_session(renewed.clone()).await.unwrap());
        let found = db.find_gateway_session("dash", "a", NOW.plus(99)).await.unwrap();
        assert_eq!(found, Some(renewed.clone()));
        assert!(!claim("sealed a", NOW).await, "that was read before");
        assert!(claim("sealed anew", NOW).await);
        db.end_gateway_session("dash", "a").await.unwrap();
        assert!(!db.renew_gateway_session(renewed).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn sessions_of_apps_end_by_session_by_person_and_by_time() {
    on_both(|db| async move {
        let other_app = GatewaySession { app: "other".into(), ..session("x", Some("one")) };
        let other_person = GatewaySession { subject: "zoe".into(), ..session("z", Some("two")) };
        for row in [session("a", Some("one")), session("b", Some("two")), session("c", None)] {
            db.insert_gateway_session(row).await.unwrap();
        }
        for row in [other_app, other_person] {
            db.insert_gateway_session(row).await.unwrap();
        }
        assert_eq!(db.end_gateway_sessions_by_sid("dash", "one").await.unwrap(), 1);
        assert_eq!(db.end_gateway_sessions_of("dash", "mia").await.unwrap(), 2);
        assert_eq!(db.sweep_gateway_sessions(NOW.plus(20), 10).await.unwrap(), 0);
        assert_eq!(db.sweep_gateway_sessions(NOW.plus(21), 1).await.unwrap(), 1);
        assert_eq!(db.sweep_gateway_sessions(NOW.plus(21), 10).await.unwrap(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_session_that_waits_is_handed_over_once_or_ends() {
    on_both(|db| async move {
        for (id, sid) in [("a", Some("one")), ("b", Some("two")), ("c", None), ("d", Some("one"))] {
            db.insert_gateway_session(session(id, sid)).await.unwrap();
        }
        for id in ["a", "b", "c"] {
            db.insert_desktop_sign_in(waiting(id, NOW), 9).await.unwrap();
            let outcome = DesktopOutcome { session: Some(id.into()), refused: None };
            let link = format!("link of {id}");
            assert!(db.finish_desktop_sign_in("dash", &link, outcome, NOW).await.unwrap());
        }
        let hand_over = async |app: &'static str, id: &'static str| {
            let cookies = ["id".to_owned(), "renewal".to_owned()];
            db.hand_over_gateway_session(app, id, cookies, NOW.plus(30), NOW.plus(40))
                .await
                .unwrap()
        };
        assert_eq!(hand_over("other", "a").await, None);
        let handed = GatewaySession {
            id: "id".into(),
            renewal: "renewal".into(),
            valid_until: NOW.plus(30),
            expires_at: NOW.plus(40),
            ..session("a", Some("one"))
        };
        assert_eq!(hand_over("dash", "a").await, Some(handed.clone()));
        assert_eq!(hand_over("dash", "a").await, None);
        assert_eq!(db.find_gateway_session("dash", "id", NOW).await.unwrap(), Some(handed));
        let end = async |app, subject, sid: Option<&str>| {
            let sid = sid.map(str::to_owned);
            db.end_waiting_gateway_sessions(app, subject, sid).await.unwrap()
        };
        assert_eq!(end("other", "mia", None).await + end("dash", "zoe", None).await, 0);
        assert_eq!(end("dash", "mia", Some("one")).await, 0, "those that are somebody's go on");
        assert_eq!(end("dash", "mia", Some("two")).await, 1);
        assert_eq!(end("dash", "mia", None).await, 1);
        assert!(db.find_gateway_session("dash", "d", NOW).await.unwrap().is_some());
    })
    .await;
}

fn waiting(id: &str, created_at: Timestamp) -> NewDesktopSignIn {
    NewDesktopSignIn {
        id: id.into(),
        link: format!("link of {id}"),
        app: "dash".into(),
        asked_from: "192.0.2.7".into(),
        created_at,
        expires_at: created_at.plus(10),
    }
}

#[tokio::test]
async fn desktop_apps_that_wait_are_bounded_and_expire() {
    on_both(|db| async move {
        assert!(db.insert_desktop_sign_in(waiting("a", NOW), 2).await.unwrap());
        assert!(db.insert_desktop_sign_in(waiting("b", NOW), 2).await.unwrap());
        assert!(!db.insert_desktop_sign_in(waiting("c", NOW), 2).await.unwrap());
        let find = async |app: &'static str, after| {
            db.find_waiting_desktop(app, "link of a", NOW.plus(after)).await.unwrap()
        };
        assert_eq!(find("dash", 9).await.unwrap().asked_from, "192.0.2.7");
        assert_eq!((find("dash", 10).await, find("other", 0).await), (None, None));
        assert!(db.insert_desktop_sign_in(waiting("c", NOW.plus(10)), 2).await.unwrap());
        assert_eq!(db.sweep_desktop_sign_ins(NOW.plus(11), 10).await.unwrap(), 2);
    })
    .await;
}

#[tokio::test]
async fn an_outcome_is_put_once_and_taken_once() {
    on_both(|db| async move {
        db.insert_desktop_sign_in(waiting("a", NOW), 9).await.unwrap();
        let nothing = DesktopOutcome { session: None, refused: None };
        let good = DesktopOutcome { session: Some("a session".into()), refused: None };
        let no = DesktopOutcome { session: None, refused: Some("access_denied".into()) };
        let look = async |app: &'static str, after| {
            db.look_for_desktop_outcome(app, "a", NOW.plus(after)).await.unwrap()
        };
        assert_eq!(look("dash", 9).await, Some(nothing));
        assert_eq!((look("dash", 10).await, look("other", 0).await), (None, None));
        assert_eq!(db.take_desktop_outcome("dash", "a", NOW).await.unwrap(), None);
        let finish = async |app: &'static str, outcome: &DesktopOutcome, after| {
            let (outcome, now) = (outcome.clone(), NOW.plus(after));
            db.finish_desktop_sign_in(app, "link of a", outcome, now).await.unwrap()
        };
        assert!(!finish("other", &good, 0).await && !finish("dash", &good, 10).await);
        assert!(finish("dash", &good, 9).await && !finish("dash", &no, 0).await);
        assert!(db.find_waiting_desktop("dash", "link of a", NOW).await.unwrap().is_none());
        assert_eq!(db.take_desktop_outcome("other", "a", NOW).await.unwrap(), None);
        assert_eq!(db.take_desktop_outcome("dash", "a", NOW.plus(10)).await.unwrap(), None);
        let take = |_| {
            let db = db.clone();
            async move { db.take_desktop_outcome("dash", "a", NOW).await.unwrap() }
        };
        let taken = futures_util::future::join_all((0..16).map(take)).await;
        assert_eq!(taken.into_iter().flatten().collect::<Vec<_>>(), [good]);
        db.insert_desktop_sign_in(waiting("a", NOW), 9).await.unwrap();
        assert!(finish("dash", &no, 0).await);
        assert_eq!(db.take_desktop_outcome("dash", "a", NOW).await.unwrap(), Some(no));
    })
    .await;
}
