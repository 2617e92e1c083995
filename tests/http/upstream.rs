//! Signing in with a provider: the verification chain, line by line, and what admins and people get.

mod accounts;
mod afterwards;
mod chain;
mod factors;
mod forge;
mod posted;
mod reusable;
mod scene;
mod second;
mod state;
mod ways;
