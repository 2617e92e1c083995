//! PostgreSQL: each statement is one round trip.

mod connections;

use std::io;
use std::time::Duration;

use sqlx::postgres::{PgArguments, PgConnectOptions, PgRow};
use sqlx::query::Query;
use sqlx::{PgPool, Postgres as Engine};
use tokio::time::timeout;

use super::Error;
use super::error::Cause;
use super::row::{FromRow, Row};
use super::statement::{Statement, Value};
use connections::{Connections, Lent};

/// How long a statement waits for its answer: a server that hangs must not hold the requests.
const PATIENCE: Duration = Duration::from_secs(10);

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

    /// Runs a statement that only reads, and once more where a connection of before turns out to be dead:
    /// the server was started anew, or something between forgot it.
    pub(super) async fn read<T: FromRow>(&self, statement: Statement) -> Result<Vec<T>, Error> {
        match fetch(self.lend().await?, &statement).await {
            Err(error) if is_lost(&error) => self.rows(statement).await,
            outcome => read(outcome),
        }
    }

    /// Runs a statement and reads every row that it gives.
    pub(super) async fn rows<T: FromRow>(&self, statement: Statement) -> Result<Vec<T>, Error> {
        read(fetch(self.lend().await?, &statement).await)
    }

    /// Runs a statement that changes rows, and gives how many.
    pub(super) async fn change(&self, statement: Statement) -> Result<u64, Error> {
        let mut lent = self.lend().await?;
        let outcome = in_time(query(&statement).execute(lent.get())).await;
        let done = settle(lent, outcome).map_err(Cause::from)?;
        Ok(done.rows_affected())
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

/// Keeps a connection that works: one that says no, as to a row that a rule refuses, works too, unless what
/// it says is good-bye.
fn settle<T>(lent: Lent<'_>, outcome: Result<T, sqlx::Error>) -> Result<T, sqlx::Error> {
    match &outcome {
        Ok(_) => lent.keep(),
        Err(error) if error.as_database_error().is_some() && !is_lost(error) => lent.keep(),
        Err(_) => lent.give_up(),
    }
    outcome
}

/// Whether the connection is gone, and its statement with it.
fn is_lost(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(error) => error.kind() != io::ErrorKind::TimedOut,
        // Operator intervention: the server is going down, or closes this connection.
        sqlx::Error::Database(error) => error.code().is_some_and(|code| code.starts_with("57P")),
        _ => false,
    }
}

async fn fetch(mut lent: Lent<'_>, statement: &Statement) -> Result<Vec<PgRow>, sqlx::Error> {
    let outcome = in_time(query(statement).fetch_all(lent.get())).await;
    settle(lent, outcome)
}

fn read<T: FromRow>(fetched: Result<Vec<PgRow>, sqlx::Error>) -> Result<Vec<T>, Error> {
    let rows = fetched.map_err(Cause::from)?;
    let read = rows.iter().map(|row| T::from_row(Row::Postgres(row)));
    read.collect::<Result<_, _>>().map_err(Error::from)
}

/// What the server answers while anybody still waits for it.
async fn in_time<T>(
    answer: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    let late =
        |_| sqlx::Error::Io(io::Error::new(io::ErrorKind::TimedOut, "PostgreSQL does not answer"));
    timeout(PATIENCE, answer).await.map_err(late)?
}

fn query(statement: &Statement) -> Query<'_, Engine, PgArguments> {
    let query = sqlx::query(statement.text);
    statement.values.iter().fold(query, |query, value| match value {
        Value::Text(text) => query.bind(text),
        Value::Integer(integer) => query.bind(integer),
        Value::Boolean(flag) => query.bind(flag),
    })
}
