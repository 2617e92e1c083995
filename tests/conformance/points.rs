//! The points, a test for each and for each of its details.

mod ages;
mod delivery;
mod prompts;
mod pushed;
mod requests;
