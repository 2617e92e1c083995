//! Standard output: plain aligned columns for eyes, JSON for programs; and what of others' texts may go to a
//! terminal.

use std::io::{ErrorKind, Write};

use serde::Serialize;

use super::Failure;
use crate::pages::messages::is_bidi_control;

/// Writes `text` and a line break. A reader that has gone away, like `head`, has what it wanted.
pub fn line(text: impl AsRef<str>) -> Result<(), Failure> {
    offer(text).map(drop)
}

/// Writes `text` and a line break to standard error. Where that cannot be written, nobody can be told so.
pub fn tell(text: impl AsRef<str>) {
    let _ = writeln!(std::io::stderr(), "{}", text.as_ref());
}

/// Writes as [`line`] does; false when nobody reads any longer.
pub fn offer(text: impl AsRef<str>) -> Result<bool, Failure> {
    match writeln!(std::io::stdout(), "{}", text.as_ref()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(Failure::new(format!("the output cannot be written: {error}"))),
    }
}

/// Whether a character of somebody else's text does no more to a terminal than be seen: control characters
/// move the cursor or worse, marks of direction show one thing for another.
pub fn is_harmless(character: char) -> bool {
    !character.is_control() && !is_bidi_control(character)
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
    fn what_steers_a_terminal_or_turns_a_text_round_is_harmful() {
        assert!("Zoë 日本 \u{5d0}!".chars().all(is_harmless));
        let harmful = ['\n', '\u{1b}', '\u{7f}', '\u{9b}', '\u{61c}', '\u{202e}', '\u{2066}'];
        assert!(!harmful.into_iter().any(is_harmless));
    }

    #[test]
    fn columns_are_aligned_whatever_the_script() {
        let rows = [["Zoë".to_owned(), "yes".to_owned()], ["Konstantin".to_owned(), String::new()]];
        assert_eq!(
            aligned(["NAME", "OPEN"], &rows),
            "NAME        OPEN\nZoë         yes\nKonstantin"
        );
    }
}
