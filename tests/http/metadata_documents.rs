//! Client ID metadata documents: a client whose id is the address of a document, believed only from
//! listed hosts and only about its own origin, and fetched with care.

use std::time::Duration;

use doorstep::issuer::DocumentSettings;
use doorstep::outgoing::OutgoingSettings;
use serde_json::{Value, json};

use crate::elsewhere::{self, Answer, Elsewhere, trusting};
use crate::kit::*;
use crate::person::{Page, Person};
use crate::server::{self, Server, Setup};
use crate::tls::Identity;

struct World {
    server: Server,
    elsewhere: Elsewhere,
}

/// An issuer that believes documents of `hosts`, and a web server at `localhost`.
async fn world(hosts: &[&str]) -> World {
    let identity = Identity::generate();
    let web_server = Elsewhere::start_tls(&identity);
    let outgoing = OutgoingSettings {
        allow_http: false,
        timeout: Duration::from_secs(2),
        ..trusting(&identity)
    };
    let documents = DocumentSettings { hosts: elsewhere::hosts(hosts) };
    let server = Setup { documents, outgoing, ..Setup::default() }.start().await;
    World { server, elsewhere: web_server }
}

impl World {
    /// Puts a document at `path` and gives its address, the client's id.
    fn publish(&self, path: &str, more: &Value) -> String {
        let id = format!("{}{path}", self.elsewhere.url);
        let mut document = json!({
            "client_id": id, "client_name": "Invented Editor", "redirect_uris": [CLI_URI],
        });
        for (name, value) in more.as_object().unwrap() {
            document[name] = value.clone();
        }
        self.elsewhere.answer(path, Answer::json(document))
    }

    async fn open(&self, person: &Person, id: &str, more: &[(&str, &str)]) -> Page {
        let more: Vec<_> = [("redirect_uri", CLI_URI)].iter().chain(more).copied().collect();
        arrive(person, &authorize_url(&self.server, id, &more)).await
    }
}

#[actix_web::test]
async fn a_client_that_describes_itself_signs_in_and_people_see_its_host() {
    let world = world(&["localhost"]).await;
    let person = Person::new();
    let id = world.publish("/client.json", &json!({"client_uri": "https://bank.example/"}));
    let page = world.open(&person, &id, &[("response_mode", "form_post")]).await;
    assert_eq!(page.state(), "confirm", "{page:?}");
    let words = text(&page);
    assert!(words.contains("Invented Editor comes from localhost"), "{words}");
    assert!(
        !page.body.contains("bank.example") && !page.body.contains("value=\"paste\""),
        "{page:?}"
    );
    let page = click(&person, &page, "loopback").await;
    let code = code_on(&person.follow(page).await);
    let tokens = redeem_public(&world.server, &id, &code).await;
    assert_eq!(tokens.status, 200, "{tokens:?}");
    assert_eq!(id_token(&tokens.json())["aud"], id);
    assert_eq!(userinfo(&world.server, &tokens.json()).await.status, 200);
    assert_eq!(world.elsewhere.asked("/client.json").len(), 1, "fetched once for all of this");
}

#[actix_web::test]
async fn a_web_client_is_agreed_to_with_its_host_in_view() {
    let world = world(&["localhost"]).await;
    let uri = format!("{}/cb", world.elsewhere.url);
    let id = world.publish("/client.json", &json!({"redirect_uris": [uri]}));
    let page = world.open(&Person::new(), &id, &[("redirect_uri", &uri)]).await;
    assert!(text(&page).contains("Invented Editor comes from localhost"), "{page:?}");
    assert!(page.forms().iter().any(|form| form.action.ends_with("/consent")));
}

#[actix_web::test]
async fn only_listed_hosts_are_asked() {
    for hosts in [&[][..], &["app.example"], &["*.localhost"]] {
        let world = world(hosts).await;
        let id = world.publish("/client.json", &json!({}));
        let page = world.open(&Person::new(), &id, &[]).await;
        assert_eq!(page.status, 400, "{hosts:?}: {page:?}");
        assert!(page.body.contains("not registered"), "{page:?}");
        assert!(world.elsewhere.asked("/client.json").is_empty());
    }
    let world = world(&["*"]).await;
    let id = world.publish("/client.json", &json!({}));
    assert_eq!(world.open(&Person::new(), &id, &[]).await.status, 200);
}

#[actix_web::test]
async fn discovery_tells_when_documents_are_believed() {
    for (hosts, told) in [(&["localhost"][..], json!(true)), (&[], Value::Null)] {
        let world = world(hosts).await;
        let url = format!("{}/.well-known/openid-configuration", world.server.url);
        let document = Person::new().get(&url).await.json();
        assert_eq!(document["client_id_metadata_document_supported"], told);
    }
}

#[actix_web::test]
async fn a_document_must_fit_and_its_author_is_told_what_does_not() {
    let world = world(&["localhost"]).await;
    let other = format!("{}/other.json", world.elsewhere.url);
    for (at, (document, word)) in [
        (json!({"client_id": other}), "client_id"),
        (json!({"redirect_uris": ["https://evil.example/cb"]}), "redirect_uris"),
        (json!({"redirect_uris": []}), "redirect_uris"),
        (json!({"client_secret": "invented"}), "client_secret"),
        (
            json!({"token_endpoint_auth_method": "client_secret_basic"}),
            "token_endpoint_auth_method",
        ),
        (json!({"grant_types": ["client_credentials"]}), "grant_types"),
    ]
    .into_iter()
    .enumerate()
    {
        let id = world.publish(&format!("/{at}.json"), &document);
        let page = world.open(&Person::new(), &id, &[]).await;
        assert_eq!(page.status, 400, "{page:?}");
        assert!(text(&page).contains(word), "{word}: {page:?}");
    }
}

#[actix_web::test]
async fn what_cannot_be_read_is_no_client_and_the_cause_stays_inside() {
    let world = world(&["localhost", "127.0.0.1", "10.0.0.1"]).await;
    let huge = json!({"client_id": "x", "padding": "x".repeat(5 * 1024)});
    let target = world.publish("/target.json", &json!({}));
    for (path, answer) in [
        ("/missing.json", Answer::status(404)),
        ("/redirect.json", Answer::status(302).header("location", &target)),
        ("/huge.json", Answer::json(huge)),
        ("/html.json", Answer::json("{}").header("content-type", "text/html")),
        ("/broken.json", Answer::json("{")),
    ] {
        let id = world.elsewhere.answer(path, answer);
        let page = world.open(&Person::new(), &id, &[]).await;
        assert_eq!(page.status, 400, "{path}: {page:?}");
        assert!(text(&page).contains("it cannot be read"), "{path}: {page:?}");
        let token = redeem_public(&world.server, &id, "x").await;
        assert_error(&token, 401, "invalid_client");
    }
    let page = world.open(&Person::new(), "https://10.0.0.1/client.json", &[]).await;
    assert!(text(&page).contains("it cannot be read"), "{page:?}");
    assert!(!page.body.contains("private"), "{page:?}");
}

#[actix_web::test]
async fn a_client_id_that_is_no_such_address_is_never_asked() {
    let world = world(&["*"]).await;
    let url = world.elsewhere.url.clone();
    world.publish("/client.json", &json!({}));
    for id in [
        format!("{url}/a/../client.json"),
        format!("{url}/client.json?x=1"),
        format!("{url}/client.json#x"),
        format!("{}/client.json", url.replace("https://", "https://me@")),
        format!("{}/client.json", url.replace("https:", "HTTPS:")),
        format!("{}/client.json", url.replace("localhost", "LOCALHOST")),
        format!("{}/client.json", url.replace("https:", "http:")),
    ] {
        let page = world.open(&Person::new(), &id, &[]).await;
        assert_eq!(page.status, 400, "{id}: {page:?}");
    }
    assert!(world.elsewhere.asked("/client.json").is_empty());
}

#[actix_web::test]
async fn a_mended_document_is_read_again_soon() {
    let world = world(&["localhost"]).await;
    let id = world.elsewhere.answer("/client.json", Answer::status(500));
    assert_eq!(world.open(&Person::new(), &id, &[]).await.status, 400);
    world.publish("/client.json", &json!({}));
    world.server.clock.advance(10);
    assert_eq!(world.open(&Person::new(), &id, &[]).await.status, 200);
}

#[actix_web::test]
async fn so_many_documents_a_minute_are_fetched_and_known_ones_still_work() {
    let world = world(&["localhost"]).await;
    let known = world.publish("/known.json", &json!({}));
    assert_eq!(world.open(&Person::new(), &known, &[]).await.status, 200);
    for n in 0..70 {
        let id = format!("{}/{n}.json", world.elsewhere.url);
        redeem_public(&world.server, &id, "x").await;
    }
    let asked = (0..70).filter(|n| !world.elsewhere.asked(&format!("/{n}.json")).is_empty());
    assert_eq!(asked.count(), 59, "sixty with the known one");
    assert_eq!(world.open(&Person::new(), &known, &[]).await.status, 200);
    world.server.clock.advance(60);
    let fresh = world.publish("/fresh.json", &json!({}));
    assert_eq!(world.open(&Person::new(), &fresh, &[]).await.status, 200);
}

#[actix_web::test]
async fn a_client_of_the_settings_or_the_store_comes_first() {
    let world = world(&["localhost"]).await;
    let id = world.publish("/client.json", &json!({}));
    let mut client = server::clients().remove(0);
    client.client_id = id.clone();
    client.client_name = "Entered by an admin".into();
    world.server.db.insert_client(&client, server::START).await.unwrap();
    let more = [("redirect_uri", WEB_URI)];
    let page = web_response(&world.server, &Person::new(), &id, &more).await;
    assert!(page.contains_key("code"), "trusted by the admin: {page:?}");
    assert!(world.elsewhere.asked("/client.json").is_empty());
}
