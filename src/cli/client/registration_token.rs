//! `doorstep client registration-token`: lets somebody register clients.

use crate::cli::{Failure, output};
use crate::clock::Clock;
use crate::config::{Config, key_file};
use crate::issuer::{InitialToken, RegistrationMode};

/// Days that a token lives at most.
const LONGEST: i64 = 366;

/// Prints a token that is good for so many days.
pub fn run(config: &Config, days: i64) -> Result<(), Failure> {
    if !(1..=LONGEST).contains(&days) {
        return Err(Failure::new(format!("--days should be from 1 to {LONGEST}")));
    }
    let (root, _) = key_file::load_or_create(&config.key_file)?;
    let token = InitialToken::new(Clock::system().now().plus(days * 86_400));
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
