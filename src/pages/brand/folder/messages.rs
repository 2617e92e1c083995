//! The operator's words: `messages/*.toml` of a brand's folder, a file a language.

use std::path::Path;

use toml::Table;

use super::entries::{self, Entry};
use super::files::{contents, listed};
use super::{BadBrand, Livery, lay, typed};
use crate::pages::brand::Brand;

/// Keys that a section `[brand]` can translate.
const TRANSLATED: [&str; 8] =
    ["name", "support_text", "links", "legal_text", "header", "notice", "footer", "logo_text"];

/// Reads them all. `table` is the brand that they may translate.
pub fn read(folder: &Path, table: &Table, livery: &mut Livery) -> Result<(), BadBrand> {
    for file in listed(&folder.join("messages"))? {
        if file.extension().is_some_and(|extension| extension == "toml") {
            read_one(folder, &file, table, livery)?;
        }
    }
    Ok(())
}

fn read_one(
    folder: &Path,
    file: &Path,
    table: &Table,
    livery: &mut Livery,
) -> Result<(), BadBrand> {
    let tag = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let text = contents(file)?.unwrap_or_default();
    let (ours, theirs): (Vec<_>, Vec<_>) =
        entries::read(file, &text)?.into_iter().partition(|entry| entry.section == "brand");
    let mut translated = table.clone();
    for entry in &ours {
        let plain = Entry { section: String::new(), ..entry.clone() };
        if !TRANSLATED.contains(&entry.name.as_str()) {
            let reason = format!("cannot be translated; only {} can", TRANSLATED.join(", "));
            return Err(entry.bad(file, reason));
        }
        lay(&mut translated, &plain, folder).map_err(|reason| entry.bad(file, reason))?;
    }
    if !ours.is_empty() {
        let base = &livery.brand;
        let brand = typed(&translated).expect("each of its keys was tried");
        let (style, shell) = (base.style.clone(), base.shell.clone());
        livery.translated.insert(tag.clone(), Brand { style, shell, ..brand });
    }
    let texts = theirs.iter().map(|entry| (entry.key(), entry.value.as_str(), entry.line));
    livery.languages.overlay(&tag, texts).map_err(|bad| {
        BadBrand::new(file, bad.reason).at((bad.line > 0).then_some(bad.line)).about(bad.key)
    })
}
