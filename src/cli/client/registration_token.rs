//! `doorstep client registration-token`: lets somebody register clients.

use serde_json::json;

use crate::cli::record::{event, record};
use crate::cli::settings::root_key;
use crate::cli::{Failure, output};
use crate::clock::Clock;
use crate::config::Config;
use crate::issuer::{InitialToken, RegistrationMode};
use crate::store::Db;

/// Days that a token lives at most.
const LONGEST: i64 = 366;

/// Prints a token that is good for so many days.
pub async fn run(config: &Config, db: &Db, days: i64) -> Result<(), Failure> {
    if !(1..=LONGEST).contains(&days) {
        return Err(Failure::new(format!("--days should be from 1 to {LONGEST}")));
    }
    let root = root_key(config, db).await?;
    let token = InitialToken::new(Clock::system().now().plus(days * 86_400));
    let detail = json!({ "token": token.id, "expires_at": token.expires_at.to_rfc3339() });
    record(db, event("registration_token_made"), detail).await?;
    output::line(format!(
        "Programs can register themselves with this token until {}: {}",
        token.expires_at.to_utc(),
        token.text(&root).expose()
    ))?;
    if config.registration.mode == RegistrationMode::Off {
        output::line(
            "Registration is off as yet: set mode = \"token\" in the section [registration].",
        )?;
    }
    Ok(())
}
