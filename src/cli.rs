//! The command line: one file a command. The binary is the library's first embedder and has no door
//! of its own; only this room prints.

mod audit;
mod brand;
mod client;
mod demo;
mod doctor;
mod keys;
mod kubeconfig;
mod login;
mod logout;
mod output;
mod password_input;
mod record;
mod serve;
mod settings;
mod user;

#[cfg(fuzzing)]
pub use login::fuzzing;

use std::process::ExitCode;

use clap::Parser;

/// An OpenID Connect issuer for programs that run where there may be no browser.
#[derive(Parser, Debug)]
#[command(name = "doorstep", version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand, Debug)]
enum Command {
    /// Show a login from end to end, on an issuer of its own
    Demo(demo::Args),
    /// Run the issuer
    Serve(serve::Args),
    /// Sign in to an issuer and get tokens
    Login(login::Args),
    /// Give the tokens of an issuer back and forget them
    Logout(logout::Args),
    /// Let kubectl sign in by `doorstep login`
    Kubeconfig(kubeconfig::Args),
    /// Manage the people who can sign in
    User(user::Args),
    /// Manage the programs that people sign in to
    Client(client::Args),
    /// Make, check and look at a brand for the pages
    Brand(brand::Args),
    /// Manage the keys that sign tokens
    Keys(keys::Args),
    /// Look at an issuer, or at one's own settings, and say what to fix
    Doctor(doctor::Args),
    /// Read the audit trail, as JSON lines
    Audit(audit::Args),
}

/// Why a command stopped: words for the person and a documented exit code for the script.
#[derive(Debug)]
pub struct Failure {
    /// The process's exit code: 1 unless the command documents another.
    pub code: u8,
    /// One or more whole sentences that say what happened and what to do.
    pub message: String,
}

impl Failure {
    /// A failure with exit code 1.
    pub fn new(message: impl Into<String>) -> Self {
        Self { code: 1, message: message.into() }
    }
}

/// Runs the command that the process's arguments name.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime starts");
    match runtime.block_on(run(arguments.command)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output::tell(format!("doorstep: {}", failure.message));
            ExitCode::from(failure.code)
        }
    }
}

async fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Demo(args) => demo::run(args).await,
        Command::Serve(args) => serve::run(args).await,
        Command::Login(args) => login::run(args).await,
        Command::Logout(args) => logout::run(args).await,
        Command::Kubeconfig(args) => kubeconfig::run(args).await,
        Command::User(args) => user::run(args).await,
        Command::Client(args) => client::run(args).await,
        Command::Brand(args) => brand::run(args).await,
        Command::Keys(args) => keys::run(args).await,
        Command::Doctor(args) => doctor::run(args).await,
        Command::Audit(args) => audit::run(args).await,
    }
}
