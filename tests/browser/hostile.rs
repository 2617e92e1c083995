//! Names that nobody would choose: of a brand, of programs, accounts and devices. Whatever they are, no page
//! grows wider than a narrow window, and nothing leaves its place (WCAG 2.2, 1.4.10). That they cannot become
//! markup is tested where pages are rendered.

use doorstep::pages::brand::{Link, NamedLink};
use doorstep::pages::{Brand, Looks};
use serde_json::{Value, json};

use crate::looks;
use crate::support::browser::{Browser, Engine, Setup};

/// The names in the samples.
const NAMES: [&str; 10] = [
    "Example Notes",
    "Example TV",
    "Example Desktop",
    "Example Corp",
    "Example deploy",
    "Work laptop",
    "My phone",
    "kubectl",
    "alice",
    "203.0.113.7",
];

/// Whatever is seen outside of the card, of the window, or of the width of what it stands in.
const STRAYS: &str = "
    const wide = document.documentElement.scrollWidth
    const strays = wide > innerWidth ? [`the page is ${wide} wide`] : []
    const card = document.querySelector('main').getBoundingClientRect()
    for (const part of document.querySelectorAll('body *')) {
        const box = part.getBoundingClientRect()
        const within = part.closest('main') ? card : { left: 0, right: innerWidth }
        if (box.width && (box.left < within.left - 1 || box.right > within.right + 1))
            strays.push(`${part.tagName} from ${box.left} to ${box.right}`)
    }
    return strays";

fn pages(name: &str) -> looks::Pages {
    let link = Link::try_from("https://acme.example/".to_owned()).expect("a link");
    let brand = Brand {
        name: name.into(),
        support_text: Some(name.into()),
        links: vec![NamedLink { text: name.into(), url: link.clone() }; 3],
        support_url: Some(link),
        ..Brand::default()
    };
    let mut pages = looks::pages_in(&Looks::new(brand, "").frame(None, []));
    for known in NAMES {
        let is_there = pages.values().any(|(html, _)| html.contains(known));
        assert!(is_there, "{known} is on no page");
    }
    for (html, _) in pages.values_mut() {
        // Neither style nor script has one of them, so their hashes still hold.
        *html = NAMES.iter().fold(std::mem::take(html), |html, known| html.replace(known, name));
    }
    pages
}

#[actix_web::test]
async fn no_name_moves_anything_out_of_its_place() {
    let browser = Browser::start(&Setup::new(Engine::Chromium)).await;
    let narrow = json!({"width": 320, "height": 800, "deviceScaleFactor": 1, "mobile": false});
    browser.devtools("Emulation.setDeviceMetricsOverride", narrow).await.expect("a width");
    let mut troubles = Vec::new();
    for name in [
        "W".repeat(200),
        "👩‍👩‍👧‍👦".repeat(40),
        format!("\u{202e}{} \u{2066}שלום {}", "gnp.exe".repeat(20), "x ".repeat(40)),
    ] {
        let pages = pages(&name);
        let port = looks::serve(&pages);
        for page in pages.keys() {
            looks::load(&browser, &format!("http://127.0.0.1:{port}/{page}")).await;
            let strays = browser.script(STRAYS).await.expect("a script runs");
            if strays != Value::Array(Vec::new()) {
                troubles.push(format!("{page}, {:.8}…: {strays}", name));
            }
        }
    }
    assert!(troubles.is_empty(), "{}", troubles.join("\n"));
}
