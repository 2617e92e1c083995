//! The same logins by another issuer, in interleaved rounds on the same core: node-oidc-provider, which here
//! keeps everything in memory, while ours makes each step durable on disk.
//!
//! It has to be installed first: `npm ci --prefix benches/peers`.
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
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/peers");
/// Codes for each of eight programs.
const CODES: usize = 500;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    if !Path::new(FOLDER).join("node_modules").exists() {
        println!("npm ci --prefix benches/peers installs the other issuer first.");
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
    command.arg("oidc-provider.mjs").current_dir(FOLDER).env("NODE_ENV", "production");
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
    let (mut logins, mut more, mut programs, mut refreshes, mut gets) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for number in 0..32 {
        more.push(Login::new(place, "es256").await);
        gets.push(Get::new(place.port, "/.well-known/openid-configuration", "").await);
        if number < 8 {
            logins.push(Login::new(place, "es256").await);
            programs.push(Redemption::new(place, "es256", CODES).await);
            refreshes.push(Refresh::new(place, "es256").await);
        }
    }
    let floor = |number: usize| floors.map(|floors| floors[number]);
    [
        table.measure(eight, process, logins, TIME, floor(0)).await,
        table.measure(thirty_two, process, more, TIME, floor(1)).await,
        table.measure(token, process, programs, TIME, floor(2)).await,
        table.measure(refresh, process, refreshes, TIME, floor(3)).await,
        table.measure(discovery, process, gets, TIME, floor(4)).await,
    ]
}
