//! The one method that the hand-off page rests on, tried by itself: a click opens a named window, a
//! form posts into it, the page stays where it is and closes the window.
//!
//! When a new browser version breaks this, the page has to change; nothing else here would tell why.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpResponse, HttpServer, web};
use serde_json::json;

use crate::support::browser::{Browser, Engine, Setup};
use crate::support::listener::{Listener, Mood};
use crate::support::process::eventually;
use crate::support::tls::{ISSUER_HOST, Identity};

/// What `navigator.permissions` says of the permission to reach this machine; `none` where there is none.
const PERMISSION: &str = "return navigator.permissions
    ? navigator.permissions.query({name: 'loopback-network'}).then(status => status.state, () => 'none')
    : 'none'";

/// A page that works as the hand-off page does, and nothing besides.
struct Prototype {
    url: String,
    port: u16,
    redeemed: Arc<AtomicBool>,
    server: ServerHandle,
}

impl Prototype {
    fn serve(https: bool) -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").expect("a loopback port");
        let port = socket.local_addr().expect("it has an address").port();
        let redeemed = Arc::new(AtomicBool::new(false));
        let shared = web::Data::from(redeemed.clone());
        let server = HttpServer::new(move || {
            App::new()
                .app_data(shared.clone())
                .route("/", web::get().to(page))
                .route("/mint", web::post().to(HttpResponse::NoContent))
                .route("/status", web::get().to(status))
                .route("/result", web::get().to(async || "signed in"))
        });
        let server = server.workers(1).disable_signals().shutdown_timeout(0);
        let server = match https {
            true => server.listen_rustls_0_23(socket, Identity::generate().for_servers()),
            false => server.listen(socket),
        };
        let server = server.expect("the server listens").run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        let scheme = if https { "https" } else { "http" };
        Self { url: format!("{scheme}://{ISSUER_HOST}:{port}/"), port, redeemed, server: handle }
    }
}

async fn page() -> HttpResponse {
    HttpResponse::Ok().content_type("text/html; charset=utf-8").body(include_str!("prototype.html"))
}

async fn status(redeemed: web::Data<AtomicBool>) -> HttpResponse {
    HttpResponse::Ok().json(json!({ "redeemed": redeemed.load(Ordering::SeqCst) }))
}

/// What happened: the page's last words, whether the form arrived, and the permission afterwards.
#[derive(Debug, PartialEq)]
struct Outcome {
    words: String,
    delivered: bool,
    permission: String,
    door_closed: bool,
}

/// A fresh browser on the prototype's page, which it takes for a public host's if it can be told so.
/// `permission` is what Chromium was told beforehand about reaching this machine.
async fn open(
    engine: Engine,
    prototype: &Prototype,
    listener: &Listener,
    permission: Option<&str>,
) -> Browser {
    let setup = Setup { public_port: Some(prototype.port), ..Setup::new(engine) };
    let browser = Browser::start(&setup).await;
    let url = format!("{}?port={}", prototype.url, listener.port);
    browser.goto(&url).await.expect("the page loads");
    let page = eventually(Duration::from_secs(10), async || browser.text("button").await.ok());
    page.await.expect("the page is there");
    if let Some(state) = permission {
        browser.set_permission("loopback-network", state).await.expect("the permission is set");
    }
    browser
}

/// One click on the page, met by a listener in this mood.
async fn click(engine: Engine, https: bool, mood: Mood, permission: Option<&str>) -> Outcome {
    let prototype = Prototype::serve(https);
    let mut listener = Listener::open(mood, &format!("{}result", prototype.url)).await;
    let browser = open(engine, &prototype, &listener, permission).await;
    browser.click("button").await.expect("the button can be clicked");
    let delivered = mood == Mood::Alive && listener.next(Duration::from_secs(5)).await.is_some();
    prototype.redeemed.store(delivered && mood == Mood::Alive, Ordering::SeqCst);
    let words = eventually(Duration::from_secs(20), async || {
        browser.text("#seen").await.ok().filter(|words| words != "confirm")
    });
    let words = words.await.unwrap_or_default();
    let permission = browser.script(PERMISSION).await.expect("a script runs");
    let permission = permission.as_str().unwrap_or_default().to_owned();
    let one = eventually(Duration::from_secs(8), async || {
        browser.windows().await.ok().filter(|open| open.len() == 1)
    });
    let door_closed = one.await.is_some();
    prototype.server.stop(false).await;
    Outcome { words, delivered, permission, door_closed }
}

/// Whatever the browser thinks of loopback, a click delivers, and a closed door leaves the page in place.
async fn delivers_without_asking(
    engine: Engine,
    https: bool,
    told: Option<&str>,
    permission: &str,
) {
    let outcome = |words: &str, delivered| Outcome {
        words: words.into(),
        delivered,
        permission: permission.into(),
        door_closed: true,
    };
    assert_eq!(click(engine, https, Mood::Alive, told).await, outcome("redeemed", true));
    assert_eq!(click(engine, https, Mood::Refused, told).await, outcome("ready", false));
}

#[actix_web::test]
async fn firefox() {
    delivers_without_asking(Engine::Firefox, true, None, "prompt").await;
    delivers_without_asking(Engine::Firefox, false, None, "prompt").await;
}

#[actix_web::test]
async fn webkit() {
    delivers_without_asking(Engine::WebKit, true, None, "none").await;
    delivers_without_asking(Engine::WebKit, false, None, "none").await;
}

#[actix_web::test]
async fn chromium() {
    delivers_without_asking(Engine::Chromium, true, None, "prompt").await;
    delivers_without_asking(Engine::Chromium, true, Some("granted"), "granted").await;
    delivers_without_asking(Engine::Chromium, true, Some("denied"), "denied").await;
    delivers_without_asking(Engine::Chromium, false, None, "denied").await;
}

/// The control: the issuer does count as public here, for the page's own request to loopback waits for
/// an answer to the browser's question.
#[actix_web::test]
async fn a_fetch_would_have_asked() {
    for engine in [Engine::Chromium, Engine::Firefox] {
        let prototype = Prototype::serve(true);
        let mut listener = Listener::open(Mood::Alive, &prototype.url).await;
        let browser = open(engine, &prototype, &listener, None).await;
        let address = listener.redirect_uri();
        let sent = format!("fetch('{address}', {{method: 'POST', mode: 'no-cors'}})");
        let script = format!(
            "return Promise.race([{sent}.then(() => 'sent', () => 'rejected'),
                new Promise(resolve => setTimeout(() => resolve('waiting'), 1500))])",
        );
        assert_eq!(browser.script(&script).await.expect("a script runs"), "waiting", "{engine:?}");
        assert!(listener.next(Duration::from_millis(10)).await.is_none());
        prototype.server.stop(false).await;
    }
}
