//! Whether the apps of `[[gateway]]` fit each other and the issuer that they share a server with.

use super::{Misfit, tables};
use crate::gateway::{AppSettings, check_apps};
use crate::issuer::is_own_segment;
use crate::protocol::issuer_url::IssuerUrl;

/// Checks the apps, and that none lies where the issuer's own pages are.
pub fn check(apps: &[AppSettings], issuer: &IssuerUrl, allow_http: bool) -> Result<(), Misfit> {
    let misfit = |id: &str, field: &str, reason: String| {
        Misfit::new(tables::key::<AppSettings>(id, field), reason)
    };
    check_apps(apps, allow_http).map_err(|(id, unfit)| misfit(&id, unfit.field, unfit.reason))?;
    match apps.iter().find(|app| is_the_issuers(app.path(), issuer.path())) {
        Some(app) => {
            let reason = "should have another path: this one is the issuer's";
            Err(misfit(&app.id, "url", reason.into()))
        }
        None => Ok(()),
    }
}

/// Whether requests to this path are for the issuer.
fn is_the_issuers(path: &str, base: &str) -> bool {
    let Some(rest) = path.strip_prefix(base) else { return false };
    match rest.strip_prefix('/') {
        Some(rest) => is_own_segment(rest.split('/').next().unwrap_or_default()),
        None => rest.is_empty(),
    }
}
