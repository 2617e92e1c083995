//! One interactive sign-in: choose the ways, print the link, open the browser, wait.

use std::cell::Cell;

use tokio::net::TcpListener;

use super::browser::Opening;
use super::finish::Waiting;
use super::links::{Links, Ways};
use super::listener::{self, Expectation, Listener};
use super::place::Place;
use super::screen::Screen;
use super::terminal;
use super::{Opens, Options, device, duration, failure};
use crate::cli::Failure;
use crate::clock::Clock;
use crate::protocol::match_phrase::match_phrase;
use crate::relying_party::{Asked, Attempt, RelyingParty, Tokens};

/// Where a response goes when nobody listens: nowhere, it is shown to be copied.
const OUT_OF_BAND: &str = "urn:ietf:wg:oauth:2.0:oob";

/// Signs a person in.
pub(super) async fn sign_in(
    options: &Options,
    party: &RelyingParty,
    screen: &Screen,
    clock: &Clock,
) -> Result<Tokens, Failure> {
    if options.never_ask {
        return Err(may_not_ask());
    }
    if options.device {
        return device::sign_in(options, party, screen, clock).await;
    }
    let place = Place::here();
    let socket = listen(options, screen).await;
    let terminal = terminal::Found::find();
    if socket.is_none() && terminal.is_none() {
        return Err(no_way());
    }
    let opens = match options.opens {
        Opens::Always => true,
        Opens::Never => false,
        Opens::Here => place.is_none(),
    } && !options.manual;
    let far = options.manual || (!opens && place.is_some_and(Place::is_elsewhere));
    let asked = asked(options, party, socket.as_ref(), far && terminal.is_some());
    let by_query = asked.response_mode.is_none();
    let attempt = Attempt::new(asked);
    let ways = Ways { listener: socket.is_some(), terminal: terminal.is_some(), open: opens };
    let links = Links::make(party, &attempt, ways).await.map_err(failure::of)?;
    let listener = socket.map(|socket| {
        let result_page = party.provider.handoff_result().cloned();
        Listener::serve(
            socket,
            Expectation { state: attempt.state().clone(), by_query, result_page },
        )
    });
    tell(options, party, screen, &attempt, &links);
    let opening = links.opened.as_ref().map_or_else(Opening::nothing, Opening::of);
    screen.line(&match place {
        _ if opens => "A browser was asked to open it too.".to_owned(),
        Some(place) if options.opens == Opens::Here && !options.manual => place.words().to_owned(),
        _ => "No browser was opened.".to_owned(),
    });
    screen.line(&format!(
        "Waiting for up to {}. Press Ctrl-C to give up.",
        duration::words(options.timeout)
    ));
    let waiting = Waiting {
        party,
        attempt: &attempt,
        screen,
        clock,
        prompt: prompt(party, by_query),
        timeout: options.timeout,
        asked: Cell::new(false),
    };
    waiting.finish(listener, terminal, opening).await
}

/// The port, unless the code shall only be pasted. A port that is taken is no reason to give up.
async fn listen(options: &Options, screen: &Screen) -> Option<TcpListener> {
    if options.manual {
        return None;
    }
    match listener::bind(options.listen_port).await {
        Ok(socket) => Some(socket),
        Err(error) => {
            let port = options
                .listen_port
                .map_or_else(|| "Any port".to_owned(), |port| format!("Port {port}"));
            screen.line(&format!(
                "{port} of this machine cannot be listened on: {error}. The code can be pasted."
            ));
            None
        }
    }
}

/// What to ask for. A response that is POSTed to a machine where nobody listens is lost, whereas one in
/// an address can still be copied from there: so a person who sits elsewhere gets the latter, unless
/// the issuer knows to show the code.
fn asked(
    options: &Options,
    party: &RelyingParty,
    socket: Option<&TcpListener>,
    far: bool,
) -> Asked {
    let doorstep = party.provider.handoff_result().is_some();
    let port = socket.and_then(|socket| socket.local_addr().ok()).map(|address| address.port());
    let redirect_uri = match (port, doorstep) {
        (Some(port), _) => format!("http://127.0.0.1:{port}/"),
        (None, true) => OUT_OF_BAND.to_owned(),
        (None, false) => "http://127.0.0.1/".to_owned(),
    };
    let posts = party.provider.supports_form_post() && (doorstep || (port.is_some() && !far));
    Asked {
        redirect_uri,
        scope: options.issuer.scope_at(&party.provider),
        response_mode: posts.then(|| "form_post".to_owned()),
    }
}

fn tell(
    options: &Options,
    party: &RelyingParty,
    screen: &Screen,
    attempt: &Attempt,
    links: &Links,
) {
    screen.line(&format!(
        "To sign in to {}, open this link in a browser:\n",
        party.provider.issuer()
    ));
    screen.link(&links.printed);
    screen.line("");
    if options.qr {
        screen.qr(&links.printed);
    }
    if party.provider.handoff_result().is_some() {
        let phrase = match_phrase(&attempt.challenge());
        screen.line(&format!(
            "The page shows these words if it belongs to this terminal: {phrase}\n"
        ));
    }
}

fn prompt(party: &RelyingParty, by_query: bool) -> &'static str {
    match (party.provider.handoff_result(), by_query) {
        (Some(_), _) => "If the page shows a code, paste it here: ",
        (None, true) => {
            "If the browser ends on a page that cannot be shown, paste its address here: "
        }
        (None, false) => "If you are given a code, paste it here: ",
    }
}

fn may_not_ask() -> Failure {
    let message = "No good tokens are kept, and nobody may be asked to sign in.";
    Failure { code: failure::NO_WAY, message: message.into() }
}

fn no_way() -> Failure {
    let message = "There is no way to finish a sign-in here: no terminal to paste a code into, and no port to listen \
                   on. Run it in a terminal, or without --manual and on a free port.";
    Failure { code: failure::NO_WAY, message: message.into() }
}
