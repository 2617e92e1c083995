//! Everything that a template prints is escaped, exactly once, and cannot turn the page around.

use doorstep::pages::Brand;
use doorstep::protocol::client::Client;

use crate::kit::*;
use crate::person::{Page, Person};
use crate::server::{self, Server, Setup, clients};

/// What an attacker puts wherever a name is shown.
const EVIL: [&str; 6] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "&lt;b&gt; &amp; { $client } {{7*7}}",
    "\u{2028}\u{2029}</title></style></textarea>",
    "\u{202e}gnp.exe\u{2066}",
];

/// No tag, attribute or entity on the page was made of the text, and it is there for people to read.
#[track_caller]
fn assert_escaped(page: &Page, evil: &str) {
    assert!(page.status < 500, "{page:?}");
    let markup = page.body.split("<body>").nth(1).unwrap_or(&page.body);
    for raw in ["<script>alert", "<img", "<b>", "' onmouseover='", "</textarea>"] {
        assert!(!markup.contains(raw), "{raw} of {evil:?} is on {}", page.body);
    }
    assert!(
        !page.body.split("</title>").next().unwrap().contains("<script>"),
        "{evil:?} broke out of the title"
    );
    assert!(!page.body.contains("49}"), "nothing is computed");
}

/// Text that turns the reading direction stays inside an element that isolates it.
#[track_caller]
fn assert_isolated(page: &Page, evil: &str) {
    if !evil.contains('\u{202e}') {
        return;
    }
    for (at, _) in page.body.match_indices('\u{202e}') {
        let before = &page.body[..at];
        let open =
            before.rfind("<bdi").map(|at| before[at..].find("</bdi>").is_none()).unwrap_or(false);
        let attribute = before.rfind("=\"").is_some_and(|at| !before[at + 2..].contains('"'));
        assert!(open || attribute, "not isolated: {}", &page.body[at.saturating_sub(80)..at]);
    }
}

fn evil_clients(evil: &str) -> Vec<Client> {
    let evil: String = evil.chars().filter(|c| !c.is_control()).collect();
    clients().into_iter().map(|client| Client { client_name: evil.clone(), ..client }).collect()
}

async fn evil_server(evil: &str) -> Server {
    let brand = Brand { name: evil.into(), support_text: Some(evil.into()), ..Brand::default() };
    Setup { clients: evil_clients(evil), brand: brand.into(), ..Setup::default() }.start().await
}

#[actix_web::test]
async fn names_of_clients_and_brands_are_only_text() {
    for evil in EVIL {
        let server = evil_server(evil).await;
        let person = Person::new();
        let more = [("response_mode", "form_post")];
        let pages = [
            person.visit(&authorize_url(&server, "cli", &more)).await,
            confirmation(&server, &person, "cli", &[]).await,
            ready(&server, &person, "cli", &[]).await,
            arrive(&person, &authorize_url(&server, "stranger", &more)).await,
            person.get(&authorize_url(&server, "web", &more)).await,
            person.get(&authorize_url(&server, "cli", &[("scope", "x"), more[0]])).await,
            person.get(&format!("{}/account", server.url)).await,
            person.get(&format!("{}/logout", server.url)).await,
            person.get(&format!("{}/nothing", server.url.clone() + "/login")).await,
        ];
        for page in pages {
            assert_escaped(&page, evil);
            assert_isolated(&page, evil);
        }
    }
}

#[actix_web::test]
async fn what_requests_bring_is_only_text() {
    let server = server::start().await;
    let person = Person::new();
    arrive(&person, &authorize_url(&server, "web", &[])).await;
    for evil in EVIL {
        for name in [
            "state",
            "scope",
            "login_hint",
            "nonce",
            "client_id",
            "redirect_uri",
            "response_mode",
            "prompt",
            "handoff",
            "extra",
        ] {
            for client in ["web", "cli", "stranger"] {
                for mode in ["query", "form_post"] {
                    let more = [("response_mode", mode), (name, evil)];
                    for browser in [&person, &Person::new()] {
                        let page = browser.visit(&authorize_url(&server, client, &more)).await;
                        if page.location.is_none() {
                            assert_escaped(&page, evil);
                        }
                    }
                }
            }
        }
    }
}

#[actix_web::test]
async fn state_is_escaped_once_in_a_form() {
    let server = server::start().await;
    let person = Person::new();
    arrive(&person, &authorize_url(&server, "web", &[])).await;
    for evil in EVIL {
        let more = [("response_mode", "form_post"), ("state", evil)];
        let page = person.get(&authorize_url(&server, "web", &more)).await;
        assert_escaped(&page, evil);
        assert_eq!(response(&page)["state"], evil);
        let page = ready(&server, &person, "cli", &[("state", evil)]).await;
        assert_escaped(&page, evil);
        assert_eq!(response(&page)["state"], evil);
    }
}

#[actix_web::test]
async fn an_unknown_scope_is_named_in_allowed_characters() {
    let server = server::start().await;
    for evil in EVIL {
        let scope = format!("openid {}", evil.replace(' ', ""));
        let answer = web_response(&server, &Person::new(), "web", &[("scope", &scope)]).await;
        assert_eq!(answer["error"], "invalid_scope");
        assert_description(&answer["error_description"]);
    }
}

#[actix_web::test]
async fn parameter_names_are_named_in_allowed_characters() {
    let server = server::start().await;
    for evil in EVIL {
        let encoded: String = url::form_urlencoded::byte_serialize(evil.as_bytes()).collect();
        let url = format!("{}&{encoded}=1&{encoded}=2", authorize_url(&server, "web", &[]));
        let answer = response(&Person::new().get(&url).await);
        assert_eq!(answer["error"], "invalid_request");
        assert_description(&answer["error_description"]);
    }
}

#[actix_web::test]
async fn a_user_name_that_was_refused_is_only_text() {
    let server = server::start().await;
    for evil in EVIL {
        let person = Person::new();
        let page = person.visit(&format!("{}/login", server.url)).await;
        let page =
            person.submit(&page.form(), None, &[("username", evil), ("password", "x")]).await;
        assert_escaped(&page, evil);
        let typed = page.form().fields.into_iter().find(|(name, _)| name == "username").unwrap().1;
        assert_eq!(typed, evil);
    }
}

#[actix_web::test]
async fn a_clients_address_cannot_run_scripts() {
    for uri in [
        "javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "https://x.example/\"><script>alert(1)</script>",
    ] {
        let clients = clients()
            .into_iter()
            .map(|client| Client { client_uri: Some(uri.into()), ..client })
            .collect();
        let server = Setup { clients, ..Setup::default() }.start().await;
        let person = Person::new();
        let pages = [
            confirmation(&server, &person, "cli", &[]).await,
            arrive(&person, &authorize_url(&server, "stranger", &[])).await,
        ];
        for page in pages {
            assert_escaped(&page, uri);
            assert!(
                !page.body.contains("href=\"javascript:") && !page.body.contains("href=\"data:"),
                "{}",
                page.body
            );
        }
    }
}
