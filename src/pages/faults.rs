//! What a browser would refuse in a page, or a person would miss: the page is read by an HTML tokenizer
//! and held against its own policy.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use html5gum::{DefaultEmitter, StartTag, Token, Tokenizer};

use super::Sample;
use crate::secret;

/// More is not for a page that somebody waits for: bytes before compression.
const LARGEST: usize = 96 * 1024;

/// Everything that is wrong with a page.
pub fn faults_of(sample: &Sample) -> Vec<String> {
    let mut emitter = DefaultEmitter::default();
    // Style and script are no markup.
    emitter.naively_switch_states(true);
    let mut faults = Vec::new();
    let (mut inline, mut mains, mut ids) = (None, 0, Vec::new());
    for token in Tokenizer::new_with_emitter(&sample.html, emitter) {
        match token {
            Ok(Token::StartTag(tag)) => {
                let name = String::from_utf8_lossy(&tag.name).into_owned();
                mains += usize::from(name == "main");
                check_element(&name, &tag, &mut ids, &mut faults);
                inline = matches!(name.as_str(), "style" | "script").then_some(name);
            }
            Ok(Token::String(text)) => {
                if let Some(element) = inline.take() {
                    let hash = STANDARD.encode(secret::sha256(&*text.value));
                    if !sample.csp.contains(&format!("{element}-src 'sha256-{hash}'")) {
                        faults.push(format!("its policy does not allow its own <{element}>"));
                    }
                }
            }
            Ok(Token::Error(error)) => faults.push(format!("it is not HTML: {}", error.value)),
            Ok(_) => {}
            Err(never) => match never {},
        }
    }
    if mains != 1 {
        faults.push(format!("it has {mains} elements <main>"));
    }
    if sample.html.contains("{$") {
        faults.push("a text has a placeholder that nothing was given for".into());
    }
    if sample.html.len() > LARGEST {
        faults.push(format!("it has {} bytes", sample.html.len()));
    }
    faults
}

fn check_element(name: &str, tag: &StartTag<()>, ids: &mut Vec<Vec<u8>>, faults: &mut Vec<String>) {
    for (attribute, value) in &tag.attributes {
        let (attribute, value) = (String::from_utf8_lossy(attribute), &value.value);
        if attribute == "style" || attribute.starts_with("on") {
            faults.push(format!("<{name}> has {attribute}, which its policy refuses"));
        }
        let is_loaded = matches!(
            (name, &*attribute),
            ("img" | "script" | "iframe", "src") | ("link", "href") | ("source", "srcset")
        );
        if is_loaded && (!value.starts_with(b"/") || value.starts_with(b"//")) {
            faults.push(format!("<{name}> loads something from elsewhere"));
        }
        if attribute == "id" {
            if ids.contains(value) {
                faults.push(format!("two elements are called {}", String::from_utf8_lossy(value)));
            }
            ids.push(value.to_vec());
        }
    }
    if name == "img" && !tag.attributes.contains_key(&b"alt"[..]) {
        faults.push("a picture has no alt".into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::{Brand, Looks, gallery};

    #[test]
    fn our_own_pages_are_without_fault() {
        for sample in gallery(&Looks::new(Brand::default(), "/oidc").frame(None, [])) {
            assert_eq!(faults_of(&sample), [""; 0], "{} {}", sample.page, sample.state);
        }
    }

    #[test]
    fn every_fault_is_found() {
        let policy = format!("style-src 'sha256-{}'", STANDARD.encode(secret::sha256("a{}")));
        for (html, fault) in [
            ("<style>b{}</style><main>", "its policy does not allow its own <style>"),
            ("<script>x</script><main>", "its policy does not allow its own <script>"),
            ("<main style='x'>", "<main> has style, which its policy refuses"),
            ("<main onclick='x'>", "<main> has onclick, which its policy refuses"),
            ("<main><img src='https://a.example/' alt=''>", "<img> loads something from elsewhere"),
            ("<main><img src='//a.example/' alt=''>", "<img> loads something from elsewhere"),
            ("<main><img src='/a'>", "a picture has no alt"),
            ("<main id='a'><p id='a'>", "two elements are called a"),
            ("<main>{$client}", "a text has a placeholder that nothing was given for"),
            ("<p>", "it has 0 elements <main>"),
        ] {
            let sample = Sample { page: "a", state: "b", html: html.into(), csp: policy.clone() };
            assert_eq!(faults_of(&sample), [fault], "{html}");
        }
        let fine = "<style>a{}</style><main>";
        let sample = Sample { page: "a", state: "b", html: fine.into(), csp: policy };
        assert_eq!(faults_of(&sample), [""; 0]);
    }
}
