//! Pages and messages fit together: no key is missing, none is left over.

use std::fs;
use std::path::Path;

use crate::pages::Messages;

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
