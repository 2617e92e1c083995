//! Style and script as they stand in the pages, with the hashes that let them pass the policy.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::brand::{Brand, Colours};
use super::policy::Policy;
use super::surround::{self, Surround};
use crate::secret;

/// The icon in the browser's tab, served at `B/favicon.svg` as `image/svg+xml`.
pub const FAVICON: &str = include_str!("../../static/favicon.svg");

const STYLE: &str = include_str!("../../static/doorstep.css");
const HANDOFF: &str = include_str!("../../static/handoff.js");
const AUTO: &str = include_str!("../../static/auto.js");
const PASSKEY: &str = include_str!("../../static/passkey.js");
const SUBMIT: &str = include_str!("../../static/submit.js");

/// What pages have inside, computed once at start.
#[derive(Debug)]
pub struct Assets {
    /// The HTML around every page.
    pub surround: Surround,
    /// The style sheet with the brand's colours.
    pub style: Inline,
    /// The script of the hand-off page.
    pub handoff: Inline,
    /// The same, for a page that starts by itself.
    pub auto: Inline,
    /// The script that asks for a passkey.
    pub passkey: Inline,
    /// The script that submits a form at once.
    pub submit: Inline,
}

/// The content of a `style` or `script` element.
#[derive(Debug)]
pub struct Inline {
    /// The text, which contains no markup.
    pub text: String,
    /// The source expression that allows it, as in `'sha256-…'`.
    pub hash: String,
}

impl Assets {
    /// What the pages of a brand have inside; `base` is the path of the issuer's URL.
    pub fn new(brand: &Brand, base: &str) -> Self {
        Self {
            surround: Surround::new(brand, base),
            style: Inline::new(style(brand, base)),
            handoff: Inline::new(compact(HANDOFF, "\n")),
            auto: Inline::new(compact(&format!("{HANDOFF}{AUTO}"), "\n")),
            passkey: Inline::new(compact(PASSKEY, "\n")),
            submit: Inline::new(compact(SUBMIT, "\n")),
        }
    }

    /// Takes another style sheet.
    pub(super) fn change_style(&mut self, style: String) {
        self.style = Inline::new(style);
    }

    /// The policy that every page starts from.
    pub fn policy(&self) -> Policy {
        Policy::new(&self.style.hash)
    }
}

/// Our style sheet between the brand's values and the brand's own rules.
fn style(brand: &Brand, base: &str) -> String {
    let day = Colours::day(&brand.light).css(brand.accent);
    let night = Colours::night(&brand.dark).css(brand.accent);
    let radius = brand.corner_radius;
    let mut style = format!(
        ":root{{{day};--radius:{radius}px}}@media (prefers-color-scheme:dark){{:root{{{night}}}}}{}",
        compact(STYLE, " ")
    );
    if let Some(picture) = &brand.background {
        let address = surround::address(base, &picture.name());
        style += &format!("body{{background:var(--back) url({address}) center/cover fixed}}");
    }
    style + &brand.style
}

impl Inline {
    fn new(text: String) -> Self {
        let hash = format!("'sha256-{}'", STANDARD.encode(secret::sha256(&text)));
        Self { text, hash }
    }
}

/// What a style sheet or a script can do without between its words. None of it stands in our strings.
const LOOSE: [(&str, &str); 21] = [
    ("{\n", "{"),
    ("\n}", "}"),
    (" + ", "+"),
    (" ? ", "?"),
    ("@media (", "@media("),
    (" !important", "!important"),
    (" => ", "=>"),
    (" = ", "="),
    (" == ", "=="),
    (" != ", "!="),
    (" && ", "&&"),
    (" || ", "||"),
    ("if (", "if("),
    ("{ ", "{"),
    (" {", "{"),
    (" }", "}"),
    ("} ", "}"),
    (";}", "}"),
    ("; ", ";"),
    (": ", ":"),
    (", ", ","),
];

/// Leaves out comments and white space. It knows no syntax: in our files a comment has its lines to
/// itself, starting with `//` or, in style sheets, from `/*` to `*/` at a line's end. The lines are
/// put together again with `joint`: a script needs the line ends between its statements.
fn compact(source: &str, joint: &str) -> String {
    let mut lines = Vec::new();
    let mut in_comment = false;
    for line in source.lines().map(str::trim) {
        in_comment |= line.starts_with("/*");
        if !in_comment && !line.is_empty() && !line.starts_with("//") {
            lines.push(line);
        }
        in_comment &= !line.ends_with("*/");
    }
    LOOSE.iter().fold(lines.join(joint), |text, (loose, tight)| text.replace(loose, tight))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_style_becomes_one_line() {
        let style =
            "/* a\n b */\na,\nb {\n  c: 1 2;\n}\n\n/* d */\n@media (x) {\n  d :e { f: g, h; }\n}";
        assert_eq!(compact(style, " "), "a,b{c:1 2}@media(x){d :e{f:g,h}}");
    }

    #[test]
    fn a_script_keeps_its_line_ends() {
        assert_eq!(
            compact("// a\nlet f = x => {\n  y(1, 2)\n\n  z()\n}", "\n"),
            "let f=x=>{y(1,2)\nz()}"
        );
    }

    #[test]
    fn inline_text_cannot_end_its_element() {
        let assets = Assets::new(&Brand::default(), "");
        for inline in [&assets.style, &assets.handoff, &assets.passkey, &assets.submit] {
            let ends = |text: &str| inline.text.contains(text);
            assert!(!ends("</") && !ends("<!") && !ends("<script"), "this could end the element");
            assert!(
                !inline.text.contains("/*") && !inline.text.contains("//"),
                "a comment was left in"
            );
        }
    }
}
