//! The plan for logins that somebody else initiates (OpenID Connect Core §4): its clients register
//! themselves, and end their registrations when they are done.

use doorstep::issuer::RegistrationMode;
use reqwest::Method;
use serde_json::json;

use crate::kit::checks::{self, header};
use crate::kit::provider::Provider;
use crate::kit::registration::{manage, register};
use crate::kit::request::WEB_URI;
use crate::place::Place;

everywhere!(oidcc_3rd_party_init_login, oidcc_3rd_party_init_login_nohttps);

async fn start(at: Place) -> Provider {
    at.start_with(|setup| setup.registration.mode = RegistrationMode::Open).await
}

async fn oidcc_3rd_party_init_login(at: Place) {
    let provider = start(at).await;
    let address = json!("https://app.example/initiate");
    let said = json!({"redirect_uris": [WEB_URI], "initiate_login_uri": address});
    let page = register(&provider, None, &said).await;
    assert_eq!((page.status, &page.json()["initiate_login_uri"]), (201, &address));
    let registered = page.json();
    let page = manage(&provider, Method::GET, &registered, None).await;
    assert_eq!((page.status, header(&page, "content-type")), (200, "application/json"));
    assert_eq!(page.json()["initiate_login_uri"], address);
    assert_eq!(manage(&provider, Method::DELETE, &registered, None).await.status, 204);
}

async fn oidcc_3rd_party_init_login_nohttps(at: Place) {
    let provider = start(at).await;
    let said = json!({
        "redirect_uris": [WEB_URI], "initiate_login_uri": "http://app.example/initiate",
    });
    let page = register(&provider, None, &said).await;
    checks::refused(&page, 400, "invalid_client_metadata");
}
