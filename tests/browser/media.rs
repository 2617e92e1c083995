//! What people see who print a page, who choose the colours themselves, or who ask for more contrast or
//! less motion: in every page and state nothing is lost, and what they asked for is what they get.

use serde_json::{Value, json};

use crate::looks;
use crate::support::browser::{Browser, Engine, Setup};

/// What the scripts below have in common.
const COMMON: &str = "
    const controls = 'button, input, .button'
    const shown = css => [...document.querySelectorAll(css)].filter(part => part.checkVisibility())
    const called = part => `${part.tagName} ${part.innerText || part.name || part.className}`.slice(0, 60)
    // The texts that are more than the name of a control.
    const texts = () => {
        const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = []
        while (walker.nextNode()) {
            const { parentElement, textContent } = walker.currentNode
            if (!textContent.trim() || parentElement.closest(`${controls}, label, .or`)) continue
            if (parentElement.checkVisibility({ opacityProperty: true, visibilityProperty: true }))
                found.push(walker.currentNode)
        }
        return found
    }
    const rgba = color => color.match(/[\\d.]+/g).map(Number)
    // The colour of the first thing behind an element that lets nothing through; the paper is white.
    const behind = part => {
        for (; part; part = part.parentElement) {
            const [r, g, b, alpha = 1] = rgba(getComputedStyle(part).backgroundColor)
            if (alpha == 1) return [r, g, b]
        }
        return [255, 255, 255]
    }
    const light = color => {
        const [r, g, b] = color.map(c => c / 255).map(c => c > .04045 ? ((c + .055) / 1.055) ** 2.4 : c / 12.92)
        return .2126 * r + .7152 * g + .0722 * b
    }
    // WCAG 2.2, 1.4.3.
    const contrast = (color, back) => {
        const [r, g, b, alpha = 1] = rgba(color)
        const front = [r, g, b].map((c, at) => c * alpha + back[at] * (1 - alpha))
        const [more, less] = [light(front), light(back)].sort((a, b) => b - a)
        return (more + .05) / (less + .05)
    }";

/// Remembers what can be read before the medium changes.
const REMEMBER: &str = "seen = texts(); return seen.length";

/// What is wrong with the page on paper.
const ON_PAPER: &str = "
    const left = texts()
    const lost = seen.filter(text => !left.includes(text)).map(text => `lost: ${text.textContent}`)
    const useless = shown(`${controls}, label`).map(part => `of no use: ${called(part)}`)
    const gray = left.map(text => text.parentElement).filter(part =>
        getComputedStyle(part).color != 'rgb(0, 0, 0)' || behind(part).join() != '255,255,255')
    if (getComputedStyle(document.documentElement).colorScheme != 'light') useless.push('the paper is black')
    return [...lost, ...useless, ...gray.map(part => `not black on white: ${called(part)}`)]";

/// What cannot be made out where the person's own few colours are all there are.
const IN_FORCED_COLOURS: &str = "
    const wrong = []
    const bounded = part => ['Top', 'Right', 'Bottom', 'Left'].every(side => {
        const style = getComputedStyle(part)
        return style[`border${side}Style`] == 'solid' && parseFloat(style[`border${side}Width`]) >= 1
            && contrast(style[`border${side}Color`], behind(part.parentElement)) >= 3
    })
    for (const part of shown(`${controls}, a`)) {
        const style = getComputedStyle(part)
        const isLink = style.textDecorationLine == 'underline' && part.innerText.trim()
        if (!isLink && !bounded(part)) wrong.push(`has no edge: ${called(part)}`)
        if (contrast(style.color, behind(part)) < 4.5) wrong.push(`cannot be read: ${called(part)}`)
        part.focus()
        const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(part)
        const marked = outlineStyle != 'none' && parseFloat(outlineWidth) >= 2
        if (!marked || contrast(outlineColor, behind(part.parentElement)) < 3)
            wrong.push(`has no mark of focus: ${called(part)}`)
    }
    for (const part of shown('.problem')) {
        const { borderInlineStartWidth, borderInlineStartColor } = getComputedStyle(part)
        if (parseFloat(borderInlineStartWidth) < 2 || contrast(borderInlineStartColor, behind(part)) < 3)
            wrong.push(`does not stand out: ${called(part)}`)
    }
    for (const part of shown('svg.mark, svg.sign'))
        if (contrast(getComputedStyle(part).stroke, behind(part)) < 3) wrong.push(`no picture: ${part.classList}`)
    for (const { parentElement } of texts())
        if (contrast(getComputedStyle(parentElement).color, behind(parentElement)) < 4.5)
            wrong.push(`cannot be read: ${called(parentElement)}`)
    return wrong";

/// The contrast of every text and of every edge, in the order of the page.
const CONTRASTS: &str = "
    const measured = texts().map(text => text.parentElement).map(part =>
        [`text of ${called(part)}`, contrast(getComputedStyle(part).color, behind(part))])
    for (const part of shown('body *')) {
        const style = getComputedStyle(part)
        if (parseFloat(style.borderTopWidth) && rgba(style.borderTopColor)[3] !== 0)
            measured.push([`edge of ${called(part)}`, contrast(style.borderTopColor, behind(part.parentElement))])
    }
    return measured";

/// How long, in seconds, whatever moves takes, when the page is in the one state in which something does.
const MOTION: &str = "
    const main = document.querySelector('main')
    main.dataset.state = 'sending'
    const styles = shown('body *').flatMap(part =>
        ['', '::before', '::after'].map(pseudo => getComputedStyle(part, pseudo || null)))
    const seconds = list => Math.max(...list.split(',').map(parseFloat))
    return Math.max(...styles.map(style => Math.max(seconds(style.transitionDuration),
        style.animationName == 'none' ? 0 : seconds(style.animationDuration))))";

/// Every page, with the browser that shows them.
struct Viewer {
    browser: Browser,
    pages: looks::Pages,
    port: u16,
}

impl Viewer {
    async fn start() -> Self {
        let pages = looks::pages("en");
        let port = looks::serve(&pages);
        let browser = Browser::start(&Setup::new(Engine::Chromium)).await;
        let focus = json!({"enabled": true});
        browser.devtools("Emulation.setFocusEmulationEnabled", focus).await.expect("the focus");
        Self { browser, pages, port }
    }

    async fn load(&self, page: &str) {
        looks::load(&self.browser, &format!("http://127.0.0.1:{}/{page}", self.port)).await;
    }

    /// Changes the medium and what the person prefers.
    async fn set(&self, media: &str, features: &[(&str, &str)]) {
        let feature = |(name, value): &(&str, &str)| json!({"name": name, "value": value});
        let features: Vec<_> = features.iter().map(feature).collect();
        let how = json!({"media": media, "features": features});
        self.browser.devtools("Emulation.setEmulatedMedia", how).await.expect("a medium");
    }

    async fn run(&self, script: &str) -> Value {
        self.browser.script(&format!("{COMMON}\n{script}")).await.expect("a script runs")
    }
}

/// Adds what a script found wrong with a page.
fn note(troubles: &mut Vec<String>, page: &str, wrong: &Value) {
    let wrong = wrong.as_array().expect("a list");
    troubles.extend(wrong.iter().map(|wrong| format!("{page}: {wrong}")));
}

#[actix_web::test]
async fn on_paper_nothing_is_missing_and_nothing_is_of_no_use() {
    let viewer = Viewer::start().await;
    let mut troubles = Vec::new();
    for page in viewer.pages.keys() {
        viewer.load(page).await;
        for scheme in ["light", "dark"] {
            viewer.set("screen", &[("prefers-color-scheme", scheme)]).await;
            assert!(viewer.run(REMEMBER).await.as_u64() >= Some(2), "{page} says nothing");
            viewer.set("print", &[("prefers-color-scheme", scheme)]).await;
            note(&mut troubles, &format!("{page}, {scheme}"), &viewer.run(ON_PAPER).await);
        }
    }
    assert!(troubles.is_empty(), "{}", troubles.join("\n"));
    for (page, needed) in [
        ("handoff-ready", ["Doorstep", "kubectl", "DS1C-R5AY-MZRK"]),
        ("sign-ins-many", ["Firefox on Linux", "kubectl", "Example Notes"]),
        ("home-account", ["Doorstep", "Sign-in for your programs", "alice"]),
    ] {
        viewer.load(page).await;
        let text = viewer.browser.text("body").await.expect("a page");
        assert!(needed.iter().all(|needed| text.contains(needed)), "{page}: {text}");
    }
}

#[actix_web::test]
async fn whoever_chooses_the_colours_sees_every_control_and_the_focus() {
    let viewer = Viewer::start().await;
    let mut troubles = Vec::new();
    for page in viewer.pages.keys() {
        viewer.load(page).await;
        for scheme in ["light", "dark"] {
            let colours = [("forced-colors", "active"), ("prefers-color-scheme", scheme)];
            viewer.set("screen", &colours).await;
            note(&mut troubles, &format!("{page}, {scheme}"), &viewer.run(IN_FORCED_COLOURS).await);
        }
    }
    assert!(troubles.is_empty(), "{}", troubles.join("\n"));
}

#[actix_web::test]
async fn whoever_asks_for_more_contrast_gets_it() {
    let viewer = Viewer::start().await;
    let mut troubles = Vec::new();
    for page in viewer.pages.keys() {
        viewer.load(page).await;
        for scheme in ["light", "dark"] {
            let mut contrasts = Vec::new();
            for wish in ["no-preference", "more"] {
                let wishes = [("prefers-color-scheme", scheme), ("prefers-contrast", wish)];
                viewer.set("screen", &wishes).await;
                contrasts.push(viewer.run(CONTRASTS).await);
            }
            let [before, more] = [0, 1].map(|at| contrasts[at].as_array().expect("a list"));
            assert_eq!(before.len(), more.len(), "{page}");
            for (before, more) in before.iter().zip(more) {
                let [was, is] = [before, more].map(|it| it[1].as_f64().expect("a number"));
                // Only what is plain text already, or in the brand's colours, may stay as it is.
                let may_stay = was == is && was >= 4.5;
                if !may_stay && is < was.max(7.0) {
                    troubles.push(format!("{page}, {scheme}, {}: {was}, then {is}", more[0]));
                }
            }
        }
    }
    assert!(troubles.is_empty(), "{}", troubles.join("\n"));
}

#[actix_web::test]
async fn whoever_asks_for_less_motion_sees_none() {
    let viewer = Viewer::start().await;
    for page in viewer.pages.keys() {
        viewer.load(page).await;
        for (wish, moves) in [("no-preference", true), ("reduce", false)] {
            viewer.set("screen", &[("prefers-reduced-motion", wish)]).await;
            let seconds = viewer.run(MOTION).await.as_f64().expect("a number");
            assert_eq!(seconds > 0.01, moves, "{page}, {wish}: {seconds} seconds");
        }
    }
}
