//! A process that is measured, on the server's core, and what it uses of the machine.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::cores;

/// A running process; it is gone when this is dropped.
pub struct Process(Child);

/// What a process has used up since it started.
#[derive(Clone, Copy, Debug)]
pub struct Usage {
    /// Time on a core.
    pub cpu: Duration,
    /// Bytes that it caused to be written to disk.
    pub written: u64,
}

impl Usage {
    /// Milliseconds on a core for each of so many journeys since `before`.
    pub fn millis_since(&self, before: &Self, journeys: usize) -> f64 {
        (self.cpu - before.cpu).as_secs_f64() * 1000.0 / journeys as f64
    }
}

impl Process {
    /// Starts it on the server's core.
    pub fn start(command: &mut Command) -> Self {
        Self(cores::on_server_core(|| command.spawn().expect("it starts")))
    }

    /// Starts a server that says its port when it listens.
    pub fn start_and_ask_for_port(command: &mut Command) -> (u16, Self) {
        let mut process = Self::start(command.stdout(Stdio::piped()));
        let output = process.0.stdout.take().expect("piped");
        let mut port = String::new();
        BufReader::new(output).read_line(&mut port).expect("it says its port");
        (port.trim().parse().expect("a port"), process)
    }

    /// What it has used so far.
    pub fn usage(&self) -> Usage {
        let process = PathBuf::from(format!("/proc/{}", self.0.id()));
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
        let status = format!("/proc/{}/status", self.0.id());
        number(Path::new(&status), "VmRSS:") as f64 / 1024.0
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
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
