//! One's own settings: what has to be there for `doorstep serve`, and whether the places that it depends
//! on answer.

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;

use super::report::Report;
use super::root_key;
use crate::accounts::ldap::LdapAccounts;
use crate::accounts::{Accounts, SignInFailure};
use crate::cli::serve::tls;
use crate::cli::settings::{SettingsArgs, open_store};
use crate::clock::Clock;
use crate::config::Config;
use crate::gateway::AppSettings;
use crate::outgoing::{Outgoing, Permitted};
use crate::relying_party::{self, Provider as _};
use crate::secret::{self, Secret};
use crate::store::Db;
use crate::upstream::Upstreams;

const SETTINGS: &str = "settings";
const STORE: &str = "store";
const PROVIDERS: &str = "providers";
const GATEWAY: &str = "gateway";
const DIRECTORY: &str = "directory";

/// Looks at everything that the settings name.
pub async fn examine(settings: &SettingsArgs) -> Report {
    let mut report = Report::default();
    let config = match settings.load() {
        Ok(config) => config,
        Err(failure) => {
            report.problem(SETTINGS, failure.message, "Correct the file or the variable.");
            return report;
        }
    };
    report
        .ok(SETTINGS, format!("The settings are complete; the issuer is {}.", config.issuer_url()));
    if let Some(warning) = config.issuer_warning() {
        let fix = "Give issuer the port of listen, or name the proxy in [proxy].";
        report.warn(SETTINGS, format!("It seems that {warning}."), fix);
    }
    check_files(&mut report, &config);
    let db = check_store(&mut report, &config).await;
    root_key::check(&mut report, &config, db.as_ref()).await;
    check_providers(&mut report, &config).await;
    if let Some(db) = db {
        if config.ldap.url.is_some() {
            check_directory(&mut report, &config, &db).await;
        }
        db.close().await;
    }
    report
}

fn check_files(report: &mut Report, config: &Config) {
    match tls::server_config(&config.tls) {
        Ok(Some(_)) => report.ok(SETTINGS, "Certificate and private key fit together."),
        Ok(None) => {}
        Err(failure) => report.problem(SETTINGS, failure.message, "See the section [tls]."),
    }
    if let Err(bad) = config.password.rules() {
        let text = format!("password.breached_list: {bad}");
        report.problem(SETTINGS, text, "Correct the file, or leave the setting out.");
    }
    let outgoing = config.outgoing.settings().and_then(|settings| {
        Outgoing::new(settings, Clock::system()).map_err(|error| error.to_string())
    });
    if let Err(reason) = outgoing {
        report.problem(SETTINGS, reason, "See the section [outgoing].");
    }
}

async fn check_store(report: &mut Report, config: &Config) -> Option<Db> {
    let file = config.database.url.expose().strip_prefix("sqlite:");
    if let Some(file) = file.filter(|file| *file != ":memory:" && !Path::new(file).exists()) {
        let text = format!("The database {file} is not there yet.");
        report.warn(STORE, text, "It is made at the first start.");
        return None;
    }
    match open_store(config).await {
        Ok(db) => {
            report.ok(STORE, "The database answers, and its tables are up to date.");
            Some(db)
        }
        Err(failure) => {
            report.problem(STORE, failure.message, "See the section [database].");
            None
        }
    }
}

/// Each provider is asked as `doorstep serve` asks it; one that is down does not stop the others there.
async fn check_providers(report: &mut Report, config: &Config) {
    let permitted = match config.outgoing.settings() {
        Ok(outgoing) => Permitted { networks: outgoing.allowed_networks },
        Err(_) => return,
    };
    for app in &config.gateway {
        check_app(report, config, &permitted, app).await;
    }
    let made = Upstreams::new(config.providers.clone(), config.allow_insecure_http, &permitted);
    let upstreams = match made {
        Ok(upstreams) => upstreams,
        Err(reason) => {
            report.problem(PROVIDERS, reason, "Correct it in [[providers]].");
            return;
        }
    };
    for upstream in upstreams.iter() {
        let (id, issuer) = (&upstream.settings.id, &upstream.settings.issuer);
        told(report, PROVIDERS, id, issuer, upstream.ready().await);
    }
}

/// The issuer of one app of the gateway.
async fn check_app(report: &mut Report, config: &Config, permitted: &Permitted, app: &AppSettings) {
    if app.issuer == config.issuer_url().as_str() {
        report.ok(GATEWAY, format!("{} signs people in here.", app.id));
        return;
    }
    match app.provider().openid_issuer(config.allow_insecure_http, permitted) {
        Ok(issuer) => told(report, GATEWAY, &app.id, &app.issuer, issuer.prepare().await),
        Err(unfit) => {
            let text = format!("gateway.{}.{} {}", app.id, unfit.field, unfit.reason);
            report.problem(GATEWAY, text, "Correct it in [[gateway]].");
        }
    }
}

fn told(
    report: &mut Report,
    topic: &'static str,
    id: &str,
    issuer: &str,
    asked: Result<(), relying_party::Error>,
) {
    match asked {
        Ok(()) => report.ok(topic, format!("{id} is ready ({issuer}).")),
        Err(error) => report.problem(
            topic,
            format!("{id} is not ready: {error}"),
            format!(
                "Nobody can sign in with it until it is. `doorstep doctor {issuer}` tells more; nothing \
                 else is affected."
            ),
        ),
    }
}

/// Asks for somebody who is not there: a directory that says so has answered.
async fn check_directory(report: &mut Report, config: &Config, db: &Db) {
    let accounts = match LdapAccounts::new(db.clone(), &config.ldap) {
        Ok(accounts) => accounts,
        Err(reason) => {
            report.problem(DIRECTORY, format!("ldap.ca_file: {reason}"), "Correct the file.");
            return;
        }
    };
    let nobody = format!("doctor-{}", secret::random_bytes::<4>().map(|b| b.to_string()).join("."));
    let (password, address) = (Secret::generate(), IpAddr::V4(Ipv4Addr::LOCALHOST));
    let now = Clock::system().now();
    match accounts.authenticate(&nobody, &password, address, now).await {
        Err(SignInFailure::Unavailable(cause)) => report.problem(
            DIRECTORY,
            cause.to_string(),
            "See the section [ldap]: url, ca_file, bind_dn, bind_password and base.",
        ),
        _ => report.ok(DIRECTORY, "The directory answers."),
    }
}
