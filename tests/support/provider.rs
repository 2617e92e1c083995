//! An issuer that is not ours: small, honest, and able to misbehave in one chosen way. Programs sign in
//! to it, and Doorstep does on behalf of people.

mod endpoints;
mod id_token;

use std::collections::HashMap;
use std::net::TcpListener;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use actix_web::{App, HttpResponse, HttpServer, web};
use doorstep::clock::Clock;
use doorstep::protocol::code::Code;
use doorstep::secret::{random_bytes, random_id};
use josekit::jwk::alg::ec::{EcCurve, EcKeyPair};
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
    /// Claims of its ID tokens besides the protocol's, or in place of them; null removes one.
    pub claims: Value,
    /// What its userinfo endpoint says, if it has one.
    pub userinfo: Option<Value>,
    /// Seconds that its tokens live.
    pub lifetime: i64,
    /// What its clock shows.
    pub clock: Clock,
    /// How long its token endpoint thinks.
    pub token_delay: Duration,
    /// How long it thinks about its configuration.
    pub discovery_delay: Duration,
    pub revokes: bool,
    /// The host that it says its token endpoint is on.
    pub token_host: &'static str,
    /// Whether its token endpoint is out of order.
    pub broken: bool,
    /// The PKCE methods that it lists.
    pub challenges: Option<&'static [&'static str]>,
    /// Whether it has a page to sign out.
    pub signs_out: bool,
    /// Whether it refuses to refresh tokens, and sends no ID token when it does not.
    pub refuses_refresh: bool,
    /// Whether it gives no refresh token in the first place.
    pub gives_none: bool,
    /// What a device hears before it gets tokens, if devices can sign in here at all.
    pub devices: Option<&'static [&'static str]>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdTokens {
    Good,
    AlgNone,
    /// Signed with the public key as if it were a shared secret.
    AlgConfused,
    OtherAudience,
    OtherNonce,
    OtherIssuer,
    Expired,
    FromTheFuture,
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
            claims: json!({}),
            userinfo: None,
            lifetime: 600,
            clock: Clock::system(),
            token_delay: Duration::ZERO,
            discovery_delay: Duration::ZERO,
            revokes: true,
            token_host: "127.0.0.1",
            broken: false,
            challenges: None,
            signs_out: false,
            refuses_refresh: false,
            gives_none: false,
            devices: None,
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
    /// How often its keys were read.
    pub keys_read: usize,
    /// When devices asked.
    pub asked: Vec<Instant>,
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
        Self::start_at(character, TcpListener::bind("127.0.0.1:0").unwrap())
    }

    /// Starts an issuer whose address is known before.
    pub fn start_at(character: Character, listener: TcpListener) -> Self {
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Shared {
            url: Mutex::new(url.clone()),
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
                .route("/authorize", web::get().to(endpoints::authorize))
                .route("/par", web::post().to(endpoints::push))
                .route("/device_authorization", web::post().to(endpoints::device))
                .route("/token", web::post().to(endpoints::token))
                .route("/userinfo", web::get().to(endpoints::userinfo))
                .route("/revoke", web::post().to(endpoints::revoke))
                .route(
                    "/handoff/result",
                    web::get().to(async || HttpResponse::Ok().body("the result page")),
                )
        });
        let server = server.workers(1).disable_signals().shutdown_timeout(0);
        tokio::spawn(server.listen(listener).unwrap().run());
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
        self.shared.grant(link.query_pairs().into_owned().collect())
    }

    /// The `iss` of responses.
    pub fn response_iss(&self) -> String {
        self.shared.response_iss()
    }
}

impl Shared {
    fn character(&self) -> Character {
        self.character.lock().unwrap().clone()
    }

    /// The request, pushed or not, and a code for it.
    fn grant(&self, mut request: Parameters) -> (Parameters, String) {
        let mut ledger = self.ledger.lock().unwrap();
        if let Some(reference) = request.get("request_uri") {
            request = ledger.pushed[reference].clone();
        }
        assert_eq!(request["response_type"], "code");
        assert_eq!(request["code_challenge_method"], "S256");
        let code = Code::from_bits(&random_bytes()).expose().to_owned();
        ledger.grants.insert(code.clone(), Grant { request: request.clone() });
        (request, code)
    }

    fn response_iss(&self) -> String {
        self.character().response_iss.unwrap_or_else(|| self.url.lock().unwrap().clone())
    }

    fn tokens(&self, client_id: &str, nonce: Option<&String>) -> HttpResponse {
        let (access_token, refresh_token) =
            (format!("at-{}", random_id()), format!("rt-{}", random_id()));
        self.ledger.lock().unwrap().refresh_tokens.push(refresh_token.clone());
        HttpResponse::Ok().json(json!({
            "access_token": access_token, "token_type": "Bearer", "expires_in": self.character().lifetime,
            "refresh_token": Some(refresh_token).filter(|_| !self.character().gives_none), "id_token": self.id_token(client_id, nonce, &access_token),
        }))
    }
}
