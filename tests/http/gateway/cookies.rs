//! The cookies, to the letter: who sees them, and for how long.

use super::foreign::Foreign;
use super::scene::{Scene, set_cookies};
use crate::person::Page;

/// The attributes of a `Set-Cookie` header, in order.
fn attributes(cookie: &str) -> Vec<&str> {
    let mut attributes: Vec<_> = cookie.split("; ").skip(1).collect();
    attributes.sort_unstable();
    attributes
}

fn only(page: &Page, end: &str) -> String {
    let mut cookies = set_cookies(page, end);
    assert_eq!(cookies.len(), 1, "{page:?}");
    cookies.remove(0)
}

#[actix_web::test]
async fn the_session_cookie_is_for_the_whole_host_and_no_script() {
    let scene = Scene::start().await;
    let page = scene.come_back(&scene.app.stranger(), "").await;
    let cookie = only(&page, "app-dash");
    assert!(cookie.starts_with("__Host-doorstep-app-dash="), "{cookie}");
    let expected = ["HttpOnly", "Max-Age=2592000", "Path=/", "SameSite=Lax", "Secure"];
    assert_eq!(attributes(&cookie), expected);
    assert_eq!(cookie.split(['=', ';']).nth(1).unwrap().len(), 43, "opaque");
}

#[actix_web::test]
async fn only_refresh_and_kubeconfig_see_the_refresh_cookie() {
    let scene = Scene::set(|app| app.kubeconfig_server = "https://k8s.example:6443".into()).await;
    let browser = scene.app.stranger();
    let page = scene.come_back(&browser, "").await;
    let cookies = set_cookies(&page, "refresh");
    let paths = ["/auth/refresh", "/auth/kubeconfig"];
    assert_eq!(cookies.len(), paths.len(), "{page:?}");
    for (cookie, path) in cookies.iter().zip(paths) {
        assert!(cookie.starts_with("__Secure-doorstep-app-dash-refresh="), "{cookie}");
        let path = format!("Path={path}");
        let expected = ["HttpOnly", "Max-Age=2592000", &path, "SameSite=Strict", "Secure"];
        assert_eq!(attributes(cookie), expected);
    }
}

#[actix_web::test]
async fn t11_t12_the_state_cookie_is_kept_narrow() {
    let scene = Foreign::start().await;
    let page = scene.app.stranger().get(&format!("{}/authorize", scene.app.auth)).await;
    let all = page.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap());
    let cookie = all.into_iter().find(|cookie| cookie.contains("doorstep-gateway-")).unwrap();
    assert!(cookie.starts_with("__Secure-doorstep-gateway-"), "{cookie}");
    let expected = ["HttpOnly", "Max-Age=600", "Path=/auth", "SameSite=Lax", "Secure"];
    assert_eq!(attributes(cookie), expected);
    assert!(!cookie.contains(&page.query()["state"]), "sealed");
}

#[actix_web::test]
async fn nothing_that_is_stored_opens_a_session() {
    let scene = Scene::start().await;
    let browser = scene.alice().await;
    let session = browser.cookie("__Host-doorstep-app-dash").unwrap();
    let renewal = browser.cookie("__Secure-doorstep-app-dash-refresh").unwrap();
    let id = doorstep::secret::digest(&session);
    let row = scene.app.db.find_gateway_session("dash", &id, scene.app.clock.now()).await.unwrap();
    let row = row.expect("a row");
    let text = format!("{row:?}");
    assert!(!text.contains(&session) && !text.contains(&renewal), "{text}");
    // Long enough that sealed bytes do not spell them by chance.
    let sealed = doorstep::secret::from_base64url(&row.sealed).expect("base64url");
    for readable in [&b"alice@"[..], b"\"dsr_", b"\"eyJhbGci", b"_token"] {
        assert!(!sealed.windows(readable.len()).any(|bytes| bytes == readable), "{text}");
        let readable = String::from_utf8_lossy(readable);
        assert!(!text.contains(&*readable), "{readable} in {text}");
    }
}
