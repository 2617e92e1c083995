//! People: who they are and how they prove it.
//!
//! [`Accounts`] is what the issuer asks; [`StoredAccounts`] answers from the store. A host application
//! with users of its own answers from there instead.

pub mod account;
pub mod breached;
pub mod claims;
pub mod factors;
pub mod ldap;
pub mod linking;
pub mod methods;
pub mod next_step;
pub mod password;
pub mod rules;
pub mod slots;
pub mod stored;
pub mod throttle;

use std::fmt;
use std::net::IpAddr;
use std::pin::Pin;

pub use account::Account;
pub use linking::{Arrival, Arrived};
pub use rules::BadPassword;
pub use stored::StoredAccounts;

use self::throttle::RetryAfter;
use crate::clock::Timestamp;
use crate::secret::Secret;

/// A future behind a pointer, so that [`Accounts`] can be one too.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Where the people are.
pub trait Accounts: fmt::Debug + Send + Sync {
    /// The account that `username` and `password` belong to. An implementation takes as long for an
    /// unknown user as for a wrong password, and slows down whoever guesses from `address`.
    fn authenticate<'a>(
        &'a self,
        username: &'a str,
        password: &'a Secret,
        address: IpAddr,
        now: Timestamp,
    ) -> Answer<'a, Result<Account, SignInFailure>>;

    /// The account of somebody who proved who they are at a provider, made or linked if the provider's
    /// settings say so. Accounts that know nobody from elsewhere refuse, as this does.
    fn welcome<'a>(
        &'a self,
        arrival: Arrival<'a>,
        now: Timestamp,
    ) -> Answer<'a, Result<Arrived, SignInFailure>> {
        let _ = (arrival, now);
        Box::pin(async { Err(SignInFailure::Refused(Refusal::NotLinked)) })
    }

    /// The account with this id, disabled or not; `None` when it was removed.
    fn find<'a>(&'a self, id: &'a str) -> Answer<'a, Result<Option<Account>, Unavailable>>;

    /// Whether people can change their passwords here. Without it, the methods below are not called.
    fn keeps_passwords(&self) -> bool {
        false
    }

    /// Whether the person has to choose another password before a sign-in is complete.
    fn must_change_password<'a>(&'a self, _id: &'a str) -> Answer<'a, Result<bool, Unavailable>> {
        Box::pin(std::future::ready(Ok(false)))
    }

    /// Gives the account another password. Whoever asks has proven before that it is theirs.
    fn change_password<'a>(
        &'a self,
        _account: &'a Account,
        _new: &'a Secret,
        _now: Timestamp,
    ) -> Answer<'a, Result<(), PasswordFailure>> {
        let reason = "these accounts have their passwords elsewhere".into();
        Box::pin(std::future::ready(Err(PasswordFailure::Unavailable(Unavailable(reason)))))
    }
}

/// Why a password was not changed.
#[derive(Debug)]
pub enum PasswordFailure {
    /// The new one breaks a rule.
    Bad(BadPassword),
    /// Too many passwords are hashed at once: try again in a moment.
    Busy,
    /// The accounts cannot be reached.
    Unavailable(Unavailable),
}

/// Why somebody is not signed in. What they are told does not depend on the [`Refusal`].
#[derive(Debug)]
pub enum SignInFailure {
    /// User name and password do not go together; the cause is for the log and the audit trail.
    Refused(Refusal),
    /// Too many attempts: the next one counts in this many seconds.
    TooManyAttempts {
        /// Seconds to wait.
        retry_after: i64,
    },
    /// Too many sign-ins at once: try again in a moment (HTTP 503 with Retry-After).
    Busy,
    /// The accounts cannot be reached.
    Unavailable(Unavailable),
}

/// The cause of a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Nobody goes by this name.
    UnknownUser,
    /// The password is another one, or there is none.
    WrongPassword,
    /// The proof is right and an admin has closed the account.
    Disabled,
    /// Nobody here is linked to who they are elsewhere.
    NotLinked,
    /// The account is linked to somebody else at the same issuer, or it is not clear which is meant.
    LinkedToAnother,
    /// Somebody else goes by the user name.
    NameTaken,
    /// The rules for user names or groups keep the person out.
    NotLetIn,
}

impl Refusal {
    /// The cause's name in the audit trail.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UnknownUser => "unknown_user",
            Self::WrongPassword => "wrong_password",
            Self::Disabled => "disabled",
            Self::NotLinked => "not_linked",
            Self::LinkedToAnother => "linked_to_another",
            Self::NameTaken => "name_taken",
            Self::NotLetIn => "not_let_in",
        }
    }
}

/// The accounts cannot be reached; the cause is for the log.
#[derive(Debug)]
pub struct Unavailable(pub Box<dyn std::error::Error + Send + Sync>);

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the accounts cannot be reached: {}", self.0)
    }
}

impl std::error::Error for Unavailable {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&*self.0)
    }
}

impl From<Unavailable> for PasswordFailure {
    fn from(cause: Unavailable) -> Self {
        Self::Unavailable(cause)
    }
}

impl SignInFailure {
    /// Whether a guess failed: who and what were given do not go together.
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::Refused(_))
    }
}

impl From<RetryAfter> for SignInFailure {
    fn from(RetryAfter(retry_after): RetryAfter) -> Self {
        Self::TooManyAttempts { retry_after }
    }
}

impl From<Unavailable> for SignInFailure {
    fn from(cause: Unavailable) -> Self {
        Self::Unavailable(cause)
    }
}
