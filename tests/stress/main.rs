//! A code works once: whoever asks at the same time, whichever process is asked, and whenever a process
//! is killed. The real binary, on both engines.

mod kill;
mod once;
mod stage;
#[path = "../support/mod.rs"]
mod support;
