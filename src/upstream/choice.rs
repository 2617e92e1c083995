//! Which way in a sign-in takes. Pure.

use super::Upstream;

/// What is known about a sign-in that has to choose.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hints<'a> {
    /// The request's `login_hint`.
    pub login_hint: Option<&'a str>,
    /// The provider that the client's registration names.
    pub client_default: Option<&'a str>,
    /// Set when the person wants to choose.
    pub ask: bool,
}

/// What to do.
#[derive(Clone, Copy, Debug)]
pub enum Choice<'a> {
    /// Show the page with all ways in.
    Page,
    /// Go to this provider.
    Provider(&'a Upstream),
}

/// Chooses: the domain of an e-mail address that was hinted at, then the client's default, then the
/// only way in that there is.
pub fn choose<'a>(all: &'a [Upstream], hints: &Hints<'_>, passwords: bool) -> Choice<'a> {
    if hints.ask {
        return Choice::Page;
    }
    let by_domain = hints.login_hint.and_then(domain).and_then(|domain| {
        let serves = |known: &String| known.eq_ignore_ascii_case(domain);
        all.iter().find(|upstream| upstream.settings.domains.iter().any(serves))
    });
    let by_client = || {
        let id = hints.client_default?;
        all.iter().find(|upstream| upstream.settings.id == id)
    };
    let only = || match all {
        [only] if !passwords => Some(only),
        _ => None,
    };
    by_domain.or_else(by_client).or_else(only).map_or(Choice::Page, Choice::Provider)
}

/// The domain of what looks like an e-mail address.
fn domain(hint: &str) -> Option<&str> {
    hint.rsplit_once('@').map(|(_, domain)| domain).filter(|domain| !domain.is_empty())
}

#[cfg(test)]
mod tests {
    use super::super::{ProviderSettings, Upstreams};
    use super::*;

    fn upstreams(ids: &[&str]) -> Upstreams {
        let settings = |id: &&str| ProviderSettings {
            id: (*id).to_owned(),
            issuer: format!("https://{id}.example"),
            client_id: "doorstep".into(),
            domains: vec![format!("{id}.example")],
            ..ProviderSettings::default()
        };
        let none = crate::outgoing::Permitted { networks: Vec::new() };
        Upstreams::new(ids.iter().map(settings).collect(), false, &none).unwrap()
    }

    fn chosen(ids: &[&str], hints: Hints<'_>, passwords: bool) -> Option<String> {
        match upstreams(ids).choose(&hints, passwords) {
            Choice::Page => None,
            Choice::Provider(upstream) => Some(upstream.settings.id.clone()),
        }
    }

    #[test]
    fn the_only_way_in_is_taken() {
        assert_eq!(chosen(&["a"], Hints::default(), false).as_deref(), Some("a"));
        assert_eq!(chosen(&["a"], Hints::default(), true), None);
        assert_eq!(chosen(&["a", "b"], Hints::default(), false), None);
        assert_eq!(chosen(&[], Hints::default(), true), None);
        assert_eq!(chosen(&["a"], Hints { ask: true, ..Hints::default() }, false), None);
    }

    #[test]
    fn the_hinted_domain_wins_over_the_clients_default() {
        let hints = |login_hint, client_default| Hints { login_hint, client_default, ask: false };
        for (hint, client, expected) in [
            (Some("mia@B.example"), None, Some("b")),
            (Some("mia@b.example"), Some("a"), Some("b")),
            (Some("mia@other.example"), Some("a"), Some("a")),
            (Some("mia@xb.example"), None, None),
            (Some("b.example"), None, None),
            (Some("mia@"), None, None),
            (None, Some("a"), Some("a")),
            (None, Some("gone"), None),
        ] {
            let found = chosen(&["a", "b"], hints(hint, client), true);
            assert_eq!(found.as_deref(), expected, "{hint:?} {client:?}");
        }
    }
}
