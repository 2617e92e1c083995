//! A real issuer on port 0 with a store of its own and a clock that the test moves.

use std::net::TcpListener;
use std::sync::Arc;

use actix_web::{App, HttpRequest, HttpServer, web};
use doorstep::accounts::claims::Claims;
use doorstep::accounts::factors::FactorSettings;
use doorstep::accounts::ldap::{LdapAccounts, LdapSettings};
use doorstep::accounts::password::{Passwords, Settings};
use doorstep::accounts::rules::{PasswordRules, UsernameRule};
use doorstep::accounts::{Account, Accounts, StoredAccounts};
use doorstep::clock::{Clock, Timestamp};
use doorstep::issuer::{
    DocumentSettings, GrantSettings, Issuer, LimitSettings, RegistrationSettings, SessionSettings,
};
use doorstep::outgoing::OutgoingSettings;
use doorstep::pages::{Brand, Brands};
use doorstep::protocol::client::claim_mapping::{ClaimRule, Place};
use doorstep::protocol::client::{
    AccessTokenFormat, ApplicationType, Client, ClientAuthMethod, ClientSecret, GrantType,
};
use doorstep::secret::{RootKey, Secret};
use doorstep::store::Db;
use doorstep::upstream::ProviderSettings;
use doorstep::web::proxy::TrustedProxies;
use reqwest::ClientBuilder;
use reqwest::redirect::Policy;

use super::person::Person;
use super::postgres;
use super::tls::{ISSUER_HOST, Identity};

/// The password of every invented person.
pub const PASSWORD: &str = "eleven lemons ride";
/// Where time starts.
pub const START: Timestamp = Timestamp(1_800_000_000);
/// The secret of the confidential clients.
pub const CLIENT_SECRET: &str = "an-invented-secret-of-forty-three-characters";

/// Resources that the client `reader` may name.
pub const API: &str = "https://api.example/v1";
pub const FILES: &str = "urn:example:files";

/// A running issuer.
pub struct Server {
    /// Where it is reached.
    pub url: String,
    /// What it calls itself: the same, as a rule.
    pub iss: String,
    /// Its store.
    pub db: Db,
    /// Its clock.
    pub clock: Clock,
    /// The issuer itself.
    pub issuer: Issuer,
    /// Its port.
    pub port: u16,
    /// Its certificate, if it speaks https.
    pub identity: Option<Identity>,
    handle: actix_web::dev::ServerHandle,
}

impl Drop for Server {
    fn drop(&mut self) {
        // The runtime goes on until the test ends, and takes the server down with it.
        drop(self.handle.stop(false));
    }
}

impl Server {
    /// Connections that find this issuer and trust its certificate.
    pub fn connections(&self) -> ClientBuilder {
        let builder = reqwest::Client::builder()
            .no_proxy()
            .redirect(Policy::none())
            .resolve(ISSUER_HOST, ([127, 0, 0, 1], self.port).into());
        match &self.identity {
            Some(identity) => builder.add_root_certificate(identity.for_clients()),
            None => builder,
        }
    }

    /// A browser that has never been here.
    pub fn browser(&self) -> Person {
        Person::with(self.connections())
    }
}

/// What an issuer is made of, where a test wants something else than usual.
pub struct Setup {
    /// The path of the issuer's URL.
    pub path: &'static str,
    /// Speaks https, as [`ISSUER_HOST`] and with a certificate of its own.
    pub https: bool,
    /// The host in the URL of an issuer that does not speak https.
    pub host: &'static str,
    /// The issuer's URL where it is not the one that the test connects to: behind a proxy, as a rule.
    pub issuer: Option<String>,
    /// The store, where it is to be a certain one.
    pub db: Option<Db>,
    /// The clock.
    pub clock: Clock,
    /// The root key.
    pub root: RootKey,
    /// The configured clients.
    pub clients: Vec<Client>,
    /// Networks of proxies that are believed.
    pub proxies: &'static [&'static str],
    /// How much one address may ask.
    pub limits: LimitSettings,
    /// Which grants are on: all, as a rule.
    pub grants: GrantSettings,
    /// How long sessions last.
    pub sessions: SessionSettings,
    /// Who may register clients.
    pub registration: RegistrationSettings,
    /// Whose documents describe clients.
    pub documents: DocumentSettings,
    /// Where requests to others may go.
    pub outgoing: OutgoingSettings,
    /// Name and looks.
    pub brand: Brands,
    /// Which second factors there are, and who needs one.
    pub factors: FactorSettings,
    /// What new passwords have to be.
    pub password_rules: PasswordRules,
    /// Providers that people can sign in with.
    pub providers: Vec<ProviderSettings>,
    /// Whether people can sign in with a password.
    pub local_passwords: bool,
    /// A directory with people, in place of the store's.
    pub ldap: Option<LdapSettings>,
    /// What a password hash costs, where it is to cost something.
    pub passwords: Option<Settings>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            path: "",
            https: false,
            host: "127.0.0.1",
            issuer: None,
            db: None,
            clock: Clock::fixed(START),
            root: RootKey::generate(),
            clients: clients(),
            proxies: &[],
            limits: LimitSettings::default(),
            grants: GrantSettings {
                device_code: true,
                client_credentials: true,
                token_exchange: true,
                password: true,
            },
            sessions: SessionSettings::default(),
            registration: RegistrationSettings::default(),
            documents: DocumentSettings::default(),
            outgoing: OutgoingSettings::default(),
            brand: Brand::default().into(),
            factors: FactorSettings::default(),
            password_rules: PasswordRules::default(),
            providers: Vec::new(),
            local_passwords: true,
            ldap: None,
            passwords: None,
        }
    }
}

/// Starts an issuer on a fresh store.
pub async fn start() -> Server {
    Setup::default().start().await
}

/// An empty store: SQLite in memory, or PostgreSQL where `DOORSTEP_TEST_ENGINE=postgres` says so.
pub async fn store() -> Db {
    let engine = std::env::var("DOORSTEP_TEST_ENGINE").unwrap_or_default();
    match engine.as_str() {
        "" | "sqlite" => Engine::Sqlite.store().await,
        "postgres" => Engine::Postgres.store().await,
        other => panic!("DOORSTEP_TEST_ENGINE is sqlite or postgres, not {other}"),
    }
}

/// What a store is kept in.
#[derive(Clone, Copy, Debug)]
pub enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    /// An empty store.
    pub async fn store(self) -> Db {
        let url = match self {
            Self::Sqlite => "sqlite::memory:".to_owned(),
            Self::Postgres => postgres::fresh_database(),
        };
        Db::connect(&url, 4).await.expect("a store")
    }
}

impl Setup {
    /// Starts the issuer, mounted into an app that has routes of its own.
    pub async fn start(self) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let identity = self.https.then(Identity::generate);
        let url = match self.https {
            true => format!("https://{ISSUER_HOST}:{port}{}", self.path),
            false => format!("http://{}:{port}{}", self.host, self.path),
        };
        let db = match self.db {
            Some(db) => db,
            None => store().await,
        };
        let cheap =
            Settings { memory_kib: 64, iterations: 1, parallelism: 1, concurrency: 1, queue: 8 };
        let passwords = Passwords::start(&self.passwords.unwrap_or(cheap));
        for name in ["alice", "bob"] {
            let hash = passwords.hash(&Secret::new(PASSWORD)).await.expect("a hash");
            db.insert_account(&person(name), Some(hash)).await.expect("an account");
        }
        let accounts: Arc<dyn Accounts> = match &self.ldap {
            Some(settings) => {
                Arc::new(LdapAccounts::new(db.clone(), settings).expect("its settings"))
            }
            None => Arc::new(
                StoredAccounts::new(db.clone(), passwords, UsernameRule::Strict)
                    .password_rules(self.password_rules),
            ),
        };
        let iss = self.issuer.unwrap_or_else(|| url.clone());
        let networks = self.proxies.iter().map(|network| network.parse().expect("a network"));
        let issuer = Issuer::builder(&iss)
            .db(db.clone())
            .root_key(self.root)
            .accounts(accounts)
            .factors(self.factors)
            .passwords(self.local_passwords)
            .providers(self.providers)
            .clients(self.clients)
            .clock(self.clock.clone())
            .trusted_proxies(TrustedProxies(networks.collect()))
            .limits(self.limits)
            .grants(self.grants)
            .sessions(self.sessions)
            .registration(self.registration)
            .client_id_metadata_documents(self.documents)
            .outgoing(self.outgoing)
            .brand(self.brand)
            .build()
            .await
            .expect("an issuer");
        let routes = issuer.routes();
        let app = move || App::new().configure(routes.clone()).default_service(web::to(host));
        let server = HttpServer::new(app).workers(1).disable_signals().shutdown_timeout(0);
        let server = match &identity {
            Some(identity) => server.listen_rustls_0_23(listener, identity.for_servers()),
            None => server.listen(listener),
        };
        let server = server.expect("the port is ours").run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Server { url, iss, db, clock: self.clock, issuer, port, identity, handle }
    }
}

/// What the app answers to everything that is not the issuer's.
async fn host(request: HttpRequest) -> String {
    format!("the host's own {}", request.path())
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
        Client {
            trusted: true,
            access_token_format: AccessTokenFormat::Opaque,
            claim_mapping: vec![ClaimRule::tell("groups", &[Place::AccessToken])],
            ..web("opaque")
        },
        Client {
            trusted: true,
            resources: [API, FILES].map(str::to_owned).into(),
            ..web("reader")
        },
        Client {
            client_name: "Example TV".into(),
            grant_types: vec![GrantType::DeviceCode, GrantType::RefreshToken],
            redirect_uris: Vec::new(),
            resources: vec![API.into()],
            ..cli("tv")
        },
        Client { grant_types: vec![GrantType::DeviceCode], same_network: true, ..cli("near-tv") },
        Client { grant_types: vec![GrantType::DeviceCode], trusted: true, ..web("printer") },
        Client {
            grant_types: vec![
                GrantType::AuthorizationCode,
                GrantType::RefreshToken,
                GrantType::TokenExchange,
            ],
            token_exchange_audiences: ["cluster-blue", API].map(str::to_owned).into(),
            claim_mapping: vec![ClaimRule::tell("groups", &[Place::AccessToken])],
            access_token_format: AccessTokenFormat::Opaque,
            trusted: true,
            ..web("hub")
        },
        Client {
            grant_types: vec![GrantType::AuthorizationCode, GrantType::TokenExchange],
            token_exchange_audiences: ["cluster-blue", FILES].map(str::to_owned).into(),
            ..cli("blue-cli")
        },
        Client {
            grant_types: vec![GrantType::TokenExchange],
            redirect_uris: Vec::new(),
            token_exchange_audiences: vec![FILES.into()],
            serves: vec![API.into()],
            ..web("backend")
        },
        Client {
            grant_types: vec![GrantType::Password, GrantType::RefreshToken],
            redirect_uris: Vec::new(),
            resources: vec![API.into()],
            ..web("legacy")
        },
        Client { serves: vec![API.into()], grant_types: Vec::new(), ..web("api") },
        Client {
            grant_types: vec![GrantType::ClientCredentials],
            redirect_uris: Vec::new(),
            scope: "openid email backup restore".into(),
            resources: vec![API.into()],
            ..web("robot")
        },
    ]
}
