//! Loads: closed loops, where every user begins again as soon as the answer is there, and a steady pace.

use std::io;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

/// Something that a user does over and over.
pub trait Journey: Send + 'static {
    /// Does it once; false when there is nothing left to do.
    fn once(&mut self) -> impl Future<Output = io::Result<bool>> + Send;
}

/// What came of a run.
#[derive(Clone, Copy, Debug)]
pub struct Figures {
    /// Journeys.
    pub count: usize,
    /// Journeys a second.
    pub rate: f64,
    /// How long the middle one took.
    pub p50: Duration,
    /// How long all took but one in a hundred.
    pub p99: Duration,
}

/// Lets everybody go round for this time, or until they have nothing left to do.
pub async fn run<J: Journey>(users: Vec<J>, time: Duration) -> Figures {
    let began = Instant::now();
    let mut tasks = JoinSet::new();
    for mut user in users {
        tasks.spawn(async move {
            let mut took = Vec::new();
            let mut left = Instant::now();
            while left - began < time && user.once().await.expect("the server answers") {
                let back = Instant::now();
                took.push(back - left);
                left = back;
            }
            took
        });
    }
    Figures::of(tasks.join_all().await.concat(), began.elapsed())
}

/// Sends everybody round at a pace of so many journeys a second together. Whoever is sent late because the
/// journey before took too long counts from when they should have left.
pub async fn paced<J: Journey>(users: Vec<J>, rate: f64, time: Duration) -> Figures {
    let began = Instant::now();
    let pause = Duration::from_secs_f64(users.len() as f64 / rate);
    let mut tasks = JoinSet::new();
    for (number, mut user) in users.into_iter().enumerate() {
        tasks.spawn(async move {
            let mut took = Vec::new();
            let mut leaves = began + pause.mul_f64(number as f64 / (rate * pause.as_secs_f64()));
            while leaves - began < time {
                tokio::time::sleep_until(leaves.into()).await;
                if !user.once().await.expect("the server answers") {
                    break;
                }
                took.push(leaves.elapsed());
                leaves += pause;
            }
            took
        });
    }
    Figures::of(tasks.join_all().await.concat(), began.elapsed())
}

impl Figures {
    fn of(mut took: Vec<Duration>, elapsed: Duration) -> Self {
        took.sort_unstable();
        let at = |share: usize| took.get(took.len() * share / 100).copied().unwrap_or_default();
        let rate = took.len() as f64 / elapsed.as_secs_f64();
        Self { count: took.len(), rate, p50: at(50), p99: at(99) }
    }
}

/// The middle one of several rounds.
pub fn median(mut rounds: Vec<f64>) -> f64 {
    rounds.sort_by(f64::total_cmp);
    rounds[rounds.len() / 2]
}
