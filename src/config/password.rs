//! `[password]`: what passwords have to be, and what hashing them costs.

use std::path::PathBuf;

use serde::Deserialize;

use super::Misfit;
use super::sections::refuse_unless;
use crate::accounts::breached::{BadList, BreachedList};
use crate::accounts::password;
use crate::accounts::rules::PasswordRules;

/// `[password]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Password {
    /// Characters that a new password has at least.
    pub minimum_length: usize,
    /// The file with breached passwords' hashes.
    #[serde(default)]
    pub breached_list: Option<PathBuf>,
    /// Argon2's memory in KiB.
    pub memory_kib: u32,
    /// Argon2's passes.
    pub iterations: u32,
    /// Argon2's lanes.
    pub parallelism: u32,
    /// Threads that hash; 0 for one a core.
    pub concurrency: usize,
    /// Sign-ins that wait for a thread at most.
    pub queue: usize,
}

impl Password {
    /// The settings of the hashing threads.
    pub fn hashing(&self) -> password::Settings {
        password::Settings {
            memory_kib: self.memory_kib,
            iterations: self.iterations,
            parallelism: self.parallelism,
            concurrency: self.concurrency,
            queue: self.queue,
        }
    }

    /// What new passwords have to be.
    ///
    /// # Errors
    /// When there is something wrong with the list of breached passwords.
    pub fn rules(&self) -> Result<PasswordRules, BadList> {
        let breached = self.breached_list.as_deref().map(BreachedList::open).transpose()?;
        Ok(PasswordRules { minimum_length: self.minimum_length, breached })
    }

    pub(super) fn check(&self) -> Result<(), Misfit> {
        let fits = (8..=64).contains(&self.minimum_length);
        refuse_unless(fits, "password.minimum_length", "should be from 8 to 64")?;
        // The floor is the weakest of the settings that OWASP recommends; the roof keeps a slip of
        // the finger from eating the machine.
        let fits = (7168..=1_048_576).contains(&self.memory_kib);
        refuse_unless(fits, "password.memory_kib", "should be from 7168 to 1048576")?;
        refuse_unless(
            (1..=100).contains(&self.iterations),
            "password.iterations",
            "should be from 1 to 100",
        )?;
        refuse_unless(
            (1..=64).contains(&self.parallelism),
            "password.parallelism",
            "should be from 1 to 64",
        )?;
        refuse_unless(self.concurrency <= 256, "password.concurrency", "should be from 0 to 256")?;
        refuse_unless(
            (1..=10_000).contains(&self.queue),
            "password.queue",
            "should be from 1 to 10000",
        )
    }
}
