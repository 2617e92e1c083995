//! Whole requests at a whole issuer: whatever comes in, the answer is no failure of ours, says that nobody may
//! keep it or frame it, and sends no browser anywhere but to us or to where the client is registered.
//!
//! The first byte of the input chooses path and method. What follows is the query, the body, the value of
//! `Authorization`, that of `DPoP` and that of `Cookie`, each ended by a line end.
#![no_main]

use std::sync::Arc;

use actix_web::body::BoxBody;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::{Method, header};
use actix_web::rt::System;
use actix_web::test::{self, TestRequest};
use actix_web::{App, Error};
use doorstep::accounts::StoredAccounts;
use doorstep::accounts::password::{Passwords, Settings};
use doorstep::accounts::rules::UsernameRule;
use doorstep::issuer::{
    GrantSettings, Issuer, LimitSettings, RegistrationMode, RegistrationSettings,
};
use doorstep::protocol::client::Client;
use doorstep::secret::RootKey;
use doorstep::store::Db;
use libfuzzer_sys::fuzz_target;

const ISSUER: &str = "https://id.example";
const CALLBACKS: [&str; 2] = ["https://app.example/cb", "http://127.0.0.1/callback"];
const PATHS: [&str; 18] = [
    "/authorize",
    "/token",
    "/par",
    "/userinfo",
    "/introspect",
    "/revoke",
    "/logout",
    "/login",
    "/consent",
    "/handoff",
    "/handoff/result",
    "/handoff/x/status",
    "/account",
    "/s/x",
    "/jwks",
    "/.well-known/openid-configuration",
    "/device",
    "/register",
];

type Answer = ServiceResponse<BoxBody>;
type Ask = Box<dyn Fn(TestRequest) -> Option<Answer>>;

thread_local! {
    // Never dropped: the fuzzer ends while it is in use.
    static ISSUER_AT_WORK: &'static Ask = Box::leak(Box::new(start()));
}

fn start() -> Ask {
    let system = System::new();
    let app = system.block_on(async {
        let db = Db::connect("sqlite::memory:", 1).await.expect("a store");
        let passwords = Passwords::start(&Settings::default());
        let accounts = StoredAccounts::new(db.clone(), passwords, UsernameRule::Strict);
        let web = Client {
            client_id: "web".into(),
            redirect_uris: vec![CALLBACKS[0].into()],
            ..Client::native("web", &[])
        };
        // Nobody is to be turned away for asking too often.
        let most = u32::MAX;
        let limits = LimitSettings {
            token_failures: most,
            pushed_requests: most,
            user_codes: most,
            upstream: most,
            registrations: most,
            ..LimitSettings::default()
        };
        let issuer = Issuer::builder(ISSUER)
            .db(db)
            .root_key(RootKey::generate())
            .accounts(Arc::new(accounts))
            .clients(vec![web, Client::native("cli", &[CALLBACKS[1]])])
            .limits(limits)
            .grants(GrantSettings {
                device_code: true,
                client_credentials: true,
                token_exchange: true,
                password: true,
            })
            .registration(RegistrationSettings {
                mode: RegistrationMode::Open,
                ..Default::default()
            })
            .build()
            .await
            .expect("an issuer");
        let routes = issuer.routes();
        test::init_service(App::new().configure(routes)).await
    });
    Box::new(move |request| {
        let answer: Result<Answer, Error> =
            system.block_on(async { app.call(request.to_request()).await });
        answer.ok().map(|answer| answer.map_into_boxed_body())
    })
}

fn check(answer: &Answer) {
    let status = answer.status().as_u16();
    assert!(status < 500, "{status}");
    let header = |name| answer.headers().get(name).map(|value| value.to_str().expect("ASCII"));
    assert_eq!(header(header::X_CONTENT_TYPE_OPTIONS), Some("nosniff"), "{status}");
    if let Some(location) = header(header::LOCATION) {
        let ours = location.starts_with('/') && !location.starts_with("//");
        let known = [ISSUER, CALLBACKS[0], "http://127.0.0.1"];
        assert!(ours || known.iter().any(|uri| location.starts_with(uri)), "{location}");
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, rest)) = bytes.split_first() else { return };
    let path = PATHS[usize::from(choice >> 1) % PATHS.len()];
    let mut parts = rest.splitn(5, |byte| *byte == b'\n');
    let mut next = || parts.next().unwrap_or_default();
    let query: String =
        next().iter().filter(|b| b.is_ascii_graphic()).map(|b| *b as char).collect();
    let uri = format!("{path}?{query}");
    if uri.parse::<actix_web::http::Uri>().is_err() {
        return;
    }
    let method = if choice & 1 == 0 { Method::GET } else { Method::POST };
    let mut request = TestRequest::default().method(method).uri(&uri);
    let form = "application/x-www-form-urlencoded";
    let content_type = if path == "/register" { "application/json" } else { form };
    request = request.insert_header((header::CONTENT_TYPE, content_type));
    request = request.insert_header((header::HOST, "id.example")).set_payload(next().to_vec());
    for name in ["authorization", "dpop", "cookie"] {
        let Ok(value) = header::HeaderValue::from_bytes(next()) else { return };
        if !value.is_empty() {
            request = request.insert_header((name, value));
        }
    }
    ISSUER_AT_WORK.with(|ask| ask(request).iter().for_each(check));
});
