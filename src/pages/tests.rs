//! Every page in every state: well-formed, escaped, with a heading, a title and a language.

mod html;

use std::fs;
use std::path::Path;

use html::Document;

use super::brand::Link;
use super::*;
use crate::clock::Timestamp;

/// What somebody might call a program: markup, quotes, an entity, a line separator, a turn of direction.
const HOSTILE: &str = "</title><script>alert('1')</script>\"'&amp;\u{2028}{client}\u{202e}<!--";

fn frame() -> Frame {
    Frame::new(Brand::default(), Messages::english(), "/oidc")
}

struct Rendered {
    name: String,
    html: String,
    csp: String,
}

fn rendered<P: Page>(kind: &str, pages: Vec<(&'static str, P)>) -> Vec<Rendered> {
    let render = |(name, page): (&str, P)| Rendered {
        name: format!("{kind} {name}"),
        html: page.render(),
        csp: page.csp(),
    };
    pages.into_iter().map(render).collect()
}

fn samples(frame: &Frame) -> Vec<Rendered> {
    [
        rendered("sign-in", SignInPage::samples(frame)),
        rendered("handoff", HandoffPage::samples(frame)),
        rendered("submit", SubmitPage::samples(frame)),
        rendered("result", ResultPage::samples(frame)),
        rendered("error", ErrorPage::samples(frame)),
        rendered("logout", LogoutPage::samples(frame)),
        rendered("signed-out", SignedOutPage::samples(frame)),
        rendered("home", HomePage::samples(frame)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The same pages with [`HOSTILE`] wherever a text comes from outside.
fn hostile_samples() -> Vec<Rendered> {
    let brand =
        Brand { name: HOSTILE.into(), support_text: Some(HOSTILE.into()), ..Brand::default() };
    let frame = Frame::new(brand, Messages::english(), "/oidc");
    let text = || HOSTILE.to_owned();
    let fields =
        |fields: &[(String, String)]| fields.iter().map(|_| (text(), text())).collect::<Vec<_>>();
    [
        rendered(
            "sign-in",
            changed(SignInPage::samples(&frame), |page| {
                (page.csrf, page.next) = (text(), text());
                page.client_name = page.client_name.take().map(|_| text());
                if !page.username.is_empty() {
                    page.username = text();
                }
            }),
        ),
        rendered(
            "handoff",
            changed(HandoffPage::samples(&frame), |page| {
                (page.client_name, page.account, page.address) = (text(), text(), text());
                (page.csrf, page.request, page.action) = (text(), text(), text());
                page.client_uri = Some(format!("https://kubernetes.example/{HOSTILE}"));
                page.fields = fields(&page.fields);
                page.error = page.error.take().map(|_| (text(), text()));
                page.restart = Some(text());
            }),
        ),
        rendered(
            "submit",
            changed(SubmitPage::samples(&frame), |page| {
                (page.client_name, page.action) = (text(), text());
                page.fields = fields(&page.fields);
            }),
        ),
        rendered(
            "error",
            changed(ErrorPage::samples(&frame), |page| {
                (page.words, page.request_id) = (text(), text());
            }),
        ),
        rendered(
            "logout",
            changed(LogoutPage::samples(&frame), |page| {
                (page.csrf, page.request, page.account) = (text(), text(), text());
            }),
        ),
        rendered(
            "signed-out",
            changed(SignedOutPage::samples(&frame), |page| {
                page.client = page.client.take().map(|_| (text(), text()));
            }),
        ),
        rendered(
            "home",
            changed(HomePage::samples(&frame), |page| {
                page.account = page.account.take().map(|_| text());
            }),
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn changed<P>(
    mut pages: Vec<(&'static str, P)>,
    change: impl Fn(&mut P),
) -> Vec<(&'static str, P)> {
    pages.iter_mut().for_each(|(_, page)| change(page));
    pages
}

#[test]
fn every_page_is_well_formed() {
    for Rendered { name, html, .. } in samples(&frame()) {
        let document =
            Document::parse(&html).unwrap_or_else(|wrong| panic!("{name}: {wrong}\n{html}"));
        for element in ["html", "head", "title", "body", "header", "main", "h1"] {
            assert_eq!(document.count(element), 1, "{name}: {element}\n{html}");
        }
        assert_eq!(document.attribute("html", "lang"), Some("en"), "{name}");
        assert_eq!(document.attribute("html", "dir"), Some("ltr"), "{name}");
        assert!(document.visible_text("h1").trim().len() > 3, "{name}: the heading is empty");
        assert!(document.visible_text("title").len() > " · Doorstep".len() + 3, "{name}: no title");
        document.check_attributes().unwrap_or_else(|wrong| panic!("{name}: {wrong}"));
    }
}

#[test]
fn nothing_is_loaded_from_elsewhere() {
    for Rendered { name, html, .. } in samples(&frame()) {
        let document = Document::parse(&html).unwrap();
        for (element, attribute) in [("link", "href"), ("img", "src"), ("script", "src")] {
            let own = |address: &str| address.starts_with("/oidc/");
            assert!(document.attribute(element, attribute).is_none_or(own), "{name}: {element}");
        }
    }
}

#[test]
fn hostile_texts_stay_texts() {
    let friendly = samples(&Frame::new(
        Brand { support_text: Some("Help".into()), ..Brand::default() },
        Messages::english(),
        "/oidc",
    ));
    for Rendered { name, html, .. } in hostile_samples() {
        let document =
            Document::parse(&html).unwrap_or_else(|wrong| panic!("{name}: {wrong}\n{html}"));
        let tame = &friendly.iter().find(|page| page.name == name).expect(&name).html;
        assert_eq!(document.shape(), Document::parse(tame).unwrap().shape(), "{name}");
        document.check_isolation(HOSTILE).unwrap_or_else(|wrong| panic!("{name}: {wrong}\n{html}"));
    }
}

#[test]
fn the_policy_allows_what_the_page_contains_and_no_more() {
    let frame = frame();
    for Rendered { name, html, csp } in samples(&frame) {
        assert!(
            csp.starts_with("default-src 'none'; base-uri 'none'; frame-ancestors 'none';"),
            "{name}: {csp}"
        );
        assert!(!csp.contains("unsafe") && !csp.contains('*'), "{name}: {csp}");
        assert!(csp.contains(&format!("style-src {}", frame.assets.style.hash)), "{name}: {csp}");
        assert_eq!(html.contains("<script"), csp.contains("script-src"), "{name}: {csp}");
    }
}

#[test]
fn a_page_shows_the_code_only_where_it_may() {
    let frame = frame();
    for (name, page) in HandoffPage::samples(&frame) {
        let html = page.render();
        let document = Document::parse(&html).unwrap();
        let shown = document.visible_text("p").contains("DS");
        let expected = page.state == HandoffState::Ready && page.paste_allowed;
        assert_eq!(shown, expected, "{name}\n{html}");
        assert!(!document.visible_text("title").contains("DS"), "{name}");
        if matches!(
            page.state,
            HandoffState::Redeemed | HandoffState::Expired | HandoffState::Misused
        ) {
            assert!(!html.contains("<form"), "{name}: an outcome has nothing to send");
        }
    }
}

#[test]
fn the_handoff_page_is_small() {
    for (name, page) in HandoffPage::samples(&frame()) {
        let size = page.render().len();
        assert!(size <= 12_000, "{name}: {size} bytes");
    }
}

#[test]
fn form_action_follows_the_delivery() {
    let frame = frame();
    let csp = |name: &str| {
        HandoffPage::samples(&frame).into_iter().find(|(n, _)| *n == name).unwrap().1.csp()
    };
    assert!(csp("confirm").ends_with("; form-action http://127.0.0.1:8000 'self'"));
    assert!(csp("confirm").contains("; connect-src 'self'"));
    assert!(csp("confirm-manual").ends_with("; form-action 'self'"));
    assert!(!csp("confirm-redirect").contains("form-action"));
    assert!(!csp("confirm-redirect").contains("script-src"));
}

#[test]
fn the_brand_is_on_the_page() {
    let brand = Brand {
        name: "Acme & Sons".into(),
        support_text: Some("Help desk".into()),
        support_url: Link::try_from("mailto:help@acme.example".to_owned()).ok(),
        logo: Some("logo.svg".into()),
        ..Brand::default()
    };
    let html = HomePage::samples(&Frame::new(brand, Messages::english(), "")).remove(0).1.render();
    for part in
        ["Acme &#38; Sons", "href=\"mailto:help@acme.example\"", "Help desk", "src=\"/logo\""]
    {
        assert!(html.contains(part), "{part}\n{html}");
    }
}

#[test]
fn every_message_is_used_and_every_used_one_is_there() {
    let messages = Messages::english();
    let sources = sources(Path::new(env!("CARGO_MANIFEST_DIR")));
    let used = |key: &str| sources.contains(&format!("\"{key}\""));
    let unused: Vec<&str> = messages.keys().filter(|key| !used(key)).collect();
    assert!(unused.is_empty(), "unused: {unused:?}");
    let is_key = |text: &&str| {
        let known = text.split_once('.').is_some_and(|(section, _)| {
            messages
                .keys()
                .any(|key| key.split_once('.').is_some_and(|(known, _)| known == section))
        });
        known
            && !text.ends_with(".html")
            && text
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'_'))
    };
    let missing: Vec<&str> = sources
        .split('"')
        .filter(is_key)
        .filter(|key| !messages.keys().any(|known| known == *key))
        .collect();
    assert!(missing.is_empty(), "missing: {missing:?}");
}

/// Every template and every Rust file outside of tests, in one text.
fn sources(root: &Path) -> String {
    let mut text = String::new();
    let mut folders = vec![root.join("templates"), root.join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.ends_with("tests") || path.ends_with("tests.rs") {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else {
                text += &fs::read_to_string(path).unwrap();
            }
        }
    }
    text
}

#[test]
fn a_sign_in_error_says_how_long_to_wait() {
    let page = SignInPage {
        error: Some(SignInError::TooMany { retry_after: 61 }),
        ..SignInPage::samples(&frame()).remove(0).1
    };
    assert!(page.render().contains("<bdi>2</bdi> min"));
}

#[test]
fn a_link_to_the_client_is_a_web_address() {
    let mut page = HandoffPage::samples(&frame()).remove(0).1;
    page.client_uri = Some("javascript:alert(1)".into());
    page.asked_at = Timestamp(0);
    let html = page.render();
    assert!(!html.contains("javascript:"));
    assert!(html.contains("<time datetime=\"1970-01-01T00:00:00Z\">1970-01-01 00:00 UTC</time>"));
}
