//! The store: SQLite inside by default, PostgreSQL for replicas.
//!
//! Every statement is written once, as data (`store::statement`): a text that both engines understand,
//! and what is bound to it. One migration text serves both as well; `tests/store` runs each statement on
//! both. A step of the protocol is one guarded statement, hence one round trip and no transaction to hold.
//!
//! SQLite has one writer at a time and pays a disk flush a commit, so its writer (`store::sqlite`)
//! commits all that is waiting as one transaction.

mod accounts;
pub mod audit;
mod clients;
mod consents;
pub mod desktop_sign_ins;
pub mod device_requests;
pub mod error;
pub mod factors;
pub mod gateway_sessions;
pub mod grants;
pub mod links;
pub mod logout_notices;
mod migrations;
mod postgres;
mod pushed_requests;
pub mod registrations;
mod row;
pub mod sessions;
pub mod signing_keys;
mod spent_jtis;
mod sqlite;
mod statement;
pub mod upstream_sessions;

use sqlx::PgPool;

pub use error::Error;
pub use postgres::Postgres;
pub use sqlite::Sqlite;

pub(crate) use row::row;
pub(crate) use statement::sql;

/// A store that is connected and migrated. Clones share it.
#[derive(Clone, Debug)]
pub enum Db {
    /// An SQLite file (or memory, for tests).
    Sqlite(Sqlite),
    /// A PostgreSQL database, shared by replicas.
    Postgres(Postgres),
}

impl Db {
    /// Connects to `sqlite:PATH`, `sqlite::memory:` or `postgres://…`, the latter with at most
    /// `max_connections`, and brings the tables up to date.
    ///
    /// # Errors
    /// [`Error::Url`], [`Error::Connect`], [`Error::Migrate`] or [`Error::Tables`], each in words that
    /// name the cause.
    pub async fn connect(url: &str, max_connections: u32) -> Result<Self, Error> {
        let db = if url.starts_with("sqlite:") {
            Self::Sqlite(Sqlite::connect(url)?)
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            Self::Postgres(Postgres::new(url, max_connections)?)
        } else {
            return Err(Error::Url(
                "a database URL starts with sqlite: or postgres:, as in sqlite:doorstep.db".into(),
            ));
        };
        db.migrate().await?;
        Ok(db)
    }

    /// Adopts a host application's PostgreSQL pool.
    ///
    /// # Errors
    /// [`Error::Migrate`] when Doorstep's tables cannot be made in it.
    pub async fn from_postgres(pool: PgPool) -> Result<Self, Error> {
        let db = Self::Postgres(Postgres::shared(pool));
        db.migrate().await?;
        Ok(db)
    }

    /// Waits for writes under way and closes every connection.
    pub async fn close(&self) {
        match self {
            Self::Sqlite(sqlite) => sqlite.close().await,
            Self::Postgres(postgres) => postgres.close().await,
        }
    }
}
