//! The frame that an operator puts around every page: `shell.html`, the inside of `body`, with
//! `<slot name="content"></slot>` where the page goes. It is read by an HTML tokenizer and written anew
//! from what was understood, so that what a browser gets is what was checked: a small set of elements and
//! attributes, in which there is no script, no form, no handler, no style and nothing from elsewhere.

mod reader;

use std::path::Path;

use html5gum::{DefaultEmitter, Tokenizer};

use self::reader::Reader;
use super::picture::Picture;

/// More is not for a page of 12 kB.
const LARGEST: usize = 32 * 1024;

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
        let mut reader = Reader::new(folder);
        let emitter = DefaultEmitter::<usize>::new_with_span();
        for token in Tokenizer::new_with_emitter(html, emitter) {
            match token {
                Ok(token) => reader.take(token)?,
                Err(never) => match never {},
            }
        }
        reader.end_of(html)
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
