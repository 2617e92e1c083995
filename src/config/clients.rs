//! The `[[clients]]` of a settings file, read key by key so that a bad one is named with its line.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::de::{DeTable, DeValue};
use toml::{Spanned, Table, Value};

use super::error::{Error, Origin};
use super::layers::{File, said};
use super::nearest::nearest;
use crate::protocol::client::Client;

/// Reads every table of the array that was written at `origin` and whose positions are in `spans`.
pub fn read(
    value: Value,
    spans: &DeValue<'_>,
    file: &File<'_>,
    origin: Origin,
    origins: &mut BTreeMap<String, Origin>,
) -> Result<Vec<Client>, Error> {
    let (Value::Array(tables), Some(spans)) = (value, spans.as_array()) else {
        return Err(no_tables(origin));
    };
    let read = |(table, spans): (Value, &Spanned<DeValue<'_>>)| match (
        table,
        spans.get_ref().as_table(),
    ) {
        (Value::Table(table), Some(spans)) => read_one(table, spans, file, origins),
        _ => Err(no_tables(origin.clone())),
    };
    tables.into_iter().zip(spans.iter()).map(read).collect()
}

fn no_tables(origin: Origin) -> Error {
    Error::Value {
        origin,
        key: "clients".into(),
        reason: "should be a list of [[clients]] tables".into(),
    }
}

fn read_one(
    table: Table,
    spans: &DeTable<'_>,
    file: &File<'_>,
    origins: &mut BTreeMap<String, Origin>,
) -> Result<Client, Error> {
    let id = table.get("client_id").and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut whole = Table::new();
    for (name, value) in table {
        let (origin, _) = file.find(spans, &name);
        let key = key(&id, &name);
        if !known_keys().contains(&name) {
            let known = known_keys();
            let nearest = nearest(&name, known.iter().map(String::as_str));
            return Err(Error::Unknown { origin, key, nearest });
        }
        whole.insert(name, value);
        Client::deserialize(whole.clone()).map_err(|error| Error::Value {
            origin: origin.clone(),
            key: key.clone(),
            reason: said(&error),
        })?;
        origins.insert(key, origin);
    }
    Ok(Client::deserialize(whole).unwrap_or_default())
}

/// How messages call one key of one client.
pub fn key(client_id: &str, name: &str) -> String {
    format!("clients.{client_id}.{name}")
}

/// Every key that a client has: whatever the type writes, it reads.
fn known_keys() -> Vec<String> {
    match serde_json::to_value(Client::default()) {
        Ok(serde_json::Value::Object(keys)) => keys.into_iter().map(|(key, _)| key).collect(),
        _ => Vec::new(),
    }
}
