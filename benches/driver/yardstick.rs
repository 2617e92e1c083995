//! The least that logins can cost here: an actix server that keeps codes in memory and signs both tokens, and
//! does nothing else. It knows no sessions, no accounts and no store. How far an issuer is from it is the
//! price of its work.

use std::collections::HashMap;
use std::net::TcpListener;
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use actix_web::http::header::LOCATION;
use actix_web::{App, HttpResponse, HttpServer, web};
use doorstep::clock::Clock;
use doorstep::secret::{self, Secret};
use josekit::jwk::Jwk;
use josekit::jwk::alg::ec::EcCurve;
use josekit::jws::{self, ES256, JwsHeader, JwsSigner};
use serde::Deserialize;
use serde_json::{Value, json};

use super::journeys::Place;
use super::process::Process;

struct Yardstick {
    codes: Mutex<HashMap<String, AuthorizationRequest>>,
    signer: Box<dyn JwsSigner + Send + Sync>,
    clock: Clock,
}

#[derive(Deserialize)]
struct AuthorizationRequest {
    client_id: String,
    redirect_uri: String,
    state: String,
    nonce: String,
    scope: String,
    code_challenge: String,
}

#[derive(Deserialize)]
struct TokenRequest {
    code: String,
    code_verifier: String,
    client_id: String,
    redirect_uri: String,
}

async fn authorize(
    yardstick: web::Data<Yardstick>,
    request: web::Query<AuthorizationRequest>,
) -> HttpResponse {
    let (request, code) = (request.into_inner(), secret::random_id());
    let location = format!("{}?code={code}&state={}", request.redirect_uri, request.state);
    yardstick.codes.lock().unwrap_or_else(PoisonError::into_inner).insert(code, request);
    HttpResponse::SeeOther().insert_header((LOCATION, location)).finish()
}

async fn token(
    yardstick: web::Data<Yardstick>,
    request: web::Form<TokenRequest>,
) -> Option<HttpResponse> {
    let mut codes = yardstick.codes.lock().unwrap_or_else(PoisonError::into_inner);
    let asked = codes.remove(&request.code)?;
    drop(codes);
    let genuine = asked.client_id == request.client_id
        && asked.redirect_uri == request.redirect_uri
        && asked.code_challenge == secret::digest(&request.code_verifier);
    genuine.then(|| HttpResponse::Ok().json(yardstick.answer(&asked)))
}

impl Yardstick {
    fn answer(&self, asked: &AuthorizationRequest) -> Value {
        let (iss, sub, now) = ("http://localhost:8080", "an-invented-person", self.clock.now());
        let access_token = self.sign(&json!({
            "iss": iss, "sub": sub, "aud": iss, "client_id": asked.client_id, "scope": asked.scope,
            "iat": now, "exp": now.plus(300), "jti": secret::random_id(),
        }));
        let at_hash = secret::base64url(&secret::sha256(&access_token)[..16]);
        let id_token = self.sign(&json!({
            "iss": iss, "sub": sub, "aud": asked.client_id, "nonce": asked.nonce,
            "iat": now, "exp": now.plus(300), "auth_time": now, "at_hash": at_hash,
        }));
        json!({
            "access_token": access_token, "id_token": id_token, "token_type": "Bearer",
            "expires_in": 300, "refresh_token": Secret::generate().expose(),
        })
    }

    fn sign(&self, claims: &Value) -> String {
        let mut header = JwsHeader::new();
        header.set_token_type("JWT");
        header.set_key_id("yardstick");
        jws::serialize_compact(claims.to_string().as_bytes(), &header, &*self.signer)
            .expect("a signature")
    }
}

/// The argument by which a benchmark starts itself as the yardstick.
const ARGUMENT: &str = "yardstick";

/// Whether this process is the yardstick; then it is one until it is ended.
pub fn is_this_process() -> bool {
    if !std::env::args().any(|argument| argument == ARGUMENT) {
        return false;
    }
    let key = Jwk::generate_ec_key(EcCurve::P256).expect("a key");
    let yardstick = web::Data::new(Yardstick {
        codes: Mutex::default(),
        signer: Box::new(ES256.signer_from_jwk(&key).expect("a signer")),
        clock: Clock::system(),
    });
    let app = move || {
        App::new()
            .app_data(yardstick.clone())
            .route("/authorize", web::get().to(authorize))
            .route("/token", web::post().to(token))
    };
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    println!("{}", listener.local_addr().expect("an address").port());
    let server = HttpServer::new(app).workers(1).listen(listener).expect("the port is ours");
    actix_web::rt::System::new().block_on(server.run()).expect("it runs");
    true
}

/// Starts it on the server's core.
pub fn start() -> (Place, Process) {
    let program = std::env::current_exe().expect("this program");
    let (port, process) = Process::start_and_ask_for_port(Command::new(program).arg(ARGUMENT));
    (Place { port, authorize: "/authorize", cookies: String::new() }, process)
}
