//! One throw-away PostgreSQL for a whole test run, and an empty database for each test.
//!
//! The first test that needs it starts a cluster under a file lock; the others, in other processes,
//! find it. A watchdog stops it and removes its files when the test runner is gone.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::process::{CommandExt, parent_id};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::process::free_port;

/// Ends the cluster when the process `$1` is gone: quickly, since nobody wants its data.
const WATCHDOG: &str = r#"
while [ -d "/proc/$1" ]; do sleep 1; done
"$2/pg_ctl" stop --silent --mode=immediate --pgdata="$3/data"
rm -rf "$3"
"#;

/// Nobody pulls the plug on a test machine, so nothing needs to reach its disk.
const SETTINGS: &str =
    "fsync = off\nfull_page_writes = off\nmax_connections = 200\nlisten_addresses = '127.0.0.1'\n";

/// What stands before a schema's name in a URL: its tables are the only ones that are seen.
const SCHEMA: &str = "?options=-csearch_path%3D";

/// The URL of a fresh, empty database: a schema of its own in the cluster's one database, which takes a
/// fraction of the time and of the disk that a database would take.
///
/// # Panics
/// When PostgreSQL is missing or does not start: `scripts/test` installs it.
pub fn fresh_database() -> String {
    let (port, number) = join_cluster();
    let database = format!("postgres://doorstep@127.0.0.1:{port}/postgres");
    let create = format!("CREATE SCHEMA test_{number}");
    run(Command::new(binaries().join("psql")).args(["--quiet", &database, "--command", &create]));
    format!("{database}{SCHEMA}test_{number}")
}

/// All that is in a fresh database, as text.
pub fn dump(url: &str) -> String {
    let (_, schema) = url.split_once(SCHEMA).expect("a URL of ours");
    let mut dump = Command::new(binaries().join("pg_dump"));
    let output =
        dump.args(["--data-only", "--schema", schema, url]).output().expect("pg_dump runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// The port of this run's cluster, which is started if this is the first test that asks, and how many have
/// asked.
fn join_cluster() -> (u16, u32) {
    let folder = std::env::temp_dir().join(format!("doorstep-postgres-{}", parent_id()));
    let _ = fs::create_dir(&folder);
    let lock = File::create(folder.join("lock")).expect("a lock file");
    lock.lock().expect("the lock is ours");
    let known = |name: &str| Some(fs::read_to_string(folder.join(name)).ok()?.parse().expect(name));
    let keep = |name: &str, value: u32| {
        fs::write(folder.join(name), value.to_string()).expect("a number is written");
        value
    };
    let port = known("port").unwrap_or_else(|| {
        let port = start(&folder);
        watch(&folder);
        keep("port", port.into())
    });
    let number = keep("count", known("count").unwrap_or(0) + 1);
    (u16::try_from(port).expect("a port"), number)
}

fn start(folder: &Path) -> u16 {
    give_away(folder);
    let data = format!("--pgdata={}", folder.join("data").display());
    run(unprivileged("initdb").args([
        "--auth=trust",
        "--username=doorstep",
        "--no-locale",
        "--no-sync",
        &data,
    ]));
    let port = free_port();
    let place = format!("port = {port}\nunix_socket_directories = '{}'\n", folder.display());
    fs::write(folder.join("data/postgresql.auto.conf"), format!("{SETTINGS}{place}"))
        .expect("settings are written");
    let log = format!("--log={}", folder.join("log").display());
    run(unprivileged("pg_ctl").args(["start", "--silent", "--wait", &data, &log]));
    port
}

#[allow(clippy::zombie_processes, reason = "it outlives this process on purpose")]
fn watch(folder: &Path) {
    let mut watchdog = as_plain_user("bash");
    watchdog
        .args(["-c", WATCHDOG, "watchdog", &parent_id().to_string()])
        .arg(binaries())
        .arg(folder);
    watchdog.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).current_dir("/");
    watchdog.process_group(0).spawn().expect("the watchdog starts");
}

fn unprivileged(program: &str) -> Command {
    let mut command = as_plain_user(binaries().join(program));
    command.current_dir("/");
    command
}

/// PostgreSQL refuses to run as root: there, Debian's user for it takes over.
fn as_plain_user(program: impl AsRef<OsStr>) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("runuser");
    command.args(["--user", "postgres", "--"]).arg(program);
    command
}

fn give_away(folder: &Path) {
    if is_root() {
        run(Command::new("chown").arg("postgres").arg(folder));
    }
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// The folder of the newest PostgreSQL that Debian has installed.
fn binaries() -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = versions.map(|entry| entry.path()).max_by_key(|path| {
        path.file_name().and_then(|name| name.to_str()).and_then(|name| name.parse::<u32>().ok())
    });
    newest.expect("PostgreSQL is not installed; scripts/test installs it").join("bin")
}

fn run(command: &mut Command) {
    let output = command
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}
