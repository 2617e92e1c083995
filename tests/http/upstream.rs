//! Signing in with a provider: the verification chain, line by line, and what admins and people get.

mod chain;
mod factors;
mod scene;
mod state;
