//! The terminal as a way in for the code: `/dev/tty`, so that a piped standard input stays free, with
//! the echo off while it is read, and put back as it was however the login ends.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::thread::{JoinHandle, sleep};
use std::time::{Duration, Instant};

use rustix::process::getpgrp;
use rustix::termios::{
    LocalModes, OptionalActions, QueueSelector, SpecialCodeIndex, Termios, tcflush, tcgetattr,
    tcgetpgrp, tcsetattr,
};
use tokio::sync::mpsc;

use super::editor::Editor;

/// A read returns after this many tenths of a second, with or without input.
const TENTHS: u8 = 1;
const READ: u8 = 0;
const PAUSE: u8 = 1;
const STOP: u8 = 2;

/// The terminal as it was found.
pub(super) struct Found {
    tty: File,
    before: Termios,
}

/// The terminal, changed for as long as this value lives.
pub(super) struct Terminal {
    tty: Arc<File>,
    before: Termios,
    reading: Arc<AtomicU8>,
    reader: Option<JoinHandle<()>>,
    marks_pastes: bool,
}

/// The lines that the person enters.
pub(super) struct Lines(mpsc::UnboundedReceiver<String>);

impl Lines {
    /// The next line; none ever when the terminal has gone.
    pub(super) async fn next(&mut self) -> String {
        match self.0.recv().await {
            Some(line) => line,
            None => std::future::pending().await,
        }
    }
}

impl Found {
    /// The terminal that this process is in the foreground of, if there is one. A process in the
    /// background would be stopped for touching it.
    pub(super) fn find() -> Option<Self> {
        let tty = OpenOptions::new().read(true).write(true).open("/dev/tty").ok()?;
        let before = tcgetattr(&tty).ok()?;
        is_foreground(&tty).then_some(Self { tty, before })
    }

    /// Changes it and begins to read.
    pub(super) fn take(self) -> Option<(Terminal, Lines)> {
        let (tty, reading) = (Arc::new(self.tty), Arc::new(AtomicU8::new(READ)));
        let marks_pastes = std::env::var_os("TERM").is_some_and(|term| term != "dumb");
        let mut terminal = Terminal {
            tty: Arc::clone(&tty),
            before: self.before,
            reading: Arc::clone(&reading),
            reader: None,
            marks_pastes,
        };
        terminal.change().ok()?;
        let (entered, lines) = mpsc::unbounded_channel();
        terminal.reader = Some(std::thread::spawn(move || read_lines(&tty, &reading, &entered)));
        Some((terminal, Lines(lines)))
    }
}

impl Terminal {
    /// Writes to the terminal, past any redirection.
    pub(super) fn say(&self, text: &str) {
        let _ = (&*self.tty).write_all(text.as_bytes());
    }

    /// Puts the terminal back while the program is suspended.
    pub(super) fn pause(&self) {
        self.reading.store(PAUSE, Ordering::SeqCst);
        self.restore();
    }

    /// Takes the terminal again after [`Terminal::pause`], if the program is in the foreground.
    pub(super) fn resume(&self) -> bool {
        let resumed = is_foreground(&self.tty) && self.change().is_ok();
        if resumed {
            self.reading.store(READ, Ordering::SeqCst);
        }
        resumed
    }

    /// No echo, no waiting for whole lines; signals from the keyboard stay.
    fn change(&self) -> rustix::io::Result<()> {
        let mut modes = self.before.clone();
        modes.local_modes.remove(
            LocalModes::ICANON | LocalModes::ECHO | LocalModes::ECHONL | LocalModes::IEXTEN,
        );
        modes.special_codes[SpecialCodeIndex::VMIN] = 0;
        modes.special_codes[SpecialCodeIndex::VTIME] = TENTHS;
        tcsetattr(&self.tty, OptionalActions::Now, &modes)?;
        if self.marks_pastes {
            self.say("\x1b[?2004h");
        }
        Ok(())
    }

    /// As it was, with unread input thrown away: the rest of a paste must not reach the shell.
    fn restore(&self) {
        if !is_foreground(&self.tty) {
            return;
        }
        let _ = tcsetattr(&self.tty, OptionalActions::Now, &self.before);
        let _ = tcflush(&self.tty, QueueSelector::IFlush);
        if self.marks_pastes {
            self.say("\x1b[?2004l");
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.reading.store(STOP, Ordering::SeqCst);
        // At once, while the shell has not yet taken the terminal back.
        self.restore();
        if let Some(reader) = self.reader.take() {
            // The last read ends by itself; were it still going on, it would eat the shell's input.
            let _ = reader.join();
        }
    }
}

fn is_foreground(tty: &File) -> bool {
    tcgetpgrp(tty).is_ok_and(|group| group == getpgrp())
}

fn read_lines(mut tty: &File, reading: &AtomicU8, entered: &mpsc::UnboundedSender<String>) {
    let (mut editor, mut bytes) = (Editor::default(), [0; 1024]);
    let turn = Duration::from_millis(u64::from(TENTHS) * 100);
    loop {
        match reading.load(Ordering::SeqCst) {
            STOP => return,
            PAUSE => {
                sleep(turn);
                continue;
            }
            _ => {}
        }
        let begun = Instant::now();
        let Ok(count) = tty.read(&mut bytes) else { return };
        if count == 0 {
            // A terminal that hung up answers at once, again and again.
            sleep(turn.saturating_sub(begun.elapsed()));
        }
        for byte in &bytes[..count] {
            let effect = editor.feed(*byte);
            let _ = tty.write_all(effect.echo.as_bytes());
            if effect.line.is_some_and(|line| entered.send(line).is_err()) {
                return;
            }
        }
    }
}
