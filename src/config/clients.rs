//! The `[[clients]]` of a settings file, read key by key so that a bad one is named with its line.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::de::DeValue;
use toml::{Table, Value};

use super::error::{Error, Origin};
use super::layers::{File, said};
use super::nearest::nearest;
use crate::protocol::client::Client;

/// Reads every table of the array, whose positions are in `spans`.
pub fn read(
    tables: Vec<Value>,
    spans: &DeValue<'_>,
    file: &File<'_>,
    origins: &mut BTreeMap<String, Origin>,
) -> Result<Vec<Client>, Error> {
    let spans = spans.as_array().map(|array| array.iter()).into_iter().flatten();
    let mut clients = Vec::new();
    for (table, spans) in tables.into_iter().zip(spans) {
        let Value::Table(table) = table else { continue };
        clients.push(read_one(table, spans.get_ref(), file, origins)?);
    }
    Ok(clients)
}

fn read_one(
    table: Table,
    spans: &DeValue<'_>,
    file: &File<'_>,
    origins: &mut BTreeMap<String, Origin>,
) -> Result<Client, Error> {
    let id = table.get("client_id").and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut whole = Table::new();
    for (name, value) in table {
        let origin = spans.as_table().map_or(Origin::Default, |spans| file.find(spans, &name).0);
        let key = key(&id, &name);
        if !known_keys().contains(&name) {
            let known = known_keys();
            let nearest = nearest(&name, known.iter().map(String::as_str));
            return Err(Error::Unknown { origin, key, nearest });
        }
        whole.insert(name, value);
        Client::deserialize(whole.clone())
            .map_err(|error| Error::Value { origin: origin.clone(), key: key.clone(), reason: said(&error) })?;
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
