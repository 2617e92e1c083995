//! The same logins by another issuer, in interleaved rounds on the same core: node-oidc-provider, which here
//! keeps everything in memory, while ours makes each step durable on disk.
//!
//! It has to be installed first: `npm ci --prefix tests/clients`.
#![allow(clippy::print_stdout, reason = "the table is what it is run for")]

mod driver;

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use driver::cores;
use driver::journeys::{Get, Login, Place, Redemption, Refresh};
use driver::process::Process;
use driver::server::Server;
use driver::table::Table;

const ROUNDS: usize = 3;
const TIME: Duration = Duration::from_secs(2);
const INSTALLED: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/node_modules/oidc-provider");
const PEER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/driver/oidc-provider.mjs");
/// Codes for each of eight programs.
const CODES: usize = 400;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    if !Path::new(INSTALLED).exists() {
        println!("npm ci --prefix tests/clients installs the other issuer first.");
        return;
    }
    cores::to_driver_core();
    let ours = Server::start(Path::new(env!("CARGO_TARGET_TMPDIR"))).await;
    let (peer, process) = start().await;
    let mut table = Table::wanted();
    for _ in 0..ROUNDS {
        let theirs = round(&mut table, THEIRS, &peer, &process, None).await;
        round(&mut table, OURS, &ours.place, &ours.process, Some(theirs)).await;
    }
    println!("{table}\nThe floor of ours is theirs.");
    println!(
        "Memory: {:.0} MiB, theirs {:.0}.",
        ours.process.resident_mib(),
        process.resident_mib()
    );
}

const THEIRS: [&str; 5] = [
    "node: login ES256, 8 users",
    "node: login ES256, 32 users",
    "node: token ES256, 8 programs",
    "node: refresh ES256, 8 programs",
    "node: discovery, 32 users",
];
const OURS: [&str; 5] = [
    "ours: login ES256, 8 users",
    "ours: login ES256, 32 users",
    "ours: token ES256, 8 programs",
    "ours: refresh ES256, 8 programs",
    "ours: discovery, 32 users",
];

async fn start() -> (Place, Process) {
    let mut command = Command::new("node");
    command.arg(PEER).env("NODE_ENV", "production");
    let (port, process) = Process::start_and_ask_for_port(&mut command);
    let place = Place { port, authorize: "/auth", cookies: String::new() };
    let cookies = Login::new(&place, "es256").await.arrive().await.expect("it answers");
    (Place { cookies, ..place }, process)
}

/// Measures one issuer beside the rates of another, and gives its own.
async fn round(
    table: &mut Table,
    names: [&'static str; 5],
    place: &Place,
    process: &Process,
    floors: Option<[f64; 5]>,
) -> [f64; 5] {
    let [eight, thirty_two, token, refresh, discovery] = names;
    let floor = |number: usize| floors.map(|floors| floors[number]);
    let users = many(8, async || Login::new(place, "es256").await).await;
    let eight = table.measure(eight, process, users, TIME, floor(0)).await;
    let users = many(32, async || Login::new(place, "es256").await).await;
    let thirty_two = table.measure(thirty_two, process, users, TIME, floor(1)).await;
    let programs = many(8, async || Redemption::new(place, "es256", CODES).await).await;
    let token = table.measure(token, process, programs, TIME, floor(2)).await;
    let refreshes = many(8, async || Refresh::new(place, "es256").await).await;
    let refresh = table.measure(refresh, process, refreshes, TIME, floor(3)).await;
    let configuration = "/.well-known/openid-configuration";
    let gets = many(32, async || Get::new(place.port, configuration, "").await).await;
    let discovery = table.measure(discovery, process, gets, TIME, floor(4)).await;
    [eight, thirty_two, token, refresh, discovery]
}

async fn many<J>(count: usize, make: impl AsyncFn() -> J) -> Vec<J> {
    let mut all = Vec::new();
    for _ in 0..count {
        all.push(make().await);
    }
    all
}
