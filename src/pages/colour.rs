//! The accent colour, kept readable: WCAG 2.2 asks for a contrast of 4.5 to 1 (success criterion 1.4.3),
//! whatever colour an operator likes.

use serde::{Deserialize, Serialize};

/// An opaque sRGB colour, written `#rgb` or `#rrggbb`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Accent([u8; 3]);

const WHITE: Accent = Accent([255; 3]);
const BLACK: Accent = Accent([0; 3]);
/// The least favourable surface of the style sheet, `--tint`, by day and by night.
const DAY: Accent = Accent([0xf1, 0xee, 0xe9]);
const NIGHT: Accent = Accent([0x2a, 0x2d, 0x36]);
const READABLE: f64 = 4.5;

impl Default for Accent {
    fn default() -> Self {
        Self([0x12, 0x6b, 0x5c])
    }
}

impl Accent {
    /// The custom properties that the style sheet takes its accent from, by day and by night.
    pub fn css(self) -> String {
        let rule =
            |accent: Self| format!(":root{{--accent:{accent};--on-accent:{}}}", accent.opposite());
        let (day, night) = (self.readable_on(DAY, BLACK), self.readable_on(NIGHT, WHITE));
        format!("{}@media (prefers-color-scheme:dark){{{}}}", rule(day), rule(night))
    }

    /// This colour, mixed with `towards` as little as makes it readable on `surface`.
    fn readable_on(self, surface: Self, towards: Self) -> Self {
        let mixed = (0..=20).map(|part| self.mixed(towards, part));
        mixed.into_iter().find(|colour| colour.contrast(surface) >= READABLE).unwrap_or(towards)
    }

    /// With `part` twentieths of `other`.
    fn mixed(self, other: Self, part: u16) -> Self {
        let mix =
            |mine: u8, theirs: u8| (u16::from(mine) * (20 - part) + u16::from(theirs) * part) / 20;
        Self(std::array::from_fn(|i| mix(self.0[i], other.0[i]) as u8))
    }

    /// The better of white and black to write with on this colour.
    fn opposite(self) -> Self {
        if self.contrast(WHITE) >= self.contrast(BLACK) { WHITE } else { BLACK }
    }

    /// The contrast ratio of WCAG 2.2.
    fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// The relative luminance of WCAG 2.2.
    fn luminance(self) -> f64 {
        let [r, g, b] = self.0.map(|channel| {
            let value = f64::from(channel) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }
}

impl std::fmt::Display for Accent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [r, g, b] = self.0;
        write!(f, "#{r:02x}{g:02x}{b:02x}")
    }
}

impl TryFrom<String> for Accent {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a colour; write it as in #126b5c");
        let digits = text.strip_prefix('#').and_then(hex_digits).ok_or_else(wrong)?;
        match digits[..] {
            [r, g, b] => Ok(Self([r * 17, g * 17, b * 17])),
            [r, r0, g, g0, b, b0] => Ok(Self([r * 16 + r0, g * 16 + g0, b * 16 + b0])),
            _ => Err(wrong()),
        }
    }
}

impl From<Accent> for String {
    fn from(accent: Accent) -> Self {
        accent.to_string()
    }
}

fn hex_digits(text: &str) -> Option<Vec<u8>> {
    text.chars().map(|digit| digit.to_digit(16).map(|value| value as u8)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_accent_is_readable_by_day_and_by_night() {
        for colour in ["#ffff00", "#000000", "#ffffff", "#ff0000", "#126b5c", "#808080", "#00f"] {
            let accent = Accent::try_from(colour.to_owned()).unwrap();
            let (day, night) = (accent.readable_on(DAY, BLACK), accent.readable_on(NIGHT, WHITE));
            assert!(day.contrast(DAY) >= READABLE && night.contrast(NIGHT) >= READABLE, "{colour}");
            for shade in [day, night] {
                assert!(shade.contrast(shade.opposite()) >= READABLE, "{colour}: {shade}");
            }
        }
    }

    #[test]
    fn contrast_is_that_of_wcag() {
        assert!((WHITE.contrast(BLACK) - 21.0).abs() < 1e-9);
        let grey = Accent::try_from("#767676".to_owned()).unwrap();
        assert!((grey.contrast(WHITE) - 4.54).abs() < 0.01);
    }
}
