//! The frame that an operator puts around every page: `shell.html`, the inside of `body`, with
//! `<slot name="content"></slot>` where the page goes. It is read by an HTML tokenizer and written anew
//! from what was understood, so that what a browser gets is what was checked: a small set of elements and
//! attributes, in which there is no script, no form, no handler, no style and nothing from elsewhere.

use std::path::Path;

use askama::filters::{Escaper, Html};
use html5gum::{DefaultEmitter, EndTag, StartTag, Token, Tokenizer};

use super::picture::Picture;
use crate::pages::links::Link;

/// More is not for a page of 12 kB.
const LARGEST: usize = 32 * 1024;

/// Elements that hold others.
const CONTAINERS: [&str; 27] = [
    "a",
    "address",
    "aside",
    "b",
    "dd",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "footer",
    "h2",
    "h3",
    "h4",
    "header",
    "i",
    "li",
    "nav",
    "ol",
    "p",
    "section",
    "small",
    "span",
    "strong",
    "sub",
    "ul",
];
/// Elements that stand alone.
const VOID: [&str; 4] = ["br", "hr", "img", "wbr"];
/// What the page itself may stand in.
const AROUND_CONTENT: [&str; 2] = ["div", "section"];
/// Attributes of every element. No `id`: the pages' own must be the only ones.
const ATTRIBUTES: [&str; 5] = ["class", "dir", "lang", "role", "title"];

/// A checked frame.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shell {
    /// What comes before the page.
    pub before: Vec<Part>,
    /// What comes after it.
    pub after: Vec<Part>,
}

/// A piece of the frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Checked HTML.
    Html(String),
    /// The address of a picture, in an attribute.
    Picture(Picture),
    /// One of the brand's texts.
    Slot(Slot),
}

/// Where one of the brand's texts goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// Logo, name and the text `header`.
    Header,
    /// The text `notice`.
    Notice,
    /// Help, links, and the texts `footer` and `legal_text`.
    Footer,
}

/// What is wrong, and where: an offset.
pub type Wrong = (usize, String);

impl Shell {
    /// Reads a frame; `folder` is where its pictures are.
    ///
    /// # Errors
    /// The first thing that is not for here.
    pub fn parse(html: &str, folder: &Path) -> Result<Self, Wrong> {
        if html.len() > LARGEST {
            return Err((0, format!("is larger than {} KiB", LARGEST / 1024)));
        }
        let mut reader = Reader { folder, shell: Self::default(), open: Vec::new(), passed: false };
        let emitter = DefaultEmitter::<usize>::new_with_span();
        for token in Tokenizer::new_with_emitter(html, emitter) {
            match token {
                Ok(token) => reader.take(token)?,
                Err(never) => match never {},
            }
        }
        match (reader.open.last(), reader.passed) {
            (Some(open), _) => Err((html.len(), format!("does not close <{open}>"))),
            (None, false) => Err((html.len(), "has no <slot name=\"content\"></slot>".into())),
            (None, true) => Ok(reader.shell),
        }
    }

    /// Whether the frame shows one of the brand's texts.
    pub fn has(&self, slot: Slot) -> bool {
        self.before.iter().chain(&self.after).any(|part| *part == Part::Slot(slot))
    }

    /// The pictures in it.
    pub fn pictures(&self) -> impl Iterator<Item = &Picture> {
        self.before.iter().chain(&self.after).filter_map(|part| match part {
            Part::Picture(picture) => Some(picture),
            _ => None,
        })
    }
}

struct Reader<'a> {
    folder: &'a Path,
    shell: Shell,
    open: Vec<String>,
    /// Whether the content slot has come.
    passed: bool,
}

impl Reader<'_> {
    fn take(&mut self, token: Token<usize>) -> Result<(), Wrong> {
        match token {
            Token::StartTag(tag) => self.start(&tag),
            Token::EndTag(tag) => self.end(&tag),
            Token::String(text) => {
                let text_in_slot = self.open.last().is_some_and(|open| open == "slot");
                if text_in_slot {
                    return Err((text.span.start, "has something inside of a <slot>".into()));
                }
                let mut html = String::new();
                escape(&mut html, &String::from_utf8_lossy(&text.value));
                self.write(&html);
                Ok(())
            }
            Token::Comment(_) => Ok(()),
            Token::Doctype(doctype) => {
                Err((doctype.span.start, "has a doctype; it is the inside of <body> only".into()))
            }
            Token::Error(error) => Err((error.span.start, format!("is not HTML: {}", error.value))),
        }
    }

    fn start(&mut self, tag: &StartTag<usize>) -> Result<(), Wrong> {
        let (at, name) = (tag.span.start, String::from_utf8_lossy(&tag.name).into_owned());
        if name == "slot" {
            self.open.push(name);
            return self.slot(tag).map_err(|reason| (at, reason));
        }
        if self.open.last().is_some_and(|open| open == "slot") {
            return Err((at, "has something inside of a <slot>".into()));
        }
        let is_void = VOID.contains(&name.as_str());
        if !is_void && !CONTAINERS.contains(&name.as_str()) {
            return Err((at, format!("has <{name}>, which is not for here")));
        }
        if name == "a" && self.open.contains(&name) {
            return Err((at, "has a link inside of a link".into()));
        }
        if name == "img" && !tag.attributes.contains_key(&b"alt"[..]) {
            let reason =
                "has a picture without alt: say what it shows, or alt=\"\" if it only decorates";
            return Err((at, reason.into()));
        }
        self.write(&format!("<{name}"));
        for (attribute, value) in &tag.attributes {
            let attribute = String::from_utf8_lossy(attribute);
            let value = String::from_utf8_lossy(&value.value);
            self.attribute(&name, &attribute, &value).map_err(|reason| (at, reason))?;
        }
        self.write(">");
        if !is_void {
            self.open.push(name);
        }
        Ok(())
    }

    fn attribute(&mut self, element: &str, name: &str, value: &str) -> Result<(), String> {
        let is_size = || !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
        match (element, name) {
            ("img", "src") => {
                self.write(" src=\"");
                let picture = Picture::try_from(self.folder.join(picture_name(value)?))?;
                self.parts().push(Part::Picture(picture));
                self.write("\"");
                return Ok(());
            }
            ("a", "href") => _ = Link::try_from(value.to_owned())?,
            ("a", "target") if value == "_blank" => {}
            ("img", "width" | "height") if is_size() => {}
            ("img", "alt") | ("a", "rel") => {}
            (_, name) if ATTRIBUTES.contains(&name) || name.starts_with("aria-") => {}
            _ => return Err(format!("has {name} in <{element}>, which is not for here")),
        }
        let mut html = format!(" {name}=\"");
        escape(&mut html, value);
        html.push('"');
        self.write(&html);
        Ok(())
    }

    fn slot(&mut self, tag: &StartTag<usize>) -> Result<(), String> {
        let name =
            tag.attributes.get(&b"name"[..]).map(|name| String::from_utf8_lossy(&name.value));
        let slot = match name.as_deref() {
            Some("content") => return self.content(),
            Some("header") => Slot::Header,
            Some("notice") => Slot::Notice,
            Some("footer") => Slot::Footer,
            _ => {
                return Err(
                    "has a <slot> that is none of content, header, notice and footer".into()
                );
            }
        };
        if self.shell.has(slot) {
            return Err(format!("has the slot {} twice", name.unwrap_or_default()));
        }
        self.parts().push(Part::Slot(slot));
        Ok(())
    }

    fn content(&mut self) -> Result<(), String> {
        let around = &self.open[..self.open.len() - 1];
        if let Some(other) = around.iter().find(|open| !AROUND_CONTENT.contains(&open.as_str())) {
            return Err(format!("has the page's content inside of <{other}>; use <div>"));
        }
        match std::mem::replace(&mut self.passed, true) {
            true => Err("has the slot content twice".into()),
            false => Ok(()),
        }
    }

    fn end(&mut self, tag: &EndTag<usize>) -> Result<(), Wrong> {
        let name = String::from_utf8_lossy(&tag.name);
        match self.open.pop() {
            Some(open) if open == name => {}
            Some(open) => {
                return Err((tag.span.start, format!("closes <{open}> with </{name}>")));
            }
            None => return Err((tag.span.start, format!("has a </{name}> too many"))),
        }
        if name != "slot" {
            self.write(&format!("</{name}>"));
        }
        Ok(())
    }

    fn parts(&mut self) -> &mut Vec<Part> {
        if self.passed { &mut self.shell.after } else { &mut self.shell.before }
    }

    fn write(&mut self, html: &str) {
        match self.parts().last_mut() {
            Some(Part::Html(before)) => before.push_str(html),
            _ => self.parts().push(Part::Html(html.to_owned())),
        }
    }
}

/// A picture beside the frame, not above it and not elsewhere.
fn picture_name(src: &str) -> Result<&str, String> {
    let plain = src.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte));
    match plain && !src.starts_with('/') && !src.contains("..") && !src.is_empty() {
        true => Ok(src),
        false => {
            Err(format!("has a picture from elsewhere: {src}; put it into the brand's folder"))
        }
    }
}

fn escape(html: &mut String, text: &str) {
    Html.write_escaped_str(html, text).expect("a string takes whatever is written");
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTENT: &str = "<slot name=\"content\"></slot>";

    fn parse(html: &str) -> Result<Shell, Wrong> {
        Shell::parse(html, Path::new("static"))
    }

    #[test]
    fn a_frame_is_cut_at_its_slots() {
        let html = format!(
            "<!-- x --><DIV class='a\"b'>&lt;1 <slot name=header></slot><div>{CONTENT}</div>\
             <img src=favicon.svg alt=''></DIV>"
        );
        let shell = parse(&html).unwrap();
        let html = |html: &str| Part::Html(html.into());
        assert_eq!(
            shell.before,
            [html("<div class=\"a&#34;b\">&#60;1 "), Part::Slot(Slot::Header), html("<div>"),]
        );
        assert_eq!(shell.after.len(), 3, "{:?}", shell.after);
        assert!(matches!(shell.after[1], Part::Picture(_)));
        assert!(shell.has(Slot::Header) && !shell.has(Slot::Footer));
    }

    #[test]
    fn what_could_run_load_or_move_the_page_is_refused() {
        for (html, reason) in [
            ("<script>1</script>", "<script>"),
            ("<p onclick='x'>a</p>", "onclick"),
            ("<form></form>", "<form>"),
            ("<input>", "<input>"),
            ("<iframe src=x></iframe>", "<iframe>"),
            ("<style>a{}</style>", "<style>"),
            ("<p style='a'>a</p>", "style"),
            ("<base href=x>", "<base>"),
            ("<meta http-equiv=refresh>", "<meta>"),
            ("<link rel=stylesheet>", "<link>"),
            ("<svg><script/></svg>", "<svg>"),
            ("<math></math>", "<math>"),
            ("<textarea>", "<textarea>"),
            ("<plaintext>", "<plaintext>"),
            ("<h1>a</h1>", "<h1>"),
            ("<div id=page></div>", "id"),
            ("<a href='javascript:alert(1)'>a</a>", "javascript"),
            ("<img alt='' src='https://a.example/a.png'>", "elsewhere"),
            ("<img alt='' src='../favicon.svg'>", "elsewhere"),
            ("<img src=favicon.svg>", "without alt"),
            ("<img alt='' src=none.svg>", "none.svg"),
            ("<!doctype html>", "doctype"),
            ("<div>", "does not close <div>"),
            ("</div>", "too many"),
            ("<b><i></b></i>", "closes <i> with </b>"),
            ("<div class=a class=b></div>", "is not HTML"),
            ("<slot name=other></slot>", "none of"),
            ("<slot name=header></slot><slot name=header></slot>", "twice"),
            ("<slot name=content></slot>", "content twice"),
        ] {
            let wrong = parse(&format!("{CONTENT}{html}")).expect_err(html).1;
            assert!(wrong.contains(reason), "{html}: {wrong}");
        }
        assert!(parse("<div></div>").unwrap_err().1.contains("has no <slot"));
        assert!(parse(&format!("<p>{CONTENT}</p>")).unwrap_err().1.contains("inside of <p>"));
        assert!(parse("<slot name=content>a</slot>").is_err());
    }
}
