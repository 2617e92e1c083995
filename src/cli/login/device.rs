//! `--device`: the person enters a code on any device that has a browser (RFC 8628). Nothing is listened
//! on, opened or read here; the issuer is asked until they have decided.

use std::time::Duration;

use tokio::time::sleep;

use super::finish::{expired, signals};
use super::screen::{Screen, tame};
use super::signals::Signals;
use super::{Options, duration, failure};
use crate::cli::Failure;
use crate::clock::Clock;
use crate::protocol::match_phrase::match_phrase;
use crate::relying_party::{DeviceAnswer, DeviceAttempt, Error, RelyingParty, Tokens};

/// Seconds by which questions move apart when the issuer says so (§3.5).
const SLOWER: u64 = 5;
/// Questions are not further apart than this, however often the issuer cannot be reached.
const LONGEST_INTERVAL: u64 = 60;

/// Signs a person in.
pub(super) async fn sign_in(
    options: &Options,
    party: &RelyingParty,
    screen: &Screen,
    clock: &Clock,
) -> Result<Tokens, Failure> {
    let scope = options.issuer.scope_at(&party.provider);
    let attempt = party.begin_on_device(scope).await.map_err(failure::of)?;
    let patience = options.timeout.min(Duration::from_secs(attempt.expires_in));
    tell(options, party, screen, &attempt, patience);
    let mut listening = Signals::listen().ok();
    tokio::select! {
        finished = ask(party, &attempt, clock) => finished.map_err(failure::of),
        () = sleep(patience) => Err(expired(patience)),
        end = signals(&mut listening, None, || ()) => Err(end),
    }
}

fn tell(
    options: &Options,
    party: &RelyingParty,
    screen: &Screen,
    attempt: &DeviceAttempt,
    patience: Duration,
) {
    screen.line(&format!(
        "To sign in to {}, open this page on any device:\n",
        party.provider.issuer()
    ));
    screen.link(&attempt.verification_uri);
    screen.line(&format!("\nand enter this code:\n\n  {}\n", tame(&attempt.user_code)));
    if let Some(link) = &attempt.verification_uri_complete {
        screen.line("Or open this link, which fills the code in:\n");
        screen.link(link);
        screen.line("");
        if options.qr {
            screen.qr(link);
            screen.line("");
        }
    }
    if let Some(challenge) = attempt.challenge() {
        screen.line(&format!(
            "The page shows these words if it belongs to this terminal: {}\n",
            match_phrase(&challenge)
        ));
    }
    screen.line(&format!(
        "Waiting for up to {}. Press Ctrl-C to give up.",
        duration::words(patience)
    ));
}

/// Asks until the person has decided. An issuer that cannot be reached for a moment is asked again,
/// ever less often (§3.5).
async fn ask(
    party: &RelyingParty,
    attempt: &DeviceAttempt,
    clock: &Clock,
) -> Result<Tokens, Error> {
    let mut interval = attempt.interval;
    loop {
        sleep(Duration::from_secs(interval)).await;
        match party.ask_on_device(attempt, clock.now()).await {
            Ok(DeviceAnswer::Tokens(tokens)) => return Ok(*tokens),
            Ok(DeviceAnswer::Pending) => {}
            Ok(DeviceAnswer::SlowDown) => interval += SLOWER,
            Err(Error::Unreachable { .. } | Error::TimedOut { .. }) => {
                interval = (interval * 2).min(LONGEST_INTERVAL.max(interval));
            }
            Err(error) => return Err(error),
        }
    }
}
