//! What an operator writes into a brand's folder is refused with file and reason, or makes pages that hold:
//! a frame reads the same when it is read again, and no page has anything that its policy would refuse.
#![no_main]

use std::cell::RefCell;
use std::fs;
use std::path::Path;

use doorstep::pages::brand::{Brands, Markdown, Part, Shell};
use doorstep::pages::{HomePage, Looks, Page, Sample, faults_of};
use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;

/// The files of a brand, chosen by the first byte.
const FILES: [&str; 5] =
    ["brand.toml", "shell.html", "override.css", "messages/de.toml", "clients/wiki/brand.toml"];

/// What an operator may write although `brand check` complains: it looks like a mistake, and harms nobody.
const UGLY: [&str; 3] = ["placeholder", "-in-input-stream", "null-character"];

thread_local! {
    static FOLDER: RefCell<TempDir> = RefCell::new(tempfile::tempdir().expect("a folder"));
}

fn folder(root: &Path, changed: &str, text: &str) {
    for file in FILES {
        let path = root.join(file);
        let _ = fs::create_dir_all(path.parent().expect("a folder"));
        let plain = match file {
            "brand.toml" => "name = 'Acme'\nnotice = 'Closed *today*'",
            "clients/wiki/brand.toml" => "clients = ['wiki']",
            _ => "",
        };
        match if file == changed { text } else { plain } {
            "" => drop(fs::remove_file(path)),
            content => fs::write(path, content).expect("written"),
        }
    }
}

/// The frame as HTML again.
fn written(shell: &Shell) -> String {
    let part = |part: &Part| match part {
        Part::Html(html) => html.clone(),
        Part::Picture(_) => unreachable!("there is none in the folder"),
        Part::Slot(slot) => format!("<slot name=\"{}\"></slot>", format!("{slot:?}").to_lowercase()),
    };
    let all = |parts: &[Part]| parts.iter().map(part).collect::<String>();
    format!("{}<slot name=\"content\"></slot>{}", all(&shell.before), all(&shell.after))
}

fuzz_target!(|input: &[u8]| {
    let Some((first, rest)) = input.split_first() else { return };
    let Ok(text) = std::str::from_utf8(rest) else { return };
    let changed = FILES[usize::from(*first) % FILES.len()];
    if let Ok(markdown) = Markdown::try_from(text.to_owned()) {
        let again = format!("<div>{}</div><slot name=\"content\"></slot>", markdown.html());
        Shell::parse(&again, Path::new(".")).expect("Markdown makes what a frame may hold");
    }
    FOLDER.with_borrow(|root| {
        folder(root.path(), changed, text);
        let brands = match Brands::read(root.path()) {
            Ok(brands) => brands,
            Err(bad) => {
                assert!(bad.file.starts_with(root.path()), "{bad}");
                return assert!(bad.reason.len() > 5, "{bad}");
            }
        };
        if let Some(shell) = brands.all.iter().find_map(|livery| livery.brand.shell.as_ref()) {
            assert_eq!(&Shell::parse(&written(shell), root.path()).expect("the same"), shell);
        }
        let looks = Looks::new(brands, "/oidc");
        for (client, language) in [(None, "en"), (None, "de"), (Some("wiki"), "en")] {
            let page = HomePage::samples(&looks.frame(client, [language])).remove(0).1;
            let sample =
                Sample { page: "home", state: "any", html: page.render(), csp: page.csp() };
            let mut faults = faults_of(&sample);
            faults.retain(|fault| !UGLY.iter().any(|ugly| fault.contains(ugly)));
            assert!(faults.is_empty(), "{faults:?}\n{}", sample.html);
        }
    });
});
