//! Words for the person. They go to standard error, or past its redirection to the terminal: standard
//! output carries the result and nothing else.

use std::io::{IsTerminal, Write, stderr};

use qrcode::render::unicode::Dense1x2;
use qrcode::{EcLevel, QrCode};
use url::Url;

use crate::cli::output::is_harmless;

/// Where words go.
pub(super) struct Screen {
    #[cfg(unix)]
    tty: Option<std::fs::File>,
    fancy: bool,
}

impl Screen {
    /// Standard error if a person sees it, else the terminal if there is one.
    pub(super) fn find() -> Self {
        let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
        let visible = stderr().is_terminal();
        #[cfg(unix)]
        let tty = if visible {
            None
        } else {
            std::fs::OpenOptions::new().write(true).open("/dev/tty").ok()
        };
        #[cfg(unix)]
        let visible = visible || tty.is_some();
        Self {
            #[cfg(unix)]
            tty,
            fancy: visible && !dumb,
        }
    }

    /// Prints a line.
    pub(super) fn line(&self, text: &str) {
        self.write(&format!("{text}\n"));
    }

    /// Prints text as it is.
    pub(super) fn write(&self, text: &str) {
        #[cfg(unix)]
        if let Some(mut tty) = self.tty.as_ref() {
            let _ = tty.write_all(text.as_bytes());
            return;
        }
        let _ = stderr().write_all(text.as_bytes());
    }

    /// Prints a link on a line of its own. Where the terminal may know hyperlinks (OSC 8), a link that
    /// wraps can be followed all the same.
    pub(super) fn link(&self, link: &Url) {
        match self.fancy {
            true => self.line(&format!("  \x1b]8;;{link}\x1b\\{link}\x1b]8;;\x1b\\")),
            false => self.line(&format!("  {link}")),
        }
    }

    /// Draws a link for a telephone's camera, black on white whatever the terminal's colours are; a
    /// link too long for that is left out.
    pub(super) fn qr(&self, link: &Url) {
        let Ok(code) = QrCode::with_error_correction_level(link.as_str(), EcLevel::L) else {
            return;
        };
        let (ink, paper) =
            if self.fancy { ("\x1b[38;5;16;48;5;231m", "\x1b[0m") } else { ("", "") };
        for row in code.render::<Dense1x2>().build().lines() {
            self.line(&format!("{ink}{row}{paper}"));
        }
    }
}

/// A text from outside, fit for a terminal.
pub(super) fn tame(text: &str) -> String {
    text.chars().filter(|c| is_harmless(*c)).take(120).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_steer_the_terminal() {
        assert_eq!(tame("Ada\x1b]0;x\x07\u{202e} L\n"), "Ada]0;x L");
    }
}
