//! The terminal where there is no `/dev/tty`: lines of standard input, if a person sits there. The
//! echo stays on; a code can be spent by nobody but this program all the same (RFC 7636).

use std::io::{IsTerminal, Write, stderr, stdin};

use tokio::sync::mpsc;

/// Stands for a terminal that is left as it is.
pub(super) struct Terminal;

/// The lines that the person enters.
pub(super) struct Lines(mpsc::UnboundedReceiver<String>);

impl Lines {
    /// The next line; none ever when the input has ended.
    pub(super) async fn next(&mut self) -> String {
        match self.0.recv().await {
            Some(line) => line,
            None => std::future::pending().await,
        }
    }
}

/// Standard input that a person sits at.
pub(super) struct Found;

impl Found {
    /// Standard input if it is a terminal.
    pub(super) fn find() -> Option<Self> {
        stdin().is_terminal().then_some(Self)
    }

    /// Begins to read.
    pub(super) fn take(self) -> Option<(Terminal, Lines)> {
        let (entered, lines) = mpsc::unbounded_channel();
        std::thread::spawn(move || {
            for line in stdin().lines().map_while(Result::ok).filter(|line| !line.trim().is_empty())
            {
                if entered.send(line).is_err() {
                    return;
                }
            }
        });
        Some((Terminal, Lines(lines)))
    }
}

impl Terminal {
    /// Writes to the terminal.
    pub(super) fn say(&self, text: &str) {
        let _ = stderr().write_all(text.as_bytes());
    }

    /// There is nothing to put back.
    pub(super) fn pause(&self) {}

    /// There is nothing to take again.
    pub(super) fn resume(&self) -> bool {
        true
    }
}
