//! Why the store did not do what it was asked.

use std::fmt;
use std::io;
use std::sync::Arc;

use rusqlite::ErrorCode;

/// Why the store did not do what it was asked.
#[derive(Clone, Debug)]
pub enum Error {
    /// The URL names neither engine or cannot be understood; the text says what is expected.
    Url(String),
    /// The engine could not be reached, or its file not be opened.
    Connect(Arc<Cause>),
    /// The tables could not be brought up to date.
    Migrate(Arc<Cause>),
    /// The tables are not ones that this version knows; the text says why.
    Tables(String),
    /// A statement failed.
    Statement(Arc<Cause>),
    /// A stored value is not what this version writes; the text names it.
    Corrupt(&'static str),
}

/// What an engine said.
#[derive(Debug)]
pub enum Cause {
    /// SQLite's word.
    Sqlite(rusqlite::Error),
    /// PostgreSQL's word, or its driver's.
    Postgres(sqlx::Error),
    /// The file could not be made.
    File(io::Error),
    /// A word that this version does not know stands in this column.
    Unknown(&'static str),
    /// The store was closed.
    Closed,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(reason) | Self::Tables(reason) => f.write_str(reason),
            Self::Connect(cause) => write!(f, "the database cannot be reached: {cause}"),
            Self::Migrate(cause) => {
                write!(f, "the database's tables cannot be brought up to date: {cause}")
            }
            Self::Statement(cause) => write!(f, "the database refused a statement: {cause}"),
            Self::Corrupt(what) => write!(f, "the database holds a {what} that cannot be read"),
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(source) => source.fmt(f),
            Self::Postgres(source) => source.fmt(f),
            Self::File(source) => source.fmt(f),
            Self::Unknown(column) => write!(f, "it holds a {column} that is not known"),
            Self::Closed => f.write_str("it was closed"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Connect(cause) | Self::Migrate(cause) | Self::Statement(cause) => Some(&**cause),
            Self::Url(_) | Self::Tables(_) | Self::Corrupt(_) => None,
        }
    }
}

impl std::error::Error for Cause {}

impl From<Cause> for Error {
    fn from(cause: Cause) -> Self {
        Self::Statement(cause.into())
    }
}

impl From<rusqlite::Error> for Cause {
    fn from(source: rusqlite::Error) -> Self {
        Self::Sqlite(source)
    }
}

impl From<sqlx::Error> for Cause {
    fn from(source: sqlx::Error) -> Self {
        Self::Postgres(source)
    }
}

impl Error {
    pub(super) fn connect(cause: impl Into<Cause>) -> Self {
        Self::Connect(Arc::new(cause.into()))
    }

    pub(super) fn migrate(cause: impl Into<Cause>) -> Self {
        Self::Migrate(Arc::new(cause.into()))
    }

    /// Whether a uniqueness rule refused the row.
    pub fn is_unique_violation(&self) -> bool {
        let Self::Statement(cause) = self else { return false };
        match &**cause {
            Cause::Sqlite(source) => source.sqlite_error().is_some_and(|error| {
                let unique = [
                    rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE,
                    rusqlite::ffi::SQLITE_CONSTRAINT_PRIMARYKEY,
                ];
                unique.contains(&error.extended_code)
            }),
            Cause::Postgres(source) => {
                source.as_database_error().is_some_and(|error| error.is_unique_violation())
            }
            Cause::File(_) | Cause::Unknown(_) | Cause::Closed => false,
        }
    }

    /// Whether the store could not be reached or has no room: a retry may help.
    pub fn is_outage(&self) -> bool {
        match self {
            Self::Connect(_) => true,
            Self::Statement(cause) => cause.is_outage(),
            _ => false,
        }
    }
}

impl Cause {
    fn is_outage(&self) -> bool {
        match self {
            Self::Sqlite(source) => matches!(
                source.sqlite_error_code(),
                Some(
                    ErrorCode::DiskFull
                        | ErrorCode::ReadOnly
                        | ErrorCode::SystemIoFailure
                        | ErrorCode::CannotOpen
                        | ErrorCode::DatabaseBusy
                )
            ),
            Self::Postgres(source) => match source {
                sqlx::Error::Io(_)
                | sqlx::Error::PoolTimedOut
                | sqlx::Error::PoolClosed
                | sqlx::Error::WorkerCrashed
                | sqlx::Error::Tls(_) => true,
                // A server that is shutting down or has no room (classes 53 and 57).
                sqlx::Error::Database(error) => error
                    .code()
                    .is_some_and(|code| code.starts_with("53") || code.starts_with("57")),
                _ => false,
            },
            Self::File(_) | Self::Closed => true,
            Self::Unknown(_) => false,
        }
    }
}
