//! Password hashes: Argon2id (RFC 9106) in PHC strings, computed on a few threads of their own.
//!
//! A hash costs ~20 ms of a core and 19 MiB. So it never runs on the threads that serve requests,
//! only so many run at once, only so many wait, and each thread keeps its memory for the next one.
//! On Linux these threads step back when others need the processor: a flood of sign-ins does not slow
//! down the programs that redeem codes.

use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use subtle::ConstantTimeEq;
use tokio::sync::oneshot;

use super::rules;
use crate::secret::{Secret, random_bytes};

/// The most memory that a stored hash may ask for, in KiB: an imported one could ask for all there is.
const MAX_MEMORY_KIB: u32 = 1_048_576;
/// The most passes that a stored hash may ask for.
const MAX_ITERATIONS: u32 = 100;

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
            let work = move || work(&jobs, &mut Hasher { params, memory: Vec::new() });
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

/// Whether `text` is a hash that can be compared with: for hashes that come from elsewhere.
pub fn is_usable_hash(text: &str) -> bool {
    Parsed::read(text).is_some()
}

/// One thread's Argon2, with memory that it keeps.
struct Hasher {
    params: Params,
    memory: Vec<Block>,
}

impl Hasher {
    fn hash(&mut self, password: &Secret) -> String {
        let (algorithm, version) = (Algorithm::Argon2id, Version::V0x13);
        let params = self.params.clone();
        let salt = random_bytes::<16>();
        let output =
            self.compute(Argon2::new(algorithm, version, params.clone()), password, &salt, 32);
        let hash = PasswordHash {
            algorithm: algorithm.ident(),
            version: Some(version.into()),
            params: ParamsString::try_from(&params).expect("parameters are spelled"),
            salt: Some(Salt::new(&salt).expect("16 bytes are a salt")),
            hash: output.map(|output| Output::new(&output).expect("32 bytes are an output")),
        };
        hash.to_string()
    }

    fn verify(&mut self, password: &Secret, stored: Option<&str>) -> Verdict {
        let Some(stored) = stored.and_then(Parsed::read) else {
            self.hash(password);
            return Verdict::Wrong;
        };
        let argon2 = Argon2::new(stored.algorithm, stored.version, stored.params.clone());
        let output = self.compute(argon2, password, &stored.salt, stored.output.len());
        let right = output.is_some_and(|output| output.ct_eq(stored.output.as_bytes()).into());
        if right { Verdict::Right { outdated: self.is_outdated(&stored) } } else { Verdict::Wrong }
    }

    fn is_outdated(&self, stored: &Parsed) -> bool {
        let cheaper = stored.params.m_cost() < self.params.m_cost()
            || stored.params.t_cost() < self.params.t_cost();
        cheaper || stored.algorithm != Algorithm::Argon2id || stored.version != Version::V0x13
    }

    /// `None` when Argon2 does not take such sizes, which only a hash from elsewhere can have.
    fn compute(
        &mut self,
        argon2: Argon2<'_>,
        password: &Secret,
        salt: &[u8],
        length: usize,
    ) -> Option<Vec<u8>> {
        let blocks = argon2.params().block_count();
        if self.memory.len() < blocks {
            self.memory.resize(blocks, Block::default());
        }
        let password = rules::prepare(password);
        let mut output = vec![0; length];
        let memory = &mut self.memory[..blocks];
        let done = argon2.hash_password_into_with_memory(
            password.expose().as_bytes(),
            salt,
            &mut output,
            memory,
        );
        // A costlier hash from elsewhere must not keep its memory for good.
        self.memory.truncate(self.params.block_count());
        self.memory.shrink_to_fit();
        done.ok().map(|()| output)
    }
}

/// A stored hash, taken apart.
struct Parsed {
    algorithm: Algorithm,
    version: Version,
    params: Params,
    salt: Salt,
    output: Output,
}

impl Parsed {
    fn read(text: &str) -> Option<Self> {
        let hash = PasswordHash::new(text).ok()?;
        let params = Params::try_from(&hash).ok()?;
        if params.m_cost() > MAX_MEMORY_KIB || params.t_cost() > MAX_ITERATIONS {
            return None;
        }
        Some(Self {
            algorithm: Algorithm::try_from(hash.algorithm.as_str()).ok()?,
            version: hash
                .version
                .map_or(Some(Version::V0x13), |version| Version::try_from(version).ok())?,
            params,
            salt: hash.salt?,
            output: hash.hash?,
        })
    }
}

#[cfg(test)]
#[path = "password_tests.rs"]
mod tests;
