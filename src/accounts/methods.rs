//! How somebody proved who they are: the `amr` of tokens (RFC 8176), true to what was done.

use serde::{Deserialize, Serialize};

use crate::protocol::acr::Acr;

/// One proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Method {
    /// A password.
    #[serde(rename = "pwd")]
    Password,
    /// Another issuer's word.
    #[serde(rename = "fed")]
    Federated,
    /// A code that works once: of an authenticator app, or a recovery code.
    #[serde(rename = "otp")]
    Otp,
    /// A passkey that does not leave its device.
    #[serde(rename = "hwk")]
    HardwareKey,
    /// A passkey that its owner's devices share.
    #[serde(rename = "swk")]
    SoftwareKey,
}

impl Method {
    /// The method's registered name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Password => "pwd",
            Self::Federated => "fed",
            Self::Otp => "otp",
            Self::HardwareKey => "hwk",
            Self::SoftwareKey => "swk",
        }
    }

    fn is_key(self) -> bool {
        matches!(self, Self::HardwareKey | Self::SoftwareKey)
    }
}

/// The proofs of one sign-in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Methods(Vec<Method>);

impl From<Method> for Methods {
    fn from(method: Method) -> Self {
        Self(vec![method])
    }
}

impl Methods {
    /// These proofs and one more.
    #[must_use]
    pub fn and(mut self, method: Method) -> Self {
        if !self.0.contains(&method) {
            self.0.push(method);
        }
        self
    }

    /// Whether they are of two kinds. A passkey is by itself: the device, and what unlocks it.
    pub fn is_multi_factor(&self) -> bool {
        let first = |method: &Method| matches!(method, Method::Password | Method::Federated);
        self.0.iter().any(|method| method.is_key())
            || self.0.contains(&Method::Otp) && self.0.iter().any(first)
    }

    /// The class of a sign-in by them.
    pub fn acr(&self) -> Acr {
        Acr::of(&self.amr())
    }

    /// The names of RFC 8176 for all of it: each method, `user` where a person was there to unlock a
    /// key, and `mfa`.
    pub fn amr(&self) -> Vec<&'static str> {
        let mut names: Vec<_> = self.0.iter().map(|method| method.as_str()).collect();
        if self.0.iter().any(|method| method.is_key()) {
            names.push("user");
        }
        if self.is_multi_factor() {
            names.push("mfa");
        }
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amr_says_what_was_done() {
        use Method::*;
        for (methods, amr) in [
            (vec![Password], "pwd"),
            (vec![Federated], "fed"),
            (vec![Password, Otp], "pwd otp mfa"),
            (vec![Federated, Otp], "fed otp mfa"),
            (vec![HardwareKey], "hwk user mfa"),
            (vec![SoftwareKey], "swk user mfa"),
            (vec![Password, HardwareKey], "pwd hwk user mfa"),
            (vec![Otp, Otp], "otp"),
        ] {
            let all = methods.iter().fold(Methods::default(), |all, method| all.and(*method));
            assert_eq!(all.amr().join(" "), amr, "{methods:?}");
        }
    }
}
