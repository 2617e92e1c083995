//! The main job: a login, from the authorization request to userinfo, in every way of delivery.

use crate::kit::*;
use crate::person::Person;
use crate::server::{self, PASSWORD};

#[actix_web::test]
async fn a_web_client_gets_its_code_by_query() {
    let server = server::start().await;
    let person = Person::new();
    let response =
        web_response(&server, &person, "web", &[("scope", "openid profile email offline_access")])
            .await;
    assert_eq!(
        (response["state"].as_str(), response["iss"].as_str()),
        ("st-1", server.url.as_str())
    );
    let page = redeem(&server, "web", &response["code"]).await;
    assert_eq!(page.status, 200, "{page:?}");
    let tokens = page.json();
    let id_token = claims(tokens["id_token"].as_str().unwrap());
    assert_eq!(id_token["nonce"], "no-1");
    assert_eq!(id_token["aud"], "web");
    let userinfo = get_with(&server, "/userinfo", tokens["access_token"].as_str().unwrap()).await;
    assert_eq!(userinfo.status, 200, "{userinfo:?}");
    assert_eq!(userinfo.json()["email"], "alice@example.org");
    assert_eq!(userinfo.json()["sub"], id_token["sub"]);
}

#[actix_web::test]
async fn a_web_client_gets_its_code_by_form_post() {
    let server = server::start().await;
    let url = authorize_url(
        &server,
        "web",
        &[("response_mode", "form_post"), ("state", "a+b \"<&'~%20")],
    );
    let page = Person::new().sign_in(&url, "alice", PASSWORD).await;
    let form = page.form();
    assert_eq!((form.action.as_str(), form.method.as_str()), (WEB_URI, "post"));
    let names: Vec<_> = form.fields.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["code", "state", "iss"]);
    assert_eq!(form.fields[1].1, "a+b \"<&'~%20");
    assert_eq!(redeem(&server, "web", &form.fields[0].1).await.status, 200);
}

#[actix_web::test]
async fn a_cli_is_confirmed_and_its_code_waits_on_the_page() {
    let server = server::start().await;
    let person = Person::new();
    let url = authorize_url(
        &server,
        "cli",
        &[("response_mode", "form_post"), ("scope", "openid offline_access")],
    );
    let page = person.sign_in(&url, "alice", PASSWORD).await;
    assert_eq!((page.status, page.state().as_str()), (200, "confirm"));
    assert!(page.body.contains("Example CLI") && page.body.contains("eagle cinema 79"));
    let page = person.submit(&page.form_to("/handoff"), Some(("finish", "loopback")), &[]).await;
    let page = person.follow(page).await;
    assert_eq!(page.state(), "ready");
    let form = page.form_to(CLI_URI);
    let code = form.fields.iter().find(|(name, _)| name == "code").unwrap().1.clone();
    assert!(page.body.replace("<wbr>", "").contains(&code[..4]));

    let again = person.get(&page.url).await;
    assert_eq!(again.form_to(CLI_URI).fields, form.fields, "the page shows the same code again");
    assert_eq!(Person::new().get(&page.url).await.status, 404, "another browser sees nothing");

    let grouped: String = code.to_lowercase().chars().flat_map(|c| [c, ' ']).collect();
    let redeemed = redeem_public(&server, "cli", &grouped).await;
    assert_eq!(redeemed.status, 200, "typed as it was read: {redeemed:?}");
    assert_eq!(person.get(&page.url).await.state(), "redeemed");
}

#[actix_web::test]
async fn a_cli_without_form_post_gets_a_redirect() {
    let server = server::start().await;
    let person = Person::new();
    let page = person.sign_in(&authorize_url(&server, "cli", &[]), "alice", PASSWORD).await;
    let page = person.submit(&page.form_to("/handoff"), Some(("finish", "loopback")), &[]).await;
    assert!(page.location.as_ref().unwrap().starts_with(CLI_URI), "{page:?}");
    assert_eq!(redeem_public(&server, "cli", &page.query()["code"]).await.status, 200);
}

#[actix_web::test]
async fn somebody_else_signs_in_and_comes_back_to_the_same_request() {
    let server = server::start().await;
    let person = Person::new();
    let url = authorize_url(&server, "cli", &[("response_mode", "form_post")]);
    let page = person.sign_in(&url, "alice", PASSWORD).await;
    assert!(page.body.contains("alice"));
    let page = person.submit(&page.form_to("/handoff"), Some(("finish", "switch")), &[]).await;
    let page = person.sign_in(&page.target().unwrap(), "bob", PASSWORD).await;
    assert_eq!(page.state(), "confirm");
    assert!(page.body.contains("bob") && !page.body.contains("alice"));
}
