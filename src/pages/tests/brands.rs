//! Brands that mean harm, or are broken: what is taken leaves every page as sound as before, what is not is
//! told, and nothing makes the reader stumble.

use std::fs;
use std::path::Path;

use crate::pages::brand::{Brands, Markdown, Shell};
use crate::pages::{HomePage, Looks, Page, Sample, faults_of};

/// Pieces that texts, styles and frames are broken with.
const PIECES: [&str; 24] = [
    "<",
    ">",
    "\"",
    "'",
    "</style>",
    "<script>alert(1)</script>",
    "{",
    "}",
    "[",
    "]",
    "=",
    "#",
    "\n",
    "\\",
    "\u{202e}",
    "\u{2028}",
    "javascript:",
    "<slot name=content>",
    "</div>",
    "&lt;",
    "@import",
    "/*",
    "url(",
    "\0",
];

/// Numbers that look drawn by lot and are the same at every run.
struct Lots(u64);

impl Lots {
    fn below(&mut self, end: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }

    /// The text with something put in, or taken out.
    fn spoil(&mut self, text: &str) -> String {
        let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        let at = places[self.below(places.len())];
        let (before, after) = text.split_at(at);
        match self.below(3) {
            0 => format!("{before}{}", after.chars().skip(1 + self.below(9)).collect::<String>()),
            _ => format!("{before}{}{after}", PIECES[self.below(PIECES.len())]),
        }
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap().path();
        let target = to.join(entry.file_name().unwrap());
        match entry.is_dir() {
            true => copy(&entry, &target),
            false => assert!(fs::copy(entry, target).unwrap() > 0),
        }
    }
}

/// What surrounds a page is the same on all of them, so one is looked at.
fn assert_sound(brands: Brands, why: &str) {
    for (state, page) in HomePage::samples(&Looks::new(brands, "").frame(None, ["de"])) {
        let sample = Sample { page: "home", state, html: Page::render(&page), csp: page.csp() };
        assert_eq!(faults_of(&sample), [""; 0], "{state} after {why}");
    }
}

#[test]
fn a_spoiled_brand_is_sound_or_refused() {
    let original = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/brand-lighthouse");
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("brand");
    copy(&original, &folder);
    assert_sound(Brands::read(&folder).unwrap(), "nothing");
    let (mut lots, mut taken, mut refused) = (Lots(7), 0, 0);
    for name in ["brand.toml", "override.css", "shell.html", "messages/de.toml"] {
        let text = fs::read_to_string(original.join(name)).unwrap();
        for _ in 0..60 {
            let spoiled = lots.spoil(&text);
            fs::write(folder.join(name), &spoiled).unwrap();
            match Brands::read(&folder) {
                Ok(brands) => {
                    taken += 1;
                    assert_sound(brands, &spoiled);
                }
                Err(bad) => {
                    refused += 1;
                    assert!(bad.to_string().contains(name), "{bad}");
                }
            }
        }
        fs::write(folder.join(name), &text).unwrap();
    }
    assert!(taken > 20 && refused > 20, "{taken} taken, {refused} refused");
}

#[test]
fn what_is_left_of_a_hostile_frame_or_text_has_no_markup_of_its_own() {
    let mut lots = Lots(11);
    for _ in 0..3000 {
        let soup: String = (0..12).map(|_| PIECES[lots.below(PIECES.len())]).collect();
        if let Ok(text) = Markdown::try_from(soup.clone()) {
            let html = text.html().replace("<br>", "");
            let tags: Vec<&str> =
                html.split('<').skip(1).map(|rest| rest.split('>').next().unwrap()).collect();
            let known = [
                "p", "/p", "ul", "/ul", "ol", "/ol", "li", "/li", "em", "/em", "strong", "/strong",
            ];
            assert!(tags.iter().all(|tag| known.contains(tag)), "{soup:?}: {html}");
        }
        if let Ok(shell) = Shell::parse(&soup, Path::new("/nowhere")) {
            let html = format!("{shell:?}").to_lowercase();
            assert!(!html.contains("<script") && !html.contains("</style"), "{soup:?}: {html}");
        }
    }
}
