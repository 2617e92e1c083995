//! Whose pages these are: what an operator may change about their looks without a rebuild.
//!
//! A brand is data and cannot weaken a page: texts are escaped, colours are parsed and their contrast is
//! computed, links are checked, and what is HTML or CSS is read and refused where it could do harm.

mod colour;
mod folder;
mod markdown;
mod palette;
mod picture;
mod shell;
mod style;

use serde::{Deserialize, Serialize};

pub use super::links::Link;
pub use colour::Colour;
pub use folder::{BadBrand, Brands, Folder, Livery};
pub use markdown::Markdown;
pub use palette::{Colours, Palette};
pub use picture::{PICTURE_POLICY, Picture};
pub use shell::{Part, Shell, Slot};

/// The section `[brand]` of the settings, and the file `brand.toml` of a brand's folder, where there is
/// more. Missing keys take the defaults of [`Brand::default`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Brand {
    /// The name on every page and in every title.
    pub name: String,
    /// The language of pages for people whose languages we do not speak: a tag as in `en`.
    pub language: String,
    /// The colour of buttons and links; made darker or lighter where it would be hard to read.
    pub accent: Colour,
    /// The other colours by day.
    pub light: Palette,
    /// The other colours by night.
    pub dark: Palette,
    /// How round corners are, in CSS pixels.
    pub corner_radius: u8,
    /// A line at the foot of every page: where to find help.
    pub support_text: Option<String>,
    /// Where that line leads: an `https:`, `http:` or `mailto:` address.
    pub support_url: Option<Link>,
    /// Links at the foot of every page.
    pub links: Vec<NamedLink>,
    /// What the law wants on every page.
    pub legal_text: Option<Markdown>,
    /// Words beside the name.
    pub header: Option<Markdown>,
    /// Words above every page, for a while.
    pub notice: Option<Markdown>,
    /// More words at the foot of every page.
    pub footer: Option<Markdown>,
    /// The file of a picture beside the name: SVG, PNG, JPEG or WebP.
    pub logo: Option<Picture>,
    /// The same for the night.
    pub logo_dark: Option<Picture>,
    /// What the logo says, if it has words: then the name is not written beside it.
    pub logo_text: Option<String>,
    /// The picture in the browser's tab.
    pub favicon: Option<Picture>,
    /// The picture behind everything.
    pub background: Option<Picture>,
    /// The programs whose pages these are, in a brand of their own.
    pub clients: Vec<String>,
    /// The content of `override.css`.
    #[serde(skip)]
    pub style: String,
    /// The content of `shell.html`.
    #[serde(skip)]
    pub shell: Option<Shell>,
}

/// A link with its words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamedLink {
    /// The words.
    pub text: String,
    /// Where it leads.
    pub url: Link,
}

impl Default for Brand {
    fn default() -> Self {
        Self {
            name: "Doorstep".into(),
            language: "en".into(),
            accent: Colour::new(0x126b5c),
            light: Palette::default(),
            dark: Palette::default(),
            corner_radius: 16,
            support_text: None,
            support_url: None,
            links: Vec::new(),
            legal_text: None,
            header: None,
            notice: None,
            footer: None,
            logo: None,
            logo_dark: None,
            logo_text: None,
            favicon: None,
            background: None,
            clients: Vec::new(),
            style: String::new(),
            shell: None,
        }
    }
}

impl Brand {
    /// Every picture that pages show.
    pub fn pictures(&self) -> impl Iterator<Item = &Picture> {
        let own = [&self.logo, &self.logo_dark, &self.favicon, &self.background];
        own.into_iter().flatten().chain(self.shell.iter().flat_map(Shell::pictures))
    }

    /// Whether the keys fit each other: the key that does not, and why.
    ///
    /// # Errors
    /// The first that does not.
    pub fn check(&self) -> Result<(), (String, String)> {
        /// Rounder than that, a button has no straight side left.
        const ROUNDEST: u8 = 32;
        for (time, colours) in
            [("light", Colours::day(&self.light)), ("dark", Colours::night(&self.dark))]
        {
            colours.check().map_err(|(name, reason)| (format!("{time}.{name}"), reason))?;
        }
        if self.name.trim().is_empty() {
            return Err(("name".into(), "should not be empty".into()));
        }
        if self.corner_radius > ROUNDEST {
            return Err(("corner_radius".into(), format!("should be at most {ROUNDEST}")));
        }
        if self.logo.is_none() && self.logo_dark.is_some() {
            return Err(("logo_dark".into(), "is for a brand that has a logo, too".into()));
        }
        Ok(())
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
            "notice = '<b>a</b>'",
            "[light]\ntxet = '#000'",
            "[[links]]\ntext = 'a'\nurl = '/a'",
        ] {
            assert!(toml::from_str::<Brand>(bad).is_err(), "{bad}");
        }
    }
}
