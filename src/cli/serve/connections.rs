//! How many connections the server takes: it must never run out of files, which connections are to the system,
//! or it could neither take the next one nor open its store.

/// Connections that a worker takes at most, as it is without a limit of ours.
const MOST: usize = 25_600;

/// Raises what the system lets a process have open, and gives the connections that each worker may take.
/// Whoever comes when they are all taken waits for one of them to end.
pub fn for_each_worker() -> usize {
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    files().map_or(MOST, |files| share(files, workers))
}

fn share(files: u64, workers: usize) -> usize {
    let connections = files.saturating_sub(own(files)) / workers as u64;
    usize::try_from(connections).unwrap_or(MOST).clamp(1, MOST)
}

/// Files that are not a connection to us: the store, connections to providers and apps, certificates, logs.
fn own(files: u64) -> u64 {
    (files / 4).min(256)
}

/// Files that this process may have open, if there is a limit.
#[cfg(unix)]
fn files() -> Option<u64> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    /// The usual limit of a process is 1,024; its owner may raise it, usually to far more than this.
    const ENOUGH: u64 = 65_536;
    let limit = getrlimit(Resource::Nofile);
    let current = limit.current?;
    let wanted = limit.maximum.map_or(ENOUGH, |maximum| maximum.min(ENOUGH)).max(current);
    let raised = setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), ..limit });
    Some(if raised.is_ok() { wanted } else { current })
}

#[cfg(not(unix))]
fn files() -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_files_are_left_for_the_rest() {
        assert_eq!(share(1024, 2), 384);
        assert_eq!(share(65_536, 4), 16_320);
        assert_eq!(share(1 << 40, 2), MOST);
        assert_eq!(share(4, 8), 1);
    }
}
