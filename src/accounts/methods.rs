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
pub struct Methods {
    /// Those that we have seen.
    seen: Vec<Method>,
    /// Those that another issuer says it has seen.
    told: Vec<String>,
}

impl From<Method> for Methods {
    fn from(method: Method) -> Self {
        Self { seen: vec![method], told: Vec::new() }
    }
}

impl Methods {
    /// These proofs and one more.
    #[must_use]
    pub fn and(mut self, method: Method) -> Self {
        if !self.seen.contains(&method) {
            self.seen.push(method);
        }
        self
    }

    /// Another issuer's word, and the methods that it names.
    pub fn told_by_issuer(told: Vec<String>) -> Self {
        Self { told, ..Self::from(Method::Federated) }
    }

    /// Whether they are of two kinds. A passkey is by itself: the device, and what unlocks it.
    pub fn is_multi_factor(&self) -> bool {
        self.acr() >= Acr::MultiFactor
    }

    /// The class of a sign-in by them.
    pub fn acr(&self) -> Acr {
        Acr::of(&self.amr())
    }

    /// The names of RFC 8176 for all of it: each method, `user` where a person was there to unlock a
    /// key, and `mfa`.
    pub fn amr(&self) -> Vec<&str> {
        let first = |method: &Method| matches!(method, Method::Password | Method::Federated);
        let has_key = self.seen.iter().any(|method| method.is_key());
        let two = self.seen.contains(&Method::Otp) && self.seen.iter().any(first);
        let mut names: Vec<&str> = self.seen.iter().map(|method| method.as_str()).collect();
        names.extend(has_key.then_some("user"));
        names.extend((has_key || two).then_some("mfa"));
        for name in &self.told {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
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

    #[test]
    fn what_another_issuer_says_is_told_on_and_counts() {
        let told = |names: &[&str]| {
            Methods::told_by_issuer(names.iter().map(|name| (*name).to_owned()).collect())
        };
        for (methods, amr, multi_factor) in [
            (told(&[]), "fed", false),
            (told(&["pwd"]), "fed pwd", false),
            (told(&["pwd", "mfa", "otp"]), "fed pwd mfa otp", true),
            (told(&["pwd"]).and(Method::Otp), "fed otp mfa pwd", true),
        ] {
            assert_eq!(
                (methods.amr().join(" ").as_str(), methods.is_multi_factor()),
                (amr, multi_factor)
            );
        }
    }
}
