//! Ten thousand programs redeem one code at the same time, at two processes.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::stage::{Engine, Outcome, Stage};

const ATTEMPTS: usize = 10_000;
/// How many are on the wire at any moment: each costs two open files, of which systems allow 1,024.
const ON_THE_WIRE: usize = 300;

async fn one_wins(engine: Engine) {
    let stage = Arc::new(Stage::set(engine).await);
    let replicas = Arc::new([stage.start().await, stage.start().await]);
    stage.sign_in(&replicas[0]).await;
    let code = stage.code(&replicas[0]).await;
    let wire = Arc::new(Semaphore::new(ON_THE_WIRE));
    let mut attempts = JoinSet::new();
    for attempt in 0..ATTEMPTS {
        let (stage, replicas, code) = (stage.clone(), replicas.clone(), code.clone());
        let wire = wire.clone();
        attempts.spawn(async move {
            let _place = wire.acquire().await;
            stage.redeem(&replicas[attempt % 2], &code).await
        });
    }
    let outcomes = attempts.join_all().await;
    let refusals = outcomes.iter().filter(|outcome| **outcome == Outcome::Refused).count();
    assert_eq!(refusals, ATTEMPTS - 1);
    let winner = outcomes.into_iter().find(|outcome| *outcome != Outcome::Refused);
    let Some(Outcome::Tokens { access, refresh }) = winner else { panic!("{winner:?} won") };
    for replica in &*replicas {
        assert_eq!(stage.userinfo(replica, &access).await, 401, "the replays killed no token");
        assert_eq!(stage.refresh(replica, &refresh).await, Outcome::Refused);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_ten_thousand_wins_on_sqlite() {
    one_wins(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_ten_thousand_wins_on_postgres() {
    one_wins(Engine::Postgres).await;
}
