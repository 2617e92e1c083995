//! Every page in every state: well-formed, escaped, with a heading, a title and a language.

mod brands;
mod hostile;
mod html;
mod promises;
mod words;

use std::path::PathBuf;

use html::Document;

use super::brand::{Link, Picture};
use super::*;
use crate::clock::Timestamp;

fn frame_in(language: &str) -> Frame {
    Looks::new(Brand::default(), "/oidc").frame(None, [language])
}

fn frame() -> Frame {
    frame_in("en")
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
    let named = |sample: Sample| Rendered {
        name: format!("{} {}", sample.page, sample.state),
        html: sample.html,
        csp: sample.csp,
    };
    gallery(frame).into_iter().map(named).collect()
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
        let (heading, title) = (document.visible_text("h1"), document.visible_text("title"));
        assert!(heading.trim().len() > 3, "{name}: the heading is empty");
        assert_eq!(
            title,
            format!("{} · Doorstep", heading.trim()),
            "{name}: heading and title differ"
        );
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
        logo: Some(Picture::try_from(PathBuf::from("static/favicon.svg")).unwrap()),
        ..Brand::default()
    };
    let html = HomePage::samples(&Looks::new(brand, "").frame(None, [])).remove(0).1.render();
    for part in
        ["Acme &#38; Sons", "href=\"mailto:help@acme.example\"", "Help desk", "src=\"/brand/"]
    {
        assert!(html.contains(part), "{part}\n{html}");
    }
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
    assert!(html.contains(
        "<time dir=\"auto\" datetime=\"1970-01-01T00:00:00Z\">1970-01-01 00:00 UTC</time>"
    ));
}
