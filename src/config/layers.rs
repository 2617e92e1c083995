//! Settings in layers: the defaults, the file over them, the environment over both.
//!
//! One setting at a time is laid over a whole that is valid, so when the whole no longer is, it is
//! known which setting did it and where it was written.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use toml::de::DeTable;
use toml::{Table, Value};

use super::error::{Error, Misfit, Origin};
use super::file::File;
use super::nearest::nearest;
use super::tables::Entry;
use super::{Config, environment, paths, tables};
use crate::gateway::AppSettings;
use crate::protocol::client::Client;
use crate::upstream::ProviderSettings;

/// The defaults, and their documentation.
const DEFAULTS: &str = include_str!("../doorstep.default.toml");

/// Settings that are valid so far, each with its origin.
pub struct Layers {
    table: Table,
    config: Config,
    origins: BTreeMap<String, Origin>,
}

impl Layers {
    /// The defaults alone.
    pub fn defaults() -> Self {
        let table: Table = DEFAULTS.parse().expect("the defaults are TOML");
        let config = read(&table).expect("the defaults are valid");
        Self { table, config, origins: BTreeMap::new() }
    }

    /// Every key that a value can be given to, as `section.key`, with its default.
    pub fn keys() -> BTreeMap<String, Value> {
        let mut keys = BTreeMap::new();
        for (name, value) in DEFAULTS.parse::<Table>().expect("the defaults are TOML") {
            match value {
                Value::Table(section) => {
                    keys.extend(
                        section.into_iter().map(|(key, value)| (format!("{name}.{key}"), value)),
                    );
                }
                value => {
                    keys.insert(name, value);
                }
            }
        }
        keys
    }

    /// Lays the file over what is there.
    pub fn file(&mut self, path: &Path) -> Result<(), Error> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| Error::Read { path: path.into(), source })?;
        let file = File::new(path, &text);
        let spans = DeTable::parse(&text).map_err(|error| file.syntax(&error))?;
        let values: Table = text.parse().map_err(|error| file.syntax(&error))?;
        for (name, value) in values {
            let (origin, span) = file.find(spans.get_ref(), &name);
            match value {
                value if name == Client::LIST => {
                    self.config.clients =
                        tables::read(value, span, &file, origin, &mut self.origins)?;
                }
                value if name == ProviderSettings::LIST => {
                    self.config.providers =
                        tables::read(value, span, &file, origin, &mut self.origins)?;
                }
                value if name == AppSettings::LIST => {
                    self.config.gateway =
                        tables::read(value, span, &file, origin, &mut self.origins)?;
                }
                Value::Table(section) if matches!(self.table.get(&name), Some(Value::Table(_))) => {
                    for (key, value) in section {
                        let (origin, _) =
                            span.as_table().map_or((Origin::Default, span), |s| file.find(s, &key));
                        self.lay(&format!("{name}.{key}"), value, origin, path.parent())?;
                    }
                }
                value => self.lay(&name, value, origin, path.parent())?,
            }
        }
        Ok(())
    }

    /// Lays the environment's variables over what is there.
    pub fn environment(
        &mut self,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<(), Error> {
        let keys = Self::keys();
        for (name, text) in variables {
            if environment::is_reserved(&name) {
                continue;
            }
            let origin = Origin::Environment(name.clone());
            let Some((key, default)) =
                keys.iter().find(|(key, _)| environment::variable(key) == name)
            else {
                let nearest = environment::nearest_variable(&name, keys.keys().map(String::as_str));
                return Err(Error::Unknown {
                    origin: Origin::Environment("environment".into()),
                    key: name,
                    nearest,
                });
            };
            let value = from_text(&text, default).ok_or_else(|| Error::Value {
                origin: origin.clone(),
                key: key.clone(),
                reason: expected(default),
            })?;
            self.lay(key, value, origin, None)?;
        }
        Ok(())
    }

    /// Sets one key. `base` is the directory that a relative path in it starts from.
    fn lay(
        &mut self,
        key: &str,
        value: Value,
        origin: Origin,
        base: Option<&Path>,
    ) -> Result<(), Error> {
        let Some(slot) = slot(&mut self.table, key) else {
            let nearest = self.nearest(key, &value);
            return Err(Error::Unknown { origin, key: key.into(), nearest });
        };
        let refuse =
            |reason: String| Error::Value { origin: origin.clone(), key: key.into(), reason };
        if !slot.same_type(&value) {
            return Err(refuse(expected(slot)));
        }
        if is_empty(&value) && !is_empty(slot) {
            return Err(refuse("should not be empty".into()));
        }
        *slot = paths::rebase(key, value, base);
        let config = read(&self.table).map_err(|error| refuse(said(&error)))?;
        let clients = std::mem::take(&mut self.config.clients);
        let providers = std::mem::take(&mut self.config.providers);
        let gateway = std::mem::take(&mut self.config.gateway);
        self.config = Config { clients, providers, gateway, ..config };
        self.origins.insert(key.into(), origin);
        Ok(())
    }

    /// What `key` was probably meant to be: a section if it is written like one, else a setting.
    fn nearest(&self, key: &str, value: &Value) -> Option<String> {
        if value.is_table() {
            let sections = self.table.iter().filter(|(_, value)| value.is_table());
            return nearest(key, sections.map(|(name, _)| name.as_str()));
        }
        nearest(key, Self::keys().keys().map(String::as_str))
    }

    /// Where `key` was written; when it was not, where its neighbours were, which it does not fit.
    fn origin(&self, key: &str) -> Origin {
        let section = key.rfind('.').map_or(key, |dot| &key[..=dot]);
        let neighbour = || self.origins.iter().find(|(written, _)| written.starts_with(section));
        let written = self.origins.get_key_value(key).or_else(neighbour);
        written.map_or(Origin::Default, |(_, origin)| origin.clone())
    }

    /// The settings, once they fit each other too.
    pub fn finish(mut self) -> Result<Config, Error> {
        if !self.origins.contains_key("issuer") {
            self.config.name_issuer();
        }
        match self.config.check() {
            Ok(()) => Ok(self.config),
            Err(Misfit { key, reason }) => {
                Err(Error::Value { origin: self.origin(&key), key, reason })
            }
        }
    }
}

/// The place of `key` in the table.
fn slot<'t>(table: &'t mut Table, key: &str) -> Option<&'t mut Value> {
    match key.split_once('.') {
        Some((section, name)) => table.get_mut(section)?.as_table_mut()?.get_mut(name),
        None => table.get_mut(key),
    }
}

/// Types the settings. A text that is empty says nothing, as if its key were not there.
fn read(table: &Table) -> Result<Config, toml::de::Error> {
    let mut table = table.clone();
    table.retain(|_, value| !is_empty(value));
    for (_, value) in &mut table {
        if let Value::Table(section) = value {
            section.retain(|_, value| !is_empty(value));
        }
    }
    Config::deserialize(table)
}

fn is_empty(value: &Value) -> bool {
    value.as_str().is_some_and(str::is_empty)
}

/// The words of serde, which begin in the middle of a sentence.
pub fn said(error: &toml::de::Error) -> String {
    format!("cannot be used: {}", error.message().replace('\n', ", "))
}

fn from_text(text: &str, default: &Value) -> Option<Value> {
    match default {
        Value::String(_) => Some(Value::String(text.into())),
        Value::Integer(_) => text.parse().ok().map(Value::Integer),
        Value::Boolean(_) => text.parse().ok().map(Value::Boolean),
        Value::Array(_) => {
            let items = text.split([',', ' ']).filter(|item| !item.is_empty());
            Some(Value::Array(items.map(|item| Value::String(item.into())).collect()))
        }
        Value::Float(_) | Value::Datetime(_) | Value::Table(_) => None,
    }
}

fn expected(default: &Value) -> String {
    match default {
        Value::String(_) => "should be text in quotes",
        Value::Integer(_) => "should be a whole number",
        Value::Boolean(_) => "should be true or false",
        Value::Array(_) => "should be a list of texts, as in [\"one\", \"two\"]",
        Value::Table(_) => "is a section: its keys belong below a line with its name in brackets",
        Value::Float(_) | Value::Datetime(_) => "cannot be set",
    }
    .into()
}
