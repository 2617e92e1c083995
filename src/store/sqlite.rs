//! SQLite as a server's store: WAL, `synchronous=FULL`, readers on the spot and one writer.
//!
//! A statement that finds its rows by an index takes SQLite a few microseconds, less than handing it to
//! another thread and back. So reading happens where it is asked for, on one of a few connections. A
//! write has to wait for the disk, and goes to the writer's thread.

mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::Error;
use super::error::Cause;
use super::row::{FromRow, Row};
use super::statement::{Statement, Value};
use writer::Writer;

/// How long a statement waits for another process that holds the file.
const PATIENCE: Duration = Duration::from_secs(10);
/// Prepared statements that each connection keeps: more than there are.
const PREPARED: usize = 200;

/// An SQLite database. Clones share it.
#[derive(Clone, Debug)]
pub struct Sqlite {
    readers: Option<Arc<Readers>>,
    writer: Writer,
}

/// Connections that read: as many as there were ever threads that read at once.
#[derive(Debug)]
struct Readers {
    file: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Sqlite {
    /// Opens (or makes) the file behind a `sqlite:` URL, readable by its owner only.
    ///
    /// # Errors
    /// [`Error::Url`] or [`Error::Connect`].
    pub fn connect(url: &str) -> Result<Self, Error> {
        let file = url.strip_prefix("sqlite:").unwrap_or(url);
        let file = Path::new(file.strip_prefix("//").unwrap_or(file));
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        if name.is_empty() || name.contains('?') {
            let expected =
                "the SQLite URL cannot be understood; it should look like sqlite:doorstep.db";
            return Err(Error::Url(expected.into()));
        }
        if name == ":memory:" {
            // Every connection to it is a database of its own, so there is exactly one.
            let connection = configure(Connection::open_in_memory())?;
            return Ok(Self { readers: None, writer: Writer::start(connection, None) });
        }
        create_private(file).map_err(|error| Error::connect(Cause::File(error)))?;
        let writer = Writer::start(open(file)?, Some(open(file)?));
        let idle = Mutex::new(vec![open(file)?]);
        let readers = Arc::new(Readers { file: file.to_owned(), idle });
        Ok(Self { readers: Some(readers), writer })
    }

    /// Reads every row of a statement.
    pub(super) async fn read<T: FromRow>(&self, statement: Statement) -> Result<Vec<T>, Error> {
        match &self.readers {
            Some(readers) => readers.read(&statement),
            None => self.returning(statement).await,
        }
    }

    /// Runs a statement that changes rows, and gives how many.
    pub(super) async fn change(&self, statement: Statement) -> Result<u64, Error> {
        self.writer.write(move |connection| change(connection, &statement)).await
    }

    /// Runs a statement that changes rows and gives them back.
    pub(super) async fn returning<T: FromRow>(
        &self,
        statement: Statement,
    ) -> Result<Vec<T>, Error> {
        self.writer.write(move |connection| rows(connection, &statement)).await
    }

    /// Does something to the database, as one of the writes that share a transaction.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Cause> + Send + 'static,
    ) -> Result<T, Error> {
        self.writer.write(work).await
    }

    /// Waits for writes under way and closes every connection.
    pub(super) async fn close(&self) {
        if let Some(readers) = &self.readers {
            readers.idle().clear();
        }
        self.writer.stop().await;
    }
}

impl Readers {
    fn read<T: FromRow>(&self, statement: &Statement) -> Result<Vec<T>, Error> {
        let idle = self.idle().pop();
        let connection = match idle {
            Some(connection) => connection,
            None => open(&self.file)?,
        };
        let read = rows(&connection, statement)?;
        self.idle().push(connection);
        Ok(read)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn rows<T: FromRow>(connection: &Connection, statement: &Statement) -> Result<Vec<T>, Cause> {
    let mut prepared = prepared(connection, statement)?;
    let mut rows = prepared.raw_query();
    let mut read = Vec::new();
    // To the end, even where one row is expected: only there a write is known to have succeeded.
    while let Some(row) = rows.next()? {
        read.push(T::from_row(Row::Sqlite(row))?);
    }
    Ok(read)
}

fn change(connection: &Connection, statement: &Statement) -> Result<u64, Cause> {
    Ok(prepared(connection, statement)?.raw_execute()? as u64)
}

/// The statement, prepared once on each connection, with its values.
fn prepared<'c>(
    connection: &'c Connection,
    statement: &Statement,
) -> Result<rusqlite::CachedStatement<'c>, Cause> {
    let mut prepared = connection.prepare_cached(statement.text)?;
    // SQLite numbers `$1` and `$2` in the order in which it meets them; the name says what is meant.
    for number in 1..=prepared.parameter_count() {
        let name = prepared.parameter_name(number).and_then(|name| name.get(1..)?.parse().ok());
        let value = name.and_then(|name: usize| statement.values.get(name.checked_sub(1)?));
        match value {
            Some(Value::Text(text)) => prepared.raw_bind_parameter(number, text),
            Some(Value::Integer(integer)) => prepared.raw_bind_parameter(number, integer),
            Some(Value::Boolean(flag)) => prepared.raw_bind_parameter(number, flag),
            None => Err(rusqlite::Error::InvalidParameterCount(statement.values.len(), number)),
        }?;
    }
    Ok(prepared)
}

fn open(file: &Path) -> Result<Connection, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    configure(Connection::open_with_flags(file, flags))
}

fn configure(opened: rusqlite::Result<Connection>) -> Result<Connection, Error> {
    let configured = opened.and_then(|connection| {
        connection.busy_timeout(PATIENCE)?;
        connection.set_prepared_statement_cache_capacity(PREPARED);
        connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")?;
        Ok(connection)
    });
    configured.map_err(Error::connect)
}

/// Makes the file with mode 0600 if it is not there; SQLite gives its side files the same mode.
fn create_private(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}
