//! How codes and tokens come to a program. A person can tell one of their sign-ins from another by it, and
//! an auditor the ways that are open to consent phishing.

use super::redirect_uri::{OUT_OF_BAND, is_loopback};

/// The way from the person's browser to the program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Channel {
    /// No browser took part: the program asked for tokens itself.
    #[default]
    Direct,
    /// The browser was sent to the program's site, or to an app that the system opens.
    Redirect,
    /// The browser brought the code to a program on its own machine.
    Loopback,
    /// The person carried the code.
    Pasted,
    /// The person confirmed the code of a device (RFC 8628).
    Device,
}

impl Channel {
    const ALL: [Self; 5] =
        [Self::Direct, Self::Redirect, Self::Loopback, Self::Pasted, Self::Device];

    /// The channel to a redirect URI, as far as is known before anybody carries the code.
    pub fn to(redirect_uri: &str) -> Self {
        match redirect_uri {
            OUT_OF_BAND => Self::Pasted,
            _ if is_loopback(redirect_uri) => Self::Loopback,
            _ => Self::Redirect,
        }
    }

    /// The name in the store and in the audit trail.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Redirect => "redirect",
            Self::Loopback => "loopback",
            Self::Pasted => "pasted",
            Self::Device => "device",
        }
    }

    /// The channel of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.as_str() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_tells_the_channel() {
        for (uri, channel) in [
            ("http://127.0.0.1:8000/cb", Channel::Loopback),
            ("http://[::1]/", Channel::Loopback),
            (OUT_OF_BAND, Channel::Pasted),
            ("https://app.example/cb", Channel::Redirect),
            ("com.example.app:/cb", Channel::Redirect),
        ] {
            assert_eq!(Channel::to(uri), channel, "{uri}");
        }
    }

    #[test]
    fn names_are_read_back() {
        for channel in Channel::ALL {
            assert_eq!(Channel::parse(channel.as_str()), Some(channel));
        }
        assert_eq!(Channel::parse("pigeon"), None);
    }
}
