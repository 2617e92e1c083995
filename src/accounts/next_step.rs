//! The one dispatcher of a sign-in: given what somebody has proven and what their account asks for, what
//! happens next. Steps change state and come back here; a step never calls another step.

use super::methods::Methods;

/// What the dispatcher looks at besides the proofs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Whether the account has a second factor.
    pub has_factor: bool,
    /// Whether this sign-in needs one: by the settings, the person's groups, the program or its request.
    pub needs_mfa: bool,
    /// Whether the password has to be changed first.
    pub must_change_password: bool,
}

/// What happens next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Ask for a second factor. Whoever has one is always asked.
    SecondFactor,
    /// Let the person add one: they need it and have none.
    Enrol,
    /// Let the person choose another password.
    ChangePassword,
    /// Begin the session.
    Done,
}

/// Decides what happens next.
pub fn next_step(proven: &Methods, standing: Standing) -> Step {
    if !proven.is_multi_factor() {
        match standing {
            Standing { has_factor: true, .. } => return Step::SecondFactor,
            Standing { needs_mfa: true, .. } => return Step::Enrol,
            _ => {}
        }
    }
    if standing.must_change_password { Step::ChangePassword } else { Step::Done }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::methods::Method;

    #[test]
    fn each_step_is_asked_for_once_and_in_order() {
        let password = Methods::from(Method::Password);
        let both = password.clone().and(Method::Otp);
        let key = Methods::from(Method::HardwareKey);
        let recovery_alone = Methods::from(Method::Otp);
        for (proven, has_factor, needs_mfa, must_change_password, step) in [
            (&password, false, false, false, Step::Done),
            (&password, false, false, true, Step::ChangePassword),
            (&password, true, false, false, Step::SecondFactor),
            (&password, true, true, true, Step::SecondFactor),
            (&password, false, true, true, Step::Enrol),
            (&both, true, true, true, Step::ChangePassword),
            (&both, true, true, false, Step::Done),
            (&both, false, true, false, Step::Done),
            (&key, true, true, false, Step::Done),
            (&key, true, false, true, Step::ChangePassword),
            (&recovery_alone, true, false, false, Step::SecondFactor),
        ] {
            let standing = Standing { has_factor, needs_mfa, must_change_password };
            assert_eq!(next_step(proven, standing), step, "{proven:?} {standing:?}");
        }
    }
}
