//! Point 26: back-channel logout (OpenID Connect Back-Channel Logout 1.0), beyond what the modules of the
//! conformance suite look at.

use std::time::Duration;

use doorstep::outgoing::OutgoingSettings;
use doorstep::protocol::client::Client;

use crate::kit::jose;
use crate::kit::provider::{Provider, encode};
use crate::kit::request::Request;
use crate::place::Place;
use crate::support::elsewhere::{Answer, Asked, Elsewhere, loopback_allowed};
use crate::support::person::Person;
use crate::support::server::{Setup, clients};

everywhere!(
    p26_every_client_of_the_session_is_told_once,
    p26_a_client_that_did_not_listen_is_told_again,
    p26_its_url_passes_the_ssrf_guard,
);

/// `web` and `other`, which are told at this server.
fn told(elsewhere: &Elsewhere) -> Vec<Client> {
    let with_address = |client: Client| {
        let uri = elsewhere.answer(&format!("/{}", client.client_id), Answer::status(200));
        Client { backchannel_logout_uri: Some(uri), ..client }
    };
    clients().into_iter().take(2).map(with_address).collect()
}

async fn start(at: Place, outgoing: OutgoingSettings) -> (Provider, Elsewhere) {
    let elsewhere = Elsewhere::start();
    let set = |setup: &mut Setup| {
        setup.clients = told(&elsewhere);
        setup.outgoing = outgoing;
    };
    (at.start_with(set).await, elsewhere)
}

/// Signs in to `web` and out again.
async fn in_and_out(provider: &Provider, browser: &Person) -> serde_json::Value {
    let tokens = provider.login(&Request::of(provider, "web"), browser).await;
    let hint = encode(&[("id_token_hint", tokens.id_token())]);
    let url = format!("{}?{hint}", provider.endpoint("end_session_endpoint"));
    assert_eq!(browser.get(&url).await.status, 200);
    tokens.claims()
}

async fn p26_every_client_of_the_session_is_told_once(at: Place) {
    let (provider, elsewhere) = start(at, loopback_allowed()).await;
    let browser = provider.browser();
    for client in ["web", "other", "web"] {
        provider.login(&Request::of(&provider, client), &browser).await;
    }
    let claims = in_and_out(&provider, &browser).await;
    let mut ids = Vec::new();
    for client in ["web", "other"] {
        let asked = elsewhere.await_asked(&format!("/{client}"), 1).await.remove(0);
        let (header, told) = jose::verify(token(&asked), &provider.keys().await);
        assert_eq!(header["typ"], "logout+jwt");
        assert_eq!((&told["sid"], &told["sub"]), (&claims["sid"], &claims["sub"]));
        assert_eq!(told["aud"], client);
        ids.push(told["jti"].clone());
    }
    assert_ne!(ids[0], ids[1]);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(elsewhere.asked("/web").len(), 1, "once, however many tokens there were");
}

async fn p26_a_client_that_did_not_listen_is_told_again(at: Place) {
    let (provider, elsewhere) = start(at, loopback_allowed()).await;
    elsewhere.answer("/web", Answer::status(503));
    let sid = in_and_out(&provider, &provider.browser()).await["sid"].clone();
    elsewhere.await_asked("/web", 1).await;
    elsewhere.answer("/web", Answer::status(204));
    for _ in 0..50 {
        provider.clock.advance(60);
        // Whoever signs out makes the provider look at what is due.
        in_and_out(&provider, &provider.browser()).await;
        let asked = elsewhere.asked("/web");
        let told = asked.iter().map(|asked| jose::peek(token(asked)).1);
        let told: Vec<_> = told.filter(|told| told["sid"] == sid).collect();
        if told.len() == 2 {
            assert_ne!(told[0]["jti"], told[1]["jti"], "it is signed anew");
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the client was never told again");
}

/// The logout token, which is all that is sent.
fn token(asked: &Asked) -> &str {
    asked.body.strip_prefix("logout_token=").expect("the one field")
}

async fn p26_its_url_passes_the_ssrf_guard(at: Place) {
    for outgoing in [
        OutgoingSettings::default(),
        OutgoingSettings { allow_http: true, ..OutgoingSettings::default() },
        OutgoingSettings { allow_http: false, ..loopback_allowed() },
    ] {
        let (provider, elsewhere) = start(at, outgoing).await;
        in_and_out(&provider, &provider.browser()).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert!(elsewhere.asked("/web").is_empty(), "nobody but an admin opens this network");
    }
}
