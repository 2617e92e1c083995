//! Characters that turn the direction in which others are read (Unicode Standard Annex #9 §2): in a name
//! from outside they show one text for another.

/// Whether a character says in which direction others are read.
pub fn is_bidi_control(character: char) -> bool {
    matches!(character, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
