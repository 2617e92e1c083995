//! Standard output: plain aligned columns for eyes, JSON for programs; and what of others' texts may go to a
//! terminal.

use std::io::{ErrorKind, Write};

use serde::Serialize;

use super::Failure;
use crate::protocol::bidi::is_bidi_control;

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

/// Somebody else's text for a terminal, which they must not be able to steer.
pub fn printable(text: &str) -> String {
    text.chars().map(|c| if is_harmless(c) { c } else { '\u{fffd}' }).collect()
}

/// Writes `value` as indented JSON.
pub fn json(value: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value);
    line(escaped(&text.map_err(|error| Failure::new(error.to_string()))?))
}

/// The same JSON without what could steer a terminal: escapes stand for it. The parser finds what was there.
pub fn escaped(json: &str) -> String {
    let escape = |c: char| match c {
        '\n' => c.to_string(),
        c if is_harmless(c) => c.to_string(),
        c => format!("\\u{:04x}", u32::from(c)),
    };
    json.chars().map(escape).collect()
}

/// Writes rows below their headings.
pub fn table<const N: usize>(headings: [&str; N], rows: &[[String; N]]) -> Result<(), Failure> {
    line(below(headings, rows))
}

fn below<const N: usize>(headings: [&str; N], rows: &[[String; N]]) -> String {
    let headings = headings.map(str::to_owned);
    let cells = rows.iter().map(|row| row.each_ref().map(|cell| printable(cell)));
    aligned(&std::iter::once(headings).chain(cells).collect::<Vec<_>>())
}

/// Rows with each column as wide as it has to be.
pub fn aligned<const N: usize>(rows: &[[String; N]]) -> String {
    let width =
        |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; N] = std::array::from_fn(width);
    let aligned = rows.iter().map(|row| {
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
    fn somebody_elses_text_is_seen_and_does_nothing() {
        let rows = [["\u{202e}ILC petsrooD\u{1b}[2J".to_owned()]];
        assert_eq!(below(["NAME"], &rows), "NAME\n\u{fffd}ILC petsrooD\u{fffd}[2J");
    }

    #[test]
    fn json_is_the_same_and_harmless() {
        let value = serde_json::json!({ "name": "\u{202e}ILC\u{9b}\n \u{e9}" });
        let text = escaped(&serde_json::to_string_pretty(&value).unwrap());
        assert_eq!(text, "{\n  \"name\": \"\\u202eILC\\u009b\\n é\"\n}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
    }

    #[test]
    fn columns_are_aligned_whatever_the_script() {
        let rows = [["NAME", "OPEN"], ["Zoë", "yes"], ["Konstantin", ""]];
        let rows = rows.map(|row| row.map(str::to_owned));
        assert_eq!(aligned(&rows), "NAME        OPEN\nZoë         yes\nKonstantin");
    }
}
