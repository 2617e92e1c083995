//! What goes with the pages: their headers.

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
