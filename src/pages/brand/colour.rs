//! Colours, and how well one can be read on another: the contrast of WCAG 2.2 (success criteria 1.4.3 and
//! 1.4.11).

use serde::{Deserialize, Serialize};

/// An opaque sRGB colour, written `#rgb` or `#rrggbb`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Colour([u8; 3]);

const WHITE: Colour = Colour([255; 3]);
const BLACK: Colour = Colour([0; 3]);
/// What text needs.
pub const READABLE: f64 = 4.5;
/// What the edge of a field needs, or a sign.
pub const VISIBLE: f64 = 3.0;

impl Colour {
    /// The colour `0xrrggbb`.
    pub const fn new(rgb: u32) -> Self {
        let [_, r, g, b] = rgb.to_be_bytes();
        Self([r, g, b])
    }

    /// This colour, mixed with black or white as little as makes it readable on these surfaces.
    pub fn readable_on(self, surfaces: &[Self]) -> Self {
        let worst = |colour: &Self| {
            surfaces.iter().map(|on| colour.contrast(*on)).fold(f64::INFINITY, f64::min)
        };
        let towards = if worst(&BLACK) > worst(&WHITE) { BLACK } else { WHITE };
        let mixed = (0..=20).map(|part| self.mixed(towards, part));
        mixed.into_iter().find(|colour| worst(colour) >= READABLE).unwrap_or(towards)
    }

    /// With `part` twentieths of `other`.
    fn mixed(self, other: Self, part: u16) -> Self {
        let mix =
            |mine: u8, theirs: u8| (u16::from(mine) * (20 - part) + u16::from(theirs) * part) / 20;
        Self(std::array::from_fn(|i| mix(self.0[i], other.0[i]) as u8))
    }

    /// The better of white and black to write with on this colour.
    pub fn opposite(self) -> Self {
        if self.contrast(WHITE) >= self.contrast(BLACK) { WHITE } else { BLACK }
    }

    /// The contrast ratio of WCAG 2.2, between 1 and 21.
    pub fn contrast(self, other: Self) -> f64 {
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

impl std::fmt::Display for Colour {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [r, g, b] = self.0;
        write!(f, "#{r:02x}{g:02x}{b:02x}")
    }
}

impl TryFrom<String> for Colour {
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

impl From<Colour> for String {
    fn from(colour: Colour) -> Self {
        colour.to_string()
    }
}

fn hex_digits(text: &str) -> Option<Vec<u8>> {
    text.chars().map(|digit| digit.to_digit(16).map(|value| value as u8)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_colour_becomes_readable() {
        let surfaces = [[0xffffff, 0xf1eee9], [0x1e2128, 0x2a2d36], [0x808080, 0x808080]];
        for colour in [0xffff00, 0x000000, 0xffffff, 0xff0000, 0x126b5c, 0x808080, 0x0000ff] {
            for pair in surfaces.map(|pair| pair.map(Colour::new)) {
                let shade = Colour::new(colour).readable_on(&pair);
                assert!(pair.iter().all(|on| shade.contrast(*on) >= READABLE), "{shade} {pair:?}");
                assert!(shade.contrast(shade.opposite()) >= READABLE, "{shade}");
            }
        }
    }

    #[test]
    fn contrast_is_that_of_wcag() {
        assert!((WHITE.contrast(BLACK) - 21.0).abs() < 1e-9);
        let grey = Colour::try_from("#767676".to_owned()).unwrap();
        assert!((grey.contrast(WHITE) - 4.54).abs() < 0.01);
    }
}
