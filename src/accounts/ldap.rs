//! People of an LDAP directory (RFC 4511): user names and passwords are checked there, accounts are kept
//! here, linked to the directory's entries as they are to the people of any provider.

mod directory;
pub mod settings;

use std::net::IpAddr;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::timeout;

use self::directory::{Directory, NotBound};
pub use self::settings::LdapSettings;
use super::linking::{self, Admission, Arrival, Arrived};
use super::throttle::SignInThrottle;
use super::{Account, Accounts, Answer, Refusal, SignInFailure, Unavailable};
use crate::clock::Timestamp;
use crate::secret::Secret;
use crate::store::Db;

/// Sign-ins that ask the directory at once.
const MOST_AT_ONCE: usize = 32;

/// The people of a directory.
#[derive(Debug)]
pub struct LdapAccounts {
    db: Db,
    directory: Directory,
    admission: Admission,
    patience: Duration,
    throttle: SignInThrottle,
    room: Semaphore,
}

impl LdapAccounts {
    /// The people of the directory of these settings, with accounts in `db`.
    ///
    /// # Errors
    /// A sentence that goes on from `ldap.ca_file`, when its certificates cannot be used.
    pub fn new(db: Db, settings: &LdapSettings) -> Result<Self, String> {
        Ok(Self {
            db,
            directory: Directory::new(settings)?,
            admission: settings.accounts,
            patience: Duration::from_secs(settings.timeout),
            throttle: SignInThrottle::default(),
            room: Semaphore::new(MOST_AT_ONCE),
        })
    }

    async fn check(
        &self,
        username: &str,
        password: &Secret,
        now: Timestamp,
    ) -> Result<Account, SignInFailure> {
        // A bind without a password is anonymous, and succeeds for everybody (RFC 4513 §5.1.2).
        if username.is_empty() || password.expose().is_empty() {
            return Err(SignInFailure::Refused(Refusal::WrongPassword));
        }
        let _place = self.room.try_acquire().map_err(|_| SignInFailure::Busy)?;
        let bound = timeout(self.patience, self.directory.sign_in(username, password)).await;
        let identity = match bound.unwrap_or(Err(NotBound::Silent)) {
            Ok(identity) => identity,
            Err(NotBound::Refused(refusal)) => return Err(SignInFailure::Refused(refusal)),
            Err(NotBound::Silent) => {
                return Err(Unavailable("the directory took too long to answer".into()).into());
            }
            Err(NotBound::Failed(error)) => return Err(Unavailable(Box::new(error)).into()),
            Err(NotBound::Unfit(fault)) => {
                tracing::info!(username, %fault, "the directory's entry was not accepted");
                return Err(SignInFailure::Refused(Refusal::NotLetIn));
            }
        };
        let arrival = Arrival {
            provider: "ldap",
            identity: &identity,
            admission: self.admission,
            match_email: false,
        };
        linking::welcome(&self.db, arrival, now).await.map(|arrived| arrived.account)
    }
}

impl Accounts for LdapAccounts {
    fn authenticate<'a>(
        &'a self,
        username: &'a str,
        password: &'a Secret,
        address: IpAddr,
        now: Timestamp,
    ) -> Answer<'a, Result<Account, SignInFailure>> {
        Box::pin(async move {
            let attempt = self.check(username.trim(), password, now);
            let is_wrong = SignInFailure::is_refusal;
            self.throttle.attempt_by_name(username, address, now, attempt, is_wrong).await
        })
    }

    fn welcome<'a>(
        &'a self,
        arrival: Arrival<'a>,
        now: Timestamp,
    ) -> Answer<'a, Result<Arrived, SignInFailure>> {
        Box::pin(linking::welcome(&self.db, arrival, now))
    }

    fn find<'a>(&'a self, id: &'a str) -> Answer<'a, Result<Option<Account>, Unavailable>> {
        Box::pin(async move { Ok(self.db.find_account(id).await?) })
    }
}
