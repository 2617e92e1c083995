//! What a login costs when there are many rows already, beside the same with a few, in interleaved rounds.
//!
//! `cargo bench --bench growth -- 10000000` fills in as many; without a number it is a million. A row weighs
//! about 1 KiB with its indices, and half a minute goes by for each million.
#![allow(clippy::print_stdout, reason = "the table is what it is run for")]

mod driver;

use std::path::Path;
use std::time::{Duration, Instant};

use driver::cores;
use driver::journeys::{Login, Refresh};
use driver::server::Server;
use driver::table::Table;
use rusqlite::Connection;

const ROUNDS: usize = 5;
const TIME: Duration = Duration::from_secs(2);
const FEW: i64 = 1_000;
/// Grants as logins leave them: spent, with a refresh token that lives on. Their ids are random, as digests are.
const FILL: &str = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1) \
    INSERT INTO doorstep_grants (id, seed, client_id, redirect_uri, code_challenge, network, payload, \
    authorized_from, redeemed_from, created_at, code_expires_at, redeemed_at, refresh_lifetime, generation, \
    expires_at) SELECT substr(hex(randomblob(16)), 1, 22), substr(hex(randomblob(16)), 1, 22), 'es256', \
    'https://app.example/cb', substr(hex(randomblob(32)), 1, 43), '', hex(randomblob(100)), '127.0.0.1', \
    '127.0.0.1', now + i, now + i, now + i, 2592000, 0, now + 2592000 + i \
    FROM n, (SELECT unixepoch() AS now)";

#[tokio::main(flavor = "current_thread")]
async fn main() {
    cores::to_driver_core();
    let many = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(1_000_000);
    let disk = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (small, large) = (Server::start(disk).await, Server::start(disk).await);
    fill(&small, FEW);
    fill(&large, many);
    let mut table = Table::wanted();
    for _ in 0..ROUNDS {
        let (users, more) = (logins(&small).await, logins(&large).await);
        let few = table.measure("login, few rows", &small.process, users, TIME, None).await;
        table.measure("login, many rows", &large.process, more, TIME, Some(few)).await;
        let (programs, more) = (refreshes(&small).await, refreshes(&large).await);
        let few = table.measure("refresh, few rows", &small.process, programs, TIME, None).await;
        table.measure("refresh, many rows", &large.process, more, TIME, Some(few)).await;
    }
    println!("{table}\nFew are {FEW} rows, many are {many}; the floor of many is few.");
}

fn fill(server: &Server, rows: i64) {
    let began = Instant::now();
    let store = Connection::open(server.folder().join("doorstep.db")).expect("the store");
    store.execute_batch("PRAGMA synchronous = OFF; PRAGMA cache_size = -400000").expect("set");
    for piece in (0..rows).step_by(100_000) {
        store.execute(FILL, [(rows - piece).min(100_000)]).expect("filled in");
        store.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(())).expect("checkpointed");
    }
    println!("{rows} rows were filled in in {:.0} s.", began.elapsed().as_secs_f64());
}

async fn logins(server: &Server) -> Vec<Login> {
    let mut users = Vec::new();
    for _ in 0..32 {
        users.push(Login::new(&server.place, "es256").await);
    }
    users
}

async fn refreshes(server: &Server) -> Vec<Refresh> {
    let mut programs = Vec::new();
    for _ in 0..8 {
        programs.push(Refresh::new(&server.place, "es256").await);
    }
    programs
}
