//! The one dispatcher of a sign-in: given what somebody has proven and what their account asks for, what
//! happens next. Steps change state and come back here; a step never calls another step.

use super::methods::Methods;
use crate::protocol::acr::Acr;

/// What the dispatcher looks at besides the proofs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The strongest class that this person can reach with the factors they have.
    pub within_reach: Acr,
    /// The class that this sign-in has to be of: by the settings, the person's groups, the program or
    /// its request.
    pub needed: Acr,
    /// Whether the password has to be changed first.
    pub must_change_password: bool,
}

/// What happens next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Ask for a second factor. Whoever has one is always asked.
    SecondFactor,
    /// Let the person add one that is needed and that they do not have.
    Enrol,
    /// Let the person choose another password.
    ChangePassword,
    /// Begin the session.
    Done,
}

/// Decides what happens next.
pub fn next_step(proven: &Methods, standing: Standing) -> Step {
    let reached = proven.acr();
    let wanted = standing.needed.max(standing.within_reach.min(Acr::MultiFactor));
    if reached >= wanted {
        return if standing.must_change_password { Step::ChangePassword } else { Step::Done };
    }
    if standing.within_reach > reached { Step::SecondFactor } else { Step::Enrol }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::methods::Method;

    #[test]
    fn each_step_is_asked_for_once_and_in_order() {
        use Acr::{MultiFactor as Mfa, PhishingResistant as Phr, SingleFactor as One};
        use Step::{ChangePassword, Done, Enrol, SecondFactor};
        let password = Methods::from(Method::Password);
        let both = password.clone().and(Method::Otp);
        let key = Methods::from(Method::HardwareKey);
        for (proven, within_reach, needed, must_change_password, step) in [
            (&password, One, One, false, Done),
            (&password, One, One, true, ChangePassword),
            (&password, Mfa, One, false, SecondFactor),
            (&password, Phr, One, false, SecondFactor),
            (&password, Mfa, Mfa, true, SecondFactor),
            (&password, One, Mfa, true, Enrol),
            (&password, Mfa, Phr, false, SecondFactor),
            (&both, Mfa, One, true, ChangePassword),
            (&both, Mfa, Mfa, false, Done),
            (&both, Phr, Mfa, false, Done),
            (&both, One, Mfa, false, Done),
            (&both, Mfa, Phr, true, Enrol),
            (&both, Phr, Phr, false, SecondFactor),
            (&key, Phr, Phr, false, Done),
            (&key, Phr, One, true, ChangePassword),
        ] {
            let standing = Standing { within_reach, needed, must_change_password };
            assert_eq!(next_step(proven, standing), step, "{proven:?} {standing:?}");
        }
    }
}
