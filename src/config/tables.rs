//! The lists of a settings file, `[[clients]]`, `[[providers]]` and `[[gateway]]`, read key by key so that a bad one is
//! named with its line, or with its option where a command takes the same keys.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;
use toml::de::{DeTable, DeValue};
use toml::{Spanned, Table, Value};

use super::error::{Error, Origin};
use super::file::File;
use super::layers::said;
use super::nearest::nearest;
use super::paths;
use crate::gateway::AppSettings;
use crate::protocol::client::Client;
use crate::upstream::ProviderSettings;

/// What such a list is made of. Whatever the type writes, it reads.
pub trait Entry: Default + Serialize + DeserializeOwned {
    /// The name of the list.
    const LIST: &'static str;
    /// The key that names one entry.
    const ID: &'static str;
    /// Keys with the paths of files.
    const PATHS: &'static [&'static str] = &[];
}

impl Entry for Client {
    const LIST: &'static str = "clients";
    const ID: &'static str = "client_id";
}

impl Entry for ProviderSettings {
    const LIST: &'static str = "providers";
    const ID: &'static str = "id";
    const PATHS: &'static [&'static str] = &["client_secret_file", "ca_file"];
}

impl Entry for AppSettings {
    const LIST: &'static str = "gateway";
    const ID: &'static str = "id";
    const PATHS: &'static [&'static str] = &["client_secret_file", "ca_file", "kubeconfig_ca_file"];
}

/// Reads every table of the list that was written at `origin` and whose positions are in `spans`.
pub fn read<T: Entry>(
    value: Value,
    spans: &DeValue<'_>,
    file: &File<'_>,
    origin: Origin,
    origins: &mut BTreeMap<String, Origin>,
) -> Result<Vec<T>, Error> {
    let (Value::Array(tables), Some(spans)) = (value, spans.as_array()) else {
        return Err(no_tables::<T>(origin));
    };
    let read = |(table, spans): (Value, &Spanned<DeValue<'_>>)| match (
        table,
        spans.get_ref().as_table(),
    ) {
        (Value::Table(table), Some(spans)) => read_one(table, spans, file, origins),
        _ => Err(no_tables::<T>(origin.clone())),
    };
    tables.into_iter().zip(spans.iter()).map(read).collect()
}

fn no_tables<T: Entry>(origin: Origin) -> Error {
    let reason = format!("should be a list of [[{}]] tables", T::LIST);
    Error::Value { origin, key: T::LIST.into(), reason }
}

fn read_one<T: Entry>(
    table: Table,
    spans: &DeTable<'_>,
    file: &File<'_>,
    origins: &mut BTreeMap<String, Origin>,
) -> Result<T, Error> {
    let id = table.get(T::ID).and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut whole = Table::new();
    for (name, value) in table {
        let (origin, _) = file.find(spans, &name);
        let key = key::<T>(&id, &name);
        let value = located::<T>(&name, value, file.folder());
        put::<T>(&mut whole, &name, value, &origin, &key)?;
        origins.insert(key, origin);
    }
    Ok(T::deserialize(whole).unwrap_or_default())
}

/// Reads one entry from the options of a command: each key with the option that it was given by.
pub fn from_options<T: Entry>(
    options: impl IntoIterator<Item = (&'static str, String, Value)>,
) -> Result<T, Error> {
    let mut whole = Table::new();
    for (option, name, value) in options {
        let origin = Origin::Option(option);
        if whole.contains_key(&name) {
            let reason = "is given twice; leave one of the two out".into();
            return Err(Error::Value { origin, key: name, reason });
        }
        put::<T>(&mut whole, &name, value, &origin, &name)?;
    }
    Ok(T::deserialize(whole).unwrap_or_default())
}

/// Puts one key into the table of an entry that is valid so far; messages call it `key`.
fn put<T: Entry>(
    whole: &mut Table,
    name: &str,
    value: Value,
    origin: &Origin,
    key: &str,
) -> Result<(), Error> {
    let known = known_keys::<T>();
    if !known.iter().any(|known| known == name) {
        let nearest = nearest(name, known.iter().map(String::as_str));
        return Err(Error::Unknown { origin: origin.clone(), key: key.into(), nearest });
    }
    // As everywhere in the settings: it says nothing.
    if value.as_str().is_some_and(str::is_empty) {
        return Ok(());
    }
    whole.insert(name.to_owned(), value);
    let refuse =
        |error| Error::Value { origin: origin.clone(), key: key.into(), reason: said(&error) };
    T::deserialize(whole.clone()).map(drop).map_err(refuse)
}

/// A path starts at the folder of the file that it was written in.
fn located<T: Entry>(name: &str, value: Value, folder: Option<&Path>) -> Value {
    if T::PATHS.contains(&name) { paths::located(value, folder) } else { value }
}

/// How messages call one key of one entry.
pub fn key<T: Entry>(id: &str, name: &str) -> String {
    format!("{}.{id}.{name}", T::LIST)
}

fn known_keys<T: Entry>() -> Vec<String> {
    match serde_json::to_value(T::default()) {
        Ok(serde_json::Value::Object(keys)) => keys.into_iter().map(|(key, _)| key).collect(),
        _ => Vec::new(),
    }
}
