//! Time enters the program here and nowhere else: clippy refuses other readers of the system clock.
//!
//! Everything that decides something takes `now` as a [`Timestamp`], so tests move time by moving a
//! [`Clock`], never by sleeping.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A moment in whole seconds since the Unix epoch, the unit of every JWT claim and database column.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// This moment moved by `seconds`, which may be negative.
    pub fn plus(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// Seconds from `earlier` to this moment; negative when `earlier` is later.
    pub fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Date and time of day in UTC, as in `2026-05-04 13:37 UTC`.
    pub fn to_utc(self) -> String {
        let rfc3339 = self.to_rfc3339();
        format!("{} {} UTC", &rfc3339[..10], &rfc3339[11..16])
    }

    /// A moment in RFC 3339, or the first of a day in UTC, as in `2026-05-04`.
    pub fn parse(text: &str) -> Option<Self> {
        let whole = if text.len() == 10 { format!("{text}T00:00:00Z") } else { text.to_owned() };
        OffsetDateTime::parse(&whole, &Rfc3339).ok().map(|moment| Self(moment.unix_timestamp()))
    }

    /// RFC 3339 with seconds, as in `2026-05-04T13:37:05Z`. Moments outside the years 0 to 9999 are
    /// shown as the epoch.
    pub fn to_rfc3339(self) -> String {
        let moment =
            OffsetDateTime::from_unix_timestamp(self.0).unwrap_or(OffsetDateTime::UNIX_EPOCH);
        moment.format(&Rfc3339).unwrap_or_default()
    }
}

/// Where `now` comes from: the system, or a number that a test moves.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    fixed: Option<Arc<AtomicI64>>,
}

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self::default()
    }

    /// A clock that stands still at `start` until [`Clock::advance`] moves it. Clones share it.
    pub fn fixed(start: Timestamp) -> Self {
        Self { fixed: Some(Arc::new(AtomicI64::new(start.0))) }
    }

    /// Moves a fixed clock by `seconds`; the system's clock is not ours to move, so it ignores this.
    pub fn advance(&self, seconds: i64) {
        if let Some(fixed) = &self.fixed {
            fixed.fetch_add(seconds, Ordering::SeqCst);
        }
    }

    /// The present moment.
    pub fn now(&self) -> Timestamp {
        match &self.fixed {
            Some(fixed) => Timestamp(fixed.load(Ordering::SeqCst)),
            None => Timestamp(system_seconds()),
        }
    }
}

/// Microseconds since the Unix epoch, which tell what came first of two things of one second.
pub fn microseconds() -> u64 {
    u64::try_from(elapsed().as_micros()).unwrap_or(u64::MAX)
}

fn system_seconds() -> i64 {
    i64::try_from(elapsed().as_secs()).unwrap_or(i64::MAX)
}

#[expect(clippy::disallowed_methods, reason = "this is the one reader of the system clock")]
fn elapsed() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_in_utc() {
        assert_eq!(Timestamp(951_782_400).to_utc(), "2000-02-29 00:00 UTC");
        assert_eq!(Timestamp(951_782_405).to_rfc3339(), "2000-02-29T00:00:05Z");
        assert_eq!(Timestamp(i64::MAX).to_utc(), "1970-01-01 00:00 UTC");
    }

    #[test]
    fn moments_are_read_in_any_zone() {
        for (text, moment) in [
            ("2000-02-29", Some(951_782_400)),
            ("2000-02-29T00:00:05Z", Some(951_782_405)),
            ("2000-02-29T01:00:05.7+01:00", Some(951_782_405)),
            ("2000-02-30", None),
            ("yesterday", None),
            ("2000-02-29T00:00", None),
        ] {
            assert_eq!(Timestamp::parse(text), moment.map(Timestamp), "{text}");
        }
    }

    #[test]
    fn a_fixed_clock_moves_only_when_told() {
        let clock = Clock::fixed(Timestamp(100));
        let shared = clock.clone();
        clock.advance(5);
        assert_eq!(shared.now(), Timestamp(105));
    }
}
