//! What axe-core finds in every page and state, by the rules of WCAG 2.2 A and AA and its own good practice,
//! in three engines: nothing.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::looks;
use crate::support::browser::{Browser, Engine, Setup};

const AXE: &str = "tests/browser/node_modules/axe-core/axe.min.js";

/// One line for each thing that is wrong.
const RUN: &str = "
    return axe.run(document, { resultTypes: ['violations'] }).then(({ violations, passes }) => ({
        passed: passes.length,
        wrong: violations.flatMap(({ id, nodes }) =>
            nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary}`)),
    }));";

fn axe() -> String {
    std::fs::read_to_string(AXE)
        .unwrap_or_else(|error| panic!("{AXE}: {error}; npm ci --prefix tests/browser installs it"))
}

/// Says what axe finds in a page.
async fn look_at(browser: &Browser, url: &str, axe: &str) -> Value {
    looks::load(browser, url).await;
    browser.script(axe).await.expect("axe-core is loaded");
    browser.script(RUN).await.expect("axe-core runs")
}

/// Looks at all pages; the sorts of trouble with the pages that have it.
async fn troubles(engine: Engine, schemes: &[&str]) -> BTreeMap<String, Vec<String>> {
    let (pages, axe) = (looks::pages("en"), axe());
    let port = looks::serve(&pages);
    let browser = Browser::start(&Setup::new(engine)).await;
    let mut troubles: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for scheme in schemes {
        if engine == Engine::Chromium {
            let media = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
            browser.devtools("Emulation.setEmulatedMedia", media).await.expect("a colour scheme");
        }
        for name in pages.keys() {
            let found = look_at(&browser, &format!("http://127.0.0.1:{port}/{name}"), &axe).await;
            assert!(found["passed"].as_u64() > Some(10), "{name}: axe did not look: {found}");
            for trouble in found["wrong"].as_array().into_iter().flatten() {
                let trouble = trouble.as_str().unwrap_or_default().to_owned();
                troubles.entry(trouble).or_default().push(format!("{name} ({scheme})"));
            }
        }
    }
    troubles
}

#[actix_web::test]
async fn axe_finds_nothing_in_chromium() {
    let troubles = troubles(Engine::Chromium, &["light", "dark"]).await;
    assert!(troubles.is_empty(), "{troubles:#?}");
}

#[actix_web::test]
async fn axe_finds_nothing_in_firefox() {
    let troubles = troubles(Engine::Firefox, &["light"]).await;
    assert!(troubles.is_empty(), "{troubles:#?}");
}

#[actix_web::test]
async fn axe_finds_nothing_in_webkit() {
    let troubles = troubles(Engine::WebKit, &["light"]).await;
    assert!(troubles.is_empty(), "{troubles:#?}");
}
