//! How much a sign-in proves: `acr` (OpenID Connect Core §2), which follows from how it was done, `amr`
//! (RFC 8176), and what a request may demand of it (Core §3.1.2.1 and §5.5.1.1, RFC 9470).

use serde::{Deserialize, Serialize};

/// A class of sign-in, from the weakest to the strongest. Each is as good as those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Acr {
    /// One proof, such as a password.
    #[serde(rename = "1fa")]
    SingleFactor,
    /// Proofs of two kinds.
    #[serde(rename = "mfa")]
    MultiFactor,
    /// A key that signs for this issuer alone, so that a copy of our pages gets nothing of use (`phr`
    /// in OpenID Connect Extended Authentication Profile ACR Values).
    #[serde(rename = "phr")]
    PhishingResistant,
}

impl Acr {
    /// Every class there is, from the weakest.
    pub const ALL: [Self; 3] = [Self::SingleFactor, Self::MultiFactor, Self::PhishingResistant];

    /// The classes that can be reached where this is the strongest, for discovery.
    pub fn up_to(strongest: Self) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |acr| *acr <= strongest)
    }

    /// The class of a sign-in by these methods.
    pub fn of(amr: &[impl AsRef<str>]) -> Self {
        let by = |methods: &[&str]| amr.iter().any(|method| methods.contains(&method.as_ref()));
        if by(&["hwk", "swk", "pop"]) {
            Self::PhishingResistant
        } else if by(&["mfa"]) || (by(&["pwd", "pin"]) && by(&["otp", "sms"])) {
            Self::MultiFactor
        } else {
            Self::SingleFactor
        }
    }

    /// The class that a password reaches together with these.
    pub fn reached_with(totp: bool, passkey: bool) -> Self {
        match (totp, passkey) {
            (_, true) => Self::PhishingResistant,
            (true, false) => Self::MultiFactor,
            (false, false) => Self::SingleFactor,
        }
    }

    /// The class with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|acr| acr.as_str() == name)
    }

    /// The value of the claim.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SingleFactor => "1fa",
            Self::MultiFactor => "mfa",
            Self::PhishingResistant => "phr",
        }
    }
}

/// The classes that a request asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WantedAcr {
    /// Those that we know, the preferred one first.
    values: Vec<Acr>,
    /// Whether nothing else will do.
    pub essential: bool,
}

impl WantedAcr {
    /// A wish for one of these classes. Names that we do not know can be wished for as well.
    pub fn new<'a>(names: impl IntoIterator<Item = &'a str>, essential: bool) -> Self {
        Self { values: names.into_iter().filter_map(Acr::parse).collect(), essential }
    }

    /// Whether no class was asked for that we know.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The class that a sign-in has to be of at least, where nothing else will do.
    pub fn least(&self) -> Acr {
        let least = self.values.iter().copied().min().filter(|_| self.essential);
        least.unwrap_or(Acr::SingleFactor)
    }

    /// Whether a sign-in of this class is what was asked for.
    pub fn is_met_by(&self, reached: Acr) -> bool {
        self.values.iter().any(|wanted| *wanted <= reached)
    }

    /// Whether something was asked for that a person who reached this class could still reach.
    pub fn asks_for_more(&self, reached: Acr, strongest: Acr) -> bool {
        !self.is_met_by(reached) && self.is_met_by(strongest)
    }

    /// What the client is told of a sign-in that reached this class: the first class of its choice
    /// that was met, so that it finds one of those it named.
    pub fn told(&self, reached: Acr) -> Acr {
        self.values.iter().copied().find(|wanted| *wanted <= reached).unwrap_or(reached)
    }
}

#[cfg(test)]
mod tests {
    use super::Acr::{MultiFactor, PhishingResistant, SingleFactor};
    use super::*;

    #[test]
    fn the_class_follows_from_the_methods() {
        for (amr, acr) in [
            ("", SingleFactor),
            ("pwd", SingleFactor),
            ("otp", SingleFactor),
            ("fed", SingleFactor),
            ("pwd otp", MultiFactor),
            ("otp pwd", MultiFactor),
            ("fed mfa", MultiFactor),
            ("hwk user", PhishingResistant),
            ("pwd swk", PhishingResistant),
        ] {
            let amr: Vec<String> = amr.split_whitespace().map(str::to_owned).collect();
            assert_eq!(Acr::of(&amr), acr, "{amr:?}");
        }
    }

    #[test]
    fn names_are_read_as_they_are_written() {
        for acr in Acr::ALL {
            assert_eq!(Acr::parse(acr.as_str()), Some(acr));
            assert_eq!(serde_json::to_value(acr).unwrap(), acr.as_str());
        }
        assert!(Acr::up_to(MultiFactor).eq([SingleFactor, MultiFactor]));
    }

    #[test]
    fn a_stronger_sign_in_meets_a_weaker_wish_and_is_told_by_its_name() {
        for (wanted, reached, met, told) in [
            ("", SingleFactor, false, SingleFactor),
            ("1fa", SingleFactor, true, SingleFactor),
            ("1fa", PhishingResistant, true, SingleFactor),
            ("mfa", SingleFactor, false, SingleFactor),
            ("mfa 1fa", PhishingResistant, true, MultiFactor),
            ("phr 1fa", MultiFactor, true, SingleFactor),
            ("gold mfa", MultiFactor, true, MultiFactor),
            ("gold", MultiFactor, false, MultiFactor),
        ] {
            let wish = WantedAcr::new(wanted.split_whitespace(), false);
            assert_eq!((wish.is_met_by(reached), wish.told(reached)), (met, told), "{wanted}");
        }
    }

    #[test]
    fn only_an_essential_wish_is_a_demand() {
        for (wanted, essential, least) in [
            ("phr mfa", true, MultiFactor),
            ("phr", true, PhishingResistant),
            ("phr", false, SingleFactor),
            ("gold", true, SingleFactor),
        ] {
            let wish = WantedAcr::new(wanted.split_whitespace(), essential);
            assert_eq!(wish.least(), least, "{wanted}");
        }
    }

    #[test]
    fn more_is_asked_for_only_where_it_can_be_reached() {
        let wish = WantedAcr::new(["mfa"], false);
        assert!(wish.asks_for_more(SingleFactor, PhishingResistant));
        assert!(!wish.asks_for_more(SingleFactor, SingleFactor));
        assert!(!wish.asks_for_more(MultiFactor, PhishingResistant));
        assert!(!WantedAcr::default().asks_for_more(SingleFactor, PhishingResistant));
    }
}
