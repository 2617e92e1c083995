//! One server and two on one PostgreSQL, and what a login costs each of them and the database.
//!
//! On a machine with two cores the servers share one and PostgreSQL the other with the driver, so the rates
//! tell little; the milliseconds tell how far two would get on cores of their own.
#![allow(clippy::print_stdout, reason = "the table is what it is run for")]

mod driver;

use std::path::Path;
use std::time::Duration;

use driver::journeys::Login;
use driver::server::Server;
use driver::table::Table;
use driver::{cores, load, postgres};

const ROUNDS: usize = 3;
const TIME: Duration = Duration::from_secs(2);
const USERS: usize = 32;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    cores::to_driver_core();
    let disk = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let one = Server::start_on(&postgres::fresh_database(), disk).await;
    let other = one.sibling(disk).await;
    let mut table = Table::wanted();
    for _ in 0..ROUNDS {
        let alone = measure(&mut table, "login ES256, one server", &[&one], None).await;
        measure(&mut table, "login ES256, two servers", &[&one, &other], Some(alone)).await;
    }
    println!("{table}\nThe floor of two is one.");
}

async fn measure(
    table: &mut Table,
    name: &'static str,
    servers: &[&Server],
    floor: Option<f64>,
) -> f64 {
    let mut users = Vec::new();
    for number in 0..USERS {
        let server = servers[number % servers.len()];
        users.push(Login::new(&server.place, "es256").await);
    }
    let usages = || servers.iter().map(|server| server.process.usage()).collect::<Vec<_>>();
    let before = usages();
    let figures = load::run(users, TIME).await;
    let spent =
        usages().iter().zip(&before).map(|(now, then)| now.millis_since(then, figures.count)).sum();
    table.add(name, figures, floor.unwrap_or(figures.rate), spent);
    figures.rate
}
