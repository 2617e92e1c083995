//! The response modes (OAuth 2.0 Multiple Response Type Encoding §2.1, OAuth 2.0 Form Post Response Mode,
//! JARM §2.3).

use serde::{Deserialize, Serialize};

/// The way a response travels back to the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseMode {
    /// In the query of the `redirect_uri`.
    Query,
    /// In its fragment.
    Fragment,
    /// POSTed to it.
    FormPost,
    /// Signed, in the way that is usual for the response type: for codes, in the query.
    Jwt,
    /// Signed, in the query.
    #[serde(rename = "query.jwt")]
    QueryJwt,
    /// Signed, in the fragment.
    #[serde(rename = "fragment.jwt")]
    FragmentJwt,
    /// Signed, and POSTed.
    #[serde(rename = "form_post.jwt")]
    FormPostJwt,
}

/// Where a response is put, signed or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// The query of the `redirect_uri`.
    Query,
    /// Its fragment.
    Fragment,
    /// A form.
    FormPost,
}

impl ResponseMode {
    /// Every mode there is, in the order of discovery.
    pub const ALL: [Self; 7] = [
        Self::Query,
        Self::Fragment,
        Self::FormPost,
        Self::Jwt,
        Self::QueryJwt,
        Self::FragmentJwt,
        Self::FormPostJwt,
    ];

    /// The mode with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.as_str() == name)
    }

    /// The mode's registered name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Fragment => "fragment",
            Self::FormPost => "form_post",
            Self::Jwt => "jwt",
            Self::QueryJwt => "query.jwt",
            Self::FragmentJwt => "fragment.jwt",
            Self::FormPostJwt => "form_post.jwt",
        }
    }

    /// Where a response of this mode is put.
    pub fn carrier(self) -> Carrier {
        match self {
            Self::Query | Self::Jwt | Self::QueryJwt => Carrier::Query,
            Self::Fragment | Self::FragmentJwt => Carrier::Fragment,
            Self::FormPost | Self::FormPostJwt => Carrier::FormPost,
        }
    }

    /// Whether a response of this mode is signed.
    pub fn is_signed(self) -> bool {
        matches!(self, Self::Jwt | Self::QueryJwt | Self::FragmentJwt | Self::FormPostJwt)
    }
}
