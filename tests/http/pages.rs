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
async fn a_window_keeps_its_opener_on_the_whole_way_of_a_sign_in() {
    let server = server::start().await;
    let opener_kept = |page: &crate::person::Page| {
        let policy = page.headers.get("cross-origin-opener-policy");
        assert!(policy.is_none_or(|policy| policy == "unsafe-none"), "{page:?}");
    };
    for client_id in ["cli", "web"] {
        let person = Person::new();
        let mut page = person.get(&authorize_url(&server, client_id, &[])).await;
        opener_kept(&page);
        while let Some(location) = page.target() {
            page = person.get(&location).await;
            opener_kept(&page);
        }
        let fields = [("username", "alice"), ("password", PASSWORD)];
        page = person.submit(&page.form_to("/login"), None, &fields).await;
        opener_kept(&page);
        opener_kept(&person.get(&page.target().expect("the way back")).await);
    }
    let result = format!("{}/handoff/result?outcome=signed_in", server.url);
    opener_kept(&Person::new().get(&result).await);
    let own = Person::new().get(&format!("{}/account", server.url)).await;
    assert_eq!(own.headers["cross-origin-opener-policy"], "same-origin");
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
