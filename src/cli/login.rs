//! `doorstep login`: signs a person in where there may be no browser, and hands out the tokens.
//!
//! The link is printed before anything is opened. Then the command waits at two doors at once, a
//! listener on this machine and the terminal, and takes whichever answer comes first. Tokens are kept,
//! renewed when due, and shared by all programs that ask for the same.

mod browser;
pub(super) mod cache;
mod duration;
mod editor;
pub(super) mod failure;
mod finish;
mod links;
mod listener;
mod lock;
mod output;
pub(super) mod party;
mod paste;
mod place;
mod screen;
mod sign_in;
mod signals;
#[cfg_attr(not(unix), path = "login/stdin.rs")]
mod terminal;

use std::io::{IsTerminal, stdout};
use std::time::Duration;

use super::Failure;
use crate::clock::{Clock, Timestamp};
use crate::relying_party::{Error, RelyingParty, Tokens};
use cache::{Cache, Entry, Key};
use clap::builder::FalseyValueParser;
use lock::Lock;
use output::Format;
pub use output::Needed;
pub use party::Issuer;
use screen::{Screen, tame};
use tracing_subscriber::EnvFilter;

/// The variable that stands for `--never-ask`.
pub(super) const NEVER_ASK: &str = "DOORSTEP_NEVER_ASK";

/// Arguments of `doorstep login`.
#[derive(clap::Args, Debug)]
#[command(after_help = failure::HELP)]
pub struct Args {
    #[command(flatten)]
    issuer: Issuer,
    /// Print the link and open no browser
    #[arg(long)]
    no_browser: bool,
    /// Open a browser even where this terminal seems to be far from one
    #[arg(long, conflicts_with = "no_browser")]
    browser: bool,
    /// Listen on this port of 127.0.0.1 rather than on any free one
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    listen_port: Option<u16>,
    /// Neither listen nor open a browser: wait for the code to be pasted
    #[arg(long, conflicts_with_all = ["listen_port", "browser"])]
    manual: bool,
    /// How long to wait, as in 90s, 10m or 1h
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = duration::parse)]
    timeout: Duration,
    /// Show the link as a QR code too
    #[arg(long)]
    qr: bool,
    /// Use tokens that are kept or can be renewed, and fail rather than ask a person
    #[arg(long, env = NEVER_ASK, value_parser = FalseyValueParser::new())]
    never_ask: bool,
    /// What to write to standard output; a terminal gets no token unless this is given
    #[arg(long, value_enum)]
    format: Option<Format>,
}

/// How to sign in, for programs that call [`run_with`].
#[derive(Clone, Debug)]
pub struct Options {
    /// Who to sign in to, and as which client.
    pub issuer: Issuer,
    /// Whether a browser is opened; [`Opens::Here`] looks at where the terminal is.
    pub opens: Opens,
    /// The port to listen on; any when not given.
    pub listen_port: Option<u16>,
    /// Whether the code can only be pasted.
    pub manual: bool,
    /// How long to wait for the person.
    pub timeout: Duration,
    /// Whether to show the link as a QR code.
    pub qr: bool,
    /// Which tokens must be good; kept ones that are serve as they are.
    pub needed: Needed,
    /// Whether to use and fill the cache.
    pub keep: bool,
    /// Whether to fail rather than ask a person.
    pub never_ask: bool,
}

impl Options {
    /// The defaults of the command line, for this issuer.
    pub fn new(issuer: Issuer) -> Self {
        Self {
            issuer,
            opens: Opens::Here,
            listen_port: None,
            manual: false,
            timeout: Duration::from_secs(600),
            qr: false,
            needed: Needed::Both,
            keep: true,
            never_ask: false,
        }
    }
}

/// Whether a browser is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opens {
    /// Unless the terminal seems to be far from one.
    Here,
    /// In any case.
    Always,
    /// In no case.
    Never,
}

/// Runs the command.
///
/// # Errors
/// When nobody could be signed in; the exit codes are told in `--help`.
pub async fn run(args: Args) -> Result<(), Failure> {
    log_if_asked();
    let exec_api = output::exec_api(std::env::var("KUBERNETES_EXEC_INFO").ok().as_deref());
    let format = args.format.or_else(|| (!stdout().is_terminal()).then_some(Format::Token));
    let exec_api = if format == Some(Format::ExecCredential) { exec_api? } else { "" };
    let tokens = run_with(Options {
        issuer: args.issuer,
        opens: match (args.no_browser, args.browser) {
            (true, _) => Opens::Never,
            (_, true) => Opens::Always,
            _ => Opens::Here,
        },
        listen_port: args.listen_port,
        manual: args.manual,
        timeout: args.timeout,
        qr: args.qr,
        needed: format.map_or(Needed::AccessToken, Format::needed),
        keep: true,
        never_ask: args.never_ask,
    })
    .await?;
    match format {
        Some(format) => super::output::line(output::render(&tokens, format, exec_api)),
        None => {
            Screen::find().line(&format!("Signed in as {}.", name(&tokens)));
            Ok(())
        }
    }
}

/// Signs in, or finds good tokens that were kept, or renews them.
///
/// # Errors
/// As [`run`].
pub async fn run_with(options: Options) -> Result<Tokens, Failure> {
    let (screen, clock) = (Screen::find(), Clock::system());
    let Some(entry) = open_cache(&options, &screen) else {
        let party = options.issuer.discover().await?;
        return sign_in::sign_in(&options, &party, &screen, &clock).await;
    };
    if let Some(tokens) =
        entry.tokens().filter(|tokens| !is_due(tokens, options.needed, clock.now()))
    {
        return Ok(tokens);
    }
    let begun = clock.now();
    let mut lock = lock(&options, &entry, &screen).await?;
    let kept = entry.tokens();
    if let Some(tokens) =
        kept.as_ref().filter(|tokens| !is_due(tokens, options.needed, clock.now()))
    {
        return Ok(tokens.clone());
    }
    if let Some(failure) = lock.as_mut().and_then(|lock| lock.noted(begun)) {
        return Err(failure);
    }
    let finished = renew_or_sign_in(&options, kept, &screen, &clock).await;
    match &finished {
        Ok(tokens) => {
            if let Err(error) = entry.keep(tokens) {
                screen.line(&format!(
                    "The tokens could not be kept, so the next program must sign in again: {error}."
                ));
            }
        }
        Err(failure) if matches!(failure.code, failure::DENIED | failure::EXPIRED) => {
            if let Some(lock) = &mut lock {
                lock.note(failure, clock.now());
            }
        }
        Err(_) => {}
    }
    finished
}

/// Waits for other programs that sign in for the same tokens. Where files cannot be locked, each signs
/// in for itself.
async fn lock(options: &Options, entry: &Entry, screen: &Screen) -> Result<Option<Lock>, Failure> {
    let waiting =
        || screen.line("Another program is signing in to the same issuer. Waiting for it.");
    let lock =
        tokio::time::timeout(options.timeout, entry.lock(waiting)).await.map_err(|_| Failure {
            code: failure::EXPIRED,
            message: "Another program was signing in to the same issuer all the time.".into(),
        })?;
    Ok(lock.ok())
}

async fn renew_or_sign_in(
    options: &Options,
    kept: Option<Tokens>,
    screen: &Screen,
    clock: &Clock,
) -> Result<Tokens, Failure> {
    let still_good = |tokens: &Tokens| options.needed.expires_at(tokens) > clock.now();
    let party = match options.issuer.discover().await {
        Ok(party) => party,
        Err(failure) => return kept.filter(still_good).ok_or(failure),
    };
    if let Some(kept) = kept.filter(|kept| kept.refresh_token.is_some()) {
        match renew(&party, &kept, clock).await {
            Ok(tokens) if still_good(&tokens) => return Ok(tokens),
            Ok(_) | Err(Error::Endpoint(_) | Error::IdToken(_)) => {}
            Err(_) if still_good(&kept) => return Ok(kept),
            Err(error) => return Err(failure::of(error)),
        }
    }
    sign_in::sign_in(options, &party, screen, clock).await
}

async fn renew(party: &RelyingParty, kept: &Tokens, clock: &Clock) -> Result<Tokens, Error> {
    party.refresh(kept, clock.now()).await
}

/// Whether tokens should be renewed now: a minute before they expire, or at the last quarter of a life
/// that is shorter than four.
fn is_due(tokens: &Tokens, needed: Needed, now: Timestamp) -> bool {
    let expires_at = needed.expires_at(tokens);
    let margin = (expires_at.since(tokens.obtained_at) / 4).clamp(0, 60);
    now >= expires_at.plus(-margin)
}

/// What issuers say about a refusal is for the log, which nobody sees unless asked for.
fn log_if_asked() {
    if let Some(filter) =
        std::env::var("DOORSTEP_LOG_FILTER").ok().and_then(|filter| EnvFilter::try_new(filter).ok())
    {
        let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
        // A second start in one process keeps the first log.
        let _ = log.try_init();
    }
}

/// Where the tokens are kept; a machine without such a place can sign in all the same.
fn open_cache(options: &Options, screen: &Screen) -> Option<Entry> {
    if !options.keep {
        return None;
    }
    let key = Key {
        issuer: options.issuer.name().to_owned(),
        client_id: options.issuer.client_id.clone(),
        scope: options.issuer.scope.clone(),
    };
    match Cache::open() {
        Ok(cache) => Some(cache.entry(key)),
        Err(error) => {
            screen.line(&format!(
                "Tokens cannot be kept here ({error}). Set DOORSTEP_CACHE_DIR to a folder for them."
            ));
            None
        }
    }
}

/// What to call the person who signed in.
fn name(tokens: &Tokens) -> String {
    let claims = &tokens.claims;
    let name = claims.text("preferred_username").or_else(|| claims.text("email"));
    tame(name.unwrap_or_else(|| claims.subject()))
}
