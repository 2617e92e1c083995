//! Slowing down whoever guesses, without locking anybody out.
//!
//! Wrong passwords are counted twice: for the account, against many addresses that try one person, and
//! for the address, against one that tries many people. After a few free attempts each further one has
//! to wait twice as long as the one before, up to a limit, so time always opens the door again. An
//! address that has signed in to the account before has a slate of its own: strangers who guess
//! elsewhere cannot keep the account's owner out.
//!
//! [`RateLimit`] is the simpler brother for requests that are no guesses.

mod rate_limit;

use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};

pub use rate_limit::RateLimit;

use super::rules::counted_as;
use super::slots::{Kept, Slots};
use crate::clock::Timestamp;

/// Entries in each table: a few hundred KiB in all.
const CAPACITY: usize = 8192;
/// Attempts on one account before anybody waits.
const FREE_FOR_ACCOUNT: u32 = 5;
/// Attempts from one address before it waits: many people may share it.
const FREE_FOR_ADDRESS: u32 = 20;
/// Seconds that anybody waits at most.
const LONGEST_WAIT: i64 = 300;
/// Seconds without an attempt after which all is forgiven.
const FORGIVEN_AFTER: i64 = 3600;
/// Seconds that an address is remembered as the account's own.
const KNOWN_FOR: i64 = 30 * 86_400;

/// Come back in this many seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryAfter(pub i64);

/// The part of an address that one person controls: an IPv6 connection comes with 2⁶⁴ addresses.
pub fn source(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX)).into(),
        v4 @ IpAddr::V4(_) => v4,
    }
}

/// Attempts in a row, and the last of them.
#[derive(Clone, Copy, Debug, Default)]
struct Attempts {
    count: u32,
    last: Timestamp,
}

impl Kept for Attempts {
    fn ends_at(&self) -> i64 {
        // Who has more on the slate is remembered longer.
        self.last.0.saturating_add(i64::from(self.count.min(32)) * 60)
    }
}

impl Attempts {
    fn current(self, now: Timestamp) -> Self {
        if now.since(self.last) >= FORGIVEN_AFTER { Self::default() } else { self }
    }

    fn wait(self, free: u32, now: Timestamp) -> i64 {
        let Some(beyond) = self.count.checked_sub(free) else { return 0 };
        let pause = (1_i64 << beyond.min(20)).min(LONGEST_WAIT);
        // A clock that was set back must not make anybody wait for longer than the pause.
        (pause - now.since(self.last)).clamp(0, pause)
    }

    fn one_more(self, now: Timestamp) -> Self {
        Self { count: self.count.saturating_add(1), last: now }
    }

    fn one_less(self) -> Self {
        Self { count: self.count.saturating_sub(1), ..self }
    }
}

/// An address that signed in to an account: until when that counts, and what has gone wrong since.
#[derive(Clone, Copy, Debug, Default)]
struct Known {
    until: Timestamp,
    attempts: Attempts,
}

impl Kept for Known {
    fn ends_at(&self) -> i64 {
        self.until.0
    }
}

#[derive(Debug)]
struct Tables {
    accounts: Slots<Attempts>,
    addresses: Slots<Attempts>,
    known: Slots<Known>,
}

impl Tables {
    /// The attempts that count against this address on this account.
    fn slate(&self, username: &str, address: IpAddr, now: Timestamp) -> Attempts {
        let known = self.known.get((username, address));
        if known.until > now { known.attempts } else { self.accounts.get(username) }
    }

    /// Writes back what [`Tables::slate`] read.
    fn write(&mut self, username: &str, address: IpAddr, now: Timestamp, attempts: Attempts) {
        let known = self.known.get((username, address));
        if known.until > now {
            self.known.put((username, address), Known { attempts, ..known });
        } else {
            self.accounts.put(username, attempts);
        }
    }
}

/// Counts sign-ins that went wrong.
#[derive(Debug)]
pub struct SignInThrottle(Mutex<Tables>);

impl Default for SignInThrottle {
    fn default() -> Self {
        Self(Mutex::new(Tables {
            accounts: Slots::new(CAPACITY),
            addresses: Slots::new(CAPACITY),
            known: Slots::new(CAPACITY),
        }))
    }
}

impl SignInThrottle {
    /// Makes an attempt if it is not too early, and counts it by how it ends. `is_wrong` tells a guess that
    /// failed from an attempt that was never answered, which does not count.
    ///
    /// # Errors
    /// [`RetryAfter`] when it is too early, else the attempt's own.
    pub async fn attempt<T, E: From<RetryAfter>>(
        &self,
        username: &str,
        address: IpAddr,
        now: Timestamp,
        attempt: impl Future<Output = Result<T, E>>,
        is_wrong: impl FnOnce(&E) -> bool,
    ) -> Result<T, E> {
        self.admit(username, address, now)?;
        let outcome = attempt.await;
        match &outcome {
            Ok(_) => self.succeeded(username, address, now),
            Err(failure) if is_wrong(failure) => {}
            Err(_) => self.undo(username, address, now),
        }
        outcome
    }

    /// As [`SignInThrottle::attempt`], where somebody typed the name: all spellings that may be taken for one
    /// name have one count.
    ///
    /// # Errors
    /// The same.
    pub async fn attempt_by_name<T, E: From<RetryAfter>>(
        &self,
        typed: &str,
        address: IpAddr,
        now: Timestamp,
        attempt: impl Future<Output = Result<T, E>>,
        is_wrong: impl FnOnce(&E) -> bool,
    ) -> Result<T, E> {
        self.attempt(&counted_as(typed), address, now, attempt, is_wrong).await
    }

    /// Asks for one attempt. It counts as a failure at once, so that a thousand at the same time are a
    /// thousand failures; [`SignInThrottle::succeeded`] and [`SignInThrottle::undo`] take that back.
    /// Whether the user exists makes no difference.
    ///
    /// # Errors
    /// [`RetryAfter`] when it is too early. Such an attempt does not count.
    pub fn admit(&self, username: &str, address: IpAddr, now: Timestamp) -> Result<(), RetryAfter> {
        let address = source(address);
        let tables = &mut *self.tables();
        let slate = tables.slate(username, address, now).current(now);
        let from = tables.addresses.get(address).current(now);
        match slate.wait(FREE_FOR_ACCOUNT, now).max(from.wait(FREE_FOR_ADDRESS, now)) {
            0 => {
                tables.write(username, address, now, slate.one_more(now));
                tables.addresses.put(address, from.one_more(now));
                Ok(())
            }
            wait => Err(RetryAfter(wait)),
        }
    }

    /// The attempt was right: the address is now known, and what it had on the slate is wiped. What
    /// strangers have on the account's slate stays theirs.
    pub fn succeeded(&self, username: &str, address: IpAddr, now: Timestamp) {
        self.undo(username, address, now);
        let address = source(address);
        let tables = &mut *self.tables();
        tables.addresses.put(address, Attempts::default());
        let known = Known { until: now.plus(KNOWN_FOR), attempts: Attempts::default() };
        tables.known.put((username, address), known);
    }

    /// The attempt was never answered, because the server was busy for example.
    pub fn undo(&self, username: &str, address: IpAddr, now: Timestamp) {
        let address = source(address);
        let tables = &mut *self.tables();
        let slate = tables.slate(username, address, now).one_less();
        tables.write(username, address, now, slate);
        let from = tables.addresses.get(address).one_less();
        tables.addresses.put(address, from);
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        // Every update is one assignment, so a panic elsewhere leaves nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[path = "throttle_tests.rs"]
mod tests;
