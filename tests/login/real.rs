//! The same against a real Doorstep, and a person in front of its pages.

use doorstep::clock::Clock;
use doorstep::protocol::code::Code;
use doorstep::protocol::match_phrase::match_phrase;

use crate::browser::{Page, Person};
use crate::person::Answer;
use crate::program::{Detached, Folder, OnTerminal, environment};
use crate::server::{PASSWORD, Server, Setup};

async fn issuer(path: &'static str) -> Server {
    Setup { path, clock: Clock::system(), ..Setup::default() }.start().await
}

/// What the page holds for the program.
fn answer(page: &Page) -> Answer {
    let form = page.form_to("http://127.0.0.1");
    let code = form.fields.iter().find(|(name, _)| name == "code").map(|(_, code)| code.clone());
    let request = std::collections::HashMap::new();
    Answer { request, door: form.action, fields: form.fields, code: code.unwrap_or_default() }
}

/// Goes through the sign-in page and finishes on the hand-off page by this button.
async fn hand_off(person: &Person, link: &str, finish: &str) -> Page {
    let page = person.sign_in(link, "alice", PASSWORD).await;
    let page = person.submit(&page.form_to("/handoff"), Some(("finish", finish)), &[]).await;
    person.follow(page).await
}

#[actix_web::test]
async fn a_code_pasted_from_the_page() {
    let (issuer, home, person) = (issuer("/oidc").await, Folder::new(), Person::new());
    let login = OnTerminal::doorstep(&["login", &issuer.url, "--client-id", "cli"], &home);
    let link = login.link().await;
    assert!(link.len() < 80, "{link} fits one line of any terminal");
    let page = hand_off(&person, &link, "paste").await;
    assert_eq!(page.state(), "ready");
    let shown = page.body.replace("<wbr>", "");
    let (_, shown) = shown.split_once("id=\"code\"").expect("the code is on the page");
    let (_, rest) = shown.split_once('>').expect("its element");
    let code = rest.split('<').next().unwrap().to_owned();
    login.enter(&format!("\x1b[200~{code}\x1b[201~"));
    let (status, output, words) = login.end().await;
    assert!(status.success() && !output.is_empty(), "{words}");
    assert!(Code::parse(&code).is_ok());
    assert_eq!(person.get(&page.url).await.state(), "redeemed");
}

#[actix_web::test]
async fn the_page_and_the_terminal_show_the_same_words() {
    let (issuer, home, person) = (issuer("").await, Folder::new(), Person::new());
    let login = OnTerminal::doorstep(&["login", &issuer.url, "--client-id", "cli"], &home);
    let page = person.sign_in(&login.link().await, "alice", PASSWORD).await;
    let shown = login.shown();
    let (_, words) = shown.split_once("belongs to this terminal: ").expect("a match phrase");
    let words = words.lines().next().unwrap().trim();
    assert!(page.body.contains(words), "{words:?} is not on {}", page.body);
    assert_ne!(words, match_phrase(""));
    login.enter("\x03");
    login.end().await;
}

#[actix_web::test]
async fn the_loopback_way_ends_on_the_result_page_and_logout_ends_it_all() {
    let (issuer, home, person) = (issuer("/oidc").await, Folder::new(), Person::new());
    let arguments = ["login", &issuer.url, "--client-id", "cli", "--format", "token"];
    let mut login = Detached::doorstep(&arguments, environment(&home));
    let page = hand_off(&person, &login.link().await, "loopback").await;
    let reply = answer(&page).post().await;
    assert_eq!(reply.status, 303);
    let result = person.get(reply.header("location").unwrap()).await;
    assert_eq!(result.status, 200, "{result:?}");
    assert_eq!(person.get(&page.url).await.state(), "redeemed");
    let (code, token, words) = login.end().await;
    assert!(code == 0 && !token.is_empty(), "{words}");

    let arguments =
        ["login", &issuer.url, "--client-id", "cli", "--format", "token", "--never-ask"];
    assert_eq!(Detached::doorstep(&arguments, environment(&home)).end().await.1, token);
    let arguments = ["logout", &issuer.url, "--client-id", "cli"];
    let (code, _, words) = Detached::doorstep(&arguments, environment(&home)).end().await;
    assert_eq!(code, 0, "{words}");
    let userinfo = reqwest::Client::new().get(format!("{}/userinfo", issuer.url));
    let answer = userinfo.bearer_auth(token.trim()).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 401, "the tokens are dead");
}

#[actix_web::test]
async fn no_is_an_answer() {
    let (issuer, home, person) = (issuer("").await, Folder::new(), Person::new());
    let mut environment = environment(&home);
    environment.push(("DOORSTEP_ISSUER", "http://127.0.0.1:1".into()));
    let address = format!("{}/", issuer.url);
    let arguments = ["login", "--issuer", &address, "--client-id", "cli"];
    let mut login = Detached::doorstep(&arguments, environment);
    let page = hand_off(&person, &login.link().await, "cancel").await;
    let reply = answer(&page).post().await;
    assert!(reply.header("location").unwrap().ends_with("outcome=denied"), "{}", reply.head);
    let (code, output, words) = login.end().await;
    assert_eq!((code, output.as_str()), (3, ""), "{words}");
}

#[actix_web::test]
async fn the_second_of_two_links_is_dead_once_the_first_is_finished() {
    let (issuer, home, person) = (issuer("").await, Folder::new(), Person::new());
    let login = OnTerminal::doorstep(&["login", &issuer.url, "--client-id", "cli"], &home);
    let link = login.link().await;
    let first = hand_off(&person, &link, "paste").await;
    let again = person.visit(&link).await;
    let form = again.form_to("/handoff");
    let second = person.submit(&form, Some(("finish", "loopback")), &[]).await;
    let second = person.follow(second).await;
    assert_ne!(first.url, second.url);
    assert_eq!(answer(&second).post().await.status, 303);
    assert!(login.end().await.0.success());
    assert_ne!(person.get(&first.url).await.state(), "ready", "the sibling is dead");
}
