//! What a login costs, beside the floor under it: the signatures alone, the committed writes alone, and
//! an HTTP exchange with nothing behind it. All in one run, so that the ratios mean something on any
//! machine; the absolute figures do not travel.
//!
//! `cargo bench` prints a table. One thread serves, one drives; loopback, keep-alive, SQLite with
//! `synchronous=FULL` in the directory for temporary files: let that be on a real disk.
#![expect(clippy::print_stdout, reason = "a table is what it is for")]

mod connection;
mod stage;
#[path = "../../tests/support/person.rs"]
#[allow(dead_code, reason = "the bench signs in once; tests do more")]
mod support_person;

use std::sync::Arc;
use std::time::{Duration, Instant};

use doorstep::pages::{Brand, Frame, HandoffPage, Messages, Page};
use doorstep::protocol::client::SigningAlg;
use serde_json::json;
use stage::{Stage, Work};
use tokio::task::JoinSet;

/// How long each figure is measured.
const SPAN: Duration = Duration::from_secs(3);
/// Codes that wait for the token endpoint: more than it redeems in that time.
const CODES: usize = 20_000;

fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let database = format!("sqlite:{}", folder.path().join("bench.db").display());
    let driver = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let driver = driver.expect("a runtime");
    let stage = Arc::new(stage::serve(database));
    driver.block_on(stage.sign_in());
    driver.block_on(measure(&stage));
}

async fn measure(stage: &Arc<Stage>) {
    let es256 = signatures(stage, SigningAlg::ES256);
    let rs256 = signatures(stage, SigningAlg::RS256);
    report("an ES256 signature", 1, es256, None);
    report("an RS256 signature", 1, rs256, None);
    report("the hand-off page, rendered", 1, renders(), None);
    for users in [8, 32] {
        let bare = rate(stage, users, Work::Nothing).await;
        let write = rate(stage, users, Work::Write).await;
        report("an exchange with nothing behind it", users, bare, None);
        report("a committed write", users, write, None);
        for (client, signature) in [("es256", es256), ("rs256", rs256)] {
            let floor = 1.0 / (2.0 / bare + 2.0 / write + 2.0 / signature);
            let logins = rate(stage, users, Work::Login(client)).await;
            report(&format!("a login with a live session, {client}"), users, logins, Some(floor));
        }
        stage.mint(CODES).await;
        let floor = 1.0 / (1.0 / bare + 1.0 / write + 2.0 / es256);
        let redemptions = rate(stage, users, Work::Redeem).await;
        report("the token endpoint, es256", users, redemptions, Some(floor));
    }
}

/// Prints a figure, with its share of what the parts alone would allow if they took turns.
fn report(what: &str, users: usize, rate: f64, floor: Option<f64>) {
    let share = floor.map(|floor| format!("{:>4.0} % of its floor", 100.0 * rate / floor));
    println!("{what:<40} {users:>3} at a time {rate:>9.0} /s {}", share.unwrap_or_default());
}

/// How often a second so many users do this work, each as fast as it goes.
async fn rate(stage: &Arc<Stage>, users: usize, work: Work) -> f64 {
    let begin = Instant::now();
    let mut crowd = JoinSet::new();
    for _ in 0..users {
        let stage = stage.clone();
        crowd.spawn(async move { stage.work(work, begin + SPAN).await });
    }
    let done: usize = crowd.join_all().await.into_iter().sum();
    done as f64 / begin.elapsed().as_secs_f64()
}

/// Repeats `work` on this thread.
fn repeat(mut work: impl FnMut()) -> f64 {
    let begin = Instant::now();
    let mut done = 0;
    while begin.elapsed() < SPAN / 2 {
        work();
        done += 1;
    }
    f64::from(done) / begin.elapsed().as_secs_f64()
}

fn signatures(stage: &Stage, alg: SigningAlg) -> f64 {
    let claims = json!({
        "iss": "https://id.example.org", "sub": "an-invented-subject", "aud": "app",
        "iat": 1_800_000_000, "exp": 1_800_000_600, "auth_time": 1_800_000_000,
        "nonce": "an-invented-nonce", "at_hash": "an-invented-hash",
    });
    repeat(|| drop(stage.issuer.keys().sign(alg, "JWT", &claims).expect("there is a key")))
}

fn renders() -> f64 {
    let frame = Frame::new(Brand::default(), Messages::english(), "");
    let samples = HandoffPage::samples(&frame);
    let (_, page) = samples.iter().find(|(name, _)| *name == "ready").expect("that state");
    repeat(|| drop(page.render()))
}
