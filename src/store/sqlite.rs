//! SQLite as a server's store: WAL, `synchronous=FULL`, and one writer that commits in groups.
//!
//! A flush to disk costs far more than a statement, so while one commit is under way the next writes
//! queue up and share the following one. A write is answered only after its commit.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection, Executor, SqliteConnection};
use tokio::sync::{mpsc, oneshot};

use super::kept::Kept;
use super::{Error, Sqlite};

/// Writes that wait at most; more senders wait for a place.
const QUEUE: usize = 1024;
/// Writes that share a commit at most, so that the first of them is not kept waiting for long.
const GROUP: usize = 128;

type Boxed<'c, T> = std::pin::Pin<Box<dyn Future<Output = T> + Send + 'c>>;
/// Tells the sender how its write ended, once the commit's own end is known.
type Answer = Box<dyn FnOnce(Result<(), Arc<sqlx::Error>>) + Send>;
type Job = Box<dyn for<'c> FnOnce(&'c mut SqliteConnection) -> Boxed<'c, Answer> + Send>;

/// The one writer of an SQLite database.
#[derive(Clone, Debug)]
pub struct Writer {
    connections: Kept<sqlx::Sqlite>,
    queue: mpsc::Sender<Job>,
}

impl Writer {
    /// Starts the writer task on the current runtime; it ends when the last handle is dropped.
    pub fn spawn(connections: Kept<sqlx::Sqlite>) -> Self {
        let (queue, jobs) = mpsc::channel(QUEUE);
        tokio::spawn(run(connections.clone(), jobs));
        Self { connections, queue }
    }

    /// Where the writer takes its connection from.
    pub fn connections(&self) -> &Kept<sqlx::Sqlite> {
        &self.connections
    }
}

impl Sqlite {
    /// Connections that read.
    pub(super) fn readers(&self) -> &Kept<sqlx::Sqlite> {
        &self.readers
    }

    /// Hands `work` to the writer and waits until it is committed.
    pub(super) async fn write<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> Boxed<'c, sqlx::Result<T>> + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            let running = work(connection);
            Box::pin(async move {
                let outcome = running.await;
                let answer: Answer = Box::new(move |commit| {
                    // A sender that no longer waits has nobody to tell; its write stands all the same.
                    let _ = sender.send(match commit {
                        Ok(()) => outcome.map_err(Error::from),
                        Err(commit) => Err(Error::Statement(commit)),
                    });
                });
                answer
            })
        });
        let closed = || Error::from(sqlx::Error::PoolClosed);
        self.writer.queue.send(job).await.map_err(|_| closed())?;
        receiver.await.map_err(|_| closed())?
    }
}

async fn run(connections: Kept<sqlx::Sqlite>, mut jobs: mpsc::Receiver<Job>) {
    let mut group = Vec::with_capacity(GROUP);
    while jobs.recv_many(&mut group, GROUP).await > 0 {
        if let Err(error) = commit(&connections, &mut group).await {
            // Only jobs that never ran are left here; dropping them tells their senders.
            tracing::error!(%error, "the SQLite writer could not begin a transaction");
            group.clear();
        }
    }
}

/// Runs the group in one transaction and answers each job with the commit's outcome. A job is one
/// statement, and SQLite undoes a failed statement alone, so a refused row spoils nobody else's write.
async fn commit(connections: &Kept<sqlx::Sqlite>, group: &mut Vec<Job>) -> Result<(), sqlx::Error> {
    let mut connection = connections.lend().await?;
    let mut transaction = connection.get().begin_with("BEGIN IMMEDIATE").await?;
    let mut answers = Vec::with_capacity(group.len());
    for job in group.drain(..) {
        answers.push(job(&mut transaction).await);
    }
    let outcome = transaction.commit().await.map_err(Arc::new);
    if outcome.is_ok() {
        connection.keep();
    }
    for answer in answers {
        answer(outcome.clone());
    }
    Ok(())
}

/// Opens (or makes) the file behind a `sqlite:` URL, readable by its owner only.
pub async fn connect(url: &str, max_connections: u32) -> Result<Sqlite, Error> {
    let options: SqliteConnectOptions = url.parse().map_err(|_| {
        Error::Url(
            "the SQLite URL cannot be understood; it should look like sqlite:doorstep.db".into(),
        )
    })?;
    let options = options
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(Duration::from_secs(10))
        .statement_cache_capacity(200);
    if url.contains(":memory:") {
        // Every connection to :memory: is a database of its own, so there is exactly one.
        let kept = single(options).await?;
        return Ok(Sqlite { writer: Writer::spawn(kept.clone()), readers: kept });
    }
    create_private(options.get_filename())
        .map_err(|error| Error::Connect(sqlx::Error::Io(error)))?;
    // A checkpoint in the writer's path would stall it, so a task of its own makes them; the
    // writer's own threshold remains as a backstop.
    let writer = single(options.clone().pragma("wal_autocheckpoint", "16000")).await?;
    let readers = SqlitePoolOptions::new()
        .max_connections(max_connections)
        .acquire_timeout(Duration::from_secs(10))
        .test_before_acquire(false)
        .connect_with(options)
        .await
        .map(Kept::ours)
        .map_err(Error::Connect)?;
    tokio::spawn(checkpoint(readers.clone()));
    Ok(Sqlite { writer: Writer::spawn(writer), readers })
}

async fn single(options: SqliteConnectOptions) -> Result<Kept<sqlx::Sqlite>, Error> {
    SqlitePoolOptions::new()
        .max_connections(1)
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(options)
        .await
        .map(Kept::ours)
        .map_err(Error::Connect)
}

/// Moves the write-ahead log into the database every second, without blocking anyone.
async fn checkpoint(readers: Kept<sqlx::Sqlite>) {
    while !readers.pool().is_closed() {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let Ok(mut connection) = readers.lend().await else { continue };
        match connection.get().execute("PRAGMA wal_checkpoint(PASSIVE)").await {
            Ok(_) => connection.keep(),
            Err(error) => {
                tracing::warn!(%error, "the SQLite write-ahead log could not be checkpointed");
            }
        }
    }
}

/// Makes the file with mode 0600 if it is not there; SQLite gives its side files the same mode.
fn create_private(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}
