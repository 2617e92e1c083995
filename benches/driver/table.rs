//! The table that a benchmark prints: each figure beside its floor.

use std::time::Duration;

use super::load::{self, Figures, Journey, median};
use super::process::Process;

/// Rounds of the same measurements, interleaved so that a slow moment hits them all.
pub struct Table {
    words: Vec<String>,
    rows: Vec<Row>,
}

struct Row {
    name: &'static str,
    rates: Vec<f64>,
    floors: Vec<f64>,
    p99s: Vec<f64>,
    cpus: Vec<f64>,
}

impl Table {
    /// A table of what the command line asks for: everything with one of its words in the name.
    pub fn wanted() -> Self {
        let words = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
        Self { words, rows: Vec::new() }
    }

    /// Whether a row of this name is asked for.
    pub fn wants(&self, name: &str) -> bool {
        self.words.is_empty() || self.words.iter().any(|word| name.contains(&**word))
    }

    /// Measures a closed loop beside the rate that is its floor, or that it is the floor of, and gives its own.
    pub async fn measure<J: Journey>(
        &mut self,
        name: &'static str,
        process: &Process,
        users: Vec<J>,
        time: Duration,
        floor: Option<f64>,
    ) -> f64 {
        let before = process.usage();
        let figures = load::run(users, time).await;
        let each = process.usage().millis_since(&before, figures.count);
        self.add(name, figures, floor.unwrap_or(figures.rate), each);
        figures.rate
    }

    /// Adds a round: what came of it, the most that was possible in the same moment, and the
    /// milliseconds that the server spent on each journey.
    pub fn add(&mut self, name: &'static str, figures: Figures, floor: f64, cpu: f64) {
        let index = self.rows.iter().position(|row| row.name == name).unwrap_or_else(|| {
            let empty = Vec::new;
            self.rows.push(Row {
                name,
                rates: empty(),
                floors: empty(),
                p99s: empty(),
                cpus: empty(),
            });
            self.rows.len() - 1
        });
        let row = &mut self.rows[index];
        row.rates.push(figures.rate);
        row.floors.push(floor);
        row.p99s.push(figures.p99.as_secs_f64() * 1000.0);
        row.cpus.push(cpu);
    }
}

impl std::fmt::Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "| what | a second | of its floor | p99 ms | CPU ms each |")?;
        writeln!(f, "|---|---:|---:|---:|---:|")?;
        for row in &self.rows {
            let (rate, floor) = (median(row.rates.clone()), median(row.floors.clone()));
            let (p99, cpu) = (median(row.p99s.clone()), median(row.cpus.clone()));
            let share = 100.0 * rate / floor;
            writeln!(f, "| {} | {rate:.0} | {share:.0} % | {p99:.1} | {cpu:.3} |", row.name)?;
        }
        Ok(())
    }
}
