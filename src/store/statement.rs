//! A statement as data: its text, and the values bound to it. It is written once and either engine runs it.
//!
//! A statement under way in PostgreSQL has a lot of state, and is boxed: otherwise each future that
//! might run one would be as large, and copied with every request even where the store is SQLite.

use super::row::FromRow;
use super::{Db, Error};
use crate::clock::Timestamp;

/// A value of one of the three column types. Its type is known even where there is nothing, since
/// PostgreSQL asks for it.
#[derive(Clone, Debug)]
pub enum Value {
    /// For TEXT.
    Text(Option<String>),
    /// For BIGINT.
    Integer(Option<i64>),
    /// For BOOLEAN.
    Boolean(bool),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(Some(text.to_owned()))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(Some(text))
    }
}

impl From<Option<String>> for Value {
    fn from(text: Option<String>) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(Some(number))
    }
}

impl From<Timestamp> for Value {
    fn from(moment: Timestamp) -> Self {
        moment.0.into()
    }
}

impl From<Option<Timestamp>> for Value {
    fn from(moment: Option<Timestamp>) -> Self {
        Self::Integer(moment.map(|moment| moment.0))
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Boolean(flag)
    }
}

/// A statement with what is bound to it; `$1` is the first value.
#[derive(Clone, Debug)]
#[must_use]
pub struct Statement {
    pub(super) text: &'static str,
    pub(super) values: Vec<Value>,
}

/// A statement to which nothing is bound yet.
pub fn sql(text: &'static str) -> Statement {
    Statement { text, values: Vec::new() }
}

impl Statement {
    /// Binds the next value.
    pub fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Reads the first row, if there is one.
    pub async fn find<T: FromRow>(self, db: &Db) -> Result<Option<T>, Error> {
        Ok(self.list(db).await?.into_iter().next())
    }

    /// Reads every row.
    pub async fn list<T: FromRow>(self, db: &Db) -> Result<Vec<T>, Error> {
        match db {
            Db::Sqlite(sqlite) => sqlite.read(self).await,
            Db::Postgres(postgres) => Box::pin(postgres.read(self)).await,
        }
    }

    /// Writes, and gives the number of rows that changed. Durable when it is done.
    pub async fn change(self, db: &Db) -> Result<u64, Error> {
        match db {
            Db::Sqlite(sqlite) => sqlite.change(self).await,
            Db::Postgres(postgres) => Box::pin(postgres.change(self)).await,
        }
    }

    /// Writes, and gives the row that is RETURNed, of one at most. Durable when it is done.
    pub async fn returning<T: FromRow>(self, db: &Db) -> Result<Option<T>, Error> {
        Ok(self.returning_all(db).await?.into_iter().next())
    }

    /// Writes, and gives every row that is RETURNed. Durable when it is done.
    pub async fn returning_all<T: FromRow>(self, db: &Db) -> Result<Vec<T>, Error> {
        match db {
            Db::Sqlite(sqlite) => sqlite.returning(self).await,
            Db::Postgres(postgres) => Box::pin(postgres.rows(self)).await,
        }
    }
}
