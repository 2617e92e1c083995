//! Documents that were fetched, for as long as their servers allow and within bounds of ours: a
//! document is fetched once however many requests wait for it, and a failure is remembered too, so
//! that nobody can make us knock at a door again and again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::header::{CACHE_CONTROL, HeaderMap};
use serde_json::Value;

use super::Error;
use crate::clock::Timestamp;

/// Documents that are kept at most.
const MOST: usize = 128;
/// Seconds that a document is kept at least, at most, and when its server does not say.
const SHORTEST: i64 = 60;
const LONGEST: i64 = 3600;
const USUAL: i64 = 300;
/// Seconds between two attempts to fetch what failed. Failures are not kept for longer: whoever mends
/// their document should not have to wait.
const FAILURE: i64 = 10;

/// Where a document is, and how large it may be.
pub type Key = (String, usize);

/// The place of one document; whoever fetches it holds the lock, and the others wait.
pub type Slot = Arc<tokio::sync::Mutex<Option<Kept>>>;

/// What came of the last fetch.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The document, or why there is none.
    pub outcome: Result<Arc<Value>, Error>,
    /// When it was fetched.
    pub fetched_at: Timestamp,
    /// Until when it is used.
    pub fresh_until: Timestamp,
}

impl Kept {
    /// Something just fetched that may be used for `lifetime` seconds.
    pub fn new(outcome: Result<(Value, i64), Error>, now: Timestamp) -> Self {
        let (outcome, lifetime) = match outcome {
            Ok((document, lifetime)) => (Ok(Arc::new(document)), lifetime),
            Err(error) => (Err(error), FAILURE),
        };
        Self { outcome, fetched_at: now, fresh_until: now.plus(lifetime) }
    }

    /// Whether it is used without asking again.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        now < self.fresh_until
    }
}

/// The documents. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Cache {
    slots: Arc<Mutex<HashMap<Key, Slot>>>,
}

impl Cache {
    /// The place of a document, which may be empty.
    pub fn slot(&self, key: Key, now: Timestamp) -> Slot {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= MOST && !slots.contains_key(&key) {
            make_room(&mut slots, now);
        }
        slots.entry(key).or_default().clone()
    }
}

/// Forgets what is stale, and if nothing is, what was fetched longest ago. Places at which somebody
/// waits stay.
fn make_room(slots: &mut HashMap<Key, Slot>, now: Timestamp) {
    let fetched_at = |slot: &Slot| {
        let kept = slot.try_lock().ok()?;
        Some(kept.as_ref().map_or(Timestamp(0), |kept| kept.fetched_at))
    };
    slots.retain(|_, slot| {
        slot.try_lock().map_or(true, |kept| kept.as_ref().is_some_and(|kept| kept.is_fresh(now)))
    });
    while slots.len() >= MOST {
        let idle = slots.iter().filter_map(|(key, slot)| Some((fetched_at(slot)?, key.clone())));
        let Some((_, oldest)) = idle.min() else { return };
        slots.remove(&oldest);
    }
}

/// Seconds that an answer with these headers may be kept (RFC 9111 §5.2.2).
pub fn lifetime(headers: &HeaderMap) -> i64 {
    let lines = headers.get_all(CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
    let directives: Vec<_> = lines.flat_map(|line| line.split(',')).map(str::trim).collect();
    let seconds = directives.iter().find_map(|directive| {
        let (name, value) = directive.split_once('=')?;
        let seconds = value.trim_matches('"').parse().unwrap_or(0);
        name.eq_ignore_ascii_case("max-age").then_some(seconds)
    });
    let not_kept = ["no-store", "no-cache"];
    if directives
        .iter()
        .any(|directive| not_kept.iter().any(|name| directive.eq_ignore_ascii_case(name)))
    {
        return SHORTEST;
    }
    seconds.unwrap_or(USUAL).clamp(SHORTEST, LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_decide_within_bounds() {
        for (header, seconds) in [
            ("max-age=120", 120),
            ("public, Max-Age=\"120\"", 120),
            ("max-age=0", SHORTEST),
            ("max-age=99999999", LONGEST),
            ("max-age=-5", SHORTEST),
            ("max-age=soon", SHORTEST),
            ("no-store, max-age=3000", SHORTEST),
            ("No-Cache", SHORTEST),
            ("private", USUAL),
        ] {
            let headers = HeaderMap::from_iter([(CACHE_CONTROL, header.parse().unwrap())]);
            assert_eq!(lifetime(&headers), seconds, "{header}");
        }
        assert_eq!(lifetime(&HeaderMap::new()), USUAL);
    }

    #[test]
    fn there_are_never_more_than_the_most() {
        let cache = Cache::default();
        let key = |n: usize| (format!("https://{n}.example"), 1);
        let now = Timestamp(1000);
        for n in 0..MOST {
            let fetched_at = now.plus(i64::try_from(n).unwrap());
            let kept = Kept::new(Ok((Value::Null, 600)), fetched_at);
            *cache.slot(key(n), now).try_lock().unwrap() = Some(kept);
        }
        let known = |n| cache.slots.lock().unwrap().contains_key(&key(n));
        let held = cache.slot(key(0), now);
        let _lock = held.try_lock().unwrap();
        drop(cache.slot(key(MOST), now.plus(500)));
        assert!(known(0), "somebody waits there");
        assert!(!known(1), "the oldest made room");
        assert!(known(2));
        drop(cache.slot(key(MOST + 1), now.plus(800)));
        assert_eq!(cache.slots.lock().unwrap().len(), 2, "what was stale is gone");
    }
}
