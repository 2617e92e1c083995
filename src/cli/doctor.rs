//! `doorstep doctor`: looks at an issuer from outside as a client would, or at one's own settings, and says
//! what to fix. It signs nobody in and changes nothing.
//!
//! The exit code is 0 when nothing is wrong, 1 when something is, and 2 when the issuer cannot be reached.

mod authorization;
mod connection;
mod document;
mod issuer;
mod keys;
mod outcome;
mod own;
mod probe;
mod report;
mod root_key;
mod token;

use std::path::PathBuf;

use super::settings::SettingsArgs;
use super::{Failure, output};
use report::Report;

/// Arguments of `doorstep doctor`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The issuer to look at, as in https://id.example; without it, the settings of this Doorstep
    issuer: Option<String>,
    /// The client whose registration is to be checked
    #[arg(long, value_name = "ID", requires = "issuer")]
    client_id: Option<String>,
    /// A file with the client's secret, if it has one
    #[arg(long, value_name = "FILE", requires = "client_id")]
    client_secret_file: Option<PathBuf>,
    /// The address that responses go to, as the client sends it
    #[arg(long, value_name = "URI", requires = "client_id")]
    redirect_uri: Option<String>,
    /// The scopes that the client asks for, separated by spaces
    #[arg(long, default_value = "openid", requires = "issuer")]
    scope: String,
    /// The claim that the client expects groups in
    #[arg(long, value_name = "CLAIM", requires = "issuer")]
    groups_claim: Option<String>,
    /// Certificate authorities to trust besides the system's, in PEM form
    #[arg(long, value_name = "FILE", env = "DOORSTEP_CA_FILE")]
    ca_file: Option<PathBuf>,
    /// Talk plain http to an issuer on another machine
    #[arg(long)]
    allow_http: bool,
    /// Write JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    settings: SettingsArgs,
}

/// Runs `doorstep doctor`.
pub async fn run(args: Args) -> Result<(), Failure> {
    let report = match &args.issuer {
        Some(issuer) => issuer::examine(issuer, &args).await?,
        None => own::examine(&args.settings).await,
    };
    if args.json {
        output::json(&report)?;
    } else {
        output::line(report.to_string())?;
    }
    conclude(&report)
}

fn conclude(report: &Report) -> Result<(), Failure> {
    let problems = report.problems();
    match (problems, report.is_cut_short()) {
        (_, true) => Err(Failure {
            code: 2,
            message: "the issuer cannot be reached, so the rest could not be checked".into(),
        }),
        (0, false) => Ok(()),
        (1, false) => Err(Failure::new("one thing has to be fixed")),
        (many, false) => Err(Failure::new(format!("{many} things have to be fixed"))),
    }
}
