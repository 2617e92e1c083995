//! What goes with the pages: their headers and their pictures.

use std::path::PathBuf;

use actix_web::{App, test};
use doorstep::handoff::HandOff;
use doorstep::pages::Brand;
use doorstep::pages::brand::Logo;
use doorstep::secret::RootKey;
use doorstep::store::Db;

use crate::kit::*;
use crate::person::Person;
use crate::server::{self, PASSWORD};

#[actix_web::test]
async fn a_window_keeps_its_opener_where_the_opener_must_close_it() {
    let server = server::start().await;
    let policy = |page: &crate::person::Page| page.headers["cross-origin-opener-policy"].clone();
    let person = Person::new();
    let url = authorize_url(&server, "cli", &[("response_mode", "form_post")]);
    assert_eq!(policy(&person.visit(&url).await), "same-origin", "the sign-in page");
    let handoff = person.sign_in(&url, "alice", PASSWORD).await;
    assert_eq!(
        (handoff.state().as_str(), policy(&handoff).as_bytes()),
        ("confirm", &b"unsafe-none"[..])
    );
    let result = person.get(&format!("{}/handoff/result?outcome=signed_in", server.url)).await;
    assert_eq!(policy(&result), "unsafe-none");
}

#[actix_web::test]
async fn the_logo_is_served_as_a_picture_that_cannot_run() {
    let logo = Logo::try_from(PathBuf::from("static/favicon.svg")).expect("a picture");
    for (logo, status) in [(Some(logo), 200), (None, 404)] {
        let db = Db::connect("sqlite::memory:", 1).await.expect("a store");
        let brand = Brand { logo, ..Brand::default() };
        let handoff =
            HandOff::new("http://localhost/oidc", db, RootKey::generate(), brand).expect("a URL");
        let app = test::init_service(App::new().configure(handoff.routes())).await;
        let request = test::TestRequest::get().uri("/oidc/logo").to_request();
        let response = test::call_service(&app, request).await;
        assert_eq!(response.status(), status);
        if status == 200 {
            let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
            assert_eq!(header("content-type"), Some("image/svg+xml"));
            assert!(
                header("content-security-policy").is_some_and(|policy| policy.ends_with("sandbox"))
            );
            let body = test::read_body(response).await;
            assert_eq!(body, include_str!("../../static/favicon.svg"));
        }
    }
}
