//! What the benchmarks share: a server on one core, a driver on another, and what the parts of a
//! request cost alone.
#![allow(dead_code, reason = "each benchmark uses a part of it")]

#[path = "../../tests/support/cookies.rs"]
pub mod cookies;
pub mod cores;
pub mod floors;
pub mod journeys;
pub mod keep_alive;
pub mod load;
#[path = "../../tests/support/person.rs"]
pub mod person;
#[path = "../../tests/support/postgres.rs"]
pub mod postgres;
pub mod process;
pub mod server;
pub mod table;
pub mod yardstick;
