//! An app that leaves its sign-in to the gateway: a page of its own, which keeps its tokens in memory.
//!
//! `docs/dashboards.md` says how to start the issuer that it expects at <http://localhost:8080>. Then run
//! `cargo run --example gateway` and open <http://localhost:8082/>.

#![expect(clippy::print_stdout, reason = "an example talks to whoever runs it")]

use std::error::Error;
use std::net::Ipv4Addr;

use actix_web::{App, HttpResponse, HttpServer, web};
use doorstep::gateway::{AppSettings, Gateway};
use doorstep::secret::{RootKey, Secret};
use doorstep::store::Db;

const PAGE: &str = r#"<!doctype html><title>Example Dashboard</title>
<h1 id="who">…</h1><a href="/auth/authorize">Sign in</a> <button id="leave">Sign out</button>
<script>
let tokens // in memory only: a reload asks for new ones
const post = path => fetch('/auth/' + path, {
  method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}',
})
const refresh = async () => {
  const answer = await post('refresh')
  tokens = answer.ok ? await answer.json() : null
  who.textContent = tokens ? 'Hello, ' + tokens.profile.preferred_username : 'Nobody is signed in'
  if (tokens) setTimeout(refresh, Math.max(tokens.expires_in - 60, 30) * 1000)
}
leave.onclick = async () => { location = (await (await post('logout')).json()).location }
refresh()
</script>"#;

#[actix_web::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let dashboard = AppSettings {
        id: "example".into(),
        name: "Example Dashboard".into(),
        url: "http://localhost:8082/auth".into(),
        issuer: "http://localhost:8080".into(),
        client_id: "example".into(),
        client_secret: Some(Secret::new("an invented secret of the example")),
        desktop: true,
        ..AppSettings::default()
    };
    let gateway = Gateway::builder()
        .db(Db::connect("sqlite::memory:", 4).await?)
        .root_key(RootKey::generate()) // a real host keeps its key, see `doorstep::config::key_file`
        .app(dashboard)
        .build()?;
    let routes = gateway.routes();
    let page = || async { HttpResponse::Ok().content_type("text/html; charset=utf-8").body(PAGE) };
    let server = HttpServer::new(move || {
        App::new().configure(routes.clone()).route("/", web::get().to(page))
    });
    println!("The dashboard is at http://localhost:8082/");
    Ok(server.bind((Ipv4Addr::LOCALHOST, 8082))?.run().await?)
}
