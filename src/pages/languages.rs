//! The languages that pages speak, and which of them a person is answered in.

use std::sync::{Arc, LazyLock};

use super::messages::{BadMessage, Messages};

/// Every language that is built in: its tag (BCP 47) and its file. A new one is a file and a line here.
const FILES: [(&str, &str); 17] = [
    ("en", include_str!("../../static/messages/en.toml")),
    ("de", include_str!("../../static/messages/de.toml")),
    ("fr", include_str!("../../static/messages/fr.toml")),
    ("es", include_str!("../../static/messages/es.toml")),
    ("pt", include_str!("../../static/messages/pt.toml")),
    ("it", include_str!("../../static/messages/it.toml")),
    ("nl", include_str!("../../static/messages/nl.toml")),
    ("pl", include_str!("../../static/messages/pl.toml")),
    ("tr", include_str!("../../static/messages/tr.toml")),
    ("uk", include_str!("../../static/messages/uk.toml")),
    ("ar", include_str!("../../static/messages/ar.toml")),
    ("he", include_str!("../../static/messages/he.toml")),
    ("hi", include_str!("../../static/messages/hi.toml")),
    ("zh-Hans", include_str!("../../static/messages/zh-Hans.toml")),
    ("zh-Hant", include_str!("../../static/messages/zh-Hant.toml")),
    ("ja", include_str!("../../static/messages/ja.toml")),
    ("ko", include_str!("../../static/messages/ko.toml")),
];

/// They are read once, at the first use.
static BUILT_IN: LazyLock<Vec<Arc<Messages>>> = LazyLock::new(|| {
    let read = |(tag, file): &(&str, &str)| match Messages::from_toml(file) {
        Ok(messages) => Arc::new(messages),
        Err(error) => unreachable!("the embedded messages of {tag} are read by a test: {error}"),
    };
    FILES.iter().map(read).collect()
});

/// The languages of an issuer's pages. Clones share the words.
#[derive(Clone, Debug)]
pub struct Languages {
    all: Vec<Arc<Messages>>,
}

impl Default for Languages {
    /// Those that are built in; where nothing else is wanted, English.
    fn default() -> Self {
        Self { all: BUILT_IN.clone() }
    }
}

impl Languages {
    /// The tags, the language for everybody else first.
    pub fn tags(&self) -> impl Iterator<Item = &str> {
        self.all.iter().map(|messages| messages.lang())
    }

    /// Every language.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Messages>> {
        self.all.iter()
    }

    /// Puts the language for everybody else first; `None` when there is no such language.
    #[must_use]
    pub fn with_first(mut self, tag: &str) -> Option<Self> {
        let at = self.all.iter().position(|messages| messages.lang().eq_ignore_ascii_case(tag))?;
        self.all[..=at].rotate_right(1);
        Some(self)
    }

    /// The first of the wanted languages that there is, by looking up ever less of its tag
    /// (RFC 4647 §3.4).
    pub fn choose<'a>(&self, wanted: impl IntoIterator<Item = &'a str>) -> &Arc<Messages> {
        wanted.into_iter().find_map(|tag| self.look_up(tag)).unwrap_or(&self.all[0])
    }

    /// Lays an operator's texts, each with its key and line, over those of a language. A language that is
    /// not built in has to say everything.
    ///
    /// # Errors
    /// The first text that cannot be used.
    pub fn overlay<'a>(
        &mut self,
        tag: &str,
        texts: impl Iterator<Item = (String, Option<&'a str>, usize)>,
    ) -> Result<(), BadMessage> {
        let english = self.choose(["en"]).clone();
        let at = self.all.iter().position(|messages| messages.lang() == tag);
        let before = at.map(|at| &self.all[at]);
        let messages = Arc::new(Messages::overlaid(tag, before, &english, texts)?);
        match at {
            Some(at) => self.all[at] = messages,
            None => self.all.push(messages),
        }
        Ok(())
    }

    fn look_up(&self, tag: &str) -> Option<&Arc<Messages>> {
        let find = |tag: &str| self.all.iter().find(|m| m.lang().eq_ignore_ascii_case(tag));
        let mut range = tag;
        loop {
            if let Some(found) = find(range) {
                return Some(found);
            }
            match range.rfind('-') {
                Some(end) => range = range[..end].trim_end_matches("-x"),
                None => return find(script(tag)?),
            }
        }
    }
}

/// How Chinese is written where a tag does not say: in traditional characters in Taiwan, Hong Kong and
/// Macao. Their tags have nothing in common with that of the script.
fn script(tag: &str) -> Option<&'static str> {
    let mut subtags = tag.split('-');
    if !subtags.next()?.eq_ignore_ascii_case("zh") {
        return None;
    }
    let traditional = |subtag: &str| {
        ["Hant", "TW", "HK", "MO"].iter().any(|other| other.eq_ignore_ascii_case(subtag))
    };
    let simplified = |subtag: &str| subtag.eq_ignore_ascii_case("Hans");
    let is_traditional = !tag.split('-').any(simplified) && subtags.any(traditional);
    Some(if is_traditional { "zh-Hant" } else { "zh-Hans" })
}

/// The languages of an `Accept-Language` header, the dearest first (RFC 9110 §12.5.4).
pub fn accepted(header: &str) -> Vec<&str> {
    /// Browsers send a handful.
    const MOST: usize = 20;
    let weigh = |part| {
        let (tag, weight) = str::split_once(part, ';').unwrap_or((part, "q=1"));
        let weight: f32 = weight.trim().strip_prefix("q=")?.parse().ok()?;
        (weight > 0.0).then_some((tag.trim(), weight))
    };
    let mut weighed: Vec<(&str, f32)> = header.split(',').take(MOST).filter_map(weigh).collect();
    weighed.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    weighed.into_iter().map(|(tag, _)| tag).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn languages(tags: &[&str]) -> Languages {
        let read = |tag: &&str| {
            Arc::new(Messages::from_toml(&format!("[language]\ntag = '{tag}'")).unwrap())
        };
        Languages { all: tags.iter().map(read).collect() }
    }

    #[test]
    fn the_first_wanted_language_that_there_is() {
        let languages = languages(&["en", "de", "pt", "zh-Hans", "zh-Hant"]);
        for (wanted, expected) in [
            ("de-AT de", "de"),
            ("DE-at", "de"),
            ("sw de", "de"),
            ("de-Latn-DE-x-private", "de"),
            ("zh", "zh-Hans"),
            ("zh-CN", "zh-Hans"),
            ("zh-tw", "zh-Hant"),
            ("zh-Hant-HK", "zh-Hant"),
            ("zh-Hans-HK", "zh-Hans"),
            ("* de", "de"),
            ("d", "en"),
            ("", "en"),
        ] {
            assert_eq!(languages.choose(wanted.split(' ')).lang(), expected, "{wanted}");
        }
        let german_first = languages.with_first("DE").unwrap();
        assert_eq!(german_first.choose(["sw"]).lang(), "de");
        assert_eq!(
            german_first.tags().collect::<Vec<_>>(),
            ["de", "en", "pt", "zh-Hans", "zh-Hant"]
        );
        assert!(german_first.with_first("sw").is_none());
    }

    #[test]
    fn a_header_says_what_is_dearest() {
        assert_eq!(accepted("de;q=0.5, ar , en;q=0.8,fr;q=0,x;y"), ["ar", "en", "de"]);
        assert!(accepted("").iter().all(|tag| tag.is_empty()));
    }
}
