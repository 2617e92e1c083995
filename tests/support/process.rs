//! Programs that tests start. Nothing outlives its test: not after a panic, not after `kill -9`.

use std::fs::File;
use std::net::TcpStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tokio::net::TcpSocket;

/// Runs a program in a process group of its own and kills the group as soon as standard input ends,
/// which the kernel sees to when the test's process is gone.
const KEEPER: &str = r#"set -m; "$@" </dev/null & read -r _; kill -KILL -- "-$!"; wait"#;

/// A program and everything it starts; all of it ends when this value is dropped or the test dies.
pub struct Leash(Child);

impl Leash {
    /// Starts `command`; what it prints goes to the file `log`.
    pub fn start(command: &Command, log: &Path) -> Self {
        let log = File::create(log).expect("the log file can be written");
        let mut keeper = Command::new("bash");
        keeper.args(["-c", KEEPER, "keeper"]).arg(command.get_program()).args(command.get_args());
        keeper.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        keeper.stdin(Stdio::piped()).stdout(log.try_clone().expect("a second handle")).stderr(log);
        Self(keeper.process_group(0).spawn().expect("bash starts"))
    }
}

impl Drop for Leash {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

/// A loopback port that nobody listens on. It is bound until this process ends, so nobody is given it by
/// chance; whoever asks for it by number, and shares addresses as servers do, can listen on it.
pub fn free_port() -> u16 {
    let place = TcpSocket::new_v4().expect("a socket");
    place.set_reuseaddr(true).expect("it shares its address");
    place.bind(([127, 0, 0, 1], 0).into()).expect("a loopback port");
    let port = place.local_addr().expect("it has an address").port();
    std::mem::forget(place);
    port
}

/// Waits until something accepts connections on the loopback `port`.
///
/// # Panics
/// After twenty seconds, naming `what` was awaited.
pub async fn wait_for_port(port: u16, what: &str) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(
            Instant::now() < deadline,
            "{what} does not listen on port {port} after 20 seconds"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Calls `probe` until it answers with something, for at most `patience`.
pub async fn eventually<T>(
    patience: Duration,
    mut probe: impl AsyncFnMut() -> Option<T>,
) -> Option<T> {
    let deadline = Instant::now() + patience;
    loop {
        if let Some(found) = probe().await {
            return Some(found);
        }
        if Instant::now() >= deadline {
            return None;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
