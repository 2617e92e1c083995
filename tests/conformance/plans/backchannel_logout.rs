//! The certification plan for back-channel logout: the provider reaches the client over https, on a network
//! that an admin has opened for it.

use doorstep::outgoing::OutgoingSettings;
use serde_json::json;
use url::form_urlencoded;

use crate::kit::checks;
use crate::kit::jose;
use crate::kit::provider::encode;
use crate::kit::request::Request;
use crate::place::Place;
use crate::support::elsewhere::{Answer, Elsewhere, loopback_allowed};
use crate::support::server::Setup;
use crate::support::tls::Identity;

everywhere!(
    oidcc_backchannel_logout_discovery_endpoint_verification,
    oidcc_backchannel_rp_initiated_logout,
);

async fn oidcc_backchannel_logout_discovery_endpoint_verification(at: Place) {
    let provider = at.start().await;
    assert_eq!(provider.metadata["backchannel_logout_supported"], true);
    assert_eq!(provider.metadata["backchannel_logout_session_supported"], true);
    for (name, value) in jose::object(&provider.metadata) {
        if name.ends_with("_endpoint") {
            assert!(value.as_str().is_some_and(|url| url.starts_with("https://")), "{name}");
        }
    }
    provider.endpoint("end_session_endpoint");
}

async fn oidcc_backchannel_rp_initiated_logout(at: Place) {
    let identity = Identity::generate();
    let authority = std::fs::read(&identity.certificate).expect("the certificate is there");
    let suite = Elsewhere::start_tls(&identity);
    let set = |setup: &mut Setup| {
        let uri = suite.answer("/backchannel_logout", Answer::status(200));
        setup.clients[0].backchannel_logout_uri = Some(uri);
        setup.outgoing = OutgoingSettings {
            allow_http: false,
            extra_authorities: Some(authority),
            ..loopback_allowed()
        };
    };
    let provider = at.start_with(set).await;
    let browser = provider.browser();
    let request = Request::of(&provider, "web").without_pkce();
    let tokens = provider.login(&request, &browser).await;
    let query = encode(&[
        ("id_token_hint", tokens.id_token()),
        ("post_logout_redirect_uri", "https://app.example/bye"),
        ("state", "a state"),
    ]);
    let url = format!("{}?{query}", provider.endpoint("end_session_endpoint"));
    let page = browser.visit(&url).await;
    assert_eq!(page.query()["state"], "a state");

    let asked = suite.await_asked("/backchannel_logout", 1).await.remove(0);
    assert_eq!(asked.method, "POST");
    assert_eq!(asked.headers["content-type"], "application/x-www-form-urlencoded");
    let fields: Vec<_> = form_urlencoded::parse(asked.body.as_bytes()).into_owned().collect();
    let [(name, token)] = &fields[..] else { panic!("{fields:?}") };
    assert_eq!(name, "logout_token");
    let (_, told) = jose::verify(token, &provider.keys().await);
    let id_token = tokens.claims();
    assert_eq!((&told["iss"], &told["aud"]), (&json!(provider.issuer), &json!("web")));
    assert_eq!((&told["sub"], &told["sid"]), (&id_token["sub"], &id_token["sid"]));
    assert!(told["sid"].is_string() && told["jti"].is_string(), "{told}");
    let age = provider.clock.now().0 - told["iat"].as_i64().expect("iat");
    assert!((0..300).contains(&age), "{told}");
    let events = json!({"http://schemas.openid.net/event/backchannel-logout": {}});
    assert_eq!((&told["events"], told.get("nonce")), (&events, None));

    let request = Request::of(&provider, "web").without_pkce().with("prompt", "none");
    let answer = request.answer_unasked(&provider, &browser).await;
    checks::error(&provider, &request, &answer);
    assert_eq!(answer.error(), "login_required");
}
