//! A directory of its own with the real binary in it.

use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::process::free_port;

/// A directory that is removed at the end.
pub struct Desk(
    pub PathBuf,
    #[expect(dead_code, reason = "removes the directory when dropped")] TempDir,
);

/// What a command did.
#[derive(Debug)]
pub struct Done {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Done {
    /// The standard output of a command that went well.
    pub fn ok(self) -> String {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.out
    }

    /// The message of a command that failed.
    pub fn failed(self) -> String {
        assert_eq!(self.code, Some(1), "{self:?}");
        self.err
    }
}

impl Desk {
    /// An empty directory.
    pub fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        Self(directory.path().to_owned(), directory)
    }

    /// An empty directory with these settings; hashing is cheap unless they say otherwise.
    pub fn with(settings: &str) -> Self {
        let desk = Self::new();
        desk.write(
            "doorstep.toml",
            &format!("{settings}\n[password]\nmemory_kib = 7168\niterations = 1\n"),
        );
        desk
    }

    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.0.join(name), text).unwrap();
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The binary in this directory, with nothing of ours in the environment.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_doorstep"));
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("DOORSTEP_")) {
            command.env_remove(name);
        }
        command.current_dir(&self.0).args(arguments).stdin(Stdio::null());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Done {
        finish(self.command(arguments), None)
    }

    /// Runs with this on the standard input.
    pub fn run_with_input(&self, arguments: &[&str], input: &str) -> Done {
        finish(self.command(arguments), Some(input))
    }

    /// Starts `doorstep serve` on a free port and waits until it answers.
    pub fn serve(&self, prepare: impl FnOnce(&mut Command)) -> Server {
        let address = free_address();
        let mut command = self.command(&["serve"]);
        command.env("DOORSTEP_LISTEN", address.to_string());
        prepare(&mut command);
        let log = std::fs::File::create(self.path("log")).unwrap();
        let out = std::fs::File::create(self.path("out")).unwrap();
        let child = command.stdout(out).stderr(log).spawn().unwrap();
        let mut server = Server { child, address };
        server.wait_until_ready(&self.path("log"));
        server
    }

    /// Waits until the server's log has `text` in it.
    pub fn wait_for_log(&self, text: &str) {
        wait_until(
            || std::fs::read_to_string(self.path("log")).unwrap().contains(text),
            || std::fs::read_to_string(self.path("log")).unwrap(),
        );
    }
}

/// Runs a command to its end.
pub fn finish(mut command: Command, input: Option<&str>) -> Done {
    if input.is_some() {
        command.stdin(Stdio::piped());
    }
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    if let Some(input) = input {
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    }
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Done { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

/// An address that nobody listens on.
pub fn free_address() -> SocketAddr {
    ([127, 0, 0, 1], free_port()).into()
}

fn wait_until(mut done: impl FnMut() -> bool, context: impl Fn() -> String) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < Duration::from_secs(20), "{}", context());
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A running server.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
}

impl Server {
    fn wait_until_ready(&mut self, log: &Path) {
        let (child, address) = (&mut self.child, self.address);
        let log = || std::fs::read_to_string(log).unwrap();
        wait_until(
            || {
                assert!(child.try_wait().unwrap().is_none(), "{}", log());
                TcpStream::connect(address).is_ok() && log().contains("ready")
            },
            log,
        );
    }

    /// Asks it to stop, as a service manager does, and gives its exit code.
    pub fn stop(mut self) -> Option<i32> {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        self.child.wait().unwrap().code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
