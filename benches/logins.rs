//! Logins, token requests and discovery on one core, each beside its floor: what its signatures, its
//! committed writes and its HTTP exchanges cost alone, measured in the same round.
//!
//! `cargo bench --bench logins` takes two minutes. Absolute figures say little about another machine;
//! the shares do.
#![allow(clippy::print_stdout, reason = "the table is what it is run for")]

mod driver;

use std::path::Path;
use std::time::Duration;

use driver::journeys::{Get, Login, Redemption, Refresh};
use driver::load::{self, Journey};
use driver::server::Server;
use driver::table::Table;
use driver::{cores, floors};

const ROUNDS: usize = 3;
const TIME: Duration = Duration::from_secs(2);
const SHORT: Duration = Duration::from_millis(500);
/// On a disk, since that is what a commit waits for.
const DISK: &str = env!("CARGO_TARGET_TMPDIR");
const MEMORY: &str = "/dev/shm";

/// What the parts of a request cost alone, in seconds.
struct Floors {
    es256: f64,
    rs256: f64,
    writes_8: f64,
    writes_32: f64,
    exchange: f64,
}

impl Floors {
    async fn measure(empty: u16) -> Self {
        let exchange = load::run(gets(empty, "/", 8).await, SHORT).await.rate;
        Self {
            es256: 1.0 / floors::signatures("ES256", SHORT),
            rs256: 1.0 / floors::signatures("RS256", SHORT),
            writes_8: 1.0 / floors::committed_writes(Path::new(DISK), 8, SHORT),
            writes_32: 1.0 / floors::committed_writes(Path::new(DISK), 32, SHORT),
            exchange: 1.0 / exchange,
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    cores::to_driver_core();
    let disk = Server::start(Path::new(DISK)).await;
    let memory = Server::start(Path::new(MEMORY)).await;
    let empty = floors::empty_handler(1500);
    let mut table = Table::default();
    let idle = disk.resident_mib();
    for _ in 0..ROUNDS {
        round(&mut table, &disk, &memory, empty).await;
    }
    println!("{table}");
    let before = disk.usage().written;
    let logins = load::run(users(&disk, "es256", 8).await, TIME).await.count as u64;
    let written = (disk.usage().written - before) / logins / 1024;
    println!("Written a login: {written} KiB.");
    println!("Memory: {idle:.0} MiB idle, {:.0} MiB afterwards.", disk.resident_mib());
}

async fn round(table: &mut Table, disk: &Server, memory: &Server, empty: u16) {
    let floor = Floors::measure(empty).await;
    let (es256, rs256) = (2.0 * floor.es256, 2.0 * floor.rs256);
    let exchanges = 2.0 * floor.exchange;
    for (name, server, client_id, count, floor) in [
        ("login ES256, disk, 8 users", disk, "es256", 8, es256 + floor.writes_8 + exchanges),
        ("login ES256, disk, 32 users", disk, "es256", 32, es256 + floor.writes_32 + exchanges),
        ("login RS256, disk, 8 users", disk, "rs256", 8, rs256 + floor.writes_8 + exchanges),
        ("login ES256, memory, 8 users", memory, "es256", 8, es256 + exchanges),
        ("login ES256, memory, 32 users", memory, "es256", 32, es256 + exchanges),
    ] {
        let users = users(server, client_id, count).await;
        measure(table, name, server, users, floor).await;
    }
    let half = es256 + floor.writes_8 / 2.0 + floor.exchange;
    let mut redemptions = Vec::new();
    for _ in 0..8 {
        redemptions.push(Redemption::new(disk, "es256", 500).await);
    }
    measure(table, "token ES256, disk, 8 programs", disk, redemptions, half).await;
    let mut refreshes = Vec::new();
    for _ in 0..8 {
        refreshes.push(Refresh::new(disk, "es256").await);
    }
    measure(table, "refresh ES256, disk, 8 programs", disk, refreshes, half).await;
    for (name, path) in [("discovery", "/.well-known/openid-configuration"), ("JWKS", "/jwks")] {
        let users = gets(disk.port, path, 32).await;
        measure(table, name, disk, users, floor.exchange).await;
    }
}

async fn measure<J: Journey>(
    table: &mut Table,
    name: &'static str,
    server: &Server,
    users: Vec<J>,
    floor: f64,
) {
    let before = server.usage().cpu;
    let figures = load::run(users, TIME).await;
    let cpu = (server.usage().cpu - before).as_secs_f64() * 1000.0 / figures.count as f64;
    table.add(name, figures, 1.0 / floor, cpu);
}

async fn users(server: &Server, client_id: &'static str, count: usize) -> Vec<Login> {
    let mut users = Vec::new();
    for _ in 0..count {
        users.push(Login::new(server, client_id).await);
    }
    users
}

async fn gets(port: u16, path: &str, count: usize) -> Vec<Get> {
    let mut users = Vec::new();
    for _ in 0..count {
        users.push(Get::new(port, path, "").await);
    }
    users
}
