//! Point 24: client ID metadata documents (draft-ietf-oauth-client-id-metadata-document): a client's id is the
//! address of what describes it, which is believed from listed hosts, about itself, and fetched with care.

use serde_json::{Value, json};

use crate::kit::checks;
use crate::kit::provider::Provider;
use crate::kit::registration::public;
use crate::kit::request::{CLI_URI, Request, give_password};
use crate::place::Place;
use crate::support::elsewhere::{Answer, Elsewhere, hosts, trusting};
use crate::support::person::Page;
use crate::support::tls::Identity;

everywhere!(
    p24_a_document_describes_a_program_that_signs_people_in,
    p24_the_loopback_ports_of_a_document_are_free,
    p24_documents_of_other_hosts_are_not_asked_for,
    p24_a_document_speaks_for_its_own_origin_alone,
    p24_a_document_is_fetched_with_care_and_kept,
);

/// A provider that believes documents of these hosts, and a web server at `localhost`.
struct World {
    provider: Provider,
    elsewhere: Elsewhere,
}

async fn world(at: Place, listed: &[&str]) -> World {
    let identity = Identity::generate();
    let elsewhere = Elsewhere::start_tls(&identity);
    let provider = at
        .start_with(|setup| {
            setup.documents.hosts = hosts(listed);
            setup.outgoing = trusting(&identity);
        })
        .await;
    World { provider, elsewhere }
}

impl World {
    /// Publishes a document and gives its address; the provider's tests know it as a client from now on.
    fn publish(&mut self, path: &str, changes: &[(&str, Value)]) -> String {
        let id = format!("{}{path}", self.elsewhere.url);
        let mut document = json!({
            "client_id": id, "client_name": "Invented Editor", "redirect_uris": ["http://127.0.0.1/"],
        });
        for (name, value) in changes {
            document[*name] = value.clone();
        }
        let id = self.elsewhere.answer(path, Answer::json(document));
        self.know(&id);
        id
    }

    fn know(&mut self, id: &str) {
        self.provider.adopt(public(id, CLI_URI), None);
    }

    async fn open(&self, id: &str) -> Page {
        Request::of(&self.provider, id).open(&self.provider, &self.provider.browser()).await
    }
}

async fn p24_a_document_describes_a_program_that_signs_people_in(at: Place) {
    let mut world = world(at, &["localhost"]).await;
    let id = world.publish("/client.json", &[("client_uri", json!("https://bank.example/"))]);
    let provider = &world.provider;
    assert_eq!(provider.metadata["client_id_metadata_document_supported"], true);
    let request = Request::of(provider, &id);
    let browser = provider.browser();
    let page = request.open(provider, &browser).await;
    let page = give_password("alice", &browser, &page).await;
    assert!(page.body.contains("Invented Editor") && page.body.contains("localhost"), "{page:?}");
    assert!(!page.body.contains("bank.example"), "nor anything that it says of others: {page:?}");
    let answer = request.answer(provider, &browser).await;
    let tokens = provider.tokens(&provider.redeem(&request, &answer).await);
    let claims = provider.check_id_token(&request, &tokens).await;
    assert_eq!(claims["aud"], id);
    assert_eq!(provider.userinfo(tokens.access()).await.status, 200);
    assert_eq!(world.elsewhere.asked("/client.json").len(), 1, "once for all of this");
}

async fn p24_the_loopback_ports_of_a_document_are_free(at: Place) {
    let mut world = world(at, &["localhost"]).await;
    let id = world.publish("/client.json", &[]);
    let provider = &world.provider;
    for (uri, taken) in [
        ("http://127.0.0.1:1/", true),
        ("http://127.0.0.1:65535/", true),
        ("http://127.0.0.1:1/cb", false),
        ("http://127.0.0.2:1/", false),
    ] {
        let request = Request::of(provider, &id).but(&[("redirect_uri", uri), ("prompt", "none")]);
        let page = request.open(provider, &provider.browser()).await;
        match taken {
            true => {
                let to = page.location.as_deref().unwrap_or_else(|| panic!("{uri}: {page:?}"));
                assert!(to.starts_with(&format!("{uri}?error=login_required")), "{to}");
            }
            false => checks::told_to_the_person(&page, "redirect_uri"),
        }
    }
}

async fn p24_documents_of_other_hosts_are_not_asked_for(at: Place) {
    for listed in [&[][..], &["app.example"], &["*.localhost"]] {
        let mut world = world(at, listed).await;
        let id = world.publish("/client.json", &[]);
        checks::told_to_the_person(&world.open(&id).await, "not registered");
        assert!(world.elsewhere.asked("/client.json").is_empty(), "{listed:?}");
        let told = world.provider.metadata.get("client_id_metadata_document_supported");
        assert_eq!(told.is_some(), !listed.is_empty());
    }
}

async fn p24_a_document_speaks_for_its_own_origin_alone(at: Place) {
    let mut world = world(at, &["localhost"]).await;
    let other = format!("{}/other.json", world.elsewhere.url);
    for (number, (name, value)) in [
        ("client_id", json!(other)),
        ("redirect_uris", json!(["https://evil.example/cb"])),
        ("redirect_uris", json!([])),
        ("backchannel_logout_uri", json!("https://evil.example/out")),
        ("client_secret", json!("everybody can read it")),
        ("token_endpoint_auth_method", json!("client_secret_basic")),
        ("grant_types", json!(["client_credentials"])),
        ("scope", json!("openid backup")),
    ]
    .into_iter()
    .enumerate()
    {
        let id = world.publish(&format!("/{number}.json"), &[(name, value)]);
        checks::told_to_the_person(&world.open(&id).await, name);
    }
}

async fn p24_a_document_is_fetched_with_care_and_kept(at: Place) {
    let mut world = world(at, &["localhost", "10.0.0.1"]).await;
    let good = world.publish("/good.json", &[]);
    for (path, answer) in [
        ("/missing.json", Answer::status(404)),
        ("/elsewhere.json", Answer::status(302).header("location", &good)),
        ("/long.json", Answer::json(json!({"padding": "x".repeat(5 * 1024)}))),
        ("/page.json", Answer::json("{}").header("content-type", "text/html")),
        ("/broken.json", Answer::json("{")),
    ] {
        let id = world.elsewhere.answer(path, answer);
        world.know(&id);
        checks::told_to_the_person(&world.open(&id).await, "it cannot be read");
        let page = world.provider.redeem_as(&id, &[("grant_type", "authorization_code")]).await;
        checks::refused(&page, 401, "invalid_client");
    }
    assert!(world.elsewhere.asked("/good.json").is_empty(), "redirects lead nowhere");
    let inside = "https://10.0.0.1/client.json";
    world.know(inside);
    checks::told_to_the_person(&world.open(inside).await, "it cannot be read");
    for _ in 0..3 {
        assert_eq!(world.open(&good).await.status, 200);
    }
    assert_eq!(world.elsewhere.asked("/good.json").len(), 1);
}
