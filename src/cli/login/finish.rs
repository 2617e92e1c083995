//! The wait for an answer, from wherever it comes first: the listener, the terminal, the clock or a
//! signal.

use std::cell::Cell;
use std::time::Duration;

use tokio::time::sleep;

use super::browser::Opening;
use super::listener::{Listener, Verdict};
use super::screen::Screen;
use super::signals::{Event, Signals};
use super::terminal::{Found, Lines, Terminal};
use super::{duration, failure, paste};
use crate::cli::Failure;
use crate::clock::Clock;
use crate::relying_party::{Attempt, Callback, Channel, Error, RelyingParty, Tokens};

/// How often a person may paste something wrong.
const TRIES: u32 = 3;

/// A login under way.
pub(super) struct Waiting<'a> {
    pub(super) party: &'a RelyingParty,
    pub(super) attempt: &'a Attempt,
    pub(super) screen: &'a Screen,
    pub(super) clock: &'a Clock,
    pub(super) prompt: &'static str,
    pub(super) timeout: Duration,
    /// Whether the cursor stands behind the prompt.
    pub(super) asked: Cell<bool>,
}

impl Waiting<'_> {
    /// Waits for the first finish. Browsers that wait are told the outcome, and the terminal is put
    /// back, before this returns.
    pub(super) async fn finish(
        &self,
        mut listener: Option<Listener>,
        terminal: Option<Found>,
        mut opening: Opening,
    ) -> Result<Tokens, Failure> {
        // Signals first: from the moment the terminal is changed, none may end the program unseen.
        let mut listening = Signals::listen().ok();
        let (terminal, mut lines) = terminal.and_then(Found::take).unzip();
        self.ask(terminal.as_ref());
        let finished = tokio::select! {
            finished = self.first(&mut listener, terminal.as_ref(), lines.as_mut(), &mut opening) => finished,
            () = sleep(self.timeout) => Err(expired(self.timeout)),
            end = signals(&mut listening, terminal.as_ref(), || self.ask(terminal.as_ref())) => Err(end),
        };
        // Before anything else: a program that called this one may end first, and the shell would find
        // the terminal as it is then.
        drop(terminal);
        if self.asked.get() {
            self.screen.line("");
        }
        if let Some(listener) = listener {
            listener.conclude(verdict(&finished)).await;
        }
        finished
    }

    async fn first(
        &self,
        listener: &mut Option<Listener>,
        terminal: Option<&Terminal>,
        mut lines: Option<&mut Lines>,
        opening: &mut Opening,
    ) -> Result<Tokens, Failure> {
        let mut tries = 0;
        loop {
            tokio::select! {
                callback = arrival(listener.as_mut()) => {
                    return self.redeem(&callback, Channel::Browser).await.map_err(failure::of);
                }
                line = next(lines.as_deref_mut()) => {
                    self.asked.set(false);
                    if let Some(finished) = self.pasted(&line, &mut tries).await {
                        return finished;
                    }
                    self.ask(terminal);
                }
                () = opening.failed() => {
                    self.screen.line("\nNo browser could be opened here. Please open the link yourself.");
                    self.ask(terminal);
                }
            }
        }
    }

    /// What a pasted line leads to; `None` when the person may try again.
    async fn pasted(&self, line: &str, tries: &mut u32) -> Option<Result<Tokens, Failure>> {
        let doorstep = self.party.provider.handoff_result().is_some();
        let mistake = match paste::read(line, doorstep) {
            Err(mistake) => mistake.to_string(),
            Ok(callback) => match self.redeem(&callback, Channel::Person).await {
                Err(error) if may_try_again(&error) => error.to_string(),
                finished => return Some(finished.map_err(failure::of)),
            },
        };
        *tries += 1;
        self.screen.line(&mistake);
        (*tries >= TRIES).then(|| {
            Err(Failure::new(format!(
                "{TRIES} tries did not work. Please start again for a new code."
            )))
        })
    }

    async fn redeem(&self, callback: &Callback, channel: Channel) -> Result<Tokens, Error> {
        let provider = &self.party.provider;
        let code =
            self.attempt.code(callback, channel, provider.issuer(), provider.names_itself())?;
        self.party.redeem(self.attempt, code, self.clock.now()).await
    }

    fn ask(&self, terminal: Option<&Terminal>) {
        if let Some(terminal) = terminal {
            terminal.say(self.prompt);
            self.asked.set(true);
        }
    }
}

/// An old code, or one of another sign-in, may have been on the clipboard.
fn may_try_again(error: &Error) -> bool {
    match error {
        Error::State | Error::Issuer => true,
        Error::Endpoint(refusal) => refusal.code() == "invalid_grant",
        _ => false,
    }
}

async fn arrival(listener: Option<&mut Listener>) -> Callback {
    match listener {
        Some(listener) => listener.arrival().await,
        None => std::future::pending().await,
    }
}

async fn next(lines: Option<&mut Lines>) -> String {
    match lines {
        Some(lines) => lines.next().await,
        None => std::future::pending().await,
    }
}

/// Waits for a signal that ends the login. A pause hands the terminal to the shell, and takes it again
/// afterwards.
pub(super) async fn signals(
    signals: &mut Option<Signals>,
    terminal: Option<&Terminal>,
    resumed: impl Fn(),
) -> Failure {
    let Some(signals) = signals else { return std::future::pending().await };
    loop {
        match signals.next().await {
            Event::End(code) => {
                return Failure { code, message: "The sign-in was interrupted.".into() };
            }
            Event::Suspend => {
                terminal.inspect(|terminal| terminal.pause());
                Signals::suspend();
            }
            Event::Continue => {
                if terminal.is_some_and(Terminal::resume) {
                    resumed();
                }
            }
        }
    }
}

pub(super) fn expired(timeout: Duration) -> Failure {
    let message = format!("Nobody signed in within {}.", duration::words(timeout));
    Failure { code: failure::EXPIRED, message }
}

fn verdict(finished: &Result<Tokens, Failure>) -> Verdict {
    match finished {
        Ok(_) => Verdict::SignedIn,
        Err(failure) if failure.code == failure::DENIED => Verdict::Denied,
        Err(_) => Verdict::Failed,
    }
}
