//! Texts of an operator's in a safe subset of Markdown: paragraphs, lists, emphasis, line breaks and
//! links. Anything else, HTML above all, is refused where it is written, so that nothing is left to be
//! cleaned away later.

use std::fmt::Write;

use askama::filters::{Escaper, Html};
use pulldown_cmark::{Event, LinkType, Parser, Tag, TagEnd};
use serde::{Deserialize, Serialize};

use crate::pages::links::Link;

/// A text that was checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Markdown {
    source: String,
    html: String,
}

impl Markdown {
    /// The text as HTML: `p`, `ul`, `ol`, `li`, `strong`, `em`, `br` and `a` with nothing but `href`.
    pub fn html(&self) -> &str {
        &self.html
    }
}

impl TryFrom<String> for Markdown {
    type Error = String;

    fn try_from(source: String) -> Result<Self, String> {
        let mut html = String::new();
        for event in Parser::new(&source) {
            write_event(&mut html, event)?;
        }
        if html.contains(is_invisible) {
            return Err("has a character that nobody can see and HTML does not know".into());
        }
        Ok(Self { source, html })
    }
}

impl From<Markdown> for String {
    fn from(markdown: Markdown) -> Self {
        markdown.source
    }
}

/// Control characters, and those that are none (HTML Living Standard §13.2.3.5).
fn is_invisible(character: char) -> bool {
    let code = u32::from(character);
    let is_none = code & 0xfffe == 0xfffe || (0xfdd0..=0xfdef).contains(&code);
    is_none || character.is_control() && !matches!(character, '\n' | '\t')
}

fn write_event(html: &mut String, event: Event<'_>) -> Result<(), String> {
    match event {
        Event::Text(text) => escape(html, &text),
        Event::SoftBreak => html.push('\n'),
        Event::HardBreak => html.push_str("<br>"),
        Event::Start(Tag::Link { link_type, dest_url, .. }) => {
            // An address in pointed brackets would be HTML in all but name.
            if !matches!(link_type, LinkType::Inline | LinkType::Autolink) {
                return Err(
                    "has a link in a form that is not known here; write [text](https://…)".into()
                );
            }
            let link = Link::try_from(dest_url.into_string())?;
            html.push_str("<a href=\"");
            escape(html, link.as_str());
            html.push_str("\">");
        }
        Event::Start(tag) => _ = write!(html, "<{}>", element(&tag.to_end())?),
        Event::End(tag) => _ = write!(html, "</{}>", element(&tag)?),
        Event::Html(text) | Event::InlineHtml(text) => {
            return Err(format!("has HTML in it, which is not for here: {}", text.trim()));
        }
        _ => return Err(only()),
    }
    Ok(())
}

fn element(tag: &TagEnd) -> Result<&'static str, String> {
    Ok(match tag {
        TagEnd::Paragraph => "p",
        TagEnd::List(false) => "ul",
        TagEnd::List(true) => "ol",
        TagEnd::Item => "li",
        TagEnd::Strong => "strong",
        TagEnd::Emphasis => "em",
        TagEnd::Link => "a",
        TagEnd::HtmlBlock => return Err("has HTML in it, which is not for here".into()),
        _ => return Err(only()),
    })
}

fn only() -> String {
    "can have paragraphs, lists, **strong** and *emphasized* words and [links](https://…), and nothing else"
        .into()
}

fn escape(html: &mut String, text: &str) {
    Html.write_escaped_str(html, text).expect("a string takes whatever is written");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(source: &str) -> Result<String, String> {
        Markdown::try_from(source.to_owned()).map(|markdown| markdown.html)
    }

    #[test]
    fn the_subset_becomes_html() {
        for (source, expected) in [
            ("a *b* **c**", "<p>a <em>b</em> <strong>c</strong></p>"),
            ("a\\\nb\n\nc", "<p>a<br>b</p><p>c</p>"),
            ("- a\n- b", "<ul><li>a</li><li>b</li></ul>"),
            ("[a](https://a.example/?b&c)", "<p><a href=\"https://a.example/?b&#38;c\">a</a></p>"),
            (
                "<https://a.example/>",
                "<p><a href=\"https://a.example/\">https://a.example/</a></p>",
            ),
            ("a < b & \"c\" &lt;", "<p>a &#60; b &#38; &#34;c&#34; &#60;</p>"),
        ] {
            assert_eq!(html(source).as_deref(), Ok(expected));
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for source in [
            "<b>a</b>",
            "<script>alert(1)</script>",
            "a <img src=x onerror=alert(1)>",
            "<!-- a -->",
            "# a",
            "> a",
            "![a](https://a.example/a.png)",
            "[a](javascript:alert(1))",
            "[a](/login)",
            "[a](data:text/html,b)",
            "`a`",
            "    a",
            "---",
            "a\u{1}b",
            "&#x1c;",
            "\u{fffe}",
        ] {
            assert!(html(source).is_err(), "{source}: {:?}", html(source));
        }
    }
}
