//! The one writer of an SQLite database, which commits in groups.
//!
//! A flush to disk costs far more than a statement, so while one commit is under way the next writes
//! queue up and share the following one. A write is answered only after its commit.

use std::sync::Arc;
use std::sync::mpsc::{self as std_mpsc, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::super::Error;
use super::super::error::Cause;

/// Writes that wait at most; more senders wait for a place.
const QUEUE: usize = 1024;
/// Writes that share a commit at most, so that the first of them is not kept waiting for long.
const GROUP: usize = 128;
/// How often the write-ahead log is moved into the database.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(1);
/// Pages in the log from which on the writer moves them itself: a backstop, since it stalls.
const BACKSTOP: i64 = 16_000;

/// Hands writes to the writer's thread, which ends with the last handle.
#[derive(Clone, Debug)]
pub struct Writer {
    queue: mpsc::Sender<Task>,
}

enum Task {
    Write(Box<dyn Write>),
    Stop(oneshot::Sender<()>),
}

/// A write that waits.
trait Write: Send {
    /// Does it, in a transaction that may be shared.
    fn run(&mut self, connection: &Connection);
    /// The error that it ended with.
    fn cause(&mut self) -> Option<Cause>;
    /// Tells whoever waits how it ended, now that the end of the transaction is known.
    fn answer(self: Box<Self>, committed: Result<(), Arc<Cause>>);
}

struct Waiting<T, F> {
    work: Option<F>,
    outcome: Option<Result<T, Cause>>,
    sender: oneshot::Sender<Result<T, Error>>,
}

impl<T: Send, F: FnOnce(&Connection) -> Result<T, Cause> + Send> Write for Waiting<T, F> {
    fn run(&mut self, connection: &Connection) {
        self.outcome = self.work.take().map(|work| work(connection));
    }

    fn cause(&mut self) -> Option<Cause> {
        self.outcome.take()?.err()
    }

    fn answer(self: Box<Self>, committed: Result<(), Arc<Cause>>) {
        let outcome = match committed {
            Ok(()) => self.outcome.unwrap_or(Err(Cause::Closed)).map_err(Error::from),
            Err(cause) => Err(Error::Statement(cause)),
        };
        // A sender that no longer waits has nobody to tell; its write stands all the same.
        let _ = self.sender.send(outcome);
    }
}

impl Writer {
    /// Starts the thread. A connection for checkpoints makes them apart, where they stall nobody.
    ///
    /// # Panics
    /// When the system gives no thread.
    pub fn start(connection: Connection, checkpoints: Option<Connection>) -> Self {
        let (queue, tasks) = mpsc::channel(QUEUE);
        let work = move || run(connection, checkpoints, tasks);
        thread::Builder::new()
            .name("writer".into())
            .spawn(work)
            .expect("the system gives a thread");
        Self { queue }
    }

    /// Waits until `work` is done and committed.
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Cause> + Send + 'static,
    ) -> Result<T, Error> {
        let (sender, receiver) = oneshot::channel();
        let waiting = Waiting { work: Some(work), outcome: None, sender };
        let queued = self.queue.send(Task::Write(Box::new(waiting))).await;
        queued.map_err(|_| Cause::Closed)?;
        receiver.await.map_err(|_| Cause::Closed)?
    }

    /// Waits for the writes before it, and until the connection is closed.
    pub async fn stop(&self) {
        let (sender, receiver) = oneshot::channel();
        if self.queue.send(Task::Stop(sender)).await.is_ok() {
            let _ = receiver.await;
        }
    }
}

fn run(connection: Connection, checkpoints: Option<Connection>, mut tasks: mpsc::Receiver<Task>) {
    let checkpointing = checkpoints.map(|other| {
        let _ = connection.pragma_update(None, "wal_autocheckpoint", BACKSTOP);
        let (stop, stopped) = std_mpsc::channel::<()>();
        (stop, thread::spawn(move || checkpoint(&other, &stopped)))
    });
    let mut stopping = None;
    let (mut waiting, mut group) = (Vec::with_capacity(GROUP), Vec::with_capacity(GROUP));
    while stopping.is_none() && tasks.blocking_recv_many(&mut waiting, GROUP) > 0 {
        // Where requests want this core too, those that are ready bring their writes before the flush.
        thread::yield_now();
        while waiting.len() < GROUP
            && let Ok(task) = tasks.try_recv()
        {
            waiting.push(task);
        }
        for task in waiting.drain(..) {
            match task {
                Task::Write(write) => group.push(write),
                Task::Stop(sender) => stopping = Some(sender),
            }
        }
        if !group.is_empty() {
            let committed = commit(&connection, &mut group).map_err(Arc::new);
            group.drain(..).for_each(|write| write.answer(committed.clone()));
        }
    }
    // What is still in the queue is dropped with it, which tells the senders.
    drop(tasks);
    if let Some((stop, thread)) = checkpointing {
        drop(stop);
        let _ = thread.join();
    }
    drop(connection);
    if let Some(stopping) = stopping {
        let _ = stopping.send(());
    }
}

/// Runs the group in one transaction. A write is one statement, and SQLite undoes a failed statement
/// alone, so a refused row spoils nobody else's write.
fn commit(connection: &Connection, group: &mut [Box<dyn Write>]) -> Result<(), Cause> {
    connection.prepare_cached("BEGIN IMMEDIATE")?.raw_execute()?;
    for write in group {
        write.run(connection);
        // A full disk and the like make SQLite undo all of it.
        if connection.is_autocommit() {
            return Err(write.cause().unwrap_or(Cause::Closed));
        }
    }
    let committed = connection.prepare_cached("COMMIT").and_then(|mut commit| commit.raw_execute());
    if committed.is_err() && !connection.is_autocommit() {
        connection.execute_batch("ROLLBACK")?;
    }
    Ok(committed.map(drop)?)
}

/// Moves the write-ahead log into the database now and then, without blocking anyone.
fn checkpoint(connection: &Connection, stopped: &std_mpsc::Receiver<()>) {
    while stopped.recv_timeout(CHECKPOINT_EVERY) == Err(RecvTimeoutError::Timeout) {
        let passed = |_: &rusqlite::Row<'_>| Ok(());
        if let Err(error) = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", (), passed) {
            tracing::warn!(%error, "the SQLite write-ahead log could not be checkpointed");
        }
    }
}
