//! The real binary, with or without a terminal of its own.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use pty_process::blocking::{Command, Pts, Pty};
use rustix::termios::{LocalModes, Termios, tcgetattr};

/// Long enough for a busy machine; nothing waits for it when all is well.
const PATIENCE: Duration = Duration::from_secs(30);

/// A folder that goes when the test ends.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new() -> Self {
        let path =
            std::env::temp_dir().join(format!("doorstep-login-{}", doorstep::secret::random_id()));
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The environment of a run: nothing of the machine's but the path.
pub fn environment(home: &Folder) -> Vec<(&'static str, String)> {
    vec![
        ("PATH", std::env::var("PATH").unwrap()),
        ("HOME", home.path().display().to_string()),
        ("DOORSTEP_CACHE_DIR", home.path().join("tokens").display().to_string()),
        ("TERM", "xterm-256color".into()),
    ]
}

pub fn binary() -> &'static str {
    env!("CARGO_BIN_EXE_doorstep")
}

/// A program on a terminal, with standard output apart.
pub struct OnTerminal {
    child: Child,
    pty: Arc<Pty>,
    pts: Pts,
    before: Termios,
    shown: Arc<Mutex<Vec<u8>>>,
}

impl OnTerminal {
    /// Runs `program` on a new terminal.
    pub fn run(
        program: &str,
        arguments: &[&str],
        environment: Vec<(&'static str, String)>,
        stdin: Option<File>,
    ) -> Self {
        let (pty, pts) = pty_process::blocking::open().unwrap();
        pty.resize(pty_process::Size::new(40, 250)).unwrap();
        let before = tcgetattr(&pts).unwrap();
        let mut command = Command::new(program)
            .args(arguments)
            .env_clear()
            .envs(environment)
            .stdout(Stdio::piped());
        if let Some(stdin) = stdin {
            command = command.stdin(stdin);
        }
        let child = command.spawn_borrowed(&pts).unwrap();
        let (pty, shown) = (Arc::new(pty), Arc::new(Mutex::new(Vec::new())));
        let (reader, sink) = (Arc::clone(&pty), Arc::clone(&shown));
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count) = (&*reader).read(&mut bytes) {
                sink.lock().unwrap().extend_from_slice(&bytes[..count]);
            }
        });
        Self { child, pty, pts, before, shown }
    }

    /// `doorstep` with these arguments.
    pub fn doorstep(arguments: &[&str], home: &Folder) -> Self {
        Self::run(binary(), arguments, environment(home), None)
    }

    /// Everything that was shown so far.
    pub fn shown(&self) -> String {
        String::from_utf8_lossy(&self.shown.lock().unwrap()).into_owned()
    }

    /// Waits until `text` was shown `times` times.
    pub async fn wait_for_times(&self, text: &str, times: usize) {
        let begun = Instant::now();
        while self.shown().matches(text).count() < times {
            assert!(
                begun.elapsed() < PATIENCE,
                "{text:?} was not shown {times} times, but:\n{}",
                self.shown()
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub async fn wait_for(&self, text: &str) {
        self.wait_for_times(text, 1).await;
    }

    /// The link on the screen, once the program waits for an answer.
    pub async fn link(&self) -> String {
        self.wait_for("here: ").await;
        let shown = self.shown();
        let link =
            shown.split("\x1b]8;;").nth(1).expect("a link is shown").split('\x1b').next().unwrap();
        assert!(
            shown.contains(&format!("\x1b\\{link}\x1b")),
            "the link can be read as well as clicked"
        );
        link.to_owned()
    }

    /// Types.
    pub fn enter(&self, text: &str) {
        (&*self.pty).write_all(text.as_bytes()).unwrap();
    }

    /// Sends a signal by name.
    pub fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, signal).unwrap();
    }

    /// Whether the terminal shows what is typed, as shells leave it.
    pub fn echoes(&self) -> bool {
        tcgetattr(&self.pts).unwrap().local_modes.contains(LocalModes::ECHO)
    }

    /// Waits for the end: exit status and standard output. The terminal must be as it was.
    pub async fn end(mut self) -> (ExitStatus, String, String) {
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(begun.elapsed() < PATIENCE, "the program goes on and on:\n{}", self.shown());
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        let mut output = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut output).unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
        let after = tcgetattr(&self.pts).unwrap();
        assert_eq!(after.local_modes, self.before.local_modes, "the terminal is as it was");
        assert_eq!(after.input_modes, self.before.input_modes, "the terminal is as it was");
        assert_eq!(
            format!("{:?}", after.special_codes),
            format!("{:?}", self.before.special_codes)
        );
        let shown = self.shown();
        assert_eq!(
            shown.matches("\x1b[?2004h").count(),
            shown.matches("\x1b[?2004l").count(),
            "pastes are unmarked"
        );
        (status, output, shown)
    }
}

/// `doorstep` without any terminal.
pub struct Detached(tokio::process::Child);

impl Detached {
    pub fn doorstep(arguments: &[&str], environment: Vec<(&'static str, String)>) -> Self {
        // `setsid` gives a session of its own, and so takes the terminal of whoever runs the tests away.
        let mut command = tokio::process::Command::new("setsid");
        command.arg("--wait").arg(binary()).args(arguments).env_clear().envs(environment);
        Self::spawn(command)
    }

    /// Any other program.
    pub fn spawn(mut command: tokio::process::Command) -> Self {
        command.kill_on_drop(true);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Self(command.spawn().unwrap())
    }

    /// Reads standard error until this was said.
    pub async fn wait_for(&mut self, words: &str) -> String {
        use tokio::io::AsyncReadExt;
        let (mut text, mut bytes) = (String::new(), [0; 1024]);
        let stderr = self.0.stderr.as_mut().unwrap();
        while !text.contains(words) {
            let count =
                tokio::time::timeout(PATIENCE, stderr.read(&mut bytes)).await.unwrap().unwrap();
            assert!(count > 0, "{words:?} was not said, but:\n{text}");
            text.push_str(&String::from_utf8_lossy(&bytes[..count]));
        }
        text
    }

    /// The link that is printed on standard error.
    pub async fn link(&mut self) -> String {
        let text = self.wait_for("Waiting for up to").await;
        text.lines()
            .find_map(|line| line.strip_prefix("  http"))
            .map(|rest| format!("http{rest}"))
            .unwrap()
    }

    pub async fn end(self) -> (i32, String, String) {
        let output =
            tokio::time::timeout(PATIENCE, self.0.wait_with_output()).await.unwrap().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
    }
}
