//! The store's conformance suite: every case runs on SQLite and on PostgreSQL.

#[allow(dead_code, reason = "dumps are for the tests over HTTP")]
#[path = "../support/postgres.rs"]
mod postgres;
#[path = "../support/process.rs"]
#[allow(dead_code, reason = "only free ports are needed here")]
mod process;

mod accounts;
mod clients;
mod codes;
mod devices;
mod direct;
mod factors;
mod gateway;
mod links;
mod outage;
mod rest;

use doorstep::store::Db;

/// Runs `case` on a fresh store of each engine.
async fn on_both<F: Future<Output = ()>>(case: impl Fn(Db) -> F) {
    let directory = tempfile::tempdir().unwrap();
    let sqlite = format!("sqlite:{}", directory.path().join("test.db").display());
    for url in [sqlite, postgres::fresh_database()] {
        let db = Db::connect(&url, 8).await.unwrap();
        case(db.clone()).await;
        db.close().await;
    }
}
