//! An issuer in the test's own process, on a port and a database of its own, with one account.

use std::net::TcpListener;
use std::sync::Arc;

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpServer};
use doorstep::accounts::claims::Claims;
use doorstep::accounts::password::{Passwords, Settings};
use doorstep::accounts::rules::UsernameRule;
use doorstep::accounts::{Account, StoredAccounts};
use doorstep::clock::Timestamp;
use doorstep::issuer::Issuer;
use doorstep::protocol::client::{ApplicationType, Client, ClientAuthMethod};
use doorstep::secret::{RootKey, Secret};
use doorstep::store::Db;
use tempfile::TempDir;

use super::tls::{ISSUER_HOST, Identity};

/// The account's user name.
pub const USERNAME: &str = "ada";
/// Its password.
pub const PASSWORD: &str = "correct horse battery staple";

/// A running issuer; it stops when it is dropped.
pub struct TestIssuer {
    /// Its URL.
    pub url: String,
    /// Its port.
    pub port: u16,
    /// Its certificate.
    pub identity: Identity,
    server: ServerHandle,
    _folder: TempDir,
}

impl TestIssuer {
    /// Starts an issuer that speaks https, with these clients.
    pub async fn start(clients: Vec<Client>) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let db = format!("sqlite:{}", folder.path().join("test.db").display());
        let db = Db::connect(&db, 4).await.expect("a fresh database");
        let identity = Identity::generate();
        let socket = TcpListener::bind("127.0.0.1:0").expect("a loopback port");
        let port = socket.local_addr().expect("it has an address").port();
        let url = format!("https://{ISSUER_HOST}:{port}");
        let issuer = Issuer::builder(&url)
            .accounts(Arc::new(accounts(&db).await))
            .db(db)
            .root_key(RootKey::generate())
            .clients(clients)
            .build()
            .await
            .expect("the issuer's parts fit");
        let server = HttpServer::new(move || App::new().configure(issuer.routes()))
            .workers(1)
            .disable_signals()
            .shutdown_timeout(0)
            .listen_rustls_0_23(socket, identity.server_config())
            .expect("the server listens")
            .run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Self { url, port, identity, server: handle, _folder: folder }
    }

    /// A client for HTTP that finds and trusts this issuer.
    pub fn http(&self) -> reqwest::Client {
        let pem = std::fs::read(&self.identity.certificate).expect("the certificate is there");
        let certificate = reqwest::Certificate::from_pem(&pem).expect("it is a certificate");
        reqwest::Client::builder()
            .no_proxy()
            .add_root_certificate(certificate)
            .resolve(ISSUER_HOST, ([127, 0, 0, 1], self.port).into())
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("a client")
    }
}

impl Drop for TestIssuer {
    fn drop(&mut self) {
        drop(self.server.stop(false));
    }
}

/// A command-line program's registration.
pub fn command_line_client(client_id: &str, name: &str, trusted: bool) -> Client {
    Client {
        client_id: client_id.into(),
        client_name: name.into(),
        token_endpoint_auth_method: ClientAuthMethod::None,
        application_type: ApplicationType::Native,
        redirect_uris: vec!["http://127.0.0.1/".into()],
        trusted,
        match_phrase: !trusted,
        ..Client::default()
    }
}

/// Accounts whose passwords cost next to nothing.
async fn accounts(db: &Db) -> StoredAccounts {
    let passwords =
        Passwords::start(&Settings { memory_kib: 8, iterations: 1, ..Settings::default() });
    let hash = passwords.hash(&Secret::new(PASSWORD)).await.expect("nobody else waits");
    let account = Account {
        id: "account-of-ada".into(),
        username: USERNAME.into(),
        disabled: false,
        claims: Claims::default(),
        created_at: Timestamp(0),
        updated_at: Timestamp(0),
    };
    assert!(db.insert_account(&account, Some(hash)).await.expect("the account is stored"));
    StoredAccounts::new(db.clone(), passwords, UsernameRule::Strict)
}
