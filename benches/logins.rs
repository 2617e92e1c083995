//! Logins, token requests and discovery on one core, each beside its floor: what its signatures, its
//! committed writes and its HTTP exchanges cost alone, and what a login costs that is nothing else,
//! measured in the same round.
//!
//! `cargo bench --bench logins` takes three minutes; `cargo bench --bench logins -- refresh discovery` measures
//! only what has one of these words in its name. Absolute figures say little about another machine; the
//! shares do.
#![allow(clippy::print_stdout, reason = "the table is what it is run for")]

mod driver;

use std::path::Path;
use std::time::Duration;

use driver::journeys::{Get, Login, Place, Redemption, Refresh};
use driver::load;
use driver::process::Process;
use driver::server::Server;
use driver::table::Table;
use driver::{cores, floors, yardstick};

const ROUNDS: usize = 3;
const TIME: Duration = Duration::from_secs(2);
const SHORT: Duration = Duration::from_millis(500);
/// On a disk, since that is what a commit waits for.
const DISK: &str = env!("CARGO_TARGET_TMPDIR");
const MEMORY: &str = "/dev/shm";
/// Codes for each of eight programs: enough for a round at the pace of a good machine.
const CODES: usize = 1000;

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

fn main() {
    if !yardstick::is_this_process() {
        cores::to_driver_core();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(bench());
    }
}

async fn bench() {
    let disk = Server::start(Path::new(DISK)).await;
    let memory = Server::start(Path::new(MEMORY)).await;
    let yardstick = yardstick::start();
    let empty = floors::empty_handler(1500);
    let mut table = Table::wanted();
    let idle = disk.process.resident_mib();
    for _ in 0..ROUNDS {
        let floor = Floors::measure(empty).await;
        logins(&mut table, &disk, &memory, &yardstick, &floor).await;
        tokens(&mut table, &disk, &floor).await;
        documents(&mut table, &disk, &floor).await;
    }
    println!("{table}");
    let before = disk.process.usage().written;
    let logins = load::run(users(&disk.place, "es256", 8).await, TIME).await.count as u64;
    let written = (disk.process.usage().written - before) / logins / 1024;
    println!("Written a login: {written} KiB.");
    println!("Memory: {idle:.0} MiB idle, {:.0} MiB afterwards.", disk.process.resident_mib());
    println!("Start to first answer: {} ms.", disk.started_in.as_millis());
}

async fn logins(
    table: &mut Table,
    disk: &Server,
    memory: &Server,
    yardstick: &(Place, Process),
    floor: &Floors,
) {
    let (es256, rs256) = (2.0 * floor.es256, 2.0 * floor.rs256);
    let exchanges = 2.0 * floor.exchange;
    for (name, server, client_id, count, floor) in [
        ("login ES256, disk, 8 users", disk, "es256", 8, es256 + floor.writes_8 + exchanges),
        ("login ES256, disk, 32 users", disk, "es256", 32, es256 + floor.writes_32 + exchanges),
        ("login ES256, disk, 64 users", disk, "es256", 64, es256 + floor.writes_32 + exchanges),
        ("login RS256, disk, 8 users", disk, "rs256", 8, rs256 + floor.writes_8 + exchanges),
        ("login ES256, memory, 8 users", memory, "es256", 8, es256 + exchanges),
        ("login ES256, memory, 32 users", memory, "es256", 32, es256 + exchanges),
    ] {
        if table.wants(name) {
            let users = users(&server.place, client_id, count).await;
            table.measure(name, &server.process, users, TIME, Some(1.0 / floor)).await;
        }
    }
    for (name, count) in [("login, yardstick, 8 users", 8), ("login, yardstick, 32 users", 32)] {
        if table.wants(name) {
            let users = users(&yardstick.0, "es256", count).await;
            table.measure(name, &yardstick.1, users, TIME, Some(1.0 / (es256 + exchanges))).await;
        }
    }
}

async fn tokens(table: &mut Table, disk: &Server, floor: &Floors) {
    let half = 2.0 * floor.es256 + floor.writes_8 / 2.0 + floor.exchange;
    let name = "token ES256, disk, 8 programs";
    if table.wants(name) {
        let programs = redemptions(&disk.place).await;
        let peak = table.measure(name, &disk.process, programs, TIME, Some(1.0 / half)).await;
        let programs = redemptions(&disk.place).await;
        let before = disk.process.usage();
        let figures = load::paced(programs, peak / 2.0, TIME / 2).await;
        let each = disk.process.usage().millis_since(&before, figures.count);
        table.add("token ES256, disk, half of the peak", figures, 1.0 / half, each);
    }
    let name = "refresh ES256, disk, 8 programs";
    if table.wants(name) {
        let mut refreshes = Vec::new();
        for _ in 0..8 {
            refreshes.push(Refresh::new(&disk.place, "es256").await);
        }
        table.measure(name, &disk.process, refreshes, TIME, Some(1.0 / half)).await;
    }
}

async fn documents(table: &mut Table, disk: &Server, floor: &Floors) {
    for (name, path) in [("discovery", "/.well-known/openid-configuration"), ("JWKS", "/jwks")] {
        if table.wants(name) {
            let users = gets(disk.place.port, path, 32).await;
            table.measure(name, &disk.process, users, TIME, Some(1.0 / floor.exchange)).await;
        }
    }
}

async fn redemptions(place: &Place) -> Vec<Redemption> {
    let mut redemptions = Vec::new();
    for _ in 0..8 {
        redemptions.push(Redemption::new(place, "es256", CODES).await);
    }
    redemptions
}

async fn users(place: &Place, client_id: &'static str, count: usize) -> Vec<Login> {
    let mut users = Vec::new();
    for _ in 0..count {
        users.push(Login::new(place, client_id).await);
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
