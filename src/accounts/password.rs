//! Password hashes: Argon2id (RFC 9106) in PHC strings, computed on a few threads of their own.
//!
//! A hash costs ~20 ms of a core and 19 MiB. So it never runs on the threads that serve requests,
//! only so many run at once, only so many wait, and each thread keeps its memory for the next one.
//! On Linux these threads step back when others need the processor: a flood of sign-ins does not slow
//! down the programs that redeem codes.

mod hasher;

use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;

use argon2::Params;
use tokio::sync::oneshot;

use crate::secret::Secret;
use hasher::Hasher;
pub use hasher::is_usable_hash;

/// What a hash costs, and how many are computed at a time.
#[derive(Clone, Debug)]
pub struct Settings {
    /// KiB of memory.
    pub memory_kib: u32,
    /// Passes over it.
    pub iterations: u32,
    /// Lanes.
    pub parallelism: u32,
    /// Threads; 0 for one a core.
    pub concurrency: usize,
    /// Requests that wait at most.
    pub queue: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { memory_kib: 19_456, iterations: 2, parallelism: 1, concurrency: 0, queue: 64 }
    }
}

/// The queue is full: come back in a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Busy;

/// What a comparison found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Another password, or no hash to compare with.
    Wrong,
    /// The password; `outdated` when it should be hashed anew at today's cost.
    Right {
        /// Whether the stored hash was cheaper than today's.
        outdated: bool,
    },
}

type Job = Box<dyn FnOnce(&mut Hasher) + Send>;

/// The threads that hash. Clones share them; they end when the last is dropped.
#[derive(Clone, Debug)]
pub struct Passwords {
    queue: mpsc::SyncSender<Job>,
}

impl Passwords {
    /// Starts the threads.
    ///
    /// # Panics
    /// When Argon2 does not know such settings ([`Settings`] from a configuration are checked), or
    /// the system gives no thread.
    pub fn start(settings: &Settings) -> Self {
        let params =
            Params::new(settings.memory_kib, settings.iterations, settings.parallelism, None)
                .expect("Argon2 knows these settings");
        let (queue, jobs) = mpsc::sync_channel::<Job>(settings.queue);
        let jobs = Arc::new(Mutex::new(jobs));
        let cores = || thread::available_parallelism().map_or(1, usize::from);
        for _ in 0..(if settings.concurrency == 0 { cores() } else { settings.concurrency }) {
            let (jobs, params) = (jobs.clone(), params.clone());
            let work = move || work(&jobs, &mut Hasher::new(params));
            thread::Builder::new()
                .name("passwords".into())
                .spawn(work)
                .expect("the system gives a thread");
        }
        Self { queue }
    }

    /// The hash of a new password.
    ///
    /// # Errors
    /// [`Busy`] when too many wait already.
    pub async fn hash(&self, password: &Secret) -> Result<String, Busy> {
        let password = password.clone();
        self.run(move |hasher| hasher.hash(&password)).await
    }

    /// Compares a password with a stored hash. Without one, because nobody goes by that name, it costs
    /// the same and is wrong.
    ///
    /// # Errors
    /// [`Busy`] when too many wait already.
    pub async fn verify(&self, password: &Secret, stored: Option<String>) -> Result<Verdict, Busy> {
        let password = password.clone();
        self.run(move |hasher| hasher.verify(&password, stored.as_deref())).await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Hasher) -> T + Send + 'static,
    ) -> Result<T, Busy> {
        let (sender, receiver) = oneshot::channel();
        let job: Job = Box::new(move |hasher| {
            // Whoever has gone away meanwhile is not worth 20 ms.
            if !sender.is_closed() {
                let _ = sender.send(work(hasher));
            }
        });
        self.queue.try_send(job).map_err(|_| Busy)?;
        receiver.await.map_err(|_| Busy)
    }
}

fn work(jobs: &Mutex<mpsc::Receiver<Job>>, hasher: &mut Hasher) {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::nice(10);
    loop {
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = job else { return };
        job(hasher);
    }
}

#[cfg(test)]
#[path = "password/tests.rs"]
mod tests;
