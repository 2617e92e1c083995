//! `doorstep demo`: what a newcomer sees first. Whichever way the code goes, the browser's last page is there.

use crate::browser::{Page, Person};
use crate::person::Answer;
use crate::program::{Folder, OnTerminal, binary, environment};
use crate::support::process::free_port;

/// Starts the demo, signs in as the person it invents, and chooses a finish on the hand-off page.
async fn begin(arguments: &[&str], finish: &str) -> (OnTerminal, Person, Page) {
    let (home, person, port) = (Folder::new(), Person::new(), free_port().to_string());
    // All that it says is on the terminal, as for a newcomer.
    let all_shown = ["-c", "exec \"$0\" \"$@\" >&2", binary()];
    let command = [&all_shown, &["demo", "--port", &port, "--no-browser"][..], arguments].concat();
    let demo = OnTerminal::run("/bin/sh", &command, environment(&home), None);
    let link = demo.link().await;
    let shown = demo.shown();
    let (_, password) = shown.split_once("password   ").expect("a password is shown");
    let password = password.lines().next().expect("a line").trim().to_owned();
    let page = person.sign_in(&link, "alice", &password).await;
    let page = person.submit(&page.form_to("/handoff"), Some(("finish", finish)), &[]).await;
    let page = person.follow(page).await;
    (demo, person, page)
}

async fn assert_signed_in(demo: OnTerminal) {
    let (status, _, words) = demo.end().await;
    assert!(status.success() && words.contains("\"preferred_username\": \"alice\""), "{words}");
}

#[actix_web::test]
async fn the_demo_ends_when_the_browser_has_its_last_page() {
    let (demo, person, page) = begin(&[], "loopback").await;
    let form = page.form_to("http://127.0.0.1");
    let request = std::collections::HashMap::new();
    let answer = Answer { request, door: form.action, fields: form.fields, code: String::new() };
    let reply = answer.post().await;
    demo.wait_for("The terminal has its tokens").await;
    let result = person.get(reply.header("location").expect("a last page")).await;
    assert_eq!((reply.status, result.status), (303, 200), "{result:?}");
    assert_eq!(person.get(&page.url).await.state(), "redeemed");
    assert_signed_in(demo).await;
}

#[actix_web::test]
async fn the_demo_of_a_jump_host() {
    let (demo, person, page) = begin(&["--manual"], "paste").await;
    assert_eq!(page.state(), "ready");
    let shown = page.body.replace("<wbr>", "");
    let (_, shown) = shown.split_once("id=\"code\"").expect("the code is on the page");
    let (_, rest) = shown.split_once('>').expect("its element");
    demo.enter(&format!("\x1b[200~{}\x1b[201~\r", rest.split('<').next().expect("a code")));
    demo.wait_for("The terminal has its tokens").await;
    assert_eq!(person.get(&page.url).await.state(), "redeemed");
    assert_signed_in(demo).await;
}
