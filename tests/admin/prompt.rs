use std::io::{Read, Write};
use std::process::Child;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use pty_process::blocking::{Command, Pty, open};
use rustix::termios::{LocalModes, tcgetattr};

use super::desk::Desk;

/// A person at a terminal, in front of the running command.
struct Terminal {
    pty: Arc<Pty>,
    child: Child,
    screen: Arc<Mutex<String>>,
}

impl Terminal {
    fn run(desk: &Desk, arguments: &[&str]) -> Self {
        let (pty, pts) = open().unwrap();
        let command =
            Command::new(env!("CARGO_BIN_EXE_doorstep")).current_dir(&desk.0).args(arguments);
        let child = command.spawn(pts).unwrap();
        let (pty, screen) = (Arc::new(pty), Arc::new(Mutex::new(String::new())));
        let (reading, shown) = (pty.clone(), screen.clone());
        std::thread::spawn(move || {
            let mut bytes = [0; 256];
            while let Ok(count) = (&*reading).read(&mut bytes) {
                shown.lock().unwrap().push_str(&String::from_utf8_lossy(&bytes[..count]));
            }
        });
        Self { pty, child, screen }
    }

    fn screen(&self) -> String {
        self.screen.lock().unwrap().clone()
    }

    fn wait_for(&self, text: &str) {
        let start = Instant::now();
        while !self.screen().contains(text) {
            assert!(start.elapsed() < Duration::from_secs(20), "{}", self.screen());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn echoes(&self) -> bool {
        tcgetattr(&*self.pty).unwrap().local_modes.contains(LocalModes::ECHO)
    }

    fn enter(&self, text: &str) {
        let start = Instant::now();
        while self.echoes() {
            assert!(start.elapsed() < Duration::from_secs(20), "the echo stays on");
            std::thread::sleep(Duration::from_millis(10));
        }
        (&*self.pty).write_all(text.as_bytes()).unwrap();
    }

    fn ends_with(mut self, code: i32) -> String {
        assert_eq!(self.child.wait().unwrap().code(), Some(code), "{}", self.screen());
        assert!(self.echoes(), "the echo is on again");
        std::thread::sleep(Duration::from_millis(50));
        self.screen()
    }
}

#[test]
fn a_password_is_asked_for_twice_without_an_echo() {
    let desk = Desk::with("");
    let terminal = Terminal::run(&desk, &["user", "add", "mia"]);
    terminal.wait_for("New password: ");
    terminal.enter("eleven lemons ride\n");
    terminal.wait_for("The same once more: ");
    terminal.enter("eleven lemons ride\n");
    terminal.wait_for("mia can sign in now.");
    let screen = terminal.ends_with(0);
    assert!(!screen.contains("lemons"), "{screen}");
}

#[test]
fn two_different_passwords_change_nothing() {
    let desk = Desk::with("");
    let terminal = Terminal::run(&desk, &["user", "add", "mia"]);
    terminal.wait_for("New password: ");
    terminal.enter("eleven lemons ride\n");
    terminal.wait_for("The same once more: ");
    terminal.enter("eleven lemons rode\n");
    terminal.wait_for("the two passwords differ");
    terminal.ends_with(1);
    assert_eq!(desk.run(&["user", "list", "--json"]).ok().trim(), "[]");
}

#[test]
fn an_interrupt_puts_the_terminal_back() {
    let desk = Desk::with("");
    let terminal = Terminal::run(&desk, &["user", "add", "mia"]);
    terminal.wait_for("New password: ");
    terminal.enter("\x03");
    terminal.wait_for("nothing was changed");
    terminal.ends_with(130);
}
