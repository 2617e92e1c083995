//! Standard output: plain aligned columns for eyes, JSON for programs.

use std::io::{ErrorKind, Write};

use serde::Serialize;

use super::Failure;

/// Writes `text` and a line break. A reader that has gone away, like `head`, has what it wanted.
pub fn line(text: impl AsRef<str>) -> Result<(), Failure> {
    offer(text).map(drop)
}

/// Writes as [`line`] does; false when nobody reads any longer.
pub fn offer(text: impl AsRef<str>) -> Result<bool, Failure> {
    match writeln!(std::io::stdout(), "{}", text.as_ref()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(Failure::new(format!("the output cannot be written: {error}"))),
    }
}

/// Writes `value` as indented JSON.
pub fn json(value: &impl Serialize) -> Result<(), Failure> {
    line(serde_json::to_string_pretty(value).map_err(|error| Failure::new(error.to_string()))?)
}

/// Writes rows below their headings, each column as wide as it has to be.
pub fn table<const N: usize>(headings: [&str; N], rows: &[[String; N]]) -> Result<(), Failure> {
    line(aligned(headings, rows))
}

fn aligned<const N: usize>(headings: [&str; N], rows: &[[String; N]]) -> String {
    let headings = headings.map(str::to_owned);
    let lines = || std::iter::once(&headings).chain(rows);
    let width = |column: usize| lines().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; N] = std::array::from_fn(width);
    let aligned = lines().map(|row| {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    });
    aligned.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_whatever_the_script() {
        let rows = [["Zoë".to_owned(), "yes".to_owned()], ["Konstantin".to_owned(), String::new()]];
        assert_eq!(
            aligned(["NAME", "OPEN"], &rows),
            "NAME        OPEN\nZoë         yes\nKonstantin"
        );
    }
}
