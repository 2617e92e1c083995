//! What is promised of every page: light, seen at once, whole without script, and helpful when something fails.

use super::html::Document;
use super::{Rendered, frame, frame_in, rendered, samples};
use crate::pages::*;

/// 20 kB over the wire are the promise in any language, 12 kB for the hand-off page, the icon included. Ours
/// are much lighter, so that there is room for a brand.
#[test]
fn every_page_is_light() {
    for language in Languages::default().tags() {
        for Rendered { name, html, .. } in samples(&frame_in(language)) {
            let page = [html.as_bytes(), FAVICON.as_bytes()].concat();
            let mut gzip = flate2::read::GzEncoder::new(&page[..], flate2::Compression::fast());
            let weight = std::io::copy(&mut gzip, &mut std::io::sink()).unwrap();
            let most = if name.starts_with("handoff") { 8 * 1024 } else { 10 * 1024 };
            assert!(weight <= most, "{name} in {language}: {weight} bytes");
        }
    }
    for (name, page) in HandoffPage::samples(&frame()) {
        let bytes = page.render().len();
        assert!(bytes <= 12_500, "{name}: {bytes} bytes before compression");
    }
}

/// All that a page needs is in its one answer, style first and script last.
#[test]
fn nothing_holds_up_the_first_sight() {
    for Rendered { name, html, .. } in samples(&frame()) {
        let at = |part: &str| html.find(part);
        let (style, main, end) = (at("<style>"), at("<main").unwrap(), at("</main>").unwrap());
        assert!(style.is_some_and(|style| style < main), "{name}");
        assert!(
            at("<script").is_none_or(|script| script > end),
            "{name}: a script comes too early"
        );
        let from_elsewhere = |tag: &str| tag.split('>').next().unwrap().contains("src=");
        assert!(!html.split("<script").skip(1).any(from_elsewhere), "{name}: a script is loaded");
        assert!(!html.contains("rel=\"stylesheet\""), "{name}: a style is loaded");
    }
}

/// What is there without script: each question can be answered, or the page says what to do.
#[test]
fn every_page_is_whole_without_script() {
    let tag = |part: &str| part.split('>').next().unwrap().to_owned();
    let is_shown = |part: &&str| !format!("{} ", tag(part)).contains(" hidden ");
    for Rendered { name, html, .. } in samples(&frame()) {
        let forms: Vec<_> = html.split("<form").skip(1).collect();
        for form in forms.iter().copied().filter(is_shown) {
            let form = form.split("</form>").next().unwrap();
            let can_be_sent = form.split("<button").skip(1).any(|button| is_shown(&button));
            // In the list of sign-ins there may be nothing to sign out.
            let may_be_empty = name == "sign-ins this-browser-only";
            assert!(can_be_sent || may_be_empty, "{name}: a form that cannot be sent");
        }
        let leads_on = |link: &str| is_shown(&link) && tag(link).contains("href=\"/oidc/");
        let answers = forms.iter().any(is_shown) || html.split("<a ").skip(1).any(leads_on);
        assert!(
            forms.is_empty() || answers || html.contains("id=\"no-passkey\""),
            "{name}: a dead end\n{html}"
        );
        assert!(!html.contains("javascript:") && !html.contains(" onclick"), "{name}");
    }
}

/// Each failure says what happened, what to do, and what to quote.
#[test]
fn every_failure_can_be_quoted() {
    let failures =
        |page: &&Rendered| page.name.starts_with("error") || page.name.starts_with("provider");
    for Rendered { name, html, .. } in samples(&frame()).iter().filter(failures) {
        let document = Document::parse(html).unwrap();
        assert!(document.visible_text("dd").contains("k3v9-sample"), "{name}: no request id");
        let text = document.visible_text("p");
        let advice =
            ["Please", "Go back", "Use another", "Sign out", "sign in another way", "try again"];
        let helps =
            advice.iter().any(|words| text.contains(words)) || html.contains("class=\"button\"");
        assert!(helps, "{name} does not say what to do: {text}");
    }
}

/// The protocol's own sentences are English in every language, and are marked as such.
#[test]
fn what_the_protocol_says_is_marked_as_english() {
    let frame = frame_in("ar");
    let protocol = [
        (rendered("handoff", HandoffPage::samples(&frame)), "The client may not ask for"),
        (rendered("error", ErrorPage::samples(&frame)), "The parameter redirect_uri"),
    ];
    for (pages, sentence) in protocol {
        let html = pages.into_iter().map(|page| page.html).find(|html| html.contains(sentence));
        let html = html.expect(sentence);
        let before = html.split(sentence).next().unwrap();
        let tag = before.rfind("<p").max(before.rfind("<dd")).map(|at| &before[at..]);
        assert!(tag.is_some_and(|tag| tag.contains("lang=\"en\" dir=\"ltr\"")), "{html}");
    }
}
