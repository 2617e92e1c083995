//! A brand's folder: `brand.toml`, pictures, `override.css`, `shell.html`, `messages/*.toml`, and in
//! `clients/*/` the same again for single programs, which takes from the brand above whatever it does
//! not say itself. One file, line and key is named when something cannot be used.

mod entries;

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::{Table, Value};

use self::entries::{Entry, line_of};
use super::{Brand, Shell, Slot, style};
use crate::pages::languages::Languages;

/// Keys whose values are files beside `brand.toml`.
const PICTURES: [&str; 4] = ["logo", "logo_dark", "favicon", "background"];
/// Keys that `messages/*.toml` can translate, in a section `[brand]`.
const TRANSLATED: [&str; 8] =
    ["name", "support_text", "links", "legal_text", "header", "notice", "footer", "logo_text"];

/// The brand of an issuer, and those of single programs.
#[derive(Clone, Debug)]
pub struct Brands {
    /// The first is for everybody, the others are for their `clients`.
    pub all: Vec<Livery>,
    /// Where they were read from, if they can change.
    pub folder: Option<PathBuf>,
}

/// A brand in every language.
#[derive(Clone, Debug, Default)]
pub struct Livery {
    /// The brand.
    pub brand: Brand,
    /// The same in languages that it has words of its own in, by their tags.
    pub translated: BTreeMap<String, Brand>,
    /// The languages, with the operator's words over ours.
    pub languages: Languages,
}

/// Why a brand cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadBrand {
    /// The file.
    pub file: PathBuf,
    /// The line, counted from 1, if it is about one.
    pub line: Option<usize>,
    /// The key, if it is about one.
    pub key: Option<String>,
    /// A sentence that goes on from there.
    pub reason: String,
}

impl fmt::Display for BadBrand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        self.line.map_or(Ok(()), |line| write!(f, " line {line}"))?;
        f.write_str(if self.key.is_some() { ": " } else { " " })?;
        self.key.as_ref().map_or(Ok(()), |key| write!(f, "{key} "))?;
        f.write_str(&self.reason)
    }
}

impl std::error::Error for BadBrand {}

impl Default for Brands {
    fn default() -> Self {
        Brand::default().into()
    }
}

impl From<Brand> for Brands {
    fn from(brand: Brand) -> Self {
        let languages = Languages::default();
        let languages = languages.clone().with_first(&brand.language).unwrap_or(languages);
        let livery = Livery { brand, translated: BTreeMap::new(), languages };
        Self { all: vec![livery], folder: None }
    }
}

impl Brands {
    /// Reads a folder.
    ///
    /// # Errors
    /// [`BadBrand`] names the first thing that cannot be used.
    pub fn read(folder: &Path) -> Result<Self, BadBrand> {
        let (table, own) = read(folder, &Table::new(), &Livery::default())?;
        let mut all = vec![own];
        for folder in listed(&folder.join("clients"))?.into_iter().filter(|path| path.is_dir()) {
            let (_, livery) = read(&folder, &table, &all[0])?;
            let file = folder.join("brand.toml");
            let bad = |reason: String| BadBrand {
                file: file.clone(),
                line: None,
                key: Some("clients".into()),
                reason,
            };
            if livery.brand.clients.is_empty() {
                return Err(bad(
                    "should list the client_id of each program that this is for".into()
                ));
            }
            let known = |id: &&String| all.iter().any(|other| other.brand.clients.contains(id));
            if let Some(twice) = livery.brand.clients.iter().find(known) {
                return Err(bad(format!("has {twice}, which another folder has, too")));
            }
            all.push(livery);
        }
        Ok(Self { all, folder: Some(folder.to_owned()) })
    }
}

/// Reads one folder over what its parent has.
fn read(folder: &Path, parent: &Table, above: &Livery) -> Result<(Table, Livery), BadBrand> {
    let file = folder.join("brand.toml");
    let text = contents(&file)?.ok_or_else(|| BadBrand {
        file: file.clone(),
        line: None,
        key: None,
        reason: "is missing; `doorstep brand init` makes one".into(),
    })?;
    let mut table = parent.clone();
    table.remove("clients");
    let entries = entries::read(&text).map_err(|(line, reason)| BadBrand {
        file: file.clone(),
        line: Some(line),
        key: None,
        reason,
    })?;
    for entry in &entries {
        lay(&mut table, entry, folder).map_err(|reason| entry.bad(&file, reason))?;
    }
    let mut brand = typed(&table).map_err(|reason| BadBrand {
        file: file.clone(),
        line: None,
        key: None,
        reason,
    })?;
    let checked = brand.check().map_err(|(key, reason)| {
        let line = entries.iter().find(|entry| entry.key() == key).map(|entry| entry.line);
        BadBrand { file: file.clone(), line, key: Some(key), reason }
    });
    checked?;
    dress(folder, &above.brand, &mut brand)?;
    let mut livery =
        Livery { brand, translated: BTreeMap::new(), languages: above.languages.clone() };
    read_messages(folder, &table, &mut livery)?;
    let tags = livery.languages.tags().collect::<Vec<_>>().join(", ");
    livery.languages = livery.languages.with_first(&livery.brand.language).ok_or_else(|| {
        let entry = entries.iter().find(|entry| entry.key() == "language");
        BadBrand {
            file: file.clone(),
            line: entry.map(|entry| entry.line),
            key: Some("language".into()),
            reason: format!("should be one of {tags}"),
        }
    })?;
    Ok((table, livery))
}

/// Reads what is beside `brand.toml` and not named in it.
fn dress(folder: &Path, above: &Brand, brand: &mut Brand) -> Result<(), BadBrand> {
    let wrong = |file: PathBuf, text: &str, (at, reason): (usize, String)| BadBrand {
        file,
        line: Some(line_of(text, at)),
        key: None,
        reason,
    };
    (brand.style, brand.shell) = (above.style.clone(), above.shell.clone());
    let file = folder.join("override.css");
    if let Some(css) = contents(&file)? {
        style::check(&css).map_err(|bad| wrong(file, &css, bad))?;
        brand.style += &css;
    }
    let file = folder.join("shell.html");
    if let Some(html) = contents(&file)? {
        let shell = Shell::parse(&html, folder).map_err(|bad| wrong(file.clone(), &html, bad))?;
        brand.shell = Some(shell);
    }
    let hidden = brand.notice.is_some()
        && brand.shell.as_ref().is_some_and(|shell| !shell.has(Slot::Notice));
    if hidden {
        let reason = "has no <slot name=\"notice\"></slot>, so nobody would see the notice";
        return Err(BadBrand { file, line: None, key: None, reason: reason.into() });
    }
    Ok(())
}

fn read_messages(folder: &Path, table: &Table, livery: &mut Livery) -> Result<(), BadBrand> {
    for file in listed(&folder.join("messages"))? {
        if file.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        let tag = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let text = contents(&file)?.unwrap_or_default();
        let entries = entries::read(&text).map_err(|(line, reason)| BadBrand {
            file: file.clone(),
            line: Some(line),
            key: None,
            reason,
        })?;
        let (ours, theirs): (Vec<_>, Vec<_>) =
            entries.into_iter().partition(|entry| entry.section == "brand");
        let mut translated = table.clone();
        for entry in &ours {
            let plain = Entry { section: String::new(), ..entry.clone() };
            if !TRANSLATED.contains(&entry.name.as_str()) {
                let reason = format!("cannot be translated; only {} can", TRANSLATED.join(", "));
                return Err(entry.bad(&file, reason));
            }
            lay(&mut translated, &plain, folder).map_err(|reason| entry.bad(&file, reason))?;
        }
        if !ours.is_empty() {
            let base = &livery.brand;
            let brand = typed(&translated).expect("each of its keys was tried");
            let (style, shell) = (base.style.clone(), base.shell.clone());
            livery.translated.insert(tag.clone(), Brand { style, shell, ..brand });
        }
        let texts = theirs.iter().map(|entry| (entry.key(), entry.value.as_str(), entry.line));
        livery.languages.overlay(&tag, texts).map_err(|bad| BadBrand {
            file: file.clone(),
            line: (bad.line > 0).then_some(bad.line),
            key: bad.key,
            reason: bad.reason,
        })?;
    }
    Ok(())
}

/// Puts one value into a brand that is valid, so that it is known which one it is when it no longer is.
fn lay(table: &mut Table, entry: &Entry, folder: &Path) -> Result<(), String> {
    let mut value = entry.value.clone();
    if let (true, Some(path)) = (PICTURES.contains(&entry.key().as_str()), value.as_str()) {
        value = Value::String(folder.join(path).to_string_lossy().into_owned());
    }
    let section = match entry.section.as_str() {
        "" => &mut *table,
        name => table
            .entry(name)
            .or_insert_with(|| Value::Table(Table::new()))
            .as_table_mut()
            .ok_or("is not a table")?,
    };
    section.insert(entry.name.clone(), value);
    typed(table).map(drop)
}

fn typed(table: &Table) -> Result<Brand, String> {
    let read = Brand::deserialize(table.clone());
    read.map_err(|error| format!("cannot be used: {}", error.message().replace('\n', ", ")))
}

/// The content of a file that may not be there.
fn contents(file: &Path) -> Result<Option<String>, BadBrand> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unreadable(file, &error)),
    }
}

/// What is in a folder that may not be there, in a fixed order.
fn listed(folder: &Path) -> Result<Vec<PathBuf>, BadBrand> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let read = || -> std::io::Result<Vec<PathBuf>> {
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect()
    };
    let mut paths = read().map_err(|error| unreadable(folder, &error))?;
    paths.sort();
    Ok(paths)
}

fn unreadable(file: &Path, error: &std::io::Error) -> BadBrand {
    let reason = format!("cannot be read: {error}");
    BadBrand { file: file.to_owned(), line: None, key: None, reason }
}

#[cfg(test)]
#[path = "folder_tests.rs"]
mod tests;
