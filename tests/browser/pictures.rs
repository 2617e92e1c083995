//! Every page in every state, as people with small and large screens see it, light and dark, and in a
//! language that is written from right to left. `scripts/pictures` makes these pictures; here they are
//! compared with how the pages looked when somebody last looked at all of them, and nothing may stick out
//! of a window of 320 CSS pixels (WCAG 2.2, 1.4.10).
//!
//! What is kept are the pictures made ten times smaller: too coarse for what one browser draws otherwise
//! than the next, and fine enough for a colour or an edge that moved. The fonts are the same everywhere
//! (`pictures/fonts.conf`), and clocks, carets and animations stand still.

mod bitmap;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use futures_util::future::join_all;
use serde_json::json;

use crate::looks;
use crate::support::browser::{Browser, Engine, Setup};
use bitmap::{Bitmap, Difference};

/// Where the pictures that are kept lie, one for each page and state with all its variants in a row.
const KEPT: &str = "tests/browser/pictures";
/// Where the pictures go that were taken, and those of differences.
const TAKEN: &str = "target/pictures";
/// How many times smaller a kept picture is.
const SMALLER: usize = 10;
/// How much a colour may differ, of 255.
const TOLERANCE: u8 = 16;

/// The languages and colour schemes, with what pictures of them are called.
const LOOKS: [(&str, &str, &str); 3] =
    [("en", "light", "light"), ("en", "dark", "dark"), ("he", "light", "right-to-left")];
/// How wide the windows are.
const WIDTHS: [u32; 2] = [320, 1280];

/// A page never shows the time that is left of the machine's, but always the same.
const STAND_STILL: &str = "Date.now = () => 1777901820000";

/// Pictures made smaller, by page and state, each with the name of its variant as in `dark-320`.
type Taken = BTreeMap<String, Vec<(String, Bitmap)>>;

/// The pages in one language, with the browser that shows them.
struct Studio {
    browser: Browser,
    port: u16,
}

impl Studio {
    async fn open(pages: &looks::Pages, scheme: &str) -> Self {
        let fonts = Path::new(KEPT).join("fonts.conf").canonicalize().expect("the fonts' file");
        let setup = Setup { fonts: Some(fonts), ..Setup::new(Engine::Chromium) };
        let browser = Browser::start(&setup).await;
        let still = json!({ "source": STAND_STILL });
        let zone = json!({"timezoneId": "UTC"});
        let media = json!({"features": [{"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": "reduce"}]});
        for (command, how) in [
            ("Page.addScriptToEvaluateOnNewDocument", still),
            ("Emulation.setTimezoneOverride", zone),
            ("Emulation.setEmulatedMedia", media),
            ("Emulation.setScrollbarsHidden", json!({"hidden": true})),
            ("Emulation.setFocusEmulationEnabled", json!({"enabled": true})),
        ] {
            browser.devtools(command, how).await.expect(command);
        }
        Self { browser, port: looks::serve(pages) }
    }

    async fn load(&self, name: &str) {
        looks::load(&self.browser, &format!("http://127.0.0.1:{}/{name}", self.port)).await;
        // A caret blinks.
        let script = "document.documentElement.style.caretColor = 'transparent'";
        self.browser.script(script).await.expect("a script runs");
    }

    /// Takes the whole page in this width; complains when it is wider than the window.
    async fn take(&self, width: u32) -> Result<Vec<u8>, String> {
        self.resize(width, 1).await;
        let size = "const { scrollWidth, scrollHeight } = document.documentElement
            return [scrollWidth, scrollHeight]";
        let size = self.browser.script(size).await.expect("a script runs");
        if size[0].as_u64() > Some(u64::from(width)) {
            return Err(format!("is {} pixels wide", size[0]));
        }
        self.resize(width, size[1].as_u64().expect("a height")).await;
        Ok(self.browser.picture().await.expect("a picture"))
    }

    async fn resize(&self, width: u32, height: u64) {
        let size =
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.browser.devtools("Emulation.setDeviceMetricsOverride", size).await.expect("a size");
    }
}

/// Takes the pictures of all pages in one language and colour scheme; they come small, after what is wrong.
async fn take_all((language, scheme, called): (&str, &str, &str)) -> (Vec<String>, Taken) {
    let pages = looks::pages(language);
    let studio = Studio::open(&pages, scheme).await;
    let (mut troubles, mut taken) = (Vec::new(), Taken::new());
    for name in pages.keys() {
        studio.load(name).await;
        for width in WIDTHS {
            let variant = format!("{called}-{width}");
            match studio.take(width).await {
                Ok(png) => {
                    fs::write(file(name, &variant), &png).expect("the picture is written");
                    let small = Bitmap::read(&png).smaller(SMALLER);
                    taken.entry(name.clone()).or_default().push((variant, small));
                }
                Err(trouble) => troubles.push(format!("{name}, {variant}: {trouble}")),
            }
        }
    }
    (troubles, taken)
}

/// Where a picture lies that was taken.
fn file(name: &str, variant: &str) -> PathBuf {
    Path::new(TAKEN).join(format!("{name}-{variant}.png"))
}

/// Compares a page's pictures with those that are kept in a row.
fn compare(name: &str, pictures: &[(String, Bitmap)], troubles: &mut Vec<String>) {
    let Ok(kept) = fs::read(Path::new(KEPT).join(format!("{name}.png"))) else {
        return troubles.push(format!("{name}: no picture of it is kept"));
    };
    let kept = Bitmap::read(&kept);
    let mut left = 0;
    for (variant, small) in pictures {
        let Difference { spots, most } = small.difference(&kept, left, TOLERANCE);
        left += small.width;
        let Some((x, y)) = spots.first() else { continue };
        let png = fs::read(file(name, variant)).expect("it was written before");
        let marked = Bitmap::read(&png).marked(&spots, SMALLER).png();
        let shown = file(name, &format!("{variant}-difference"));
        fs::write(&shown, marked).expect("the picture is written");
        troubles.push(format!(
            "{name}, {variant}: {} spots differ, by up to {most} of 255, from {}, {} on: see {}",
            spots.len(),
            x * SMALLER,
            y * SMALLER,
            shown.display()
        ));
    }
}

/// The pictures that are kept.
fn kept() -> Vec<PathBuf> {
    let files = fs::read_dir(KEPT).expect("the folder is there").map(|entry| entry.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|it| it == "png")).collect()
}

/// Makes these pictures those that are kept.
fn keep(taken: &Taken) {
    kept().iter().for_each(|old| fs::remove_file(old).expect("an old picture is removed"));
    for (name, pictures) in taken {
        let row = Bitmap::side_by_side(pictures.iter().map(|(_, small)| small));
        fs::write(Path::new(KEPT).join(format!("{name}.png")), row.png()).expect("it is written");
    }
}

#[actix_web::test]
async fn every_page_looks_as_it_did() {
    let _ = fs::remove_dir_all(TAKEN);
    fs::create_dir_all(TAKEN).expect("a folder for pictures");
    let (mut taken, mut troubles) = (Taken::new(), Vec::new());
    for (wrong, small) in join_all(LOOKS.map(take_all)).await {
        troubles.extend(wrong);
        small.into_iter().for_each(|(name, more)| taken.entry(name).or_default().extend(more));
    }
    if std::env::var_os("DOORSTEP_KEEP_PICTURES").is_some() {
        keep(&taken);
    }
    taken.iter().for_each(|(name, pictures)| compare(name, pictures, &mut troubles));
    assert!(kept().len() <= taken.len(), "a picture is kept of a page that is no more");
    let advice =
        "look at the pictures; if the pages are to look like that, scripts/pictures --keep";
    assert!(troubles.is_empty(), "{}\n{advice}", troubles.join("\n"));
}
