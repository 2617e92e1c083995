//! The SQL store: SQLite inside by default, PostgreSQL for replicas.
//!
//! Every statement is written once. The `reading!` and `writing!` macros expand it for each driver, so
//! it is typed natively by both; `tests/store.rs` runs each on both engines. One migration text serves
//! both as well. A step of the protocol is one guarded statement, hence one round trip and no
//! transaction to hold.
//!
//! SQLite has one writer at a time and pays a disk flush a commit, so a writer task (`store::sqlite`)
//! commits all that is waiting as one transaction.

mod accounts;
pub mod audit;
mod clients;
mod consents;
pub mod factors;
pub mod grants;
mod kept;
pub mod links;
pub mod logout_notices;
mod pushed_requests;
pub mod sessions;
pub mod signing_keys;
mod spent_jtis;
mod sqlite;
pub mod upstream_sessions;

use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{PgPool, SqlitePool};

use kept::Kept;
use sqlite::Writer;

/// A store that is connected and migrated. Clones share it.
#[derive(Clone, Debug)]
pub enum Db {
    /// An SQLite file (or memory, for tests).
    Sqlite(Sqlite),
    /// A PostgreSQL database, shared by replicas.
    Postgres(Postgres),
}

/// SQLite's readers and its one writer.
#[derive(Clone, Debug)]
pub struct Sqlite {
    readers: Kept<sqlx::Sqlite>,
    writer: Writer,
}

/// PostgreSQL's connections.
#[derive(Clone, Debug)]
pub struct Postgres(Kept<sqlx::Postgres>);

/// Why the store did not do what it was asked.
#[derive(Debug)]
pub enum Error {
    /// The URL names neither engine or cannot be understood; the text says what is expected.
    Url(String),
    /// The engine could not be reached, or its file not be opened.
    Connect(sqlx::Error),
    /// The tables could not be brought up to date.
    Migrate(sqlx::migrate::MigrateError),
    /// A statement failed.
    Statement(std::sync::Arc<sqlx::Error>),
    /// A stored value is not what this version writes; the text names it.
    Corrupt(&'static str),
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Url(reason) => f.write_str(reason),
            Self::Connect(source) => write!(f, "the database cannot be reached: {source}"),
            Self::Migrate(source) => {
                write!(f, "the database's tables cannot be brought up to date: {source}")
            }
            Self::Statement(source) => write!(f, "the database refused a statement: {source}"),
            Self::Corrupt(what) => write!(f, "the database holds a {what} that cannot be read"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Connect(source) => Some(source),
            Self::Migrate(source) => Some(source),
            Self::Statement(source) => Some(&**source),
            Self::Url(_) | Self::Corrupt(_) => None,
        }
    }
}

impl From<sqlx::Error> for Error {
    fn from(source: sqlx::Error) -> Self {
        Self::Statement(source.into())
    }
}

impl Error {
    /// Whether a uniqueness rule refused the row.
    pub fn is_unique_violation(&self) -> bool {
        matches!(self, Self::Statement(source)
            if source.as_database_error().is_some_and(|error| error.is_unique_violation()))
    }
}

/// Runs one statement on a lent connection, which is kept for the next one if all went well.
macro_rules! lent {
    ($kept:expr, |$c:ident| $body:expr) => {{
        let mut connection = $kept.lend().await?;
        let $c = connection.get();
        let outcome = $body.await.map_err($crate::store::Error::from);
        if outcome.is_ok() {
            connection.keep();
        }
        outcome
    }};
}

/// Runs one reading statement: `$c` is a connection of either driver, the body a future of
/// `sqlx::Result`.
macro_rules! reading {
    ($db:expr, |$c:ident| $body:expr) => {
        match $db {
            $crate::store::Db::Sqlite(sqlite) => {
                $crate::store::lent!(sqlite.readers(), |$c| $body)
            }
            $crate::store::Db::Postgres(postgres) => {
                $crate::store::lent!(postgres.connections(), |$c| $body)
            }
        }
    };
}

/// Runs one writing statement, durable when the future is done. The body owns what it binds, because
/// for SQLite it travels to the writer task.
macro_rules! writing {
    ($db:expr, |$c:ident| $body:expr) => {
        match $db {
            $crate::store::Db::Sqlite(sqlite) => {
                sqlite.write(move |$c| Box::pin(async move { $body.await })).await
            }
            $crate::store::Db::Postgres(postgres) => {
                $crate::store::lent!(postgres.connections(), |$c| $body)
            }
        }
    };
}

/// Runs one writing statement that returns no rows and gives the number of rows it changed.
macro_rules! changing {
    ($db:expr, $query:expr) => {
        $crate::store::writing!($db, |c| async {
            $query.execute(c).await.map(|done| done.rows_affected())
        })
    };
}

pub(crate) use {changing, lent, reading, writing};

impl Db {
    /// Connects to `sqlite:PATH`, `sqlite::memory:` or `postgres://…` with at most `max_connections`,
    /// and brings the tables up to date.
    ///
    /// # Errors
    /// [`Error::Url`], [`Error::Connect`] or [`Error::Migrate`], each in words that name the cause.
    pub async fn connect(url: &str, max_connections: u32) -> Result<Self, Error> {
        let db = if url.starts_with("sqlite:") {
            Self::Sqlite(sqlite::connect(url, max_connections).await?)
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            Self::Postgres(Postgres(connect_postgres(url, max_connections).await?))
        } else {
            return Err(Error::Url(
                "a database URL starts with sqlite: or postgres:, as in sqlite:doorstep.db".into(),
            ));
        };
        db.migrate().await?;
        Ok(db)
    }

    /// Adopts a host application's SQLite pool. It should use WAL and a busy timeout.
    ///
    /// # Errors
    /// [`Error::Migrate`] when Doorstep's tables cannot be made in it.
    pub async fn from_sqlite(pool: SqlitePool) -> Result<Self, Error> {
        let kept = Kept::shared(pool);
        let db = Self::Sqlite(Sqlite { writer: Writer::spawn(kept.clone()), readers: kept });
        db.migrate().await?;
        Ok(db)
    }

    /// Adopts a host application's PostgreSQL pool.
    ///
    /// # Errors
    /// [`Error::Migrate`] when Doorstep's tables cannot be made in it.
    pub async fn from_postgres(pool: PgPool) -> Result<Self, Error> {
        let db = Self::Postgres(Postgres(Kept::shared(pool)));
        db.migrate().await?;
        Ok(db)
    }

    async fn migrate(&self) -> Result<(), Error> {
        let mut migrator: Migrator = sqlx::migrate!("./migrations");
        // A host's own migrations live in sqlx's usual table; ours must not meet them.
        migrator.dangerous_set_table_name("doorstep_migrations");
        match self {
            Self::Sqlite(sqlite) => migrator.run(sqlite.writer.connections().pool()).await,
            Self::Postgres(postgres) => migrator.run(postgres.connections().pool()).await,
        }
        .map_err(Error::Migrate)
    }

    /// Waits for writes under way and closes every connection.
    pub async fn close(&self) {
        match self {
            Self::Sqlite(sqlite) => {
                sqlite.writer.connections().close().await;
                sqlite.readers.close().await;
            }
            Self::Postgres(postgres) => postgres.connections().close().await,
        }
    }
}

impl Postgres {
    fn connections(&self) -> &Kept<sqlx::Postgres> {
        &self.0
    }
}

async fn connect_postgres(url: &str, max_connections: u32) -> Result<Kept<sqlx::Postgres>, Error> {
    let options: PgConnectOptions =
        url.parse().map_err(|_| Error::Url("the PostgreSQL URL cannot be understood; it should look like postgres://user@host/database".into()))?;
    PgPoolOptions::new()
        .max_connections(max_connections)
        .acquire_timeout(Duration::from_secs(5))
        .test_before_acquire(false)
        .connect_with(options)
        .await
        .map(Kept::ours)
        .map_err(Error::Connect)
}
