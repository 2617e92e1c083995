//! `doorstep serve` as it is released, on the server's core, and what it uses of the machine.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::journeys::Place;
use super::keep_alive::{KeepAlive, get};
use super::person::Person;
use super::process::{Process, free_port};

/// Who signs in.
pub const USERNAME: &str = "ada";
/// Their password.
pub const PASSWORD: &str = "eleven lemons ride";
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
    /// Where it listens, and somebody is signed in.
    pub place: Place,
    /// The time from its start to its first answer, with a store that is there already.
    pub started_in: Duration,
    /// What is measured.
    pub process: Process,
    folder: TempDir,
}

impl Server {
    /// Starts a server whose store is a file under `parent`.
    pub async fn start(parent: &Path) -> Self {
        Self::start_on("sqlite:doorstep.db", parent).await
    }

    /// Starts a server on a store; its files are under `parent`.
    pub async fn start_on(database: &str, parent: &Path) -> Self {
        let folder = TempDir::new_in(parent).expect("a folder");
        let settings = format!("{SETTINGS}\n[database]\nurl = \"{database}\"\n");
        for (name, text) in [("doorstep.toml", &*settings), ("users.toml", USERS)] {
            fs::write(folder.path().join(name), text).expect("the file is written");
        }
        for command in [["user", "import", "users.toml"].as_slice(), &["keys", "list"]] {
            let done = doorstep(folder.path()).args(command).status().expect("doorstep runs");
            assert!(done.success(), "{command:?} failed");
        }
        Self::serve(folder).await
    }

    /// Another server on the same store and with the same key.
    pub async fn sibling(&self, parent: &Path) -> Self {
        let folder = TempDir::new_in(parent).expect("a folder");
        for name in ["doorstep.toml", "doorstep.key"] {
            let copied = fs::copy(self.folder.path().join(name), folder.path().join(name));
            copied.expect("the file is copied");
        }
        Self::serve(folder).await
    }

    /// The folder of its files.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    async fn serve(folder: TempDir) -> Self {
        let port = free_port();
        let mut serve = doorstep(folder.path());
        serve.arg("serve").env("DOORSTEP_LISTEN", format!("127.0.0.1:{port}"));
        let began = Instant::now();
        let process = Process::start(&mut serve);
        first_answer(port).await;
        let started_in = began.elapsed();
        let place = Place { port, authorize: "/authorize", cookies: sign_in(port).await };
        Self { place, started_in, process, folder }
    }
}

async fn sign_in(port: u16) -> String {
    let person = Person::new();
    let login = format!("http://127.0.0.1:{port}/login?next=%2Faccount");
    person.sign_in(&login, USERNAME, PASSWORD).await;
    let cookies = ["doorstep-session", "doorstep-browser"]
        .map(|name| format!("{name}={}", person.cookie(name).expect("signed in")));
    format!("cookie: {}\r\n", cookies.join("; "))
}

/// Waits until a server answers on this port.
pub async fn first_answer(port: u16) {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        if let Ok(mut connection) = KeepAlive::open(port).await
            && connection.exchange(&get("/jwks", "")).await.is_ok()
        {
            return;
        }
        assert!(Instant::now() < deadline, "nothing listens");
        tokio::time::sleep(Duration::from_millis(1)).await;
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
