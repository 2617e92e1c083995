//! Administration, by the real binary: starting, settings, people, clients, keys, TLS.

#![cfg(unix)]

#[path = "admin/brands.rs"]
mod brands;
#[path = "admin/desk.rs"]
mod desk;
#[path = "admin/factors.rs"]
mod factors;
#[path = "admin/links.rs"]
mod links;
#[path = "admin/people.rs"]
mod people;
#[path = "admin/programs.rs"]
mod programs;
#[path = "admin/prompt.rs"]
mod prompt;
#[path = "admin/start.rs"]
mod start;
#[path = "admin/tls.rs"]
mod tls;
