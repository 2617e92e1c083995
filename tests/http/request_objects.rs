//! Authorization requests that the client signed (JAR, RFC 9101), and requests that have to be pushed or
//! signed.

use doorstep::protocol::client::{Client, SigningAlg};
use serde_json::{Value, json};
use url::form_urlencoded;

use crate::client_key::{ClientKey, JWT_BEARER, key_client};
use crate::kit::*;
use crate::person::{Page, Person};
use crate::server::{self, PASSWORD, Server, Setup};

const ID: &str = "signer";

struct Desk {
    server: Server,
    key: ClientKey,
}

async fn desk() -> Desk {
    desk_with(SigningAlg::ES256, |client| client).await
}

async fn desk_with(alg: SigningAlg, change: impl Fn(Client) -> Client) -> Desk {
    let key = ClientKey::new(alg, "one");
    let clients = [server::clients(), vec![change(key_client(ID, &key))]].concat();
    Desk { server: Setup { clients, ..Setup::default() }.start().await, key }
}

impl Desk {
    /// The claims of a sound request, with changes; null removes a claim.
    fn claims(&self, change: &[(&str, Value)]) -> Value {
        let mut claims = json!({
            "iss": ID, "aud": self.server.iss, "exp": self.server.clock.now().0 + 60,
            "client_id": ID, "redirect_uri": WEB_URI, "response_type": "code", "scope": "openid",
            "state": "inside", "nonce": "no-1",
            "code_challenge": CHALLENGE, "code_challenge_method": "S256",
        });
        for (name, value) in change {
            claims[*name] = value.clone();
        }
        claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        claims
    }

    fn object(&self, change: &[(&str, Value)]) -> String {
        let header = json!({ "typ": "oauth-authz-req+jwt", "kid": "one" });
        self.key.sign(&header, &self.claims(change))
    }

    fn url(&self, object: &str, beside: &[(&str, &str)]) -> String {
        let query = encode(&[&[("client_id", ID), ("request", object)], beside].concat());
        format!("{}/authorize?{query}", self.server.url)
    }

    async fn push(&self, fields: &[(&str, &str)]) -> Page {
        let assertion = self.key.fresh_assertion(&self.server, ID);
        let credentials =
            [("client_assertion_type", JWT_BEARER), ("client_assertion", assertion.as_str())];
        post(&self.server, "/par", None, &[&credentials, fields].concat()).await
    }

    async fn redeem(&self, code: &str) -> Page {
        let assertion = self.key.fresh_assertion(&self.server, ID);
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", WEB_URI),
            ("code_verifier", VERIFIER),
            ("client_assertion_type", JWT_BEARER),
            ("client_assertion", &assertion),
        ];
        post(&self.server, "/token", None, &fields).await
    }
}

fn encode(params: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish()
}

fn unsigned(claims: &Value) -> String {
    let part = |value: &Value| doorstep::secret::base64url(value.to_string().as_bytes());
    format!("{}.{}.", part(&json!({ "alg": "none" })), part(claims))
}

/// The parameters of an ordinary request of this client.
fn plain() -> Vec<(&'static str, &'static str)> {
    vec![
        ("client_id", ID),
        ("redirect_uri", WEB_URI),
        ("response_type", "code"),
        ("scope", "openid"),
        ("state", "plain"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]
}

#[actix_web::test]
async fn a_request_is_signed_by_any_algorithm() {
    for alg in SigningAlg::ALL {
        let desk = desk_with(alg, |client| client).await;
        let page = arrive(&Person::new(), &desk.url(&desk.object(&[]), &[])).await;
        let answer = response(&page);
        assert_eq!(answer["state"], "inside", "{alg:?}");
        let tokens = desk.redeem(&answer["code"]).await.json();
        assert_eq!(id_token(&tokens)["nonce"], "no-1");
    }
}

#[actix_web::test]
async fn only_what_is_inside_counts() {
    let desk = desk().await;
    let person = Person::new();
    let object = desk.object(&[("max_age", json!(86_400)), ("state", json!("s+\"<&"))]);
    let beside = [
        ("redirect_uri", "https://evil.example/"),
        ("response_mode", "fragment"),
        ("response_type", "token"),
        ("scope", "openid email"),
        ("state", "outside"),
        ("prompt", "none"),
    ];
    let page = arrive(&person, &desk.url(&object, &beside)).await;
    assert!(page.location.as_ref().unwrap().starts_with("https://app.example/cb?code="));
    let answer = response(&page);
    assert_eq!(answer["state"], "s+\"<&");
    let tokens = desk.redeem(&answer["code"]).await.json();
    assert_eq!(tokens["scope"], "openid");
    assert!(id_token(&tokens)["auth_time"].is_i64());
}

#[actix_web::test]
async fn a_person_takes_longer_than_a_request_is_good_for() {
    let desk = desk().await;
    let person = Person::new();
    let page = person.visit(&desk.url(&desk.object(&[]), &[])).await;
    desk.server.clock.advance(300);
    let values = [("username", "alice"), ("password", PASSWORD)];
    let page = person.submit(&page.form(), None, &values).await;
    let answer = response(&person.follow(page).await);
    assert_eq!(desk.redeem(&answer["code"]).await.status, 200);
    let late = desk.object(&[]);
    desk.server.clock.advance(60);
    let page = person.get(&desk.url(&late, &[])).await;
    assert_eq!(response(&page)["error"], "invalid_request_object", "it came in too late");
}

#[actix_web::test]
async fn a_request_may_be_posted_however_long() {
    let desk = desk().await;
    let person = Person::new();
    let object = desk.object(&[("login_hint", json!("x".repeat(6000)))]);
    let fields = [("client_id", ID), ("request", object.as_str())];
    let fields: Vec<_> = fields.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    let page = person.post(&format!("{}/authorize", desk.server.url), &fields).await;
    let page = arrive(&person, &page.target().unwrap()).await;
    assert_eq!(desk.redeem(&response(&page)["code"]).await.status, 200);
}

#[actix_web::test]
async fn a_request_that_does_not_hold_is_refused_to_the_client() {
    let desk = desk().await;
    let now = desk.server.clock.now().0;
    let stranger = ClientKey::new(SigningAlg::ES256, "one");
    let signed = desk.object(&[]);
    let (message, _) = signed.rsplit_once('.').unwrap();
    let tampered = format!("{message}.{}", doorstep::secret::base64url(&[7; 64]));
    for object in [
        stranger.sign(&json!({ "kid": "one" }), &desk.claims(&[])),
        desk.key.sign(&json!({ "kid": "two" }), &desk.claims(&[])),
        desk.key.sign(&json!({ "typ": "dpop+jwt" }), &desk.claims(&[])),
        tampered,
        unsigned(&desk.claims(&[])),
        desk.object(&[("client_id", json!("web"))]),
        desk.object(&[("client_id", Value::Null)]),
        desk.object(&[("iss", json!("web"))]),
        desk.object(&[("aud", json!("https://else.example"))]),
        desk.object(&[("exp", json!(now))]),
        desk.object(&[("nbf", json!(now + 100))]),
        desk.object(&[("request_uri", json!("urn:x"))]),
        desk.object(&[("request", json!("x.y.z"))]),
        "e30.e30.e30.e30.e30".into(),
        "rubbish".into(),
    ] {
        let beside = [("redirect_uri", WEB_URI), ("state", "outside")];
        let page = Person::new().get(&desk.url(&object, &beside)).await;
        let answer = response(&page);
        assert_eq!(answer["error"], "invalid_request_object", "{object}");
        assert_eq!((answer["state"].as_str(), &answer["iss"]), ("outside", &desk.server.iss));
        assert_description(&answer["error_description"]);
        assert_error(&desk.push(&[("request", &object)]).await, 400, "invalid_request_object");
    }
    let both = desk.url(&signed, &[("request_uri", "urn:x"), ("redirect_uri", WEB_URI)]);
    assert_eq!(response(&Person::new().get(&both).await)["error"], "invalid_request");
}

/// The modules on unsigned request objects: nothing outside says how to answer or with which state.
#[actix_web::test]
async fn an_unsigned_request_is_refused_by_the_mode_inside_of_it() {
    let server = server::start().await;
    let object = unsigned(&json!({
        "client_id": "web", "redirect_uri": WEB_URI, "response_type": "code", "scope": "openid",
        "state": "inside", "nonce": "n", "response_mode": "form_post",
    }));
    let outside = [
        ("client_id", "web"),
        ("redirect_uri", WEB_URI),
        ("response_type", "code"),
        ("scope", "openid"),
        ("request", &object),
    ];
    let url = format!("{}/authorize?{}", server.url, encode(&outside));
    let page = Person::new().get(&url).await;
    assert_eq!((page.status, page.form().action.as_str()), (200, WEB_URI));
    let answer = response(&page);
    assert_eq!((&*answer["error"], &*answer["state"]), ("invalid_request_object", "inside"));
    let wrong = url.replace("app.example%2Fcb", "app.example%2Fcb_invalid");
    let page = Person::new().get(&wrong).await;
    assert_eq!((page.status, &page.location), (400, &None), "it lends no redirect_uri");
}

#[actix_web::test]
async fn a_bad_redirect_uri_inside_is_told_to_the_person() {
    let desk = desk().await;
    let object = desk.object(&[("redirect_uri", json!("https://evil.example/"))]);
    let page = Person::new().get(&desk.url(&object, &[("redirect_uri", WEB_URI)])).await;
    assert_eq!((page.status, &page.location), (400, &None));
}

#[actix_web::test]
async fn a_signed_request_is_pushed() {
    let desk = desk().await;
    let pushed = desk.push(&[("request", &desk.object(&[])), ("state", "outside")]).await;
    assert_eq!(pushed.status, 201, "{pushed:?}");
    desk.server.clock.advance(300);
    let request_uri = pushed.json()["request_uri"].as_str().unwrap().to_owned();
    let query = encode(&[("client_id", ID), ("request_uri", &request_uri)]);
    let page = arrive(&Person::new(), &format!("{}/authorize?{query}", desk.server.url)).await;
    let answer = response(&page);
    assert_eq!(answer["state"], "inside");
    assert_eq!(desk.redeem(&answer["code"]).await.status, 200);
    let wrong = desk.object(&[("redirect_uri", json!("https://evil.example/"))]);
    assert_error(&desk.push(&[("request", &wrong)]).await, 400, "invalid_request");
}

/// POSTs a request so long that it is kept, and gives the URL to go on with.
async fn kept(desk: &Desk, person: &Person) -> String {
    let mut fields = plain();
    let long = "x".repeat(5000);
    fields.push(("login_hint", &long));
    let fields: Vec<_> = fields.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    let page = person.post(&format!("{}/authorize", desk.server.url), &fields).await;
    page.target().expect("a redirect")
}

#[actix_web::test]
async fn a_client_that_signs_its_requests_always_does() {
    let desk = desk_with(SigningAlg::ES256, |client| Client {
        require_signed_request_object: true,
        ..client
    })
    .await;
    let person = Person::new();
    let bare = format!("{}/authorize?{}", desk.server.url, encode(&plain()));
    for url in [bare, kept(&desk, &person).await] {
        let answer = response(&person.get(&url).await);
        assert_eq!((&*answer["error"], &*answer["state"]), ("invalid_request", "plain"));
    }
    assert_error(&desk.push(&plain()).await, 400, "invalid_request");
    let page = arrive(&person, &desk.url(&desk.object(&[]), &[])).await;
    assert!(response(&page).contains_key("code"));
    assert_eq!(desk.push(&[("request", &desk.object(&[]))]).await.status, 201);
}

#[actix_web::test]
async fn a_client_that_pushes_its_requests_always_does() {
    let desk = desk_with(SigningAlg::ES256, |client| Client {
        require_pushed_authorization_requests: true,
        ..client
    })
    .await;
    let person = Person::new();
    let bare = format!("{}/authorize?{}", desk.server.url, encode(&plain()));
    let kept = kept(&desk, &person).await;
    for url in [bare, kept.clone(), desk.url(&desk.object(&[]), &[])] {
        let answer = response(&person.get(&url).await);
        assert_eq!(answer["error"], "invalid_request", "{url}");
    }
    assert!(kept.contains("kept."), "{kept}");
    let passed_off = person.get(&kept.replace("kept.", "")).await;
    assert_eq!((passed_off.status, passed_off.location), (400, None));
    let pushed = desk.push(&plain()).await.json();
    let query =
        encode(&[("client_id", ID), ("request_uri", pushed["request_uri"].as_str().unwrap())]);
    let page = arrive(&person, &format!("{}/authorize?{query}", desk.server.url)).await;
    assert!(response(&page).contains_key("code"), "{page:?}");
}

#[actix_web::test]
async fn the_registered_algorithm_is_the_only_one() {
    let desk = desk_with(SigningAlg::RS256, |client| Client {
        request_object_signing_alg: Some(SigningAlg::PS256),
        ..client
    })
    .await;
    let url = desk.url(&desk.object(&[]), &[("redirect_uri", WEB_URI)]);
    let answer = response(&Person::new().get(&url).await);
    assert_eq!(answer["error"], "invalid_request_object");
}

#[actix_web::test]
async fn a_request_object_is_no_assertion() {
    let desk = desk().await;
    let claims = desk.claims(&[("sub", json!(ID)), ("jti", json!("j"))]);
    let object = desk.key.sign(&json!({ "typ": "oauth-authz-req+jwt", "kid": "one" }), &claims);
    let fields = [("client_assertion_type", JWT_BEARER), ("client_assertion", object.as_str())];
    assert_error(&post(&desk.server, "/token", None, &fields).await, 401, "invalid_client");
}

#[actix_web::test]
async fn discovery_says_what_may_be_sent() {
    let server = server::start().await;
    let url = format!("{}/.well-known/openid-configuration", server.url);
    let document = Person::new().get(&url).await.json();
    assert_eq!(document["request_parameter_supported"], true);
    let algs = &document["request_object_signing_alg_values_supported"];
    assert_eq!(algs, &json!(["RS256", "ES256", "EdDSA", "PS256"]));
    for off in ["require_signed_request_object", "require_pushed_authorization_requests"] {
        assert_eq!(document[off], false);
    }
}
