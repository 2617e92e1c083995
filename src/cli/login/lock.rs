//! One login at a time for one set of tokens, across all processes of a user.
//!
//! Those who wait learn how the login ended: by the tokens in the cache, or by the refusal that is
//! noted here. Without the note, one "no" would open the next of ten waiting sign-ins.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::sleep;

use crate::cli::Failure;
use crate::clock::Timestamp;

/// Asking again and again can be given up at any time; a blocking lock cannot.
const PAUSE: Duration = Duration::from_millis(100);

/// Held through a login; let go when dropped, or when the process ends in whatever way.
pub(in crate::cli) struct Lock {
    file: File,
    waited: bool,
}

/// How a login ended without tokens.
#[derive(Serialize, Deserialize)]
struct Note {
    at: Timestamp,
    code: u8,
    message: String,
}

impl Lock {
    /// Waits until no other process holds the lock at `path`; calls `waiting` once if one does.
    pub(in crate::cli) async fn acquire(path: &Path, waiting: impl FnOnce()) -> io::Result<Self> {
        let file = options().open(path)?;
        let mut waiting = Some(waiting);
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { file, waited: waiting.is_none() }),
                Err(TryLockError::WouldBlock) => {
                    if let Some(waiting) = waiting.take() {
                        waiting();
                    }
                    sleep(PAUSE).await;
                }
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
    }

    /// Notes for those who wait how the login ended.
    pub(in crate::cli) fn note(&mut self, failure: &Failure, at: Timestamp) {
        let note = Note { at, code: failure.code, message: failure.message.clone() };
        let written =
            self.file.set_len(0).and_then(|()| self.file.write_all(&serde_json::to_vec(&note)?));
        // A note that is not there costs one more question, no more.
        let _ = written;
    }

    /// How the login ended that this process waited for since `begun`, if not in tokens.
    pub(in crate::cli) fn noted(&mut self, begun: Timestamp) -> Option<Failure> {
        let mut text = String::new();
        self.file.rewind().and_then(|()| self.file.read_to_string(&mut text)).ok()?;
        let note: Note = serde_json::from_str(&text).ok()?;
        (self.waited && note.at >= begun)
            .then_some(Failure { code: note.code, message: note.message })
    }
}

fn options() -> OpenOptions {
    let mut options = super::cache::private();
    options.create(true).read(true).append(true);
    options
}
