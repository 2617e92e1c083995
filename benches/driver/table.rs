//! The table that a benchmark prints: each figure beside its floor.

use super::load::{Figures, median};

/// Rounds of the same measurements, interleaved so that a slow moment hits them all.
#[derive(Default)]
pub struct Table(Vec<Row>);

struct Row {
    name: &'static str,
    rates: Vec<f64>,
    floors: Vec<f64>,
    p99s: Vec<f64>,
    cpus: Vec<f64>,
}

impl Table {
    /// Adds a round: what came of it, the most that was possible in the same moment, and the
    /// milliseconds that the server spent on each journey.
    pub fn add(&mut self, name: &'static str, figures: Figures, floor: f64, cpu: f64) {
        let index = self.0.iter().position(|row| row.name == name).unwrap_or_else(|| {
            let empty = Vec::new;
            self.0.push(Row {
                name,
                rates: empty(),
                floors: empty(),
                p99s: empty(),
                cpus: empty(),
            });
            self.0.len() - 1
        });
        let row = &mut self.0[index];
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
        for row in &self.0 {
            let (rate, floor) = (median(row.rates.clone()), median(row.floors.clone()));
            let (p99, cpu) = (median(row.p99s.clone()), median(row.cpus.clone()));
            let share = 100.0 * rate / floor;
            writeln!(f, "| {} | {rate:.0} | {share:.0} % | {p99:.1} | {cpu:.3} |", row.name)?;
        }
        Ok(())
    }
}
