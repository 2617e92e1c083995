//! The hand-off page: rendering it alone, and the whole answer beside an empty handler that sends as many
//! bytes, on the same core in the same rounds.
#![allow(clippy::print_stdout, reason = "the table is what it is run for")]

mod driver;

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use doorstep::pages::{Brand, HandoffPage, Looks, Page};
use driver::journeys::Get;
use driver::load;
use driver::server::Server;
use driver::table::Table;
use driver::{cores, floors};

const ROUNDS: usize = 3;
const TIME: Duration = Duration::from_secs(2);

#[tokio::main(flavor = "current_thread")]
async fn main() {
    cores::to_driver_core();
    let frame = Looks::new(Brand::default(), "").frame(None, []);
    let samples = HandoffPage::samples(&frame);
    println!("| state | bytes | rendered in µs |\n|---|---:|---:|");
    for (name, page) in &samples {
        println!("| {name} | {} | {:.1} |", page.render().len(), micros(page));
    }
    let largest = samples.iter().map(|(_, page)| page.render().len()).max().unwrap_or(0);
    let server = Server::start(Path::new(env!("CARGO_TARGET_TMPDIR"))).await;
    let empty = floors::empty_handler(largest);
    let mut table = Table::wanted();
    for _ in 0..ROUNDS {
        let floor = load::run(gets(empty, "/", "").await, TIME).await;
        let users = gets(server.place.port, PATH, &server.place.cookies).await;
        let rate = Some(floor.rate);
        table.measure("hand-off page, 8 browsers", &server.process, users, TIME, rate).await;
    }
    println!("\n{table}");
}

/// The request of a program on this machine.
const PATH: &str = "/authorize?client_id=doorstep-cli&redirect_uri=http%3A%2F%2F127.0.0.1%3A49152%2F\
    &response_type=code&response_mode=form_post&scope=openid&state=an-invented-state\
    &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";

fn micros(page: &HandoffPage) -> f64 {
    const TIMES: u32 = 5_000;
    let began = Instant::now();
    for _ in 0..TIMES {
        black_box(page.render());
    }
    began.elapsed().as_secs_f64() * 1e6 / f64::from(TIMES)
}

async fn gets(port: u16, path: &str, headers: &str) -> Vec<Get> {
    let mut users = Vec::new();
    for _ in 0..8 {
        users.push(Get::new(port, path, headers).await);
    }
    users
}
