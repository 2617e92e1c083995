//! A real issuer on port 0 with a store of its own and a clock that the test moves.

use std::net::TcpListener;
use std::sync::Arc;

use actix_web::{App, HttpServer};
use doorstep::accounts::claims::Claims;
use doorstep::accounts::password::{Passwords, Settings};
use doorstep::accounts::rules::UsernameRule;
use doorstep::accounts::{Account, StoredAccounts};
use doorstep::clock::{Clock, Timestamp};
use doorstep::issuer::Issuer;
use doorstep::protocol::client::{ApplicationType, Client, ClientAuthMethod, ClientSecret};
use doorstep::secret::{RootKey, Secret};
use doorstep::store::Db;

/// The password of every invented person.
pub const PASSWORD: &str = "eleven lemons ride";
/// Where time starts.
pub const START: Timestamp = Timestamp(1_800_000_000);
/// The secret of the confidential clients.
pub const CLIENT_SECRET: &str = "an-invented-secret-of-forty-three-characters";

/// A running issuer.
pub struct Server {
    /// Its URL.
    pub url: String,
    /// Its store.
    pub db: Db,
    /// Its clock.
    pub clock: Clock,
    /// The issuer itself.
    pub issuer: Issuer,
    /// What seals its keys.
    pub root: RootKey,
    handle: actix_web::dev::ServerHandle,
}

impl Drop for Server {
    fn drop(&mut self) {
        // The runtime goes on until the test ends, and takes the server down with it.
        drop(self.handle.stop(false));
    }
}

/// Starts an issuer on a fresh store in memory.
pub async fn start() -> Server {
    start_on(Db::connect("sqlite::memory:", 4).await.expect("a store"), "", Clock::fixed(START))
        .await
}

/// Starts an issuer at this path on this store.
pub async fn start_on(db: Db, path: &str, clock: Clock) -> Server {
    start_with(db, path, clock, RootKey::generate(), clients()).await
}

/// Starts an issuer of these parts.
pub async fn start_with(
    db: Db,
    path: &str,
    clock: Clock,
    root: RootKey,
    clients: Vec<Client>,
) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url =
        format!("http://127.0.0.1:{}{path}", listener.local_addr().expect("an address").port());
    let passwords = Passwords::start(&Settings {
        memory_kib: 64,
        iterations: 1,
        parallelism: 1,
        concurrency: 1,
        queue: 8,
    });
    for name in ["alice", "bob"] {
        let hash = passwords.hash(&Secret::new(PASSWORD)).await.expect("a hash");
        db.insert_account(&person(name), Some(hash)).await.expect("an account");
    }
    let issuer = Issuer::builder(&url)
        .db(db.clone())
        .root_key(root.clone())
        .accounts(Arc::new(StoredAccounts::new(db.clone(), passwords, UsernameRule::Strict)))
        .clients(clients)
        .clock(clock.clone())
        .build()
        .await
        .expect("an issuer");
    let routes = issuer.routes();
    let server = HttpServer::new(move || App::new().configure(routes.clone()))
        .workers(1)
        .disable_signals()
        .listen(listener)
        .expect("the port is ours")
        .run();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    Server { url, db, clock, issuer, root, handle }
}

/// A person of whom everything is known.
pub fn person(name: &str) -> Account {
    let claims = serde_json::json!({
        "name": format!("{name} Example"), "given_name": name, "family_name": "Example", "middle_name": "Q",
        "nickname": name, "profile": "https://people.example/p", "picture": "https://people.example/p.png",
        "website": "https://people.example/", "gender": "unsaid", "birthdate": "1990-02-03",
        "zoneinfo": "Europe/Paris", "locale": "en-GB", "email": format!("{name}@example.org"),
        "email_verified": true, "phone_number": "+1 555 0100", "phone_number_verified": false,
        "address": {"locality": "Exampleton"}, "groups": ["staff", "builders"],
    });
    let claims = claims.as_object().expect("an object").clone();
    Account {
        id: format!("{name}-id"),
        username: name.into(),
        disabled: false,
        claims: Claims::new(claims).expect("claims"),
        created_at: START,
        updated_at: START,
    }
}

/// One client of each kind.
pub fn clients() -> Vec<Client> {
    let web = |client_id: &str| Client {
        client_id: client_id.into(),
        client_secret: Some(ClientSecret::new(CLIENT_SECRET)),
        redirect_uris: vec!["https://app.example/cb".into()],
        post_logout_redirect_uris: vec!["https://app.example/bye".into()],
        ..Client::default()
    };
    let cli = |client_id: &str| Client {
        client_id: client_id.into(),
        client_name: "Example CLI".into(),
        token_endpoint_auth_method: ClientAuthMethod::None,
        application_type: ApplicationType::Native,
        redirect_uris: vec!["http://127.0.0.1/".into(), "urn:ietf:wg:oauth:2.0:oob".into()],
        match_phrase: true,
        ..Client::default()
    };
    vec![
        Client { trusted: true, require_pkce: false, ..web("web") },
        Client { trusted: true, ..web("other") },
        web("stranger"),
        Client {
            token_endpoint_auth_method: ClientAuthMethod::ClientSecretPost,
            trusted: true,
            ..web("post")
        },
        cli("cli"),
        Client { trusted: true, ..cli("trusted-cli") },
        Client { paste: false, ..cli("no-paste") },
        Client { same_network: true, ..cli("same-network") },
    ]
}
