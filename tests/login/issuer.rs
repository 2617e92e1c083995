//! An issuer for these tests: small, honest, and able to misbehave in one chosen way.

mod endpoints;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use actix_web::{App, HttpResponse, HttpServer, web};
use doorstep::clock::Clock;
use doorstep::protocol::code::Code;
use doorstep::secret::{base64url, random_bytes, random_id, sha256};
use josekit::jwk::alg::ec::{EcCurve, EcKeyPair};
use josekit::jws::{ES256, JwsHeader};
use serde_json::{Value, json};

/// In which way the issuer differs from a good Doorstep.
#[derive(Clone, Debug)]
pub struct Character {
    /// Whether it says that it is a Doorstep.
    pub doorstep: bool,
    pub form_post: bool,
    pub pushes: bool,
    /// The `iss` of its responses, when it is not its own.
    pub response_iss: Option<String>,
    /// What is wrong with its ID tokens.
    pub id_token: IdTokens,
    /// Seconds that its tokens live.
    pub lifetime: i64,
    /// How long its token endpoint thinks.
    pub token_delay: Duration,
    pub revokes: bool,
    /// Whether its token endpoint is out of order.
    pub broken: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdTokens {
    Good,
    AlgNone,
    OtherAudience,
    OtherNonce,
    OtherIssuer,
    Expired,
    Forged,
    OtherAccessToken,
    Missing,
}

impl Default for Character {
    fn default() -> Self {
        Self {
            doorstep: true,
            form_post: true,
            pushes: true,
            response_iss: None,
            id_token: IdTokens::Good,
            lifetime: 600,
            token_delay: Duration::ZERO,
            revokes: true,
            broken: false,
        }
    }
}

pub type Parameters = HashMap<String, String>;

/// A code that was handed out, until it is redeemed.
struct Grant {
    request: Parameters,
}

#[derive(Default)]
pub struct Ledger {
    pushed: HashMap<String, Parameters>,
    grants: HashMap<String, Grant>,
    refresh_tokens: Vec<String>,
    pub redeemed: usize,
    pub refused: usize,
    pub refreshed: usize,
    pub revoked: Vec<String>,
}

/// A running issuer; it stops with the test's runtime.
#[derive(Clone)]
pub struct Issuer {
    pub url: String,
    shared: Arc<Shared>,
}

struct Shared {
    url: Mutex<String>,
    character: Mutex<Character>,
    ledger: Mutex<Ledger>,
    key: EcKeyPair,
    impostor: EcKeyPair,
}

impl Issuer {
    pub fn start(character: Character) -> Self {
        let shared = Arc::new(Shared {
            url: Mutex::default(),
            character: Mutex::new(character),
            ledger: Mutex::default(),
            key: EcKeyPair::generate(EcCurve::P256).unwrap(),
            impostor: EcKeyPair::generate(EcCurve::P256).unwrap(),
        });
        let data = web::Data::from(Arc::clone(&shared));
        let server = HttpServer::new(move || {
            App::new()
                .app_data(data.clone())
                .route("/.well-known/openid-configuration", web::get().to(endpoints::configuration))
                .route("/jwks", web::get().to(endpoints::jwks))
                .route("/par", web::post().to(endpoints::push))
                .route("/token", web::post().to(endpoints::token))
                .route("/revoke", web::post().to(endpoints::revoke))
                .route(
                    "/handoff/result",
                    web::get().to(async || HttpResponse::Ok().body("the result page")),
                )
        });
        let server =
            server.workers(1).disable_signals().shutdown_timeout(0).bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", server.addrs()[0]);
        shared.url.lock().unwrap().clone_from(&url);
        tokio::spawn(server.run());
        Self { url, shared }
    }

    pub fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.shared.ledger.lock().unwrap()
    }

    /// How many codes were redeemed, and how many refused.
    pub fn codes(&self) -> (usize, usize) {
        let ledger = self.ledger();
        (ledger.redeemed, ledger.refused)
    }

    pub fn change(&self, change: impl FnOnce(&mut Character)) {
        change(&mut self.shared.character.lock().unwrap());
    }

    /// What a browser meets behind `link` once the person has said yes: the request, and a code for it.
    pub fn authorize(&self, link: &url::Url) -> (Parameters, String) {
        let mut request: Parameters = link.query_pairs().into_owned().collect();
        let mut ledger = self.ledger();
        if let Some(reference) = request.get("request_uri") {
            request = ledger.pushed[reference].clone();
        }
        assert_eq!(request["response_type"], "code");
        assert_eq!(request["code_challenge_method"], "S256");
        let code = Code::from_bits(&random_bytes()).expose().to_owned();
        ledger.grants.insert(code.clone(), Grant { request: request.clone() });
        (request, code)
    }

    /// The `iss` of responses.
    pub fn response_iss(&self) -> String {
        self.shared
            .character
            .lock()
            .unwrap()
            .response_iss
            .clone()
            .unwrap_or_else(|| self.url.clone())
    }
}

impl Shared {
    fn character(&self) -> Character {
        self.character.lock().unwrap().clone()
    }

    fn id_token(
        &self,
        client_id: &str,
        nonce: Option<&String>,
        access_token: &str,
    ) -> Option<String> {
        let (character, now) = (self.character(), Clock::system().now().0);
        let wrong = |kind| character.id_token == kind;
        let mut claims = json!({
            "iss": if wrong(IdTokens::OtherIssuer) { "http://127.0.0.1:1".into() } else { self.url.lock().unwrap().clone() },
            "aud": if wrong(IdTokens::OtherAudience) { "another-client" } else { client_id },
            "sub": "7f3a", "preferred_username": "ada", "iat": now - 700,
            "exp": if wrong(IdTokens::Expired) { now - 120 } else { now + character.lifetime },
            "at_hash": base64url(&sha256(if wrong(IdTokens::OtherAccessToken) { "another" } else { access_token })[..16]),
        });
        if let Some(nonce) = nonce {
            claims["nonce"] =
                if wrong(IdTokens::OtherNonce) { "another".into() } else { nonce.as_str().into() };
        }
        let key = if wrong(IdTokens::Forged) { &self.impostor } else { &self.key };
        match character.id_token {
            IdTokens::Missing => None,
            IdTokens::AlgNone => {
                let part = |value: &Value| base64url(value.to_string().as_bytes());
                Some(format!("{}.{}.", part(&json!({"alg": "none"})), part(&claims)))
            }
            _ => {
                let mut header = JwsHeader::new();
                header.set_key_id("k1");
                let signer = ES256.signer_from_jwk(&key.to_jwk_private_key()).unwrap();
                Some(
                    josekit::jws::serialize_compact(
                        claims.to_string().as_bytes(),
                        &header,
                        &signer,
                    )
                    .unwrap(),
                )
            }
        }
    }

    fn tokens(&self, client_id: &str, nonce: Option<&String>) -> HttpResponse {
        let (access_token, refresh_token) =
            (format!("at-{}", random_id()), format!("rt-{}", random_id()));
        self.ledger.lock().unwrap().refresh_tokens.push(refresh_token.clone());
        HttpResponse::Ok().json(json!({
            "access_token": access_token, "token_type": "Bearer", "expires_in": self.character().lifetime,
            "refresh_token": refresh_token, "id_token": self.id_token(client_id, nonce, &access_token),
        }))
    }
}
