//! Whose pages these are: what an operator may change about their looks without a rebuild.
//!
//! A brand is data and cannot weaken a page: texts are escaped, colours are parsed, links are checked.

use serde::{Deserialize, Serialize};

pub use super::colour::Accent;
pub use super::links::Link;
pub use super::logo::Logo;

/// The section `[brand]` of the settings. Missing keys take the defaults of [`Brand::default`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Brand {
    /// The name on every page and in every title.
    pub name: String,
    /// The language of pages for people whose languages we do not speak: a tag as in `en`.
    pub language: String,
    /// The colour of buttons and links; made darker or lighter where it would be hard to read.
    pub accent: Accent,
    /// A line at the foot of every page: where to find help.
    pub support_text: Option<String>,
    /// Where that line leads: an `https:`, `http:` or `mailto:` address.
    pub support_url: Option<Link>,
    /// The file of a picture beside the name, served at `B/logo`: SVG, PNG, JPEG or WebP.
    pub logo: Option<Logo>,
}

impl Default for Brand {
    fn default() -> Self {
        Self {
            name: "Doorstep".into(),
            language: "en".into(),
            accent: Accent::default(),
            support_text: None,
            support_url: None,
            logo: None,
        }
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
            "logo = 'no-such-file.svg'",
        ] {
            assert!(toml::from_str::<Brand>(bad).is_err(), "{bad}");
        }
    }
}
