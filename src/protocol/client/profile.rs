//! Profiles: a set of rules that a client keeps as a whole, whatever its single settings say.
//!
//! `fapi2` is the FAPI 2.0 Security Profile §5.3: requests are pushed, the client authenticates with its own
//! key, tokens are bound to a key, codes are short-lived and nothing is signed by RS256. Its settings must not
//! contradict it, which [`Client::check`] sees to; what is a matter of more or less is decided here.

use serde::{Deserialize, Serialize};

use super::{Client, SigningAlg};

/// Seconds that a code lives at most under FAPI 2.0 (§5.3.2.1 no. 11).
pub const FAPI2_CODE_LIFETIME: i64 = 60;
/// Seconds that a code lives where the hand-off page may show it: a person has to carry it over.
const SHOWN_CODE_LIFETIME: i64 = 300;
/// Seconds that a code lives otherwise.
const CODE_LIFETIME: i64 = 60;

/// A set of rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// The FAPI 2.0 Security Profile.
    Fapi2,
}

impl Client {
    /// Whether the client keeps the rules of FAPI 2.0.
    pub fn is_fapi2(&self) -> bool {
        self.profile == Some(Profile::Fapi2)
    }

    /// Whether authorization requests count only if the client has pushed them.
    pub fn must_push(&self) -> bool {
        self.require_pushed_authorization_requests || self.is_fapi2()
    }

    /// Whether the client gets tokens only for a key that it proves.
    pub fn must_prove_key(&self) -> bool {
        self.dpop_bound_access_tokens || self.is_fapi2()
    }

    /// Whether the client may sign by this algorithm (§5.4.1).
    pub fn may_sign_by(&self, alg: SigningAlg) -> bool {
        !self.is_fapi2() || alg != SigningAlg::RS256
    }

    /// Whether each refresh token is replaced by the next. Under FAPI 2.0 it is not (§5.3.2.1 no. 9): it is
    /// of no use without the client's keys, and an answer that gets lost costs nobody a sign-in.
    pub fn rotates_refresh_tokens(&self) -> bool {
        !self.is_fapi2()
    }

    /// Whether the hand-off page may show a code to a person. Under FAPI 2.0 it goes to the client alone.
    pub fn shows_code(&self) -> bool {
        self.paste && !self.is_fapi2()
    }

    /// Seconds that a code lives; longer where a page shows it to a person.
    pub fn seconds_of_code(&self, shown: bool) -> i64 {
        let usual = match shown && self.shows_code() {
            true => SHOWN_CODE_LIFETIME,
            false => CODE_LIFETIME,
        };
        self.code_lifetime.unwrap_or(usual)
    }
}
