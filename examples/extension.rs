//! The form_post response mode alone, in an authorization server that keeps its own accounts and
//! tokens: hand-off page, single-use codes in SQL, redemption status.
//!
//! Run with `cargo run --example extension`. It prints a link to open.

#![expect(clippy::print_stdout, reason = "an example talks to whoever runs it")]

use std::collections::HashMap;

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use doorstep::codes::Presentation;
use doorstep::handoff::{HandOff, Proposal};
use doorstep::pages::Brand;
use doorstep::protocol::client::Client;
use doorstep::protocol::params::Params;
use doorstep::protocol::pkce;
use doorstep::protocol::response::ReturnAddress;
use doorstep::secret::RootKey;
use doorstep::store::Db;
use doorstep::web::failure::Failure;

const HOST: &str = "http://localhost:8082";

/// The host's own authorization endpoint. It has validated the request and knows who is signed in.
async fn authorize(
    handoff: web::Data<HandOff>,
    request: HttpRequest,
) -> Result<HttpResponse, Failure> {
    let params = Params::parse(request.query_string()).map_err(Failure::json)?;
    let client = Client::native("example-cli", &["http://127.0.0.1/"]);
    let (return_address, _) = ReturnAddress::resolve(&params, &client, HOST)
        .map_err(|_| Failure::bad_request("This redirect_uri is not registered."))?;
    let code_challenge = pkce::challenge(&params, true).map_err(Failure::json)?;
    let payload = "whatever the host wants back at redemption";
    let proposal = Proposal::new(&client, return_address, code_challenge, "alice", payload);
    handoff.propose(&request, proposal).await
}

/// The host's own token endpoint.
async fn token(
    handoff: web::Data<HandOff>,
    form: web::Form<HashMap<String, String>>,
) -> Result<HttpResponse, Failure> {
    let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    let code_challenge = pkce::challenge_of_verifier(form.get("code_verifier").map(String::as_str))
        .map_err(Failure::json)?;
    let presented = Presentation {
        code: field("code"),
        client_id: field("client_id"),
        redirect_uri: field("redirect_uri"),
        code_challenge: &code_challenge,
        ..Presentation::default()
    };
    Ok(match handoff.redeem(presented).await {
        Ok(grant) => HttpResponse::Ok().body(format!("tokens for {}", grant.payload)),
        Err(_) => HttpResponse::BadRequest().json(serde_json::json!({ "error": "invalid_grant" })),
    })
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let db = Db::connect("sqlite::memory:", 4).await?;
    let handoff = HandOff::new(HOST, db, RootKey::generate(), Brand::default())?;
    let shared = web::Data::new(handoff.clone());
    let routes = handoff.routes();
    let server = HttpServer::new(move || {
        App::new()
            .app_data(shared.clone())
            .configure(routes.clone()) // /handoff and what lies under it
            .route("/host/authorize", web::get().to(authorize))
            .route("/host/token", web::post().to(token))
    });
    println!(
        "{HOST}/host/authorize?redirect_uri=http://127.0.0.1:9/&response_mode=form_post&state=x\
         &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256"
    );
    Ok(server.bind(("127.0.0.1", 8082))?.run().await?)
}
