//! Signals that end or suspend a login, taken as events so that the terminal is put back first.

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// The end, with the exit code that shells expect: 128 and the signal's number.
    End(u8),
    /// A pause, as by Ctrl-Z.
    Suspend,
    /// The end of a pause.
    Continue,
}

#[cfg(unix)]
pub(super) use unix::Signals;

#[cfg(unix)]
mod unix {
    use rustix::process::{Signal as Number, getpid, kill_process};
    use tokio::signal::unix::{Signal, SignalKind, signal};

    use super::Event;

    pub(in crate::cli::login) struct Signals {
        hangup: Signal,
        interrupt: Signal,
        quit: Signal,
        terminate: Signal,
        suspend: Signal,
        resume: Signal,
    }

    impl Signals {
        pub(in crate::cli::login) fn listen() -> std::io::Result<Self> {
            Ok(Self {
                hangup: signal(SignalKind::hangup())?,
                interrupt: signal(SignalKind::interrupt())?,
                quit: signal(SignalKind::quit())?,
                terminate: signal(SignalKind::terminate())?,
                suspend: signal(SignalKind::from_raw(Number::TSTP.as_raw()))?,
                resume: signal(SignalKind::from_raw(Number::CONT.as_raw()))?,
            })
        }

        pub(in crate::cli::login) async fn next(&mut self) -> Event {
            tokio::select! {
                _ = self.hangup.recv() => Event::End(129),
                _ = self.interrupt.recv() => Event::End(130),
                _ = self.quit.recv() => Event::End(131),
                _ = self.terminate.recv() => Event::End(143),
                _ = self.suspend.recv() => Event::Suspend,
                _ = self.resume.recv() => Event::Continue,
            }
        }

        /// Stops this process until it is continued.
        pub(in crate::cli::login) fn suspend() {
            let _ = kill_process(getpid(), Number::STOP);
        }
    }
}

#[cfg(not(unix))]
pub(super) struct Signals;

#[cfg(not(unix))]
impl Signals {
    pub(super) fn listen() -> std::io::Result<Self> {
        Ok(Self)
    }

    pub(super) async fn next(&mut self) -> Event {
        match tokio::signal::ctrl_c().await {
            Ok(()) => Event::End(130),
            Err(_) => std::future::pending().await,
        }
    }

    pub(super) fn suspend() {}
}
