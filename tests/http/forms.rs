//! Cross-site request forgery, on every POST that does something for a person: it must come from one of
//! our pages, in the browser that was shown it.

use reqwest::Method;
use url::form_urlencoded;

use crate::kit::*;
use crate::person::{Form, Page, Person};
use crate::server::{self, PASSWORD, Server};

/// A form of ours, filled in as a person would, and whether what it asks for was done.
struct Case {
    name: &'static str,
    person: Person,
    form: Form,
    values: Vec<(&'static str, &'static str)>,
}

const NAMES: [&str; 4] = ["login", "consent", "handoff", "logout"];

async fn case(server: &Server, name: &'static str) -> Case {
    let person = Person::new();
    let (page, part, values) = match name {
        "login" => {
            let page = person.visit(&format!("{}/login", server.url)).await;
            (page, "/login", vec![("username", "alice"), ("password", PASSWORD)])
        }
        "consent" => {
            let page = arrive(&person, &authorize_url(server, "stranger", &[])).await;
            (page, "/consent", vec![("answer", "allow")])
        }
        "handoff" => (
            confirmation(server, &person, "cli", &[]).await,
            "/handoff",
            vec![("finish", "loopback")],
        ),
        _ => {
            arrive(&person, &authorize_url(server, "web", &[])).await;
            (person.get(&format!("{}/logout", server.url)).await, "/logout", vec![])
        }
    };
    Case { name, form: page.form_to(part), person, values }
}

impl Case {
    /// Sends the form with this token and these headers.
    async fn send(
        &self,
        sender: &Person,
        csrf: Option<&str>,
        headers: &[(&'static str, &str)],
    ) -> Page {
        let mut fields: Vec<_> = self.form.fields.clone();
        fields.retain(|(name, _)| csrf.is_none() || name != "csrf");
        fields.extend(
            csrf.filter(|csrf| *csrf != "none").map(|csrf| ("csrf".to_owned(), csrf.to_owned())),
        );
        for (name, value) in &self.values {
            fields.retain(|(known, _)| known != name);
            fields.push(((*name).to_owned(), (*value).to_owned()));
        }
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let mut request = sender
            .request(Method::POST, &self.form.action)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        sender.send(request).await
    }

    /// Whether the form did what it is for.
    async fn is_done(&self, server: &Server, answer: &Page) -> bool {
        let account = self.person.get(&format!("{}/account", server.url)).await;
        let signed_in = account.body.contains("You are signed in as");
        match self.name {
            "login" => signed_in,
            "logout" => !signed_in,
            "consent" => server.db.find_consent("alice-id", "stranger").await.unwrap().is_some(),
            _ => {
                answer.location.as_deref().is_some_and(|location| location.starts_with("/handoff/"))
            }
        }
    }
}

#[actix_web::test]
async fn our_own_forms_pass() {
    let server = server::start().await;
    let own_origin = server.url.clone();
    let headers: [&[(&str, &str)]; 5] = [
        &[("sec-fetch-site", "same-origin"), ("origin", &own_origin)],
        &[("sec-fetch-site", "same-origin"), ("origin", "null")],
        &[("origin", "null")],
        &[("origin", &own_origin)],
        &[],
    ];
    for headers in headers {
        let server = server::start().await;
        for name in NAMES {
            let case = case(&server, name).await;
            // The origin is that of the other server: without Sec-Fetch-Site it is a stranger's.
            if headers == [("origin", own_origin.as_str())] {
                continue;
            }
            let answer = case.send(&case.person, None, headers).await;
            assert!(case.is_done(&server, &answer).await, "{name} {headers:?} {answer:?}");
        }
    }
    for name in NAMES {
        let case = case(&server, name).await;
        let answer = case.send(&case.person, None, &[("origin", &own_origin)]).await;
        assert!(case.is_done(&server, &answer).await, "{name} {answer:?}");
    }
}

async fn assert_refused(server: &Server, case: &Case, answer: Page) {
    assert!((400..=403).contains(&answer.status), "{} {answer:?}", case.name);
    assert!(!case.is_done(server, &answer).await, "{} was done", case.name);
}

#[actix_web::test]
async fn without_a_token_or_with_another_nothing_is_done() {
    for name in NAMES {
        let server = server::start().await;
        let case = case(&server, name).await;
        let stranger = Person::new();
        let page = stranger.visit(&format!("{}/login", server.url)).await;
        let strangers = page.form().fields.into_iter().find(|(name, _)| name == "csrf").unwrap().1;
        for csrf in ["", "x", strangers.as_str(), "none"] {
            // RP-initiated logout takes a POST without a token for a client's, and asks.
            if name == "logout" && matches!(csrf, "" | "none") {
                let answer = case.send(&case.person, Some(csrf), &[]).await;
                assert_eq!(answer.status, 303);
                assert!(!case.is_done(&server, &answer).await, "{csrf:?}");
                continue;
            }
            let answer =
                case.send(&case.person, Some(csrf), &[("sec-fetch-site", "same-origin")]).await;
            assert_refused(&server, &case, answer).await;
        }
    }
}

#[actix_web::test]
async fn from_another_site_nothing_is_done_even_with_the_token() {
    let attacks: [&[(&str, &str)]; 5] = [
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "cross-site"), ("origin", "null")],
        &[("origin", "https://evil.example")],
        &[("origin", "http://127.0.0.1:1")],
    ];
    for name in NAMES {
        let server = server::start().await;
        let case = case(&server, name).await;
        for headers in attacks {
            let answer = case.send(&case.person, None, headers).await;
            assert_eq!(answer.status, 403, "{name} {headers:?}");
            assert_refused(&server, &case, answer).await;
        }
    }
}

#[actix_web::test]
async fn in_another_browser_the_form_does_nothing() {
    for name in NAMES {
        let server = server::start().await;
        let case = case(&server, name).await;
        for sender in [Person::new(), signed_in(&server).await] {
            let answer = case.send(&sender, None, &[("sec-fetch-site", "same-origin")]).await;
            assert_eq!(answer.status, 403, "{name} {answer:?}");
        }
    }
}

async fn signed_in(server: &Server) -> Person {
    let person = Person::new();
    person.sign_in(&format!("{}/login", server.url), "bob", PASSWORD).await;
    person
}

#[actix_web::test]
async fn login_csrf_cannot_sign_anybody_in_as_the_attacker() {
    let server = server::start().await;
    let (victim, attacker) = (signed_in(&server).await, Person::new());
    let page = attacker.visit(&format!("{}/login", server.url)).await;
    let mut fields = page.form_to("/login").fields;
    fields.retain(|(name, _)| !["username", "password"].contains(&name.as_str()));
    fields.extend([("username".into(), "alice".into()), ("password".into(), PASSWORD.into())]);
    let before = victim.cookie("doorstep-session");
    assert_eq!(victim.post(&format!("{}/login", server.url), &fields).await.status, 403);
    assert_eq!(victim.cookie("doorstep-session"), before);
}

#[actix_web::test]
async fn a_refused_form_sets_no_cookies() {
    let server = server::start().await;
    for name in NAMES {
        let case = case(&server, name).await;
        let answer = case.send(&Person::new(), None, &[("sec-fetch-site", "cross-site")]).await;
        assert!(!answer.headers.contains_key("set-cookie"), "{name} {answer:?}");
    }
}
