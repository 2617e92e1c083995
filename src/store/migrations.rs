//! The tables, made and brought up to date when the store is opened. One text serves both engines.
//!
//! What was done is remembered in a table of our own, apart from a host application's migrations. The
//! steps that are missing are taken in one transaction, by one of all processes that open the store.

use rusqlite::Connection;
use sqlx::{Connection as _, PgConnection};

use super::error::Cause;
use super::postgres::Postgres;
use super::sqlite::Sqlite;
use super::{Db, Error};
use crate::secret;

/// Every step from an empty database to today's, in order.
const STEPS: [&str; 1] = [include_str!("../../migrations/0001_start.sql")];

const REMEMBER: &str = "CREATE TABLE IF NOT EXISTS doorstep_migrations \
    (version BIGINT PRIMARY KEY, digest TEXT NOT NULL)";
const DONE: &str = "SELECT digest FROM doorstep_migrations ORDER BY version";
const DO: &str = "INSERT INTO doorstep_migrations (version, digest) VALUES ($1, $2)";
/// Any number will do, if only no other program on the same PostgreSQL locks it.
const LOCK: &str = "SELECT pg_advisory_xact_lock(7301486520)";

impl Db {
    pub(super) async fn migrate(&self) -> Result<(), Error> {
        match self {
            Self::Sqlite(sqlite) => in_sqlite(sqlite).await,
            Self::Postgres(postgres) => in_postgres(postgres).await,
        }
    }
}

/// The steps that are missing after those that were done, each with its number.
fn missing(done: &[String]) -> Result<Vec<(i64, &'static str)>, Error> {
    let tables = |what: &str| Error::Tables(format!("the database's tables are {what}"));
    if done.len() > STEPS.len() {
        return Err(tables("those of a newer Doorstep; start that one"));
    }
    if done.iter().zip(STEPS).any(|(done, step)| *done != secret::digest(step)) {
        return Err(tables("not those that this Doorstep makes; give it a database of its own"));
    }
    Ok((1..).zip(STEPS).skip(done.len()).collect())
}

async fn in_sqlite(sqlite: &Sqlite) -> Result<(), Error> {
    // Most of the time there is nothing to do, and nothing is written.
    if let Ok(done) = sqlite.write(|connection| Ok(done(connection)?)).await
        && missing(&done)?.is_empty()
    {
        return Ok(());
    }
    let migrated = sqlite.write(|connection| {
        connection.execute_batch(REMEMBER)?;
        let missing = match missing(&done(connection)?) {
            Ok(missing) => missing,
            Err(error) => return Ok(Err(error)),
        };
        for (version, step) in missing {
            connection.execute_batch(step)?;
            connection.execute(DO, (version, secret::digest(step)))?;
        }
        Ok(Ok(()))
    });
    migrated.await.map_err(as_migration)?
}

fn done(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    connection.prepare(DONE)?.query_map((), |row| row.get(0))?.collect()
}

async fn in_postgres(postgres: &Postgres) -> Result<(), Error> {
    let mut lent = postgres.lend().await.map_err(|error| match error {
        Error::Statement(cause) => Error::Connect(cause),
        other => other,
    })?;
    step_postgres(lent.get()).await?;
    lent.keep();
    Ok(())
}

async fn step_postgres(connection: &mut PgConnection) -> Result<(), Error> {
    let mut transaction = connection.begin().await.map_err(Error::migrate)?;
    for text in [LOCK, REMEMBER] {
        sqlx::raw_sql(text).execute(&mut *transaction).await.map_err(Error::migrate)?;
    }
    let done = sqlx::query_scalar(DONE).fetch_all(&mut *transaction).await;
    for (version, step) in missing(&done.map_err(Error::migrate)?)? {
        sqlx::raw_sql(step).execute(&mut *transaction).await.map_err(Error::migrate)?;
        let remember = sqlx::query(DO).bind(version).bind(secret::digest(step));
        remember.execute(&mut *transaction).await.map_err(Error::migrate)?;
    }
    transaction.commit().await.map_err(Error::migrate)
}

fn as_migration(error: Error) -> Error {
    match error {
        Error::Statement(cause) => match &*cause {
            Cause::Closed => Error::Statement(cause),
            _ => Error::Migrate(cause),
        },
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_tables_and_those_of_the_future_are_refused() {
        let ours = STEPS.map(secret::digest).to_vec();
        assert_eq!(missing(&[]).unwrap().len(), STEPS.len());
        assert!(missing(&ours).unwrap().is_empty());
        let newer = [ours.clone(), vec!["more".into()]].concat();
        assert!(missing(&newer).unwrap_err().to_string().contains("newer"));
        let other = vec!["another digest".to_owned()];
        assert!(missing(&other).unwrap_err().to_string().contains("not those"));
    }
}
