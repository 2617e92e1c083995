//! The issuer that is measured, with a program to sign in to and somebody who is signed in.

use std::net::TcpListener;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Instant;

use actix_web::{App, HttpResponse, HttpServer, web};
use doorstep::accounts::claims::Claims;
use doorstep::accounts::password::{Passwords, Settings};
use doorstep::accounts::rules::UsernameRule;
use doorstep::accounts::{Account, StoredAccounts};
use doorstep::clock::Timestamp;
use doorstep::issuer::Issuer;
use doorstep::protocol::client::{Client, ClientAuthMethod, SigningAlg};
use doorstep::secret::{RootKey, Secret};
use doorstep::store::Db;
use doorstep::store::audit::AuditEvent;

use crate::connection::Connection;
use crate::support_person::Person;

const PASSWORD: &str = "correct horse battery staple";
const CALLBACK: &str = "https%3A%2F%2Fapp.example.org%2Fcb";
/// The verifier and its challenge of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// What is measured.
#[derive(Clone, Copy, Debug)]
pub enum Work {
    /// An exchange with an empty handler.
    Nothing,
    /// A write, answered when it is on disk.
    Write,
    /// Authorization and token request of this client.
    Login(&'static str),
    /// A token request, for a code that waits.
    Redeem,
}

/// The running issuer.
pub struct Stage {
    /// Its insides.
    pub issuer: Issuer,
    port: u16,
    cookies: OnceLock<String>,
    codes: Mutex<Vec<String>>,
}

/// Serves an issuer on one thread of its own, for as long as the process lives.
pub fn serve(database: String) -> Stage {
    let (sender, started) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let socket = TcpListener::bind("127.0.0.1:0").expect("a loopback port");
            let port = socket.local_addr().expect("an address").port();
            let issuer = issuer(&database, port).await;
            let mounted = issuer.clone();
            let app = move || {
                App::new()
                    .route("/nothing", web::get().to(HttpResponse::Ok))
                    .configure(mounted.routes())
            };
            let server = HttpServer::new(app).workers(1).disable_signals();
            let server = server.listen(socket).expect("it listens").run();
            sender.send((issuer, port)).expect("somebody waits");
            server.await.expect("it serves");
        });
    });
    let (issuer, port) = started.recv().expect("the issuer starts");
    Stage { issuer, port, cookies: OnceLock::new(), codes: Mutex::default() }
}

async fn issuer(database: &str, port: u16) -> Issuer {
    let db = Db::connect(database, 4).await.expect("a store");
    let settings = Settings { memory_kib: 64, iterations: 1, ..Settings::default() };
    let passwords = Passwords::start(&settings);
    let hash = passwords.hash(&Secret::new(PASSWORD)).await.expect("a hash");
    let account = Account {
        id: "an-invented-subject".into(),
        username: "ada".into(),
        disabled: false,
        claims: Claims::default(),
        created_at: Timestamp(0),
        updated_at: Timestamp(0),
    };
    db.insert_account(&account, Some(hash)).await.expect("stored");
    let client = |client_id: &str, alg| Client {
        client_id: client_id.into(),
        token_endpoint_auth_method: ClientAuthMethod::None,
        redirect_uris: vec!["https://app.example.org/cb".into()],
        id_token_signed_response_alg: alg,
        access_token_signed_response_alg: alg,
        trusted: true,
        ..Client::default()
    };
    Issuer::builder(format!("http://localhost:{port}"))
        .accounts(Arc::new(StoredAccounts::new(db.clone(), passwords, UsernameRule::Strict)))
        .db(db)
        .root_key(RootKey::generate())
        .clients(vec![client("es256", SigningAlg::ES256), client("rs256", SigningAlg::RS256)])
        .build()
        .await
        .expect("the parts fit")
}

impl Stage {
    /// Signs in, for all logins to come.
    pub async fn sign_in(&self) {
        let person = Person::new();
        let link = format!("http://127.0.0.1:{}{}", self.port, authorize("es256"));
        person.sign_in(&link, "ada", PASSWORD).await;
        let cookie = |name: &str| format!("{name}={}", person.cookie(name).expect("a cookie"));
        let cookies = format!("{}; {}", cookie("doorstep-browser"), cookie("doorstep-session"));
        self.cookies.set(cookies).expect("signs in once");
    }

    /// Does this work over and over, and counts.
    pub async fn work(&self, work: Work, until: Instant) -> usize {
        let mut connection = Connection::open(self.port).await;
        let mut done = 0;
        while Instant::now() < until {
            match work {
                Work::Nothing => {
                    connection.exchange("GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
                }
                Work::Write => self.write().await,
                Work::Login(client) => {
                    let code = self.code(&mut connection, client).await;
                    redeem(&mut connection, client, &code).await;
                }
                Work::Redeem => {
                    let code = self.codes.lock().expect("no panic").pop();
                    redeem(&mut connection, "es256", &code.expect("enough codes")).await;
                }
            }
            done += 1;
        }
        done
    }

    /// Lets so many codes wait.
    pub async fn mint(&self, count: usize) {
        let mut connection = Connection::open(self.port).await;
        let mut codes = Vec::with_capacity(count);
        for _ in 0..count {
            codes.push(self.code(&mut connection, "es256").await);
        }
        *self.codes.lock().expect("no panic") = codes;
    }

    async fn code(&self, connection: &mut Connection, client: &str) -> String {
        let cookies = self.cookies.get().expect("signed in");
        let link = authorize(client);
        let request =
            format!("GET {link} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookies}\r\n\r\n");
        let page = connection.exchange(&request).await;
        let (_, field) = page.split_once("name=\"code\" value=\"").expect("a page with a code");
        field.split_once('"').expect("the end of the code").0.to_owned()
    }

    async fn write(&self) {
        let event = AuditEvent {
            at: Timestamp(1_800_000_000),
            event: "signed_in".into(),
            account_id: Some("an-invented-subject".into()),
            client_id: Some("es256".into()),
            grant_id: Some("an-invented-grant".into()),
            address: "127.0.0.1".into(),
            detail: "{}".into(),
        };
        self.issuer.db().insert_audit_event(event).await.expect("written");
    }
}

async fn redeem(connection: &mut Connection, client: &str, code: &str) {
    let body = format!(
        "grant_type=authorization_code&client_id={client}&code={code}&redirect_uri={CALLBACK}\
         &code_verifier={VERIFIER}"
    );
    let request = format!(
        "POST /token HTTP/1.1\r\nHost: localhost\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    connection.exchange(&request).await;
}

fn authorize(client: &str) -> String {
    format!(
        "/authorize?client_id={client}&response_type=code&response_mode=form_post\
         &redirect_uri={CALLBACK}&scope=openid%20offline_access&state=an-invented-state\
         &nonce=an-invented-nonce&code_challenge={CHALLENGE}&code_challenge_method=S256"
    )
}
