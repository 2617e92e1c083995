//! Whose pages these are: what an operator may change about their looks without a rebuild.
//!
//! A brand is data and cannot weaken a page: texts are escaped, colours are parsed, links are checked.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub use super::colour::Accent;

/// The section `[brand]` of the settings. Missing keys take the defaults of [`Brand::default`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Brand {
    /// The name on every page and in every title.
    pub name: String,
    /// The colour of buttons and links; made darker or lighter where it would be hard to read.
    pub accent: Accent,
    /// A line at the foot of every page: where to find help.
    pub support_text: Option<String>,
    /// Where that line leads: an `https:`, `http:` or `mailto:` address.
    pub support_url: Option<Link>,
    /// A picture beside the name, served at `B/logo`: SVG, PNG, JPEG or WebP.
    pub logo: Option<PathBuf>,
}

impl Default for Brand {
    fn default() -> Self {
        Self {
            name: "Doorstep".into(),
            accent: Accent::default(),
            support_text: None,
            support_url: None,
            logo: None,
        }
    }
}

/// An address that a page may link to, whoever wrote it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Link(String);

impl Link {
    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Link {
    type Error = String;

    fn try_from(address: String) -> Result<Self, String> {
        match url::Url::parse(&address) {
            Ok(url) if matches!(url.scheme(), "https" | "http" | "mailto") => Ok(Self(address)),
            _ => Err(format!(
                "`{address}` is not an address that starts with https:, http: or mailto:"
            )),
        }
    }
}

impl From<Link> for String {
    fn from(link: Link) -> Self {
        link.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_brand_is_read_strictly() {
        let brand: Brand = toml::from_str("name = 'Acme'\naccent = '#b00'").unwrap();
        assert_eq!(brand.name, "Acme");
        for bad in [
            "nam = 'x'",
            "accent = 'red'",
            "accent = '#12345'",
            "support_url = 'javascript:alert(1)'",
        ] {
            assert!(toml::from_str::<Brand>(bad).is_err(), "{bad}");
        }
    }
}
