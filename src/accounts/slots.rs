//! A memory for strangers that cannot be filled up.
//!
//! Whoever sends requests chooses how many addresses and names they come with, so what is remembered
//! about them lives in a table of fixed size: sets of four places each, chosen by a keyed hash that
//! nobody outside can aim. A full set forgets what has the least to tell.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hash};

const PLACES: usize = 4;

/// What can be kept in a slot.
pub trait Kept: Copy + Default {
    /// When the entry stops telling anything; the one that ends first is forgotten first.
    fn ends_at(&self) -> i64;
}

/// At most `4 × sets` entries, found by a 64-bit keyed hash of what they are about.
#[derive(Debug)]
pub struct Slots<T> {
    sets: Box<[[(u64, T); PLACES]]>,
    hasher: RandomState,
}

impl<T: Kept> Slots<T> {
    /// A table for `capacity` entries, rounded up to a power of two.
    pub fn new(capacity: usize) -> Self {
        let sets = capacity.div_ceil(PLACES).next_power_of_two();
        Self { sets: vec![[(0, T::default()); PLACES]; sets].into(), hasher: RandomState::new() }
    }

    /// The entry about `subject`, or the default when nothing is known.
    pub fn get(&self, subject: impl Hash) -> T {
        let key = self.hasher.hash_one(subject);
        self.sets[self.set(key)]
            .iter()
            .find(|(held, _)| *held == key)
            .map_or_else(T::default, |(_, entry)| *entry)
    }

    /// Remembers `entry` about `subject`.
    pub fn put(&mut self, subject: impl Hash, entry: T) {
        let key = self.hasher.hash_one(subject);
        let set = self.set(key);
        let places = &mut self.sets[set];
        let own = places.iter().position(|(held, _)| *held == key);
        let place = own.or_else(|| (0..PLACES).min_by_key(|place| places[*place].1.ends_at()));
        places[place.unwrap_or(0)] = (key, entry);
    }

    fn set(&self, key: u64) -> usize {
        // The length is a power of two.
        (key as usize) & (self.sets.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Kept for i64 {
        fn ends_at(&self) -> i64 {
            *self
        }
    }

    #[test]
    fn entries_are_found_by_their_subject() {
        let mut slots = Slots::new(1024);
        slots.put("mia", 1);
        slots.put(("mia", 7), 2);
        slots.put("mia", 3);
        assert_eq!((slots.get("mia"), slots.get(("mia", 7)), slots.get("noor")), (3, 2, 0));
    }

    #[test]
    fn a_flood_forgets_what_ends_first() {
        let mut slots = Slots::new(64);
        slots.put("important", 1_000);
        for stranger in 0..100_000_i64 {
            slots.put(stranger, 1 + stranger % 999);
        }
        assert_eq!(slots.get("important"), 1_000);
        assert_eq!(slots.sets.len() * PLACES, 64);
    }
}
