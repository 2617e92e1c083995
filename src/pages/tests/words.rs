//! Pages and messages fit together: no key is missing, none is left over, and every language says all of
//! it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::html::Document;
use super::{Rendered, frame_in, samples};
use crate::pages::{Languages, Messages};

fn english() -> Messages {
    (**Languages::default().choose(["en"])).clone()
}

#[test]
fn every_message_is_used_and_every_used_one_is_there() {
    let messages = english();
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

/// Texts that are the same as in English: the language has the word, too.
const SAME: [(&str, &str); 7] = [
    ("de", "device.code"),
    ("de", "factors.passkey"),
    ("fr", "device.code"),
    ("it", "factors.passkey"),
    ("it", "handoff.account"),
    ("it", "sign_in.password"),
    ("nl", "factors.passkey"),
];

#[test]
fn every_language_says_everything_in_its_own_words() {
    let english = english();
    for messages in Languages::default().iter().filter(|messages| messages.lang() != "en") {
        let lang = messages.lang();
        let keys =
            |messages: &Messages| messages.keys().map(str::to_owned).collect::<BTreeSet<String>>();
        let (theirs, ours) = (keys(messages), keys(&english));
        let missing: Vec<_> = ours.difference(&theirs).collect();
        let unknown: Vec<_> = theirs.difference(&ours).collect();
        assert!(missing.is_empty() && unknown.is_empty(), "{lang}: {missing:?} {unknown:?}");
        for key in &ours {
            assert_eq!(messages.names(key), english.names(key), "{lang} {key}: placeholders");
            let same = messages.pattern(key) == english.pattern(key);
            let may_be = key == "language.direction" || SAME.contains(&(lang, key.as_str()));
            assert!(!same || may_be, "{lang} {key} is not translated");
        }
    }
}

#[test]
fn every_choice_has_all_plural_forms_of_its_language() {
    for messages in Languages::default().iter() {
        let forms: BTreeSet<&str> =
            (0..=200).map(|number| messages.plural_of(&number.to_string())).collect();
        for key in messages.keys() {
            for choice in messages.pattern(key).unwrap().choices() {
                let has = |form: &&&str| !choice.contains(*form);
                let missing: Vec<_> = forms.iter().filter(has).collect();
                assert!(missing.is_empty(), "{} {key} lacks {missing:?}", messages.lang());
            }
        }
    }
}

#[test]
fn every_page_speaks_every_language() {
    let shapes = |language: &str| -> BTreeMap<String, Vec<String>> {
        let shape = |page: Rendered| {
            let document = Document::parse(&page.html).unwrap();
            assert_eq!(document.attribute("html", "lang"), Some(language), "{}", page.name);
            assert!(!page.html.contains("{$"), "{language} {}: {}", page.name, page.html);
            (page.name, document.shape())
        };
        samples(&frame_in(language)).into_iter().map(shape).collect()
    };
    let english = shapes("en");
    for messages in Languages::default().iter() {
        let direction = if ["ar", "he"].contains(&messages.lang()) { "rtl" } else { "ltr" };
        assert_eq!(messages.dir(), direction, "{}", messages.lang());
        for (name, shape) in shapes(messages.lang()) {
            // A text may have its placeholders more often, each in an element of its own.
            let without_values = |shape: &[String]| {
                shape.iter().filter(|element| *element != "bdi ").cloned().collect::<Vec<_>>()
            };
            let (theirs, ours) = (without_values(&shape), without_values(&english[&name]));
            assert_eq!(theirs, ours, "{} {name}", messages.lang());
        }
    }
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
