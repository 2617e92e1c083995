//! `kill -9` between a code and its redemption, and in the midst of the redemption, two hundred times.

use std::sync::Arc;
use std::time::Duration;

use crate::stage::{Engine, Outcome, Replica, Stage};

const ROUNDS: u64 = 200;

/// Kills the process before the redemption, and redeems at its successor. Who had signed out by then
/// stays signed out.
async fn before(stage: &Stage, replica: Replica) -> Replica {
    let code = stage.code(&replica).await;
    let gone = stage.come_and_go(&replica).await;
    let replica = stage.kill_and_restart(replica).await;
    assert!(!stage.knows(&replica, &gone).await, "a session came back");
    let first = stage.redeem(&replica, &code).await;
    assert!(matches!(first, Outcome::Tokens { .. }), "a code was lost: {first:?}");
    assert_eq!(stage.redeem(&replica, &code).await, Outcome::Refused, "redeemed twice");
    replica
}

/// Kills the process while it redeems. Then either the program has its tokens, and they are worth
/// something, or the code may still work, once.
async fn amid(stage: &Arc<Stage>, replica: Replica, delay: Duration) -> (Replica, Outcome) {
    let code = stage.code(&replica).await;
    let replica = Arc::new(replica);
    let redemption = {
        let (stage, replica, code) = (stage.clone(), replica.clone(), code.clone());
        tokio::spawn(async move { stage.redeem(&replica, &code).await })
    };
    tokio::time::sleep(delay).await;
    replica.kill_from_afar();
    let outcome = redemption.await.expect("no panic");
    let replica = Arc::into_inner(replica).expect("the request is over");
    let replica = stage.kill_and_restart(replica).await;
    let second = match &outcome {
        Outcome::Tokens { refresh, .. } => stage.refresh(&replica, refresh).await,
        Outcome::Silence => stage.redeem(&replica, &code).await,
        Outcome::Refused => panic!("a good code was refused"),
    };
    assert!(outcome == Outcome::Silence || second != Outcome::Refused, "a refresh token was lost");
    assert_eq!(stage.redeem(&replica, &code).await, Outcome::Refused, "redeemed twice");
    if let Outcome::Tokens { refresh, .. } = second {
        let replayed = stage.refresh(&replica, &refresh).await;
        assert_eq!(replayed, Outcome::Refused, "a replayed code leaves tokens alive");
    }
    (replica, outcome)
}

async fn nothing_is_redeemable_twice(engine: Engine) {
    let stage = Arc::new(Stage::set(engine).await);
    let mut replica = stage.start().await;
    stage.sign_in(&replica).await;
    let (mut answered, mut cut_off) = (0, 0);
    for round in 0..ROUNDS {
        if round % 2 == 0 {
            replica = before(&stage, replica).await;
        } else {
            // From at once to after the answer.
            let delay = Duration::from_micros(round * 97 % 7_000);
            let outcome;
            (replica, outcome) = amid(&stage, replica, delay).await;
            if outcome == Outcome::Silence { cut_off += 1 } else { answered += 1 }
        }
    }
    eprintln!("{engine:?}: {cut_off} redemptions were cut off, {answered} were answered in time");
    assert!(cut_off > 0 && answered > 0, "the kills did not fall on both sides of the answer");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_redeemable_twice_on_sqlite() {
    nothing_is_redeemable_twice(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_redeemable_twice_on_postgres() {
    nothing_is_redeemable_twice(Engine::Postgres).await;
}
