//! A brand's folder: `brand.toml`, pictures, `override.css`, `shell.html`, `messages/*.toml`, and in
//! `clients/*/` the same again for single programs, which takes from the brand above whatever it does
//! not say itself. One file, line and key is named when something cannot be used.

mod bad;
mod entries;
mod files;
mod messages;

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use toml::{Table, Value};

pub use self::bad::BadBrand;
use self::entries::{Entry, line_of};
pub use self::files::Folder;
use self::files::{contents, listed};
use super::{Brand, Shell, Slot, style};
use crate::pages::languages::Languages;

/// Keys whose values are files beside `brand.toml`.
const PICTURES: [&str; 4] = ["logo", "logo_dark", "favicon", "background"];

/// The brand of an issuer, and those of single programs.
#[derive(Clone, Debug)]
pub struct Brands {
    /// The first is for everybody, the others are for their `clients`.
    pub all: Vec<Livery>,
    /// Where they were read from, if they can change.
    pub folder: Option<Folder>,
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
        // Before it is read: what changes meanwhile is seen as a change.
        let seen = Folder::look_at(folder);
        let (table, own) = read(folder, &Table::new(), &Livery::default())?;
        let mut all = vec![own];
        for folder in listed(&folder.join("clients"))?.into_iter().filter(|path| path.is_dir()) {
            let (_, livery) = read(&folder, &table, &all[0])?;
            let file = folder.join("brand.toml");
            let bad = |reason: &str| BadBrand::new(&file, reason).about("clients".to_owned());
            if livery.brand.clients.is_empty() {
                return Err(bad("should list the client_id of each program that this is for"));
            }
            let known = |id: &&String| all.iter().any(|other| other.brand.clients.contains(id));
            if let Some(twice) = livery.brand.clients.iter().find(known) {
                return Err(bad(&format!("has {twice}, which another folder has, too")));
            }
            all.push(livery);
        }
        Ok(Self { all, folder: Some(seen) })
    }
}

/// Reads one folder over what its parent has.
fn read(folder: &Path, parent: &Table, above: &Livery) -> Result<(Table, Livery), BadBrand> {
    let file = folder.join("brand.toml");
    let missing = || BadBrand::new(&file, "is missing; `doorstep brand init` makes one");
    let text = contents(&file)?.ok_or_else(missing)?;
    let mut table = parent.clone();
    table.remove("clients");
    let entries = entries::read(&file, &text)?;
    let wrong = |key: String, reason: String| {
        let line = entries.iter().find(|entry| entry.key() == key).map(|entry| entry.line);
        BadBrand::new(&file, reason).at(line).about(key)
    };
    for entry in &entries {
        lay(&mut table, entry, folder).map_err(|reason| entry.bad(&file, reason))?;
    }
    let mut brand = typed(&table).map_err(|reason| BadBrand::new(&file, reason))?;
    brand.check().map_err(|(key, reason)| wrong(key, reason))?;
    dress(folder, &above.brand, &mut brand)?;
    let mut livery =
        Livery { brand, translated: BTreeMap::new(), languages: above.languages.clone() };
    messages::read(folder, &table, &mut livery)?;
    let tags = livery.languages.tags().collect::<Vec<_>>().join(", ");
    livery.languages = livery
        .languages
        .with_first(&livery.brand.language)
        .ok_or_else(|| wrong("language".into(), format!("should be one of {tags}")))?;
    Ok((table, livery))
}

/// Reads what is beside `brand.toml` and not named in it.
fn dress(folder: &Path, above: &Brand, brand: &mut Brand) -> Result<(), BadBrand> {
    let wrong = |file: &Path, text: &str, (at, reason): (usize, String)| {
        BadBrand::new(file, reason).at(line_of(text, at))
    };
    (brand.style, brand.shell) = (above.style.clone(), above.shell.clone());
    let file = folder.join("override.css");
    if let Some(css) = contents(&file)? {
        brand.style += &style::read(&css).map_err(|bad| wrong(&file, &css, bad))?;
    }
    let file = folder.join("shell.html");
    if let Some(html) = contents(&file)? {
        let shell = Shell::parse(&html, folder).map_err(|bad| wrong(&file, &html, bad))?;
        brand.shell = Some(shell);
    }
    let hidden = brand.notice.is_some()
        && brand.shell.as_ref().is_some_and(|shell| !shell.has(Slot::Notice));
    if hidden {
        let reason = "has no <slot name=\"notice\"></slot>, so nobody would see the notice";
        return Err(BadBrand::new(&file, reason));
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

#[cfg(test)]
#[path = "folder_tests.rs"]
mod tests;
