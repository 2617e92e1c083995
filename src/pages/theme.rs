//! Pages by day or by night, whatever the browser is set to: for looking at a brand.

use std::sync::Arc;

use serde::Deserialize;

use super::{Assets, Frame};

/// Which colours are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// Those that the browser asks for.
    #[default]
    Auto,
    /// Those of the day.
    Light,
    /// Those of the night.
    Dark,
}

impl Theme {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Auto, Self::Light, Self::Dark];

    /// The name in addresses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// A media query that holds, or does not, in place of the one for the browser's setting.
    fn query(self) -> &'static str {
        match self {
            Self::Auto => DARK,
            Self::Light => "(width < 0)",
            Self::Dark => "(width >= 0)",
        }
    }
}

const DARK: &str = "(prefers-color-scheme:dark)";
const BOTH: &str = "color-scheme:light dark";

impl Frame {
    /// The same frame in this theme.
    #[must_use]
    pub fn with_theme(self, theme: Theme) -> Self {
        if theme == Theme::Auto {
            return self;
        }
        let mut assets = Assets::new(&self.brand, &self.base);
        let style = assets.style.text.replace(DARK, theme.query());
        assets.change_style(style.replace(BOTH, &format!("color-scheme:{}", theme.name())));
        for html in [&mut assets.surround.before, &mut assets.surround.after] {
            *html = html.replace(DARK, theme.query());
        }
        Self { assets: Arc::new(assets), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::{Brand, Looks};

    #[test]
    fn a_theme_is_chosen_in_every_place() {
        let frame = Looks::new(Brand::default(), "").frame(None, []);
        assert!(frame.assets.style.text.contains(DARK) && frame.assets.style.text.contains(BOTH));
        for theme in [Theme::Light, Theme::Dark] {
            let style = frame.clone().with_theme(theme).assets.style.text.clone();
            assert!(!style.contains(DARK) && !style.contains(BOTH), "{theme:?}");
            assert!(style.contains(theme.query()), "{theme:?}");
        }
    }
}
