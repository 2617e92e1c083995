//! Every page in every state, as people with small and large screens see it, light and dark. Nothing may
//! stick out of a window of 320 CSS pixels (WCAG 2.2, 1.4.10), and nothing may break the page's own
//! policy.
//!
//! With `DOORSTEP_PICTURES=FOLDER` the pictures stay there, to be looked at.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::PathBuf;
use std::time::Duration;

use actix_web::{App, HttpResponse, HttpServer, web};
use doorstep::pages::{Brand, Looks, gallery};
use serde_json::json;

use crate::support::browser::{Browser, Engine, Setup};
use crate::support::process::eventually;

/// A page's HTML and its policy, by a name for the address and the picture.
pub type Pages = BTreeMap<String, (String, String)>;

/// Every page in every state that stays for a look.
pub fn pages() -> Pages {
    let frame = Looks::new(Brand::default(), "").frame(None, []);
    // A page that starts by itself is gone before anybody can look.
    let stays =
        |html: &str| !html.contains("sessionStorage") && !html.contains(".submit()</script>");
    gallery(&frame)
        .into_iter()
        .filter(|sample| stays(&sample.html))
        .map(|sample| (format!("{}-{}", sample.page, sample.state), (sample.html, sample.csp)))
        .collect()
}

async fn show(pages: web::Data<Pages>, name: web::Path<String>) -> HttpResponse {
    let Some((html, policy)) = pages.get(&*name) else { return HttpResponse::NotFound().finish() };
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header(("content-security-policy", policy.as_str()))
        .body(html.clone())
}

/// Serves them by their names; gives the port.
pub fn serve(pages: &Pages) -> u16 {
    let socket = TcpListener::bind("127.0.0.1:0").expect("a loopback port");
    let port = socket.local_addr().expect("it has an address").port();
    let pages = web::Data::new(pages.clone());
    let app = move || App::new().app_data(pages.clone()).route("/{name}", web::get().to(show));
    let server = HttpServer::new(app).workers(1).disable_signals().listen(socket);
    actix_web::rt::spawn(server.expect("the server listens").run());
    port
}

/// Loads a page in a window of this width and says how wide it has become.
async fn width_of(browser: &Browser, url: &str, width: u32, scheme: &str) -> u64 {
    let metrics = json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false});
    browser.devtools("Emulation.setDeviceMetricsOverride", metrics).await.expect("a width");
    let media = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
    browser.devtools("Emulation.setEmulatedMedia", media).await.expect("a colour scheme");
    browser.goto(url).await.expect("the page loads");
    let ready = format!("return location.href == '{url}' && document.readyState == 'complete'");
    let loaded = async || browser.script(&ready).await.is_ok_and(|yes| yes == true).then_some(());
    eventually(Duration::from_secs(10), loaded).await.expect("the page is there");
    let width = browser.script("return document.documentElement.scrollWidth").await;
    width.expect("a script runs").as_u64().expect("a number")
}

#[actix_web::test]
async fn no_page_sticks_out_of_a_narrow_window() {
    let pages = pages();
    let port = serve(&pages);
    let browser = Browser::start(&Setup::new(Engine::Chromium)).await;
    let folder = std::env::var_os("DOORSTEP_PICTURES").map(PathBuf::from);
    let mut troubles = Vec::new();
    for name in pages.keys() {
        for (width, scheme) in [(320, "light"), (320, "dark"), (1280, "light"), (1280, "dark")] {
            let url = format!("http://127.0.0.1:{port}/{name}");
            let wide = width_of(&browser, &url, width, scheme).await;
            if wide > u64::from(width) {
                troubles.push(format!("{name} is {wide} pixels wide in a window of {width}"));
            }
            if let Some(folder) = &folder {
                let file = folder.join(format!("{name}-{width}-{scheme}.png"));
                browser.screenshot(&file).await.expect("a picture");
            }
        }
    }
    assert!(troubles.is_empty(), "{}", troubles.join("\n"));
}
