//! The issuer inside another app: at the root or at a path, it takes what is its own and leaves the rest.

use crate::kit::*;
use crate::person::Person;
use crate::server::{PASSWORD, Server, Setup};

async fn get(server: &Server, path: &str) -> (u16, String) {
    let origin = url::Url::parse(&server.url).unwrap().origin().ascii_serialization();
    let page = Person::new().get(&format!("{origin}{path}")).await;
    (page.status, page.body)
}

#[actix_web::test]
async fn the_hosts_routes_stay_the_hosts() {
    for (path, own) in [
        (
            "",
            &[
                "/",
                "/other",
                "/.well-known/other",
                "/.well-known/",
                "/loginx",
                "/tokens",
                "/static/x",
                "/handoffs",
            ][..],
        ),
        (
            "/oidc",
            &[
                "/",
                "/login",
                "/token",
                "/oidcx",
                "/oidcx/login",
                "/.well-known/openid-configuration",
                "/.well-known/security.txt",
                "/oidc/other",
                "/oidc/",
                "/oidc",
                "/.well-known/oauth-authorization-server",
            ],
        ),
    ] {
        let server = Setup { path, ..Setup::default() }.start().await;
        for of_host in own {
            assert_eq!(get(&server, of_host).await, (200, format!("the host's own {of_host}")));
        }
    }
}

#[actix_web::test]
async fn what_is_the_hosts_has_no_headers_of_ours() {
    let server = Setup::default().start().await;
    let page = Person::new().get(&format!("{}/other", server.url)).await;
    for name in ["content-security-policy", "x-request-id", "x-frame-options", "cache-control"] {
        assert!(!page.headers.contains_key(name), "{name}");
    }
}

#[actix_web::test]
async fn what_is_ours_is_ours_to_the_end() {
    for path in ["", "/oidc"] {
        let server = Setup { path, ..Setup::default() }.start().await;
        for ours in [
            "/login/x",
            "/token/x",
            "/handoff/x/y",
            "/.well-known/openid-configuration/x",
            "/account/x",
        ] {
            let (status, body) = get(&server, &format!("{path}{ours}")).await;
            assert_eq!(status, 404, "{ours}");
            assert!(body.contains("There is nothing here"), "{ours} {body}");
        }
    }
}

#[actix_web::test]
async fn a_whole_login_at_a_path() {
    for path in ["/oidc", "/a/b/c"] {
        let server = Setup { path, ..Setup::default() }.start().await;
        let person = Person::new();
        let tokens = tokens(&server, &person, "web", "openid email offline_access").await;
        assert_eq!(id_token(&tokens)["iss"], server.iss);
        assert!(server.iss.ends_with(path));
        assert_eq!(userinfo(&server, &tokens).await.json()["email"], "alice@example.org");
        assert_eq!(refresh(&server, "web", &tokens["refresh_token"]).await.status, 200);
        let page = ready(&server, &person, "cli", &[]).await;
        assert!(page.url.starts_with(&format!("{}/handoff/", server.url)), "{}", page.url);
        assert_eq!(redeem_public(&server, "cli", &code_on(&page)).await.status, 200);
        assert_eq!(person.get(&page.url).await.state(), "redeemed");
        let consent = arrive(&person, &authorize_url(&server, "stranger", &[])).await;
        let answered =
            person.submit(&consent.form_to("/consent"), Some(("answer", "allow")), &[]).await;
        assert!(response(&person.follow(answered).await).contains_key("code"));
        let hint = tokens["id_token"].as_str().unwrap();
        let query =
            format!("id_token_hint={hint}&post_logout_redirect_uri=https://app.example/bye");
        let page = person.get(&format!("{}/logout?{query}", server.url)).await;
        assert_eq!(page.location.as_deref(), Some("https://app.example/bye"));
    }
}

#[actix_web::test]
async fn every_link_on_every_page_stays_below_the_path() {
    let server = Setup { path: "/oidc", ..Setup::default() }.start().await;
    let person = Person::new();
    let mut pages = vec![
        person.visit(&authorize_url(&server, "web", &[])).await,
        person.get(&format!("{}/handoff/x", server.url)).await,
    ];
    person.sign_in(&format!("{}/login", server.url), "alice", PASSWORD).await;
    pages.extend([
        person.get(&format!("{}/account", server.url)).await,
        person.get(&format!("{}/logout", server.url)).await,
        confirmation(&server, &person, "cli", &[]).await,
        ready(&server, &person, "cli", &[]).await,
    ]);
    for page in pages {
        for attribute in ["href=\"", "src=\"", "action=\"", "data-at=\""] {
            for address in
                page.body.split(attribute).skip(1).map(|rest| rest.split('"').next().unwrap())
            {
                assert!(
                    address.starts_with("/oidc/") || address == CLI_URI,
                    "{address} on {}",
                    page.url
                );
            }
        }
    }
}

#[actix_web::test]
async fn two_issuers_in_one_browser_do_not_know_each_other() {
    // Cookies ignore ports, so both see each other's: they must not take them for their own.
    let (one, two) = (Setup::default().start().await, Setup::default().start().await);
    let person = Person::new();
    person.sign_in(&format!("{}/login", one.url), "alice", PASSWORD).await;
    let page = person.get(&format!("{}/account", two.url)).await;
    assert!(page.body.contains("Nobody is signed in"), "{page:?}");
}
