//! What fits in `[registration]`.

use super::Misfit;
use crate::issuer::RegistrationSettings;

/// Whether the numbers make sense.
pub fn check(settings: &RegistrationSettings) -> Result<(), Misfit> {
    let refuse = |key: &str, reason: &str| Err(Misfit::new(format!("registration.{key}"), reason));
    if !(1..=1_000_000).contains(&settings.most_clients) {
        return refuse("most_clients", "should be from 1 to 1000000");
    }
    if !(3600..=366 * 86_400).contains(&settings.unused_lifetime) {
        return refuse("unused_lifetime", "should be from 3600 to 31622400");
    }
    Ok(())
}
