//! The protocol core. Pure: no actix, no sqlx, no clock, no randomness; what it needs is passed in.
//! One small file a concept, named as the specifications name it.

pub mod client;
pub mod code;
pub mod match_phrase;
