//! An app behind the gateway, on https with a certificate of its own: what its pages, its programs and its
//! person's browser meet.

use std::net::TcpListener;
use std::sync::Arc;

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use doorstep::clock::Clock;
use doorstep::gateway::{AppSettings, Gateway, GatewayLimits};
use doorstep::protocol::client::{Client, ClientSecret, GrantType};
use doorstep::secret::{RootKey, Secret};
use doorstep::store::Db;
use doorstep::web::proxy::TrustedProxies;
use reqwest::Method;
use serde_json::{Value, json};

use super::person::{Page, Person};
use super::tls::Identity;

/// The secret that apps and issuers share.
pub const APP_SECRET: &str = "an-invented-secret";

/// A place on the web, before anything runs there.
pub struct Place {
    /// The app's origin.
    pub origin: String,
    /// Its certificate.
    pub identity: Arc<Identity>,
    listener: TcpListener,
}

/// A running gateway, and an app around it.
pub struct Dashboard {
    /// The app's origin.
    pub origin: String,
    /// Where the gateway's addresses lie.
    pub auth: String,
    /// Its certificate.
    pub identity: Arc<Identity>,
    /// Its store.
    pub db: Db,
    /// Its clock.
    pub clock: Clock,
    handle: actix_web::dev::ServerHandle,
}

impl Drop for Dashboard {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

/// What a gateway is made of besides its apps.
#[derive(Clone)]
pub struct Parts {
    pub db: Db,
    pub root: RootKey,
    pub clock: Clock,
    pub limits: GatewayLimits,
}

impl Place {
    /// Takes a port.
    pub fn reserve() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let origin = format!("https://localhost:{port}");
        Self { origin, identity: Identity::generate().into(), listener }
    }

    /// The app's settings, for an issuer that has [`Place::client`].
    pub fn app(&self, issuer: &str) -> AppSettings {
        AppSettings {
            id: "dash".into(),
            name: "Example Dashboard".into(),
            url: format!("{}/auth", self.origin),
            issuer: issuer.into(),
            client_id: "dash".into(),
            client_secret: Some(Secret::new(APP_SECRET)),
            timeout: 3,
            ..AppSettings::default()
        }
    }

    /// The app as an issuer knows it.
    pub fn client(&self) -> Client {
        Client {
            client_id: "dash".into(),
            client_secret: Some(ClientSecret::new(APP_SECRET)),
            redirect_uris: vec![format!("{}/auth/callback", self.origin)],
            post_logout_redirect_uris: vec![format!("{}/auth/signed-out", self.origin)],
            backchannel_logout_uri: Some(format!("{}/auth/backchannel-logout", self.origin)),
            grant_types: vec![
                GrantType::AuthorizationCode,
                GrantType::RefreshToken,
                GrantType::Password,
            ],
            trusted: true,
            ..Client::default()
        }
    }

    /// Runs a gateway for these apps here.
    pub fn start(self, apps: Vec<AppSettings>, parts: Parts) -> Dashboard {
        let Self { origin, identity, listener } = self;
        let builder = Gateway::builder()
            .db(parts.db.clone())
            .root_key(parts.root)
            .clock(parts.clock.clone())
            .trusted_proxies(TrustedProxies(vec![std::net::IpAddr::from([127, 0, 0, 1]).into()]))
            .limits(parts.limits);
        let gateway = apps.into_iter().fold(builder, |builder, app| builder.app(app));
        let routes = gateway.build().expect("a gateway").routes();
        let app = move || App::new().configure(routes.clone()).default_service(web::to(own_page));
        let server = HttpServer::new(app).workers(1).disable_signals().shutdown_timeout(0);
        let server = server.listen_rustls_0_23(listener, identity.for_servers());
        let server = server.expect("the port is ours").run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        let auth = format!("{origin}/auth");
        Dashboard { auth, origin, identity, db: parts.db, clock: parts.clock, handle }
    }
}

impl Dashboard {
    /// A browser, or a program with cookies of its own, that has never been here.
    pub fn stranger(&self) -> Person {
        let connections = reqwest::Client::builder().no_proxy();
        Person::with(connections.add_root_certificate(self.identity.for_clients()))
    }

    /// POSTs JSON as a page of the app does.
    pub async fn post(&self, browser: &Person, path: &str, body: Value) -> Page {
        let request = browser
            .request(Method::POST, &format!("{}{path}", self.auth))
            .header("content-type", "application/json")
            .header("sec-fetch-site", "same-origin")
            .header("origin", &self.origin)
            .body(body.to_string());
        browser.send(request).await
    }

    /// POSTs JSON as a desktop program does, which says nothing of where it comes from.
    pub async fn call(&self, program: &Person, path: &str, body: Value) -> Page {
        let request = program
            .request(Method::POST, &format!("{}{path}", self.auth))
            .header("content-type", "application/json")
            .body(body.to_string());
        program.send(request).await
    }

    /// Who is signed in, as the app's pages and server hear it.
    pub async fn profile(&self, browser: &Person) -> Page {
        browser.get(&format!("{}/profile", self.auth)).await
    }

    /// New tokens for a page.
    pub async fn refresh(&self, browser: &Person) -> Page {
        self.post(browser, "/refresh", json!({})).await
    }
}

/// The app's own page: it asks for its tokens when it starts, and keeps them in memory.
const PAGE: &str = r#"<!doctype html><meta charset="utf-8"><title>Example Dashboard</title>
<main><p id="who">…</p><a id="sign-in" href="/auth/authorize?next=/clusters%3Fview%3Dall">Sign in</a>
<a id="kubeconfig" href="/auth/kubeconfig">kubeconfig</a><button id="leave">Sign out</button></main>
<script>
let tokens
const post = path => fetch('/auth/' + path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' })
const start = async () => {
  const answer = await post('refresh')
  tokens = answer.ok ? await answer.json() : null
  who.textContent = tokens ? tokens.profile.preferred_username + ' has an ID token of ' + tokens.id_token.split('.').length + ' parts' : 'Nobody'
}
leave.onclick = async () => { location = (await (await post('logout')).json()).location }
start()
</script>"#;

async fn own_page(request: HttpRequest) -> HttpResponse {
    match request.path() {
        "/" | "/clusters" => HttpResponse::Ok().content_type("text/html; charset=utf-8").body(PAGE),
        path => HttpResponse::NotFound().body(format!("the app's own {path}")),
    }
}
