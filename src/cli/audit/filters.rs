//! What `doorstep audit` is asked for: a typo must not look like a trail in which nothing happened.

use super::Args;
use crate::accounts::rules::UsernameRule;
use crate::cli::{Failure, output};
use crate::config::{Config, nearest};
use crate::store::Db;
use crate::store::audit::AuditFilter;

/// Every event that there is; docs/admin.md tells when they come about.
const EVENTS: [&str; 51] = [
    "account_changed",
    "account_disabled",
    "account_enabled",
    "account_linked",
    "account_made",
    "account_removed",
    "account_unlinked",
    "app_signed_in",
    "app_signed_out",
    "app_signed_out_by_issuer",
    "client_added",
    "client_changed",
    "client_registered",
    "client_removed",
    "client_secret_rotated",
    "client_unregistered",
    "code_issued",
    "code_misused",
    "code_redeemed",
    "code_replayed",
    "consent_given",
    "consent_refused",
    "desktop_app_let_in",
    "device_approved",
    "device_code_misused",
    "device_code_redeemed",
    "device_code_replayed",
    "device_denied",
    "factor_added",
    "factor_removed",
    "factor_renamed",
    "grant_revoked",
    "key_rotated",
    "kubeconfig_downloaded",
    "logout_notice_given_up",
    "logout_notice_sent",
    "others_revoked",
    "password_changed",
    "password_refused",
    "provider_ended_sign_in",
    "recovery_code_used",
    "recovery_codes_made",
    "refresh_token_misused",
    "refresh_token_replayed",
    "registration_token_made",
    "second_factor_refused",
    "session_revoked",
    "sign_in_cancelled",
    "sign_in_refused",
    "signed_in",
    "signed_out",
];

/// Refuses what can match nothing, and notes on standard error what may be a typo: people and programs
/// that are gone have left their traces.
pub(super) async fn check(args: &Args, config: &Config, db: &Db) -> Result<(), Failure> {
    if args.since.zip(args.until).is_some_and(|(since, until)| since >= until) {
        return Err(Failure::new(
            "nothing lies between --since and --until: --until has to be later",
        ));
    }
    if let Some(event) = &args.event {
        check_event(db, event).await?;
    }
    if let Some(account) = &args.account {
        let id = account_id(db, account).await?;
        if db.find_account(&id).await?.is_none() {
            output::tell(format!("doorstep: nobody goes by {account:?} at present"));
        }
    }
    if let Some(client_id) = &args.client {
        let is_configured =
            config.all_clients().iter().any(|client| client.client_id == *client_id);
        if !is_configured && db.find_client(client_id).await?.is_none() {
            output::tell(format!("doorstep: there is no client {client_id:?} at present"));
        }
    }
    Ok(())
}

/// An event of another version of Doorstep may be in the trail.
async fn check_event(db: &Db, event: &str) -> Result<(), Failure> {
    let filter = AuditFilter { event: event.to_owned(), ..AuditFilter::default() };
    if EVENTS.contains(&event) || !db.newest_audit_events(&filter, 1).await?.is_empty() {
        return Ok(());
    }
    let meant = nearest(event, EVENTS);
    let meant = meant.map_or_else(String::new, |nearest| format!("; did you mean {nearest}?"));
    Err(Failure::new(format!("--event: there is no event {event:?}{meant}")))
}

/// The id of the account that goes by this name; what is no name is taken for an id, since accounts that
/// are gone have left their traces.
pub(super) async fn account_id(db: &Db, account: &str) -> Result<String, Failure> {
    let found = match UsernameRule::Email.apply(account) {
        Ok(username) => db.find_account_by_username(&username).await?,
        Err(_) => None,
    };
    Ok(found.map_or_else(|| account.to_owned(), |(account, _)| account.id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_is_told_of_in_the_documentation() {
        let page = include_str!("../../../docs/admin.md");
        let told = |event: &&str| page.contains(&format!("`{event}`"));
        let untold: Vec<_> = EVENTS.iter().filter(|event| !told(event)).collect();
        assert!(untold.is_empty(), "{untold:?}");
    }
}
