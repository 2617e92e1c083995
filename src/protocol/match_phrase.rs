//! Two words and a number that stand on the page and in the terminal alike, so that a person can tell
//! whether both belong to the same sign-in.
//!
//! The phrase is computed from the request's `code_challenge`, which only the program that asked knows
//! beforehand. It does not stop an attacker who relays a page live; it makes a stranger's page stand
//! out to whoever compares.

use crate::secret;

/// The phrase for a request, as in `otter candle 42`. Every implementation computes it alike:
/// SHA-256 over `doorstep match phrase`, a NUL and the `code_challenge`; the first two bytes choose the
/// words, the next two, big-endian and modulo 90, plus 10, are the number.
pub fn match_phrase(code_challenge: &str) -> String {
    let hash = secret::sha256(format!("doorstep match phrase\0{code_challenge}"));
    let number = u16::from_be_bytes([hash[2], hash[3]]) % 90 + 10;
    format!("{} {} {number}", WORDS[hash[0] as usize], WORDS[hash[1] as usize])
}

/// Concrete, short, spelled as spoken, and no two of them easily mistaken for one another.
#[rustfmt::skip]
const WORDS: [&str; 256] = [
    "acorn", "album", "alley", "amber", "anchor", "apple", "apron", "arch",
    "arrow", "atlas", "attic", "autumn", "badge", "bagel", "baker", "balcony",
    "ballet", "bamboo", "banana", "banjo", "barn", "basil", "basket", "beach",
    "beacon", "beaver", "bell", "bench", "berry", "bicycle", "biscuit", "blanket",
    "blossom", "boat", "bonnet", "bottle", "bowl", "branch", "bread", "breeze",
    "brick", "bridge", "broom", "brush", "bucket", "buffalo", "button", "cabin",
    "cactus", "camel", "camera", "canal", "candle", "canoe", "canyon", "carpet",
    "carrot", "castle", "cedar", "cello", "chalk", "cherry", "chess", "chimney",
    "cider", "cinema", "citrus", "clay", "cliff", "clock", "cloud", "clover",
    "coast", "cobalt", "coconut", "comet", "compass", "copper", "coral", "cotton",
    "crane", "crayon", "cricket", "crown", "crystal", "dolphin", "domino", "door",
    "dragon", "drum", "eagle", "easel", "echo", "eclipse", "elm", "ember",
    "emerald", "falcon", "feather", "fern", "fiddle", "finch", "flame", "flute",
    "forest", "fossil", "fountain", "fox", "galaxy", "garden", "garlic", "ginger",
    "giraffe", "glacier", "glove", "granite", "grape", "guitar", "hammer", "harbor",
    "harp", "hazel", "hedge", "helmet", "heron", "hickory", "honey", "horizon",
    "igloo", "iris", "island", "ivory", "jacket", "jasmine", "jelly", "jewel",
    "jigsaw", "jungle", "kayak", "kettle", "kitten", "ladder", "lagoon", "lamp",
    "lantern", "laurel", "lemon", "library", "lilac", "linen", "lizard", "lobster",
    "lotus", "magnet", "mango", "maple", "marble", "meadow", "melon", "meteor",
    "mirror", "mitten", "moon", "mosaic", "mountain", "muffin", "museum", "needle",
    "nest", "noodle", "nutmeg", "oasis", "oboe", "ocean", "olive", "onion",
    "opera", "orange", "orbit", "orchard", "otter", "owl", "oyster", "paddle",
    "palace", "panda", "parrot", "peach", "pearl", "pebble", "pelican", "pencil",
    "pepper", "piano", "picnic", "pigeon", "pillow", "pine", "planet", "plum",
    "poppy", "potato", "prairie", "puzzle", "quartz", "quilt", "rabbit", "raft",
    "rain", "raven", "ribbon", "river", "robin", "rocket", "ruby", "saddle",
    "sail", "salmon", "sandal", "scarf", "shell", "silver", "sketch", "sparrow",
    "spiral", "spoon", "summit", "sunset", "swan", "tango", "teapot", "temple",
    "thimble", "thunder", "tiger", "tomato", "tower", "trumpet", "tulip", "tunnel",
    "turtle", "umbrella", "valley", "vanilla", "velvet", "village", "violin", "walnut",
    "whale", "willow", "window", "winter", "wolf", "wool", "yogurt", "zebra",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_phrase_is_fixed_for_all_implementations() {
        // The challenge of RFC 7636, appendix B.
        assert_eq!(match_phrase("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"), "eagle cinema 79");
    }

    #[test]
    fn words_are_distinct_and_plain() {
        let mut words = WORDS.to_vec();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), 256);
        assert!(words.iter().all(|word| word.bytes().all(|b| b.is_ascii_lowercase())));
    }
}
