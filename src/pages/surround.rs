//! What stands around every page: the brand's name, texts and links, in the brand's own frame if it has
//! one. It is the same on all pages, so it is made once.

use askama::Template;

use super::brand::{Brand, Part, Slot};

/// The HTML before and after a page.
#[derive(Debug)]
pub struct Surround {
    /// The address of the picture in the browser's tab.
    pub icon: String,
    /// What comes before the page.
    pub before: String,
    /// What comes after it.
    pub after: String,
}

#[derive(Template)]
#[template(path = "header.html", whitespace = "minimize")]
struct Header<'a> {
    brand: &'a Brand,
    base: &'a str,
}

impl Header<'_> {
    /// A logo beside the name only decorates.
    fn logo_text(&self) -> &str {
        self.brand.logo_text.as_deref().unwrap_or_default()
    }

    fn shows_name(&self) -> bool {
        self.brand.logo.is_none() || self.brand.logo_text.is_none()
    }
}

#[derive(Template)]
#[template(path = "footer.html", whitespace = "minimize")]
struct Footer<'a> {
    brand: &'a Brand,
}

impl Footer<'_> {
    fn is_there(&self) -> bool {
        let Brand { support_text, links, footer, legal_text, .. } = self.brand;
        support_text.is_some() || !links.is_empty() || footer.is_some() || legal_text.is_some()
    }
}

impl Surround {
    /// The surroundings of a brand's pages.
    pub fn new(brand: &Brand, base: &str) -> Self {
        let html = |parts: &[Part]| parts.iter().map(|part| part_html(part, brand, base)).collect();
        let icon = match &brand.favicon {
            Some(picture) => address(base, &picture.name()),
            None => format!("{base}/favicon.svg"),
        };
        let (before, after) = match &brand.shell {
            Some(shell) => (html(&shell.before), html(&shell.after)),
            None => (
                html(&[Part::Slot(Slot::Header), Part::Slot(Slot::Notice)]),
                html(&[Part::Slot(Slot::Footer)]),
            ),
        };
        Self { icon, before, after }
    }
}

/// The address of a picture of the brand's.
pub fn address(base: &str, name: &str) -> String {
    format!("{base}/brand/{name}")
}

fn part_html(part: &Part, brand: &Brand, base: &str) -> String {
    let rendered = match part {
        Part::Html(html) => return html.clone(),
        Part::Picture(picture) => return address(base, &picture.name()),
        Part::Slot(Slot::Header) => Header { brand, base }.render(),
        Part::Slot(Slot::Footer) => Footer { brand }.render(),
        Part::Slot(Slot::Notice) => {
            let notice = brand.notice.as_ref();
            return notice.map_or_else(String::new, |words| {
                format!("<div class=\"notice\" role=\"note\">{}</div>", words.html())
            });
        }
    };
    rendered.expect("a string takes whatever is written")
}
