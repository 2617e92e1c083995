//! Reads `shell.html` element by element: what is not known to be harmless is refused where it stands.

use std::path::Path;

use askama::filters::{Escaper, Html};
use html5gum::{EndTag, StartTag, Token};

use super::{Part, Shell, Slot, Wrong};
use crate::pages::brand::Picture;
use crate::pages::links::Link;

/// Elements that hold others.
const CONTAINERS: &str = "a address aside b dd div dl dt em figcaption figure footer h2 h3 h4 header i li nav \
    ol p section small span strong sub ul";
/// Elements that stand alone.
const VOID: &str = "br hr img wbr";
/// What the page itself may stand in.
const AROUND_CONTENT: &str = "div section";
/// Attributes of every element. No `id`: the pages' own must be the only ones.
const ATTRIBUTES: &str = "class dir lang role title";

/// Takes one token after the other, and writes what may stay.
pub(super) struct Reader<'a> {
    folder: &'a Path,
    shell: Shell,
    open: Vec<String>,
    /// Whether the content slot has come.
    passed: bool,
}

impl<'a> Reader<'a> {
    /// Begins; `folder` is where the pictures are.
    pub(super) fn new(folder: &'a Path) -> Self {
        Self { folder, shell: Shell::default(), open: Vec::new(), passed: false }
    }

    /// The whole frame, if everything that was opened is closed.
    pub(super) fn end_of(self, html: &str) -> Result<Shell, Wrong> {
        match (self.open.last(), self.passed) {
            (Some(open), _) => Err((html.len(), format!("does not close <{open}>"))),
            (None, false) => Err((html.len(), "has no <slot name=\"content\"></slot>".into())),
            (None, true) => Ok(self.shell),
        }
    }

    pub(super) fn take(&mut self, token: Token<usize>) -> Result<(), Wrong> {
        match token {
            Token::StartTag(tag) => self.start(&tag),
            Token::EndTag(tag) => self.end(&tag),
            Token::String(text) => {
                if self.is_in_slot() {
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
        self.check(tag, &name).map_err(|reason| (at, reason))?;
        if name == "slot" {
            self.open.push(name);
            return self.slot(tag).map_err(|reason| (at, reason));
        }
        self.write(&format!("<{name}"));
        for (attribute, value) in &tag.attributes {
            let attribute = String::from_utf8_lossy(attribute);
            let value = String::from_utf8_lossy(&value.value);
            self.attribute(&name, &attribute, &value).map_err(|reason| (at, reason))?;
        }
        self.write(">");
        if !lists(VOID, &name) {
            self.open.push(name);
        }
        Ok(())
    }

    /// Whether an element may stand here.
    fn check(&self, tag: &StartTag<usize>, name: &str) -> Result<(), String> {
        let is_known = name == "slot" || lists(CONTAINERS, name) || lists(VOID, name);
        if !is_known {
            return Err(format!("has <{name}>, which is not for here"));
        }
        if self.is_in_slot() {
            return Err("has something inside of a <slot>".into());
        }
        if name == "a" && self.open.iter().any(|open| open == name) {
            return Err("has a link inside of a link".into());
        }
        if name == "img" && !tag.attributes.contains_key(&b"alt"[..]) {
            let advice = "say what it shows, or alt=\"\" if it only decorates";
            return Err(format!("has a picture without alt: {advice}"));
        }
        Ok(())
    }

    fn is_in_slot(&self) -> bool {
        self.open.last().is_some_and(|open| open == "slot")
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
            (_, name) if lists(ATTRIBUTES, name) || name.starts_with("aria-") => {}
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
            _ => return Err("has a <slot> that is none of content, header, notice, footer".into()),
        };
        if self.shell.has(slot) {
            return Err(format!("has the slot {} twice", name.unwrap_or_default()));
        }
        self.parts().push(Part::Slot(slot));
        Ok(())
    }

    fn content(&mut self) -> Result<(), String> {
        let around = &self.open[..self.open.len() - 1];
        if let Some(other) = around.iter().find(|open| !lists(AROUND_CONTENT, open)) {
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

fn lists(names: &str, name: &str) -> bool {
    names.split(' ').any(|listed| listed == name)
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
