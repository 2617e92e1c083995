//! So much from one address and no more, in a minute.

use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use super::{CAPACITY, RetryAfter, source};
use crate::accounts::slots::{Kept, Slots};
use crate::clock::Timestamp;

/// When an address has used up what it may, in milliseconds: its next request is due then
/// (the "theoretical arrival time" of the generic cell rate algorithm).
#[derive(Clone, Copy, Debug, Default)]
struct DueAt(i64);

impl Kept for DueAt {
    fn ends_at(&self) -> i64 {
        self.0
    }
}

/// So many requests a minute from one address, in any rhythm.
#[derive(Debug)]
pub struct RateLimit {
    /// Milliseconds that one request costs of a minute; 0 for no limit.
    cost: i64,
    due: Mutex<Slots<DueAt>>,
}

const MINUTE: i64 = 60_000;

impl RateLimit {
    /// At most `per_minute` requests from one address in a minute; 0 for any number.
    pub fn new(per_minute: u32) -> Self {
        let cost = if per_minute == 0 { 0 } else { (MINUTE / i64::from(per_minute)).max(1) };
        Self { cost, due: Mutex::new(Slots::new(if cost == 0 { 1 } else { CAPACITY })) }
    }

    /// Asks for one request.
    ///
    /// # Errors
    /// [`RetryAfter`] when the address has used up its minute.
    pub fn admit(&self, address: IpAddr, now: Timestamp) -> Result<(), RetryAfter> {
        if self.cost == 0 {
            return Ok(());
        }
        let address = source(address);
        let now = now.0.saturating_mul(1000);
        let mut due = self.due.lock().unwrap_or_else(PoisonError::into_inner);
        // A clock that was set back must not keep anybody waiting for more than a minute.
        let next = due.get(address).0.clamp(now, now + MINUTE) + self.cost;
        if next > now + MINUTE {
            return Err(RetryAfter((next - now - MINUTE + 999) / 1000));
        }
        due.put(address, DueAt(next));
        Ok(())
    }
}
