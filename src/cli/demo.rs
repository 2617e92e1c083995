//! `doorstep demo`: the main job in one command. An issuer on an embedded SQLite store with an invented
//! person, and a login against it in the same terminal. Nothing is left behind.

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use actix_web::{App, HttpServer};
use serde_json::json;

use super::login::{self, Opens, Options};
use super::{Failure, output};
use crate::accounts::claims::Claims;
use crate::accounts::password::{Passwords, Settings};
use crate::accounts::rules::UsernameRule;
use crate::accounts::{Account, StoredAccounts};
use crate::clock::Clock;
use crate::issuer::Issuer;
use crate::protocol::client::builtin::doorstep_cli;
use crate::protocol::match_phrase::match_phrase;
use crate::secret::{self, RootKey, Secret};
use crate::store::Db;

const USERNAME: &str = "alice";

/// Arguments of `doorstep demo`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Show the way of a jump host: the code is copied from the browser and pasted here
    #[arg(long)]
    manual: bool,
    /// Print the link and open no browser
    #[arg(long)]
    no_browser: bool,
    /// The port of the issuer on this machine
    #[arg(long, default_value_t = 8089)]
    port: u16,
    /// How long to wait for you, in minutes
    #[arg(long, value_name = "MINUTES", default_value_t = 10)]
    timeout: u64,
}

/// For so long the issuer stays when the terminal has its tokens: the browser is still on its way to the page
/// that says so, or asks again how things stand.
const LAST_PAGES: Duration = Duration::from_secs(4);

/// A directory for the store, removed at the end.
struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed lies in the system's temporary directory and holds nothing real.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Runs the demo.
pub async fn run(args: Args) -> Result<(), Failure> {
    let scratch =
        Scratch(std::env::temp_dir().join(format!("doorstep-demo-{}", secret::random_id())));
    std::fs::create_dir(&scratch.0).map_err(|error| {
        Failure::new(format!("{} cannot be made: {error}", scratch.0.display()))
    })?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, args.port)).map_err(|error| {
        Failure::new(format!(
            "port {} cannot be used ({error}); choose another with --port",
            args.port
        ))
    })?;
    let issuer_url = format!("http://localhost:{}", args.port);
    // Words are easy to type, and the issuer is gone in a moment.
    let password = Secret::new(match_phrase(&secret::random_id()).replace(' ', "-"));
    let issuer = build(&issuer_url, &scratch.0, &password).await?;
    let routes = issuer.routes();
    let server = HttpServer::new(move || App::new().configure(routes.clone()))
        .workers(1)
        .disable_signals()
        .listen(listener)
        .map_err(|error| Failure::new(format!("port {} cannot be used: {error}", args.port)))?
        .run();
    let handle = server.handle();
    let running = tokio::spawn(server);
    welcome(&args, &issuer_url, &password)?;
    let outcome = login::run_with(options(&args, issuer_url)).await;
    if let Ok(tokens) = &outcome {
        output::line(farewell(tokens))?;
        tokio::time::sleep(LAST_PAGES).await;
    }
    handle.stop(true).await;
    // The server's own end has nothing to add to the outcome of the login.
    let _ = running.await;
    issuer.db().close().await;
    outcome.map(drop)
}

async fn build(issuer_url: &str, scratch: &Path, password: &Secret) -> Result<Issuer, Failure> {
    let fail = |error: &dyn std::fmt::Display| Failure::new(error.to_string());
    let url = format!("sqlite:{}", scratch.join("doorstep.db").display());
    let db = Db::connect(&url, 4).await.map_err(|error| fail(&error))?;
    let passwords = Passwords::start(&Settings::default());
    let hash =
        passwords.hash(password).await.map_err(|_| fail(&"the password could not be hashed"))?;
    db.insert_account(&invented_person()?, Some(hash)).await.map_err(|error| fail(&error))?;
    Issuer::builder(issuer_url)
        .db(db.clone())
        .root_key(RootKey::generate())
        .accounts(Arc::new(StoredAccounts::new(db, passwords, UsernameRule::Strict)))
        .clients(vec![doorstep_cli()])
        .build()
        .await
        .map_err(|error| fail(&error))
}

fn invented_person() -> Result<Account, Failure> {
    let claims = json!({
        "name": "Alice Example", "email": "alice@example.org", "email_verified": true, "groups": ["builders"],
    });
    let claims = claims.as_object().cloned().unwrap_or_default();
    let now = Clock::system().now();
    Ok(Account {
        id: secret::random_id(),
        username: USERNAME.into(),
        disabled: false,
        claims: Claims::new(claims).map_err(|error| Failure::new(error.to_string()))?,
        created_at: now,
        updated_at: now,
    })
}

fn welcome(args: &Args, issuer_url: &str, password: &Secret) -> Result<(), Failure> {
    output::line(format!(
        "An issuer runs at {issuer_url} on an SQLite store of its own, until this demo ends.\n\
         Sign in there as\n\n    user name  {USERNAME}\n    password   {}\n",
        password.expose()
    ))?;
    if std::env::var_os("SSH_CONNECTION").is_some() {
        output::line(format!(
            "Your browser is on another machine? There, run `ssh -L {port}:localhost:{port} THIS-HOST` first, so that\n\
             the link works. No browser at all? The pages work in a text browser in a second terminal, too.\n",
            port = args.port
        ))?;
    }
    Ok(())
}

fn options(args: &Args, issuer_url: String) -> Options {
    Options {
        opens: if args.no_browser { Opens::Never } else { Opens::Here },
        manual: args.manual,
        timeout: Duration::from_secs(args.timeout * 60),
        keep: false,
        ..Options::new(login::Issuer::new(issuer_url))
    }
}

fn farewell(tokens: &crate::relying_party::Tokens) -> String {
    let claims = serde_json::to_string_pretty(tokens.claims.all()).unwrap_or_default();
    format!(
        "\nThe terminal has its tokens. The ID token says:\n{claims}\n\n\
         Next: `doorstep serve` runs an issuer that stays, `doorstep login` signs in to any issuer."
    )
}
