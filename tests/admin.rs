//! Administration, by the real binary: starting, settings, people, clients, keys, TLS.

#![cfg(unix)]

#[path = "admin/audit.rs"]
mod audit;
#[path = "admin/brands.rs"]
mod brands;
#[path = "admin/desk.rs"]
mod desk;
#[path = "admin/doctor.rs"]
mod doctor;
#[path = "admin/factors.rs"]
mod factors;
#[path = "admin/links.rs"]
mod links;
#[path = "admin/people.rs"]
mod people;
#[allow(dead_code, reason = "dumps are for the tests over HTTP")]
#[path = "support/postgres.rs"]
mod postgres;
#[allow(dead_code, reason = "only free ports are needed here")]
#[path = "support/process.rs"]
mod process;
#[path = "admin/programs.rs"]
mod programs;
#[path = "admin/prompt.rs"]
mod prompt;
#[path = "admin/start.rs"]
mod start;
#[path = "admin/tls.rs"]
mod tls;
