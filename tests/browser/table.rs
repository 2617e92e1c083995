//! What people saw, cell by cell, as a table in `docs/delivery.md`. Written when the environment
//! variable `DOORSTEP_WRITE_DOCS` is set; each engine writes the part between its own marks.

use std::fmt::Write as _;
use std::fs::{self, File};

use crate::support::listener::Mood;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/delivery.md");

/// One cell of the matrix.
pub struct Row {
    /// What the person did.
    pub story: &'static str,
    /// How the listener behaved.
    pub mood: Mood,
    /// What they read, and pressed, one after the other.
    pub saw: Vec<String>,
}

/// Puts the rows of one engine into the page, if that was asked for.
pub fn record(engine: &str, rows: &[Row]) {
    if std::env::var_os("DOORSTEP_WRITE_DOCS").is_none() {
        return;
    }
    let lock = File::open(PAGE).expect("docs/delivery.md is there");
    lock.lock().expect("the lock is ours");
    let page = fs::read_to_string(PAGE).expect("docs/delivery.md can be read");
    let (begin, end) = (format!("<!-- cells: {engine} -->\n"), "<!-- end of cells -->");
    let (before, rest) = page.split_once(&begin).unwrap_or_else(|| panic!("no place for {engine}"));
    let (_, after) = rest.split_once(end).expect("the place has an end");
    fs::write(PAGE, format!("{before}{begin}{}{end}{after}", markdown(rows))).expect("written");
}

fn markdown(rows: &[Row]) -> String {
    let mut text =
        String::from("| what the person does | the listener | what they see |\n|---|---|---|\n");
    for row in rows {
        let mood = match row.mood {
            Mood::Alive => "is alive",
            Mood::Refused => "is not there",
            Mood::Hanging => "hangs",
            Mood::Answers400 => "answers 400",
            Mood::Closes => "closes",
        };
        let _ = writeln!(text, "| {} | {mood} | {} |", row.story, row.saw.join(" → "));
    }
    text
}
