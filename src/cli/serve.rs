//! `doorstep serve`: the issuer, on an address of its own.

mod connections;
mod logging;
pub(in crate::cli) mod tls;

use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_web::{App, HttpServer};

use super::client::password_warning;
use super::settings::{self, SettingsArgs, open_store, root_key};
use super::{Failure, output};
use crate::accounts::ldap::LdapAccounts;
use crate::accounts::password::Passwords;
use crate::accounts::{Accounts, StoredAccounts};
use crate::config::{Config, LogFormat};
use crate::gateway::{Gateway, GatewayLimits};
use crate::issuer::{Issuer, LimitSettings, SessionSettings};
use crate::secret::RootKey;
use crate::store::Db;

/// Seconds that requests under way get to finish when the server is told to stop.
const SHUTDOWN: u64 = 10;

/// How long a connection may wait for its next request. Longer than the minute after which proxies and
/// clients usually let go of one: whoever lets go first must not be the server, or a request that is
/// just on its way is lost.
const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// Arguments of `doorstep serve`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(flatten)]
    settings: SettingsArgs,
}

/// Runs `doorstep serve` until it is told to stop.
pub async fn run(args: Args) -> Result<(), Failure> {
    let config = args.settings.load()?;
    logging::start(&config.log);
    let listener = listen(&config)?;
    let tls = tls::server_config(&config.tls)?;
    let db = open_store(&config).await?;
    let root = root_key(&config, &db).await?;
    let gateway = gateway(&config, &db, &root)?;
    let issuer = build(&config, &db, root).await?;
    let app = move || App::new().configure(gateway.routes()).configure(issuer.routes());
    let server = HttpServer::new(app)
        .keep_alive(KEEP_ALIVE)
        .max_connections(connections::for_each_worker())
        .shutdown_timeout(SHUTDOWN);
    let bound = match tls {
        Some(tls) => server.listen_rustls_0_23(listener, tls),
        None => server.listen(listener),
    };
    let server = bound.map_err(|error| cannot_listen(&config, &error))?.run();
    warn(&config, &db).await?;
    welcome(&config, &db).await?;
    let ended = server.await;
    db.close().await;
    ended.map_err(|error| Failure::new(format!("the server stopped: {error}")))
}

async fn build(config: &Config, db: &Db, root: RootKey) -> Result<Issuer, Failure> {
    let (session, limits) = (&config.session, &config.limits);
    let outgoing = config.outgoing.settings().map_err(Failure::new)?;
    Issuer::builder(config.issuer_url().as_str())
        .allow_insecure_http(config.allow_insecure_http)
        .db(db.clone())
        .root_key(root)
        .accounts(accounts(config, db)?)
        .passwords(config.accounts.passwords)
        .providers(config.providers.clone())
        .clients(config.all_clients())
        .brand(config.brands().map_err(|bad| Failure::new(bad.to_string()))?)
        .factors(config.factors.settings())
        .trusted_proxies(config.proxy.trusted.clone())
        .sessions(SessionSettings {
            lifetime: session.lifetime,
            idle_lifetime: session.idle_lifetime,
        })
        .limits(LimitSettings {
            token_failures: limits.token_failures,
            pushed_requests: limits.pushed_requests,
            user_codes: limits.user_codes,
            upstream: limits.upstream,
            registrations: limits.registrations,
            body_bytes: limits.body_bytes,
        })
        .audit_retention(config.audit.retention)
        .outgoing(outgoing)
        .grants(config.grants)
        .registration(config.registration)
        .client_id_metadata_documents(config.client_id_metadata_documents.clone())
        .build()
        .await
        .map_err(|error| Failure::new(error.to_string()))
}

/// Sign-in for the apps of the settings.
fn gateway(config: &Config, db: &Db, root: &RootKey) -> Result<Gateway, Failure> {
    let limits = &config.limits;
    let gateway = Gateway::builder()
        .allow_insecure_http(config.allow_insecure_http)
        .db(db.clone())
        .root_key(root.clone())
        .brand(config.brand.clone())
        .trusted_proxies(config.proxy.trusted.clone())
        .permitted(config.outgoing.permitted())
        .limits(GatewayLimits {
            requests: limits.gateway,
            polls: limits.gateway_polls,
            body_bytes: limits.body_bytes,
        });
    let apps = config.gateway.iter().cloned();
    let built = apps.fold(gateway, |gateway, app| gateway.app(app)).build();
    built.map_err(|error| Failure::new(error.to_string()))
}

/// Where the people are: in the store, or in a directory.
fn accounts(config: &Config, db: &Db) -> Result<Arc<dyn Accounts>, Failure> {
    if config.ldap.url.is_some() {
        let accounts = LdapAccounts::new(db.clone(), &config.ldap);
        return Ok(Arc::new(
            accounts.map_err(|reason| Failure::new(format!("ldap.ca_file: {reason}")))?,
        ));
    }
    let passwords = Passwords::start(&config.password.hashing());
    let rules = config.password.rules().map_err(settings::bad_list)?;
    Ok(Arc::new(
        StoredAccounts::new(db.clone(), passwords, config.accounts.usernames).password_rules(rules),
    ))
}

fn listen(config: &Config) -> Result<TcpListener, Failure> {
    TcpListener::bind(config.listen).map_err(|error| cannot_listen(config, &error))
}

fn cannot_listen(config: &Config, error: &io::Error) -> Failure {
    let address = config.listen;
    Failure::new(match error.kind() {
        io::ErrorKind::AddrInUse => format!(
            "listen: {address} is in use by another program; stop that one, or choose another address with listen \
             in doorstep.toml or with DOORSTEP_LISTEN"
        ),
        io::ErrorKind::PermissionDenied => {
            format!(
                "listen: {address} is not allowed for this user; ports below 1024 usually need more rights"
            )
        }
        io::ErrorKind::AddrNotAvailable => {
            format!("listen: {address} is not an address of this machine")
        }
        _ => format!("listen: {address} cannot be used: {error}"),
    })
}

/// Says at every start what an admin should not forget.
async fn warn(config: &Config, db: &Db) -> Result<(), Failure> {
    if let Some(warning) = config.issuer_warning() {
        tracing::warn!("{warning}");
    }
    if !config.grants.password {
        return Ok(());
    }
    let clients = config.all_clients().into_iter().chain(db.list_clients().await?);
    for warning in clients.filter_map(|client| password_warning(&client)) {
        tracing::warn!("{warning}");
    }
    Ok(())
}

/// Says where Doorstep is, and while nobody can sign in yet, how to go on.
async fn welcome(config: &Config, db: &Db) -> Result<(), Failure> {
    let issuer = config.issuer_url();
    tracing::info!(%issuer, listen = %config.listen, "ready");
    if config.log.format == LogFormat::Json {
        return Ok(());
    }
    output::line(format!("Doorstep is ready at {issuer}"))?;
    if db.has_accounts().await? {
        return Ok(());
    }
    output::line("\nNobody has an account yet. In another terminal, in this directory:\n")?;
    let steps = [
        ["  doorstep user add mia".into(), "makes an account and asks for its password".into()],
        [format!("  doorstep login --issuer {issuer}"), "signs in with it".into()],
    ];
    output::line(format!("{}\n", output::aligned(&steps)))
}
