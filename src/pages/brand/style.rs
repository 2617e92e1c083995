//! An operator's own style sheet, `override.css`. It stands behind ours in the page's one `style` element,
//! so it must not end it, and it cannot load what the page's policy would refuse anyway.

/// More is not for a page of 12 kB.
const LARGEST: usize = 32 * 1024;

/// What a style sheet may not contain, and why.
const REFUSED: [(&str, &str); 7] = [
    ("</", "would end the page's style"),
    ("<!", "would begin a comment in the page"),
    ("@import", "loads another style sheet; put its rules here"),
    ("@layer", "could undo what keeps warnings in sight"),
    ("@charset", "is not for a style inside of a page"),
    ("expression(", "is no style"),
    ("javascript:", "is no style"),
];

/// Checks a style sheet, and gives it as browsers see it within a page: the page's policy allows it by its
/// hash, and they end lines in one way before they look.
///
/// # Errors
/// The offset of what is wrong, and what it is.
pub fn read(css: &str) -> Result<String, (usize, String)> {
    check(css)?;
    Ok(css.replace("\r\n", "\n").replace('\r', "\n"))
}

fn check(css: &str) -> Result<(), (usize, String)> {
    if css.len() > LARGEST {
        return Err((0, format!("is larger than {} KiB", LARGEST / 1024)));
    }
    if let Some(at) = css.find('\0') {
        return Err((at, "has a character in it that no text has".into()));
    }
    let lower = css.to_ascii_lowercase();
    for (part, reason) in REFUSED {
        if let Some(at) = lower.find(part) {
            return Err((at, format!("has {part} in it, which {reason}")));
        }
    }
    for (at, _) in lower.match_indices("url(") {
        let address = lower[at + 4..].trim_start_matches([' ', '\n', '\t', '"', '\'']);
        if !address.starts_with('#') {
            let reason = "loads something by url(…); name pictures in brand.toml instead";
            return Err((at, reason.into()));
        }
    }
    balanced(css)
}

/// A brace too many or too few would take rules of ours, or of the next part, with it.
fn balanced(css: &str) -> Result<(), (usize, String)> {
    let (mut depth, mut quote, mut rest) = (0_usize, None, css.char_indices().peekable());
    while let Some((at, character)) = rest.next() {
        match (quote, character) {
            (_, '\\') => _ = rest.next(),
            (Some(open), close) if open == close => quote = None,
            (Some(_), '\n') => return Err((at, "has a text in quotes that does not end".into())),
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(character),
            (None, '/') if rest.peek().is_some_and(|(_, next)| *next == '*') => {
                let Some(length) = css[at + 2..].find("*/") else {
                    return Err((at, "has a comment that does not end".into()));
                };
                let end = at + 2 + length + 1;
                while rest.next_if(|(at, _)| *at <= end).is_some() {}
            }
            (None, '{') => depth += 1,
            (None, '}') if depth == 0 => return Err((at, "has a } too many".into())),
            (None, '}') => depth -= 1,
            (None, _) => {}
        }
    }
    match (depth, quote) {
        (0, None) => Ok(()),
        (0, Some(_)) => Err((css.len(), "has a quotation mark that is not closed".into())),
        _ => Err((css.len(), "has a { that is not closed".into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_style_is_what_browsers_hash() {
        assert_eq!(read("a {\r\n}\r\n\rb {}").as_deref(), Ok("a {\n}\n\nb {}"));
        assert!(read("a {}\0").is_err());
    }

    #[test]
    fn a_style_stays_a_style() {
        for css in
            ["", "main { border: 0 }", "a::after { content: '}' } /* } */ b { c: \"\\\"}\" }"]
        {
            assert_eq!(check(css), Ok(()), "{css}");
        }
        for css in [
            "</style><script>alert(1)</script>",
            "<!-- x",
            "@IMPORT 'https://a.example/a.css';",
            "a { background: URL( \"https://a.example/a.png\") }",
            "a { background: url(//a.example) }",
            "a { b: c",
            "a { b: c } }",
            "a { content: ' }",
            "a { content: '\n} b { content: ' }",
            "@Layer firm { .problem { display: none !important } }",
            "/* a",
        ] {
            assert!(check(css).is_err(), "{css}");
        }
    }
}
