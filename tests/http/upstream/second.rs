//! A Doorstep that signs people in through a second Doorstep.

use doorstep::protocol::client::{Client, ClientSecret, ResponseMode};
use doorstep::secret::Secret;
use doorstep::upstream::ProviderSettings;
use reqwest::Method;
use serde_json::{Value, json};
use url::Url;

use crate::kit::*;
use crate::person::{Page, Person};
use crate::server::{PASSWORD, START, Server, Setup};

/// The Doorstep where alice has her password, and the one that sends her there.
struct Two {
    home: Server,
    branch: Server,
}

impl Two {
    async fn start(response_mode: ResponseMode) -> Self {
        let home = Setup { path: "/oidc", ..Setup::default() }.start().await;
        let settings = ProviderSettings {
            id: "home".into(),
            issuer: home.url.clone(),
            client_id: "branch".into(),
            client_secret: Some(Secret::new("a secret of the branch")),
            scope: "openid profile email groups offline_access".into(),
            response_mode,
            groups_claim: "groups".into(),
            required_groups: vec!["builders".into()],
            username_prefix: "home-".into(),
            recheck: 3600,
            logout: true,
            ..ProviderSettings::default()
        };
        let setup = Setup { https: true, local_passwords: false, ..Setup::default() };
        let branch = Setup { providers: vec![settings], ..setup }.start().await;
        let client = Client {
            client_id: "branch".into(),
            client_secret: Some(ClientSecret::new("a secret of the branch")),
            redirect_uris: vec![format!("{}/upstream/home/callback", branch.url)],
            post_logout_redirect_uris: vec![format!("{}/upstream/home/signed-out", branch.url)],
            trusted: true,
            ..Client::default()
        };
        assert!(home.db.insert_client(&client, START).await.unwrap());
        Self { home, branch }
    }

    /// Signs alice in for a request of the client `web` at the branch, and gives her tokens there.
    async fn sign_in(&self, person: &Person, more: &[(&str, &str)]) -> Value {
        let page = person.visit(&authorize_url(&self.branch, "web", more)).await;
        let there = page.location.expect("the only way in");
        assert!(there.starts_with(&self.home.url), "{there}");
        let page = person.visit(&there).await;
        let page = match page.body.contains("name=\"password\"") {
            true => person.sign_in(&there, "alice", PASSWORD).await,
            false => page,
        };
        let page = self.back(person, page).await;
        let page = redeem(&self.branch, "web", &response(&page)["code"]).await;
        page.json()
    }

    /// Lets the browser carry a response from home to the branch.
    async fn back(&self, person: &Person, page: Page) -> Page {
        if let Some(there) = &page.location {
            return person.visit(there).await;
        }
        let form = page.form();
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&form.fields)
            .finish();
        let request = person
            .request(Method::POST, &form.action)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "cross-site")
            .body(body);
        let page = person.send(request).await;
        person.follow(page).await
    }
}

#[actix_web::test]
async fn a_doorstep_signs_people_in_through_a_second_one() {
    for response_mode in [ResponseMode::Query, ResponseMode::FormPost] {
        let two = Two::start(response_mode).await;
        let person = two.branch.browser();
        let tokens = two.sign_in(&person, &[("scope", "openid profile email groups")]).await;
        let claims = id_token(&tokens);
        assert_eq!(claims["amr"], json!(["fed", "pwd"]));
        let told = userinfo(&two.branch, &tokens).await.json();
        assert_eq!(told["preferred_username"], "home-alice");
        assert_eq!(
            (&told["email"], &told["name"]),
            (&json!("alice@example.org"), &json!("alice Example"))
        );
        assert_eq!(told["groups"], json!(["staff", "builders"]));
    }
}

#[actix_web::test]
async fn a_new_sign_in_at_the_branch_is_one_at_home() {
    let two = Two::start(ResponseMode::Query).await;
    let person = two.branch.browser();
    let first = id_token(&two.sign_in(&person, &[]).await);
    two.home.clock.advance(1000);
    two.branch.clock.advance(1000);
    let second = id_token(&two.sign_in(&person, &[("prompt", "login")]).await);
    assert_eq!(second["sub"], first["sub"]);
    let since = second["auth_time"].as_i64().unwrap() - first["auth_time"].as_i64().unwrap();
    assert!(since >= 1000, "{since}");
}

#[actix_web::test]
async fn whoever_is_closed_at_home_is_out_at_the_branch() {
    let two = Two::start(ResponseMode::Query).await;
    let person = two.branch.browser();
    let tokens = two.sign_in(&person, &[("scope", "openid offline_access")]).await;
    two.home.clock.advance(3600);
    two.branch.clock.advance(3600);
    let page = refresh(&two.branch, "web", &tokens["refresh_token"]).await;
    assert_eq!(page.status, 200, "{page:?}");
    two.home.db.set_account_disabled("alice-id", true, START).await.unwrap();
    two.home.clock.advance(3600);
    two.branch.clock.advance(3600);
    let page = refresh(&two.branch, "web", &page.json()["refresh_token"]).await;
    assert_error(&page, 400, "invalid_grant");
}

#[actix_web::test]
async fn signing_out_at_the_branch_signs_out_at_home() {
    let two = Two::start(ResponseMode::Query).await;
    let person = two.branch.browser();
    let tokens = two.sign_in(&person, &[]).await;
    let mut url = Url::parse(&format!("{}/logout", two.branch.url)).unwrap();
    url.query_pairs_mut()
        .append_pair("id_token_hint", tokens["id_token"].as_str().unwrap())
        .append_pair("post_logout_redirect_uri", "https://app.example/bye");
    let page = person.get(url.as_str()).await;
    let page = person.visit(&page.location.expect("to the sign-out at home")).await;
    assert_eq!(person.cookie("doorstep-session"), None, "signed out at home: {page:?}");
    let page = person.get(&page.location.expect("and back")).await;
    assert_eq!(page.location.as_deref(), Some("https://app.example/bye"));
}
