//! The pages that browsers are shown: every page in every state that stays for a look, served under the
//! page's own policy.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::time::Duration;

use actix_web::{App, HttpResponse, HttpServer, web};
use doorstep::pages::{Brand, Frame, Looks, gallery};

use crate::support::browser::Browser;
use crate::support::process::eventually;

/// A page's HTML and its policy, by a name for the address and the picture.
pub type Pages = BTreeMap<String, (String, String)>;

/// Every page in every state that stays for a look, in Doorstep's own looks.
pub fn pages(language: &str) -> Pages {
    pages_in(&Looks::new(Brand::default(), "").frame(None, [language]))
}

/// The same in other looks.
pub fn pages_in(frame: &Frame) -> Pages {
    // A page that starts by itself is gone before anybody can look.
    let stays =
        |html: &str| !html.contains("sessionStorage") && !html.contains(".submit()</script>");
    gallery(frame)
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

/// Loads a page and waits until it is there.
pub async fn load(browser: &Browser, url: &str) {
    browser.goto(url).await.expect("the page loads");
    let ready = format!("return location.href == '{url}' && document.readyState == 'complete'");
    let loaded = async || browser.script(&ready).await.is_ok_and(|yes| yes == true).then_some(());
    eventually(Duration::from_secs(10), loaded).await.expect("the page is there");
}
