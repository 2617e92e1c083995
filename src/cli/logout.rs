//! `doorstep logout`: gives the tokens back to the issuer and forgets them.

use super::login::cache::{Cache, Entry};
use super::login::{Issuer, failure};
use super::{Failure, output};

/// Arguments of `doorstep logout`.
#[derive(clap::Args, Debug)]
#[command(
    after_help = "Exit codes:\n    0  signed out\n    1  tokens could not be forgotten\n    2  the command line is wrong\n    5  \
              signed out here, but the issuer could not be told"
)]
pub struct Args {
    #[command(flatten)]
    issuer: Issuer,
}

/// Runs the command: the tokens of every scope that this client got from this issuer.
///
/// # Errors
/// When tokens cannot be removed. When the issuer cannot be told they are removed all the same, and
/// the failure says that they live on until they expire.
pub async fn run(args: Args) -> Result<(), Failure> {
    let issuer = &args.issuer;
    issuer.check()?;
    let unreadable = |error| Failure::new(format!("The kept tokens cannot be read: {error}."));
    let mut entries = Cache::open().and_then(|cache| cache.entries()).map_err(unreadable)?;
    entries.retain(|entry| {
        entry.key().issuer == issuer.name() && entry.key().client_id == issuer.client_id
    });
    if entries.is_empty() {
        output::tell(format!("You are not signed in to {}.", issuer.name()));
        return Ok(());
    }
    let mut untold = None;
    for entry in entries {
        untold = sign_out(issuer, &entry).await?.or(untold);
    }
    match untold {
        Some(failure) => Err(failure),
        None => {
            output::tell(format!("Signed out of {}.", issuer.name()));
            Ok(())
        }
    }
}

/// Forgets one place's tokens, then tells the issuer; hands out why that did not work.
async fn sign_out(issuer: &Issuer, entry: &Entry) -> Result<Option<Failure>, Failure> {
    let immovable = |error| Failure::new(format!("The kept tokens cannot be removed: {error}."));
    let _lock = entry
        .lock(|| output::tell("Another program is signing in. Waiting for it."))
        .await
        .map_err(immovable)?;
    let tokens = entry.tokens();
    entry.forget().map_err(immovable)?;
    let Some(tokens) = tokens else { return Ok(None) };
    let told = match issuer.discover().await {
        Ok(party) => party.revoke(&tokens).await.map_err(failure::of),
        Err(failure) => Err(failure),
    };
    Ok(match told {
        Ok(true) => None,
        Ok(false) => Some(lives_on("The issuer takes no tokens back.")),
        Err(failure) => Some(lives_on(&failure.message)),
    })
}

fn lives_on(why: &str) -> Failure {
    let message =
        format!("Signed out on this machine, but the tokens stay valid until they expire. {why}");
    Failure { code: failure::ISSUER, message }
}
