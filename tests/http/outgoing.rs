//! Requests to addresses that others name: where they go, and that nothing there can hurt.

use std::time::Duration;

use doorstep::clock::Clock;
use doorstep::outgoing::{Error, Outgoing, OutgoingSettings};
use serde_json::json;

use crate::elsewhere::{Answer, Elsewhere, loopback_allowed};
use crate::server::START;
use crate::tls::Identity;

fn outgoing(settings: OutgoingSettings) -> Outgoing {
    Outgoing::new(settings, Clock::fixed(START)).unwrap()
}

#[actix_web::test]
async fn nothing_but_the_public_internet_is_asked() {
    let elsewhere = Elsewhere::start();
    elsewhere.answer("/", Answer::json("{}"));
    let port = elsewhere.url.rsplit(':').next().unwrap();
    let guard = outgoing(OutgoingSettings { allow_http: true, ..OutgoingSettings::default() });
    for host in [
        "127.0.0.1",
        "localhost",
        "LOCALHOST",
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        "127.1",
        "0.0.0.0",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "169.254.169.254",
        "[fd00:ec2::254]",
        "10.0.0.1",
    ] {
        let url = format!("http://{host}:{port}/");
        let refused = guard.json(&url, 100).await.unwrap_err();
        assert!(matches!(refused, Error::Forbidden(_)), "{host}: {refused:?}");
        assert!(refused.to_string().contains("outgoing.allowed_networks"), "{refused}");
        let refused = guard.post_form(&url, &[]).await.unwrap_err();
        assert!(matches!(refused, Error::Forbidden(_)), "{host}: {refused:?}");
    }
    assert!(elsewhere.asked("/").is_empty());
}

#[actix_web::test]
async fn allowed_networks_are_asked() {
    let elsewhere = Elsewhere::start();
    let url = elsewhere.answer("/", Answer::json(json!({"a": 1})));
    let guard = outgoing(loopback_allowed());
    assert_eq!(*guard.json(&url, 100).await.unwrap(), json!({"a": 1}));
    let named = url.replace("127.0.0.1", "localhost");
    assert_eq!(*guard.json(&named, 100).await.unwrap(), json!({"a": 1}));
    let status = guard.post_form(&url, &[("token", "a b&c")]).await.unwrap();
    assert_eq!(status, 200);
    let asked = elsewhere.asked("/");
    assert_eq!(asked.len(), 3);
    assert_eq!(asked[2].method, "POST");
    assert_eq!(asked[2].body, "token=a+b%26c");
    assert_eq!(asked[2].headers["content-type"], "application/x-www-form-urlencoded");
}

#[actix_web::test]
async fn what_is_no_plain_web_address_is_refused_and_not_shown() {
    let guard = outgoing(OutgoingSettings::default());
    for url in [
        "",
        "/path",
        "file:///etc/passwd",
        "gopher://a.example/",
        "data:application/json,{}",
        "http://1.1.1.1/",
        "https://hidden@1.1.1.1/",
        "https://me:hidden@1.1.1.1/?hidden#hidden",
        "https://",
    ] {
        let refused = guard.json(url, 100).await.unwrap_err();
        assert!(matches!(refused, Error::Forbidden(_)), "{url}: {refused:?}");
        assert!(!refused.to_string().contains("hidden"), "{refused}");
    }
}

#[actix_web::test]
async fn https_needs_a_certificate_that_is_trusted() {
    let identity = Identity::generate();
    let elsewhere = Elsewhere::start_tls(&identity);
    let url = elsewhere.answer("/", Answer::json("{}"));
    let settings = OutgoingSettings { allow_http: false, ..loopback_allowed() };
    let refused = outgoing(settings.clone()).json(&url, 100).await.unwrap_err();
    assert!(matches!(refused, Error::Unreachable(_)), "{refused:?}");
    let pem = std::fs::read(&identity.certificate).unwrap();
    let trusting = OutgoingSettings { extra_authorities: Some(pem), ..settings.clone() };
    assert!(outgoing(trusting).json(&url, 100).await.is_ok());
    for pem in [&b"nothing"[..], b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
    {
        let bad = OutgoingSettings { extra_authorities: Some(pem.to_vec()), ..settings.clone() };
        assert!(Outgoing::new(bad, Clock::system()).is_err());
    }
}

#[actix_web::test]
async fn only_json_of_the_right_size_is_read() {
    let elsewhere = Elsewhere::start();
    let guard = outgoing(loopback_allowed());
    let hundred = format!("\"{}\"", "x".repeat(98));
    for (path, answer, fits) in [
        ("/json", Answer::json("{}"), true),
        (
            "/charset",
            Answer::json("{}").header("content-type", "Application/JSON; charset=utf-8"),
            true,
        ),
        ("/jwks", Answer::json("{}").header("content-type", "application/jwk-set+json"), true),
        ("/hundred", Answer::json(&hundred), true),
        ("/more", Answer::json(format!("{hundred} ")), false),
        ("/html", Answer::json("{}").header("content-type", "text/html"), false),
        ("/none", Answer::json("{}").header("content-type", ""), false),
        ("/broken", Answer::json("{"), false),
        ("/missing", Answer::status(404), false),
        ("/created", Answer { status: 201, ..Answer::json("{}") }, false),
    ] {
        let url = elsewhere.answer(path, answer);
        let outcome = guard.json(&url, 100).await;
        assert_eq!(outcome.is_ok(), fits, "{path}: {outcome:?}");
        assert!(outcome.is_ok() || matches!(outcome, Err(Error::Unfit(_))), "{path}: {outcome:?}");
    }
}

#[actix_web::test]
async fn redirects_are_not_followed() {
    let elsewhere = Elsewhere::start();
    let target = elsewhere.answer("/target", Answer::json("{}"));
    let guard = outgoing(loopback_allowed());
    for status in [301, 302, 303, 307, 308] {
        let path = format!("/{status}");
        let url = elsewhere.answer(&path, Answer::status(status).header("location", &target));
        let refused = guard.json(&url, 100).await.unwrap_err();
        assert!(refused.to_string().contains("redirects are not followed"), "{refused}");
        assert_eq!(guard.post_form(&url, &[]).await.unwrap(), status);
    }
    assert!(elsewhere.asked("/target").is_empty());
}

#[actix_web::test]
async fn a_slow_server_is_given_up() {
    let elsewhere = Elsewhere::start();
    let slow = Answer { delay: Duration::from_secs(5), ..Answer::json("{}") };
    let url = elsewhere.answer("/", slow);
    let settings = OutgoingSettings { timeout: Duration::from_millis(300), ..loopback_allowed() };
    let guard = outgoing(settings);
    let began = std::time::Instant::now();
    let refused = guard.json(&url, 100).await.unwrap_err();
    assert!(matches!(refused, Error::Unreachable(_)), "{refused:?}");
    assert!(guard.post_form(&url, &[]).await.is_err());
    assert!(began.elapsed() < Duration::from_secs(3));
}

#[actix_web::test]
async fn a_document_is_fetched_once_for_as_long_as_its_server_says() {
    let elsewhere = Elsewhere::start();
    let clock = Clock::fixed(START);
    let guard = Outgoing::new(loopback_allowed(), clock.clone()).unwrap();
    let url = elsewhere.answer("/", Answer::json("1").header("cache-control", "max-age=120"));
    let all = futures_util::future::join_all((0..20).map(|_| guard.json(&url, 100))).await;
    assert!(all.iter().all(|one| one.as_deref() == Ok(&json!(1))));
    clock.advance(119);
    assert!(guard.json(&url, 100).await.is_ok());
    assert_eq!(elsewhere.asked("/").len(), 1, "twenty at once, and one much later");
    clock.advance(1);
    elsewhere.answer("/", Answer::json("2"));
    assert_eq!(*guard.json(&url, 100).await.unwrap(), json!(2));
    assert_eq!(elsewhere.asked("/").len(), 2);
}

#[actix_web::test]
async fn a_document_can_be_asked_for_again_but_not_often() {
    let elsewhere = Elsewhere::start();
    let clock = Clock::fixed(START);
    let guard = Outgoing::new(loopback_allowed(), clock.clone()).unwrap();
    let url = elsewhere.answer("/", Answer::json("1"));
    assert_eq!(*guard.json(&url, 100).await.unwrap(), json!(1));
    elsewhere.answer("/", Answer::json("2"));
    assert_eq!(*guard.json_again(&url, 100).await.unwrap(), json!(1), "it was only just fetched");
    clock.advance(30);
    assert_eq!(*guard.json_again(&url, 100).await.unwrap(), json!(2));
    clock.advance(30);
    elsewhere.answer("/", Answer::status(500));
    assert!(guard.json_again(&url, 100).await.is_err());
    assert_eq!(*guard.json(&url, 100).await.unwrap(), json!(2), "a failure takes nothing away");
    assert_eq!(elsewhere.asked("/").len(), 3);
}

#[actix_web::test]
async fn a_failure_is_remembered_for_a_moment() {
    let elsewhere = Elsewhere::start();
    let clock = Clock::fixed(START);
    let guard = Outgoing::new(loopback_allowed(), clock.clone()).unwrap();
    let url = elsewhere.answer("/", Answer::status(500));
    assert!(guard.json(&url, 100).await.is_err());
    elsewhere.answer("/", Answer::json("1"));
    assert!(guard.json(&url, 100).await.is_err());
    clock.advance(10);
    assert!(guard.json(&url, 100).await.is_ok());
    assert_eq!(elsewhere.asked("/").len(), 2);
}
