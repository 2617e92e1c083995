//! `doorstep login`: signs a person in where there may be no browser, and hands out the tokens.
//!
//! The link is printed before anything is opened. Then the command waits at two doors at once, a
//! listener on this machine and the terminal, and takes whichever answer comes first. Tokens are kept,
//! renewed when due, and shared by all programs that ask for the same.

mod browser;
pub(super) mod cache;
mod device;
mod duration;
#[cfg(unix)]
mod editor;
pub(super) mod failure;
mod finish;
#[cfg(fuzzing)]
pub mod fuzzing;
mod links;
mod listener;
mod lock;
mod obtain;
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
use crate::clock::Clock;
use crate::relying_party::Tokens;
use clap::builder::FalseyValueParser;
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
    /// Show a code to be entered on another device; works without a terminal to paste into too
    #[arg(long, conflicts_with_all = ["manual", "listen_port", "browser", "no_browser"])]
    device: bool,
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
    /// Whether the person enters a code on another device.
    pub device: bool,
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
            device: false,
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
    args.issuer.check()?;
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
        device: args.device,
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
    obtain::Run { options: &options, screen: &screen, clock: &clock }.tokens().await
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

/// What to call the person who signed in.
fn name(tokens: &Tokens) -> String {
    let claims = &tokens.claims;
    let name = claims.text("preferred_username").or_else(|| claims.text("email"));
    tame(name.unwrap_or_else(|| claims.subject()))
}
