//! Sign-ins with a password, beside what their hashes cost alone; and what a flood of them does to the
//! programs that redeem codes meanwhile.
#![allow(clippy::print_stdout, reason = "the table is what it is run for")]

mod driver;

use std::path::Path;
use std::time::Duration;

use driver::journeys::{Redemption, SignIn};
use driver::load;
use driver::server::Server;
use driver::table::Table;
use driver::{cores, floors};

const ROUNDS: usize = 3;
const TIME: Duration = Duration::from_secs(3);
const SHORT: Duration = Duration::from_secs(1);
/// Codes for each of eight programs.
const CODES: usize = 1500;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    cores::to_driver_core();
    let server = Server::start(Path::new(env!("CARGO_TARGET_TMPDIR"))).await;
    let mut table = Table::wanted();
    for _ in 0..ROUNDS {
        let hashes = floors::password_hashes(SHORT);
        let users = sign_ins(&server).await;
        let (process, name) = (&server.process, "login with password, 8 users");
        table.measure(name, process, users, TIME, Some(hashes)).await;

        let alone = load::run(redemptions(&server).await, SHORT).await;
        let flood = tokio::spawn(load::run(sign_ins(&server).await, TIME));
        let programs = redemptions(&server).await;
        let name = "token ES256 during a flood of sign-ins";
        table.measure(name, process, programs, SHORT, Some(alone.rate)).await;
        flood.await.expect("the flood ends");
    }
    println!(
        "\n{table}\nThe floor of the first is argon2id alone; that of the second the same without the flood."
    );
}

async fn sign_ins(server: &Server) -> Vec<SignIn> {
    let mut users = Vec::new();
    for _ in 0..8 {
        users.push(SignIn::new(&server.place, "es256").await);
    }
    users
}

async fn redemptions(server: &Server) -> Vec<Redemption> {
    let mut programs = Vec::new();
    for _ in 0..8 {
        programs.push(Redemption::new(&server.place, "es256", CODES).await);
    }
    programs
}
