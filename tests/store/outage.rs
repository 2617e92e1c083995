//! PostgreSQL behind a line that fails: what hangs is given up, and what was cut is tried anew.

use std::time::{Duration, Instant};

use doorstep::store::Db;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::postgres;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    Works,
    /// Connections stay open, and nothing passes.
    Hangs,
}

/// A fresh database behind a line of its own.
struct Relay {
    url: String,
    line: watch::Sender<Line>,
    cut: watch::Sender<u32>,
}

impl Relay {
    async fn start() -> Self {
        let direct = postgres::fresh_database();
        let (_, rest) = direct.split_once("@127.0.0.1:").expect("a URL of ours");
        let (port, rest) = rest.split_once('/').expect("a URL of ours");
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let own = listener.local_addr().unwrap().port();
        let url = format!("postgres://doorstep@127.0.0.1:{own}/{rest}");
        let (line, cut) = (watch::Sender::new(Line::Works), watch::Sender::new(0));
        let (lines, cuts, port) = (line.subscribe(), cut.subscribe(), port.parse().unwrap());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(pass(stream, port, lines.clone(), cuts.clone()));
            }
        });
        Self { url, line, cut }
    }

    /// Closes every connection that there is.
    async fn cut(&self) {
        self.cut.send_modify(|cuts| *cuts += 1);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn pass(
    mut near: TcpStream,
    port: u16,
    mut line: watch::Receiver<Line>,
    mut cut: watch::Receiver<u32>,
) {
    let mut far = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    cut.mark_unchanged();
    let passing = async {
        tokio::select! {
            _ = copy_bidirectional(&mut near, &mut far) => return,
            _ = line.wait_for(|line| *line == Line::Hangs) => {}
        }
        std::future::pending().await
    };
    tokio::select! {
        () = passing => {}
        _ = cut.changed() => {}
    }
}

#[actix_web::test]
async fn a_statement_waits_for_a_server_that_hangs_for_some_seconds_and_no_longer() {
    let relay = Relay::start().await;
    let db = Db::connect(&relay.url, 4).await.unwrap();
    assert!(!db.has_accounts().await.unwrap());
    relay.line.send_replace(Line::Hangs);
    let asked = Instant::now();
    let answer = tokio::time::timeout(Duration::from_secs(30), db.has_accounts()).await;
    let error = answer.expect("an answer").expect_err("nobody answered");
    assert!(error.is_outage(), "{error}");
    assert!(asked.elapsed() > Duration::from_secs(5), "slow is not dead");
    relay.line.send_replace(Line::Works);
    assert!(!db.has_accounts().await.unwrap(), "it goes on with a new connection");
}

#[actix_web::test]
async fn nobody_who_reads_notices_that_connections_were_cut() {
    let relay = Relay::start().await;
    let db = Db::connect(&relay.url, 4).await.unwrap();
    for _ in 0..3 {
        let reads = (db.has_accounts(), db.has_accounts(), db.has_accounts());
        let (a, b, c) = tokio::join!(reads.0, reads.1, reads.2);
        assert!([a, b, c].into_iter().all(|read| !read.unwrap()));
        relay.cut().await;
    }
    assert!(!db.has_accounts().await.unwrap());
}
