//! The colours of pages, by day and by night, as custom properties of the style sheet.

use serde::{Deserialize, Serialize};

use super::colour::{Colour, READABLE, VISIBLE};

/// Colours for one time of the day. What is left out stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Palette {
    /// Behind everything.
    pub background: Option<Colour>,
    /// The sheet that the page's words stand on.
    pub card: Option<Colour>,
    /// What is set off on it.
    pub panel: Option<Colour>,
    /// What is written.
    pub text: Option<Colour>,
    /// What is less important.
    pub muted: Option<Colour>,
    /// What divides.
    pub line: Option<Colour>,
    /// What surrounds a field or a button.
    pub edge: Option<Colour>,
    /// What warns.
    pub warning: Option<Colour>,
}

/// Every colour of one time of the day.
#[derive(Clone, Copy, Debug)]
pub struct Colours {
    background: Colour,
    card: Colour,
    panel: Colour,
    text: Colour,
    muted: Colour,
    line: Colour,
    edge: Colour,
    warning: Colour,
}

const DAY: Colours = Colours {
    background: Colour::new(0xf6f4f0),
    card: Colour::new(0xffffff),
    panel: Colour::new(0xf1eee9),
    text: Colour::new(0x22252b),
    muted: Colour::new(0x595d66),
    line: Colour::new(0xddd8d0),
    edge: Colour::new(0x85807a),
    warning: Colour::new(0x9a4a00),
};

const NIGHT: Colours = Colours {
    background: Colour::new(0x15171c),
    card: Colour::new(0x1e2128),
    panel: Colour::new(0x2a2d36),
    text: Colour::new(0xeceae6),
    muted: Colour::new(0xb0b4bd),
    line: Colour::new(0x383c46),
    edge: Colour::new(0x858b97),
    warning: Colour::new(0xf0b072),
};

impl Colours {
    /// By day.
    pub fn day(palette: &Palette) -> Self {
        DAY.with(palette)
    }

    /// By night.
    pub fn night(palette: &Palette) -> Self {
        NIGHT.with(palette)
    }

    fn with(self, palette: &Palette) -> Self {
        Self {
            background: palette.background.unwrap_or(self.background),
            card: palette.card.unwrap_or(self.card),
            panel: palette.panel.unwrap_or(self.panel),
            text: palette.text.unwrap_or(self.text),
            muted: palette.muted.unwrap_or(self.muted),
            line: palette.line.unwrap_or(self.line),
            edge: palette.edge.unwrap_or(self.edge),
            warning: palette.warning.unwrap_or(self.warning),
        }
    }

    /// The first colour that cannot be read where it is used: its name, and what is wrong with it.
    pub fn check(&self) -> Result<(), (&'static str, String)> {
        let surfaces =
            [("background", self.background), ("card", self.card), ("panel", self.panel)];
        let written = [
            ("text", self.text, READABLE, &surfaces[..]),
            ("muted", self.muted, READABLE, &surfaces[..]),
            ("warning", self.warning, VISIBLE, &surfaces[1..]),
            ("edge", self.edge, VISIBLE, &surfaces[1..]),
        ];
        for (name, colour, least, surfaces) in written {
            for (on, surface) in surfaces {
                let contrast = colour.contrast(*surface);
                if contrast < least {
                    return Err((
                        name,
                        format!(
                            "{colour} has a contrast of {contrast:.1} to 1 on {on} {surface}; people need {least} to 1"
                        ),
                    ));
                }
            }
        }
        Ok(())
    }

    /// The accent as it can be read on all of these.
    pub fn accent(&self, accent: Colour) -> Colour {
        accent.readable_on(&[self.background, self.card, self.panel])
    }

    /// The custom properties that the style sheet takes its colours from.
    pub fn css(&self, accent: Colour) -> String {
        let Self { background, card, panel, text, muted, line, edge, warning } = self;
        let accent = self.accent(accent);
        let on_accent = accent.opposite();
        format!(
            "--back:{background};--card:{card};--tint:{panel};--text:{text};--muted:{muted};\
             --line:{line};--edge:{edge};--warn:{warning};--accent:{accent};--on-accent:{on_accent}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_colours_can_be_read() {
        assert_eq!(DAY.check(), Ok(()));
        assert_eq!(NIGHT.check(), Ok(()));
    }

    #[test]
    fn a_colour_that_fails_is_named_with_what_it_is_on() {
        let pale = Palette { muted: Some(Colour::new(0xaaaaaa)), ..Palette::default() };
        let (name, reason) = Colours::day(&pale).check().unwrap_err();
        assert_eq!(name, "muted");
        assert!(
            reason.starts_with("#aaaaaa has a contrast of 2.1 to 1 on background #f6f4f0"),
            "{reason}"
        );
        assert_eq!(Colours::night(&pale).check(), Ok(()));
        let edge = Palette { edge: Some(Colour::new(0xeeeeee)), ..Palette::default() };
        assert_eq!(Colours::day(&edge).check().unwrap_err().0, "edge");
    }
}
