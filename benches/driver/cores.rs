//! The server and whatever it is compared with run on one core, the driver on another.

use std::thread;

use rustix::thread::{CpuSet, sched_setaffinity};

/// Runs `work` on the server's core. Processes and threads that it starts stay there.
pub fn on_server_core<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| {
        let pinned = scope.spawn(|| {
            pin(0);
            work()
        });
        pinned.join().expect("no panic on the server's core")
    })
}

/// Moves this thread to the driver's core: the second one, where there are two.
pub fn to_driver_core() {
    pin(thread::available_parallelism().map_or(0, |cores| cores.get().min(2) - 1));
}

fn pin(core: usize) {
    let mut set = CpuSet::new();
    set.set(core);
    sched_setaffinity(None, &set).expect("the core is ours to use");
}
