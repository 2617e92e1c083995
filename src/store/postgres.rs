//! PostgreSQL: each statement is one round trip.

mod connections;

use sqlx::postgres::{PgArguments, PgConnectOptions};
use sqlx::query::Query;
use sqlx::{PgPool, Postgres as Engine};

use super::Error;
use super::error::Cause;
use super::row::{FromRow, Row};
use super::statement::{Statement, Value};
use connections::{Connections, Lent};

/// A PostgreSQL database, shared by replicas. Clones share the connections.
#[derive(Clone, Debug)]
pub struct Postgres(Connections);

impl Postgres {
    /// The database behind a URL, over at most so many connections.
    ///
    /// # Errors
    /// [`Error::Url`].
    pub fn new(url: &str, max_connections: u32) -> Result<Self, Error> {
        let expected = "the PostgreSQL URL cannot be understood; it should look like postgres://user@host/database";
        let options: PgConnectOptions = url.parse().map_err(|_| Error::Url(expected.into()))?;
        Ok(Self(Connections::ours(options, max_connections)))
    }

    /// Adopts a pool that others use too.
    pub fn shared(pool: PgPool) -> Self {
        Self(Connections::Shared(pool))
    }

    /// Runs a statement and reads every row that it gives.
    pub(super) async fn rows<T: FromRow>(&self, statement: Statement) -> Result<Vec<T>, Error> {
        let mut lent = self.lend().await?;
        let outcome = query(statement).fetch_all(lent.get()).await;
        let rows = settle(lent, outcome)?;
        let read = rows.iter().map(|row| T::from_row(Row::Postgres(row)));
        read.collect::<Result<_, _>>().map_err(Error::from)
    }

    /// Runs a statement that changes rows, and gives how many.
    pub(super) async fn change(&self, statement: Statement) -> Result<u64, Error> {
        let mut lent = self.lend().await?;
        let outcome = query(statement).execute(lent.get()).await;
        settle(lent, outcome).map(|done| done.rows_affected())
    }

    /// A connection.
    pub(super) async fn lend(&self) -> Result<Lent<'_>, Error> {
        Ok(self.0.lend().await.map_err(Cause::from)?)
    }

    /// Waits for statements under way and closes every connection.
    pub(super) async fn close(&self) {
        self.0.close().await;
    }
}

/// Keeps a connection that works: one that says no, as to a row that a rule refuses, works too.
fn settle<T>(lent: Lent<'_>, outcome: Result<T, sqlx::Error>) -> Result<T, Error> {
    match &outcome {
        Ok(_) | Err(sqlx::Error::Database(_)) => lent.keep(),
        Err(_) => lent.give_up(),
    }
    Ok(outcome.map_err(Cause::from)?)
}

fn query(statement: Statement) -> Query<'static, Engine, PgArguments> {
    let query = sqlx::query(statement.text);
    statement.values.into_iter().fold(query, |query, value| match value {
        Value::Text(text) => query.bind(text),
        Value::Integer(integer) => query.bind(integer),
        Value::Boolean(flag) => query.bind(flag),
    })
}
