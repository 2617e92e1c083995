//! `doorstep serve` as it is released, on the server's core, and what it uses of the machine.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::cores;
use super::keep_alive::KeepAlive;
use super::person::Person;

const PASSWORD: &str = "eleven lemons ride";
const SETTINGS: &str = r#"
issuer = "http://localhost:8080"
log.filter = "warn"
limits.token_failures = 0
[[clients]]
client_id = "es256"
token_endpoint_auth_method = "none"
redirect_uris = ["https://app.example/cb"]
id_token_signed_response_alg = "ES256"
access_token_signed_response_alg = "ES256"
trusted = true
[[clients]]
client_id = "rs256"
token_endpoint_auth_method = "none"
redirect_uris = ["https://app.example/cb"]
trusted = true
"#;
const USERS: &str = "[[users]]\nusername = \"ada\"\npassword = \"eleven lemons ride\"\n\
    name = \"Ada Example\"\nemail = \"ada@example.org\"\ngroups = [\"staff\", \"builders\"]\n";

/// A running server with a store of its own; both are gone when this is dropped.
pub struct Server {
    /// Where it listens.
    pub port: u16,
    /// The cookies of a browser in which somebody is signed in, as a header.
    pub cookies: String,
    process: Child,
    _folder: TempDir,
}

/// What a process has used up since it started.
#[derive(Clone, Copy, Debug)]
pub struct Usage {
    /// Time on a core.
    pub cpu: Duration,
    /// Bytes that it caused to be written to disk.
    pub written: u64,
}

impl Server {
    /// Starts a server whose store is a file under `parent`.
    pub async fn start(parent: &Path) -> Self {
        let folder = TempDir::new_in(parent).expect("a folder");
        for (name, text) in [("doorstep.toml", SETTINGS), ("users.toml", USERS)] {
            fs::write(folder.path().join(name), text).expect("the file is written");
        }
        let import = doorstep(folder.path()).args(["user", "import", "users.toml"]).status();
        assert!(import.expect("doorstep runs").success(), "the account was not imported");
        let port = free_port();
        let mut serve = doorstep(folder.path());
        serve.arg("serve").env("DOORSTEP_LISTEN", format!("127.0.0.1:{port}"));
        let process = cores::on_server_core(|| serve.spawn().expect("doorstep starts"));
        let mut server = Self { port, cookies: String::new(), process, _folder: folder };
        server.await_first_answer().await;
        server.cookies = server.sign_in().await;
        server
    }

    /// What it has used so far.
    pub fn usage(&self) -> Usage {
        let process = PathBuf::from(format!("/proc/{}", self.process.id()));
        // The scheduler's own count, in nanoseconds; a thread that has ended is not in it, but ours stay.
        let threads = fs::read_dir(process.join("task")).expect("it runs").flatten();
        let cpu = threads
            .filter_map(|thread| fs::read_to_string(thread.path().join("schedstat")).ok())
            .filter_map(|line| line.split(' ').next()?.parse::<u64>().ok())
            .sum();
        let written = number(&process.join("io"), "write_bytes:");
        Usage { cpu: Duration::from_nanos(cpu), written }
    }

    /// Memory that it holds, in MiB.
    pub fn resident_mib(&self) -> f64 {
        let status = format!("/proc/{}/status", self.process.id());
        number(Path::new(&status), "VmRSS:") as f64 / 1024.0
    }

    async fn await_first_answer(&self) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while KeepAlive::open(self.port).await.is_err() {
            assert!(Instant::now() < deadline, "doorstep does not listen");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    async fn sign_in(&self) -> String {
        let person = Person::new();
        let login = format!("http://127.0.0.1:{}/login?next=%2Faccount", self.port);
        person.sign_in(&login, "ada", PASSWORD).await;
        let cookies = ["doorstep-session", "doorstep-browser"]
            .map(|name| format!("{name}={}", person.cookie(name).expect("signed in")));
        format!("cookie: {}\r\n", cookies.join("; "))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn doorstep(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_doorstep"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("DOORSTEP_")) {
        command.env_remove(name);
    }
    command.current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null());
    command
}

/// A port that nobody listens on.
pub fn free_port() -> u16 {
    let probe = TcpListener::bind("127.0.0.1:0").expect("a loopback port");
    probe.local_addr().expect("it has an address").port()
}

fn number(file: &Path, label: &str) -> u64 {
    let text = fs::read_to_string(file).unwrap_or_default();
    let value = text.lines().find_map(|line| line.strip_prefix(label)?.split_whitespace().next());
    value.and_then(|value| value.parse().ok()).unwrap_or(0)
}
