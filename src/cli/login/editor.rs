//! A line of input without an echo: bytes from a terminal in, lines and feedback out. Pure.
//!
//! The code is a secret, so a mask is shown in its place. Terminals mark the beginning and end of a
//! paste (`ESC [ 200 ~` … `ESC [ 201 ~`): line breaks inside are part of a link that was wrapped, and
//! the end of a paste is as good as the Enter key.

/// A pasted redirect URL is far shorter than this.
const LONGEST: usize = 16 * 1024;
/// More stars than this would only wrap the line.
const MOST_STARS: usize = 40;
/// Takes one star back.
const UNSTAR: &str = "\x08 \x08";

#[derive(Default)]
pub(super) struct Editor {
    line: Vec<u8>,
    escape: Option<Vec<u8>>,
    pasting: bool,
}

/// What a byte led to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Effect {
    /// What to write to the terminal.
    pub(super) echo: String,
    /// A finished line.
    pub(super) line: Option<String>,
}

impl Effect {
    fn echo(text: &str) -> Self {
        Self { echo: text.to_owned(), line: None }
    }
}

impl Editor {
    /// Takes one byte.
    pub(super) fn feed(&mut self, byte: u8) -> Effect {
        if let Some(sequence) = &mut self.escape {
            sequence.push(byte);
            return self.end_of_escape().unwrap_or_default();
        }
        match byte {
            0x1b => {
                self.escape = Some(Vec::new());
                Effect::default()
            }
            b'\r' | b'\n' if self.pasting => Effect::default(),
            b'\r' | b'\n' => self.submit(),
            0x08 | 0x7f => self.erase(),
            0x15 => self.forget(),
            _ if byte < b' ' || self.line.len() >= LONGEST => Effect::default(),
            _ => {
                self.line.push(byte);
                let starred = is_start(byte) && self.letters() <= MOST_STARS;
                Effect::echo(if starred { "*" } else { "" })
            }
        }
    }

    /// Ends an escape sequence when its last byte has come; `None` while it goes on.
    fn end_of_escape(&mut self) -> Option<Effect> {
        let sequence = self.escape.as_deref()?;
        let complete = match sequence {
            [b'['] | [b'O'] => false,
            [b'[', .., last] => (0x40..=0x7e).contains(last) || sequence.len() > 32,
            _ => true,
        };
        if !complete {
            return None;
        }
        let (begin, end) = (sequence == b"[200~", sequence == b"[201~");
        self.escape = None;
        self.pasting = begin || (self.pasting && !end);
        Some(if end { self.submit() } else { Effect::default() })
    }

    /// An empty line is the Enter key pressed for good measure: nothing happens.
    fn submit(&mut self) -> Effect {
        let line = String::from_utf8_lossy(&std::mem::take(&mut self.line)).into_owned();
        if line.trim().is_empty() {
            Effect::default()
        } else {
            Effect { echo: "\r\n".into(), line: Some(line) }
        }
    }

    fn erase(&mut self) -> Effect {
        let starred = (1..=MOST_STARS).contains(&self.letters());
        while self.line.pop().is_some_and(|byte| !is_start(byte)) {}
        Effect::echo(if starred { UNSTAR } else { "" })
    }

    fn forget(&mut self) -> Effect {
        let stars = self.letters().min(MOST_STARS);
        self.line.clear();
        Effect::echo(&UNSTAR.repeat(stars))
    }

    fn letters(&self) -> usize {
        self.line.iter().filter(|byte| is_start(**byte)).count()
    }
}

/// Whether a byte begins a character in UTF-8.
fn is_start(byte: u8) -> bool {
    byte & 0xc0 != 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(bytes: &[u8]) -> (Vec<String>, String) {
        let mut editor = Editor::default();
        let effects: Vec<Effect> = bytes.iter().map(|byte| editor.feed(*byte)).collect();
        let echo = effects.iter().map(|effect| effect.echo.as_str()).collect();
        (effects.into_iter().filter_map(|effect| effect.line).collect(), echo)
    }

    #[test]
    fn a_line_ends_with_enter_and_shows_as_stars() {
        assert_eq!(typed(b"DS4K\r"), (vec!["DS4K".to_owned()], "****\r\n".to_owned()));
        assert_eq!(typed(b"\r\n \r"), (vec![], "*".to_owned()));
    }

    #[test]
    fn a_paste_may_hold_line_breaks_and_ends_by_itself() {
        let (lines, echo) = typed(b"\x1b[200~http://a/\r\n?code=x\x1b[201~\r");
        assert_eq!(lines, ["http://a/?code=x"]);
        assert!(!echo.contains("http"));
    }

    #[test]
    fn keys_that_are_not_letters_leave_no_trace() {
        assert_eq!(typed(b"\x1b[A\x1bOBa\x1b[1;5Cb\x04\x1bxc\n").0, ["abc"]);
    }

    #[test]
    fn backspace_takes_back_a_whole_character() {
        assert_eq!(typed("aé\x7f\x7f\x7fb\n".as_bytes()).0, ["b"]);
        assert_eq!(typed(b"oo\x15DS\n"), (vec!["DS".into()], format!("**{UNSTAR}{UNSTAR}**\r\n")));
    }

    #[test]
    fn a_flood_is_cut() {
        let mut flood = vec![b'x'; 3 * LONGEST];
        flood.push(b'\n');
        let (lines, echo) = typed(&flood);
        assert_eq!(lines[0].len(), LONGEST);
        assert_eq!(echo.matches('*').count(), MOST_STARS);
    }
}
