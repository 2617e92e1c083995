//! A server without OpenID Connect that signs people in, in the manner of GitHub: errors with status
//! 200, numbers as subjects, addresses and organisations in lists of their own.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use doorstep::secret::Secret;
use doorstep::secret::{base64url, random_id, sha256};
use doorstep::upstream::{ProviderKind, ProviderSettings};
use serde_json::{Value, json};

type Parameters = HashMap<String, String>;

/// A running server; it stops with the test's runtime.
#[derive(Clone)]
pub struct Forge {
    pub url: String,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    user: Mutex<Value>,
    emails: Mutex<Value>,
    orgs: Mutex<Value>,
    codes: Mutex<HashMap<String, Parameters>>,
    tokens: Mutex<Vec<String>>,
}

impl Forge {
    pub fn start() -> Self {
        let shared = Arc::new(Shared::default());
        *shared.user.lock().unwrap() = json!({"id": 583_231, "login": "Octavia", "name": "Octavia",
            "email": "shown@elsewhere.example", "bio": null});
        *shared.emails.lock().unwrap() = json!([
            {"email": "old@example.org", "primary": false, "verified": true},
            {"email": "octavia@example.org", "primary": true, "verified": true},
        ]);
        *shared.orgs.lock().unwrap() =
            json!([{"login": "makers", "id": 1}, {"login": "bakers", "id": 2}]);
        let data = web::Data::from(Arc::clone(&shared));
        let server = HttpServer::new(move || {
            App::new()
                .app_data(data.clone())
                .route("/login/oauth/access_token", web::post().to(token))
                .route("/user", web::get().to(user))
                .route("/user/emails", web::get().to(emails))
                .route("/user/orgs", web::get().to(orgs))
        });
        let server =
            server.workers(1).disable_signals().shutdown_timeout(0).bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", server.addrs()[0]);
        tokio::spawn(server.run());
        Self { url, shared }
    }

    /// How Doorstep knows it.
    pub fn settings(&self) -> ProviderSettings {
        let at = |path: &str| format!("{}{path}", self.url);
        ProviderSettings {
            id: "forge".into(),
            name: "Example Forge".into(),
            kind: ProviderKind::OAuth,
            issuer: self.url.clone(),
            client_id: "doorstep".into(),
            client_secret: Some(Secret::new("a secret + with % and :")),
            scope: "read:user user:email".into(),
            username_claim: "login".into(),
            authorization_endpoint: at("/login/oauth/authorize?theme=plain"),
            token_endpoint: at("/login/oauth/access_token"),
            userinfo_endpoint: at("/user"),
            emails_endpoint: at("/user/emails"),
            timeout: 2,
            ..ProviderSettings::default()
        }
    }

    /// A code for what this link asks, after the person has said yes.
    pub fn authorize(&self, link: &url::Url) -> (Parameters, String) {
        let request: Parameters = link.query_pairs().into_owned().collect();
        assert_eq!((&*request["theme"], &*request["response_type"]), ("plain", "code"));
        assert!(!request.contains_key("nonce"));
        let code = random_id();
        self.shared.codes.lock().unwrap().insert(code.clone(), request.clone());
        (request, code)
    }

    pub fn change_user(&self, change: impl FnOnce(&mut Value)) {
        change(&mut self.shared.user.lock().unwrap());
    }

    pub fn set_emails(&self, emails: Value) {
        *self.shared.emails.lock().unwrap() = emails;
    }

    pub fn set_orgs(&self, orgs: Value) {
        *self.shared.orgs.lock().unwrap() = orgs;
    }

    /// The person takes back what they allowed.
    pub fn revoke_all(&self) {
        self.shared.tokens.lock().unwrap().clear();
    }
}

async fn token(shared: web::Data<Shared>, form: web::Form<Parameters>) -> HttpResponse {
    let fits = |request: &Parameters| {
        form["client_id"] == "doorstep"
            && form["client_secret"] == "a secret + with % and :"
            && form["redirect_uri"] == request["redirect_uri"]
            && base64url(&sha256(&form["code_verifier"])) == request["code_challenge"]
    };
    let request = shared.codes.lock().unwrap().remove(&form["code"]);
    match request.filter(fits) {
        Some(_) => {
            let token = random_id();
            shared.tokens.lock().unwrap().push(token.clone());
            HttpResponse::Ok().json(json!({"access_token": token, "token_type": "bearer",
                "scope": "read:user,user:email"}))
        }
        None => HttpResponse::Ok().json(json!({"error": "bad_verification_code",
            "error_description": "The code passed is incorrect or expired."})),
    }
}

async fn user(shared: web::Data<Shared>, request: HttpRequest) -> HttpResponse {
    answer(&shared, &request, &shared.user)
}

async fn emails(shared: web::Data<Shared>, request: HttpRequest) -> HttpResponse {
    answer(&shared, &request, &shared.emails)
}

async fn orgs(shared: web::Data<Shared>, request: HttpRequest) -> HttpResponse {
    answer(&shared, &request, &shared.orgs)
}

fn answer(shared: &Shared, request: &HttpRequest, what: &Mutex<Value>) -> HttpResponse {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let token = header("authorization").and_then(|value| value.strip_prefix("Bearer "));
    let known = token.is_some_and(|token| shared.tokens.lock().unwrap().iter().any(|t| t == token));
    // GitHub refuses whoever does not say what they are.
    match known && header("user-agent").is_some_and(|agent| agent.starts_with("doorstep/")) {
        true => HttpResponse::Ok().json(&*what.lock().unwrap()),
        false => HttpResponse::Unauthorized().json(json!({"message": "Bad credentials"})),
    }
}
