//! The hand-off page over HTTP: what it says in each state, to whom, and that its last words are true.

use std::time::{Duration, Instant};

use crate::kit::*;
use crate::person::{Page, Person};
use crate::server::{self, PASSWORD, START, Server, Setup, clients};

const OUT_OF_BAND: (&str, &str) = ("redirect_uri", "urn:ietf:wg:oauth:2.0:oob");

/// Redeems with a verifier that is not the code's.
async fn misuse(server: &Server, code: &str) {
    let wrong = "w".repeat(43);
    let fields = [
        ("client_id", "cli"),
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", CLI_URI),
        ("code_verifier", &wrong),
    ];
    assert_error(&post(server, "/token", None, &fields).await, 400, "invalid_grant");
}

/// A page that no longer has anything to give.
#[track_caller]
fn assert_over(page: &Page, state: &str, code: &str) {
    assert_eq!((page.status, page.state().as_str()), (200, state), "{page:?}");
    let plain = page.body.replace("<wbr>", "").replace('-', "");
    assert!(!plain.contains(code), "the code is still there in state {state}");
    assert!(page.forms().is_empty(), "{page:?}");
}

#[actix_web::test]
async fn the_confirmation_names_who_asks_from_where_and_when() {
    let server = server::start().await;
    let page = confirmation(&server, &Person::new(), "cli", &[]).await;
    let text = text(&page);
    for words in
        ["Sign in to Example CLI?", "alice", "127.0.0.1", "2027-01-15 08:00 UTC", "eagle cinema 79"]
    {
        assert!(text.contains(words), "{words:?} is missing in {text}");
    }
    assert!(!text.contains("DS"), "there is no code before the click");
    assert_eq!(page.forms().iter().filter(|form| form.action.ends_with("/handoff")).count(), 1);
}

#[actix_web::test]
async fn without_a_match_phrase_the_words_make_a_person_think() {
    let mut clients = clients();
    clients[4].match_phrase = false;
    let server = Setup { clients, ..Setup::default() }.start().await;
    let text = text(&confirmation(&server, &Person::new(), "cli", &[]).await);
    assert!(
        !text.contains("eagle cinema") && !text.contains("Compare with your terminal"),
        "{text}"
    );
    assert!(text.contains("Then choose Cancel"), "{text}");
}

#[actix_web::test]
async fn the_extension_parameter_decides_which_button_comes_first() {
    let server = server::start().await;
    for (handoff, first) in
        [("", "loopback"), ("loopback", "loopback"), ("paste", "paste"), ("pigeon", "loopback")]
    {
        let page = confirmation(&server, &Person::new(), "cli", &[("handoff", handoff)]).await;
        let buttons = page.form_to("/handoff").buttons;
        assert_eq!(buttons[0], ("finish".to_owned(), first.to_owned()), "{handoff:?}");
        assert_eq!(buttons.last().unwrap().1, "cancel");
    }
}

#[actix_web::test]
async fn a_script_gets_what_it_needs_as_json() {
    let server = server::start().await;
    let person = Person::new();
    let page = confirmation(&server, &person, "cli", &[]).await;
    let answer = click_scripted(&person, &page, "loopback").await;
    assert_eq!((answer.status, header(&answer, "cache-control")), (200, "no-store"));
    let json = answer.json();
    assert_eq!((json["action"].as_str(), json["expires_in"].as_i64()), (Some(CLI_URI), Some(300)));
    let names: Vec<_> =
        json["fields"].as_array().unwrap().iter().map(|field| field[0].as_str().unwrap()).collect();
    assert_eq!(names, ["code", "state", "iss"]);
    let code = json["fields"][0][1].as_str().unwrap();
    assert_eq!(json["code"].as_str().unwrap().replace('-', ""), code);
    let page = person.get(&format!("{}{}", server.url, json["location"].as_str().unwrap())).await;
    assert_eq!((page.state().as_str(), code_on(&page).as_str()), ("ready", code));
}

#[actix_web::test]
async fn reload_back_and_a_repeated_post_show_the_same_code() {
    let server = server::start().await;
    let person = Person::new();
    let page = ready(&server, &person, "cli", &[]).await;
    let code = code_on(&page);
    let repeated = person
        .post(&page.url, &[("code".into(), "x".into()), ("finish".into(), "cancel".into())])
        .await;
    for again in [person.get(&page.url).await, repeated] {
        assert_eq!(
            (again.status, again.state().as_str(), code_on(&again)),
            (200, "ready", code.clone())
        );
    }
    assert!(
        !page.url.contains(&code)
            && !page.body.split("</title>").next().unwrap().contains(&code[..8])
    );
}

#[actix_web::test]
async fn the_page_is_for_the_browser_that_clicked() {
    let server = server::start().await;
    let person = Person::new();
    let page = ready(&server, &person, "cli", &[]).await;
    let other = Person::new();
    arrive(&other, &authorize_url(&server, "web", &[])).await;
    for stranger in [&Person::new(), &other] {
        for url in [page.url.clone(), format!("{}/status", page.url)] {
            let answer = stranger.get(&url).await;
            assert_eq!(answer.status, 404, "{answer:?}");
            assert!(!answer.body.contains("ready"));
        }
    }
    for unknown in ["x", "AAAAAAAAAAAAAAAAAAAAAA", "..%2f..%2fetc", "%00"] {
        let answer = person.get(&format!("{}/handoff/{unknown}", server.url)).await;
        assert_eq!(answer.status, 404, "{unknown} {answer:?}");
    }
}

#[actix_web::test]
async fn redeemed_the_page_says_so_and_shows_no_code() {
    let server = server::start().await;
    let person = Person::new();
    let page = ready(&server, &person, "cli", &[]).await;
    let code = code_on(&page);
    assert_eq!(redeem_public(&server, "cli", &code).await.status, 200);
    let page = person.get(&page.url).await;
    assert_over(&page, "redeemed", &code);
    assert!(text(&page).contains("You are signed in"));
}

#[actix_web::test]
async fn expired_the_page_says_so_and_starts_again() {
    let server = server::start().await;
    let person = Person::new();
    let page = ready(&server, &person, "cli", &[]).await;
    let code = code_on(&page);
    server.clock.advance(299);
    assert_eq!(person.get(&page.url).await.state(), "ready");
    server.clock.advance(1);
    let page = person.get(&page.url).await;
    assert_over(&page, "expired", &code);
    let again = link(&page, "/authorize?");
    assert_eq!(person.visit(&format!("{}{again}", server.url)).await.state(), "confirm");
}

#[actix_web::test]
async fn misused_the_page_says_so_and_starts_again() {
    let server = server::start().await;
    let person = Person::new();
    let page = ready(&server, &person, "cli", &[]).await;
    let code = code_on(&page);
    misuse(&server, &code).await;
    let page = person.get(&page.url).await;
    assert_over(&page, "misused", &code);
    link(&page, "/authorize?");
    assert_error(&redeem_public(&server, "cli", &code).await, 400, "invalid_grant");
    assert_eq!(person.get(&page.url).await.state(), "misused");
}

#[actix_web::test]
async fn used_twice_the_page_says_so() {
    let server = server::start().await;
    let person = Person::new();
    let page = ready(&server, &person, "cli", &[]).await;
    let code = code_on(&page);
    redeem_public(&server, "cli", &code).await;
    redeem_public(&server, "cli", &code).await;
    assert_over(&person.get(&page.url).await, "misused", &code);
}

#[actix_web::test]
async fn a_program_that_signs_out_later_is_no_misuse() {
    let server = server::start().await;
    let person = Person::new();
    let page = ready(&server, &person, "cli", &[("scope", "openid offline_access")]).await;
    let code = code_on(&page);
    let tokens = redeem_public(&server, "cli", &code).await.json();
    let token = tokens["refresh_token"].as_str().unwrap();
    let revoked = post(&server, "/revoke", None, &[("client_id", "cli"), ("token", token)]).await;
    assert_eq!(revoked.status, 200);
    assert_over(&person.get(&page.url).await, "redeemed", &code);
}

/// The address of the page's link that contains `part`.
#[track_caller]
fn link(page: &Page, part: &str) -> String {
    let links = page.body.split(" href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let mut links = links.filter(|link| link.contains(part));
    links
        .next()
        .unwrap_or_else(|| panic!("no link to {part} on {page:?}"))
        .replace("&#38;", "&")
        .replace("&amp;", "&")
}

#[actix_web::test]
async fn the_status_waits_until_there_is_news() {
    let server = server::start().await;
    let person = Person::new();
    let page = ready(&server, &person, "cli", &[]).await;
    let (status, code) = (format!("{}/status", page.url), code_on(&page));
    for query in ["", "?known=", "?known=expired", "?known=nonsense"] {
        let answer = person.get(&format!("{status}{query}")).await;
        assert_eq!(answer.json(), serde_json::json!({"state": "ready"}), "{query}");
        assert_eq!(header(&answer, "cache-control"), "no-store");
    }
    let started = Instant::now();
    let waiting = format!("{status}?known=ready");
    let later = async {
        actix_web::rt::time::sleep(Duration::from_millis(700)).await;
        redeem_public(&server, "cli", &code).await
    };
    let (answer, redeemed) = futures_util::future::join(person.get(&waiting), later).await;
    assert_eq!((redeemed.status, answer.json()["state"].as_str()), (200, Some("redeemed")));
    assert!((Duration::from_millis(600)..Duration::from_secs(5)).contains(&started.elapsed()));
    let answer = person.get(&waiting).await;
    assert_eq!(answer.json()["state"], "redeemed", "what is known already is no news");
}

#[actix_web::test]
async fn the_status_tells_of_expiry_and_misuse_too() {
    let server = server::start().await;
    let person = Person::new();
    let misused = ready(&server, &person, "cli", &[]).await;
    let expired = ready(&server, &person, "cli", &[("state", "st-2")]).await;
    misuse(&server, &code_on(&misused)).await;
    server.clock.advance(300);
    for (page, state) in [(misused, "misused"), (expired, "expired")] {
        let answer = person.get(&format!("{}/status?known=ready", page.url)).await;
        assert_eq!(answer.json()["state"], state);
    }
}

#[actix_web::test]
async fn where_pasting_is_off_no_code_is_shown() {
    let server = server::start().await;
    let person = Person::new();
    let asking = confirmation(&server, &person, "no-paste", &[("handoff", "paste")]).await;
    let buttons = asking.form_to("/handoff").buttons;
    assert!(buttons.iter().all(|(_, value)| value != "paste"), "{buttons:?}");
    let answer = click_scripted(&person, &asking, "paste").await;
    assert_eq!(answer.json()["code"], serde_json::Value::Null);
    let page = ready(&server, &person, "no-paste", &[]).await;
    let code = code_on(&page);
    let text = text(&page).replace('-', "");
    assert!(!text.contains(&code[..8]), "{text}");
    server.clock.advance(60);
    assert_eq!(
        person.get(&page.url).await.state(),
        "expired",
        "a code that nobody types lives for a minute"
    );
}

#[actix_web::test]
async fn a_program_without_an_address_gets_its_code_by_hand() {
    let server = server::start().await;
    let person = Person::new();
    let page = arrive(&person, &authorize_url(&server, "cli", &[OUT_OF_BAND])).await;
    assert_eq!(page.form_to("/handoff").buttons[0].1, "paste");
    let page = click(&person, &page, "paste").await;
    let page = person.follow(page).await;
    assert_eq!((page.state().as_str(), page.forms().len()), ("ready", 0));
    let text = text(&page);
    let at = text.find("DS").expect("a code");
    let fields = [
        ("client_id", "cli"),
        ("grant_type", "authorization_code"),
        ("code", &text[at..at + 44]),
        OUT_OF_BAND,
        ("code_verifier", VERIFIER),
    ];
    assert_eq!(post(&server, "/token", None, &fields).await.status, 200);
}

#[actix_web::test]
async fn an_error_of_a_program_without_an_address_is_said_in_words() {
    let server = server::start().await;
    let person = Person::new();
    let page = arrive(&person, &authorize_url(&server, "cli", &[OUT_OF_BAND])).await;
    let cancelled = click(&person, &page, "cancel").await;
    assert_eq!((cancelled.status, &cancelled.location), (200, &None), "{cancelled:?}");
    assert_eq!(cancelled.state(), "refused");
    for more in [("scope", "openid nonsense"), ("prompt", "none login"), ("response_type", "")] {
        for mode in ["", "query", "fragment", "form_post"] {
            let more = [OUT_OF_BAND, ("response_mode", mode), more];
            let page = person.get(&authorize_url(&server, "cli", &more)).await;
            assert_eq!((page.status, &page.location), (200, &None), "{more:?}");
            assert_eq!((page.state().as_str(), page.forms().len()), ("refused", 0), "{more:?}");
        }
    }
}

#[actix_web::test]
async fn cancelling_tells_the_program_and_mints_nothing() {
    let server = server::start().await;
    let person = Person::new();
    let page = confirmation(&server, &person, "cli", &[]).await;
    let refused = click(&person, &page, "cancel").await;
    assert_eq!((refused.status, refused.state().as_str()), (200, "refused"));
    let answer = response(&refused);
    assert_eq!(refused.form().action, CLI_URI);
    assert_eq!((answer["error"].as_str(), answer["state"].as_str()), ("access_denied", "st-1"));
    assert_eq!(answer["iss"], server.iss);
    let scripted = click_scripted(&person, &page, "cancel").await.json();
    assert_eq!(
        (&scripted["code"], &scripted["location"]),
        (&serde_json::Value::Null, &serde_json::Value::Null)
    );
    assert_eq!(scripted["fields"][0], serde_json::json!(["error", "access_denied"]));
    let page = arrive(&person, &authorize_url(&server, "cli", &[])).await;
    let redirected = click(&person, &page, "cancel").await;
    assert_eq!(response(&redirected)["error"], "access_denied");
    assert!(redirected.location.unwrap().starts_with(CLI_URI));
}

#[actix_web::test]
async fn a_refused_request_is_said_in_words_and_travels_like_a_code() {
    let server = server::start().await;
    let more = [("response_mode", "form_post"), ("scope", "openid nonsense")];
    let page = Person::new().get(&authorize_url(&server, "cli", &more)).await;
    assert_eq!((page.status, page.state().as_str()), (200, "refused"));
    assert!(text(&page).contains("the scope nonsense is not assigned to this client"));
    assert_eq!(
        (page.form().action.as_str(), response(&page)["error"].as_str()),
        (CLI_URI, "invalid_scope")
    );
}

#[actix_web::test]
async fn a_trusted_program_starts_by_itself_where_it_worked_before() {
    let server = server::start().await;
    let person = Person::new();
    let url = authorize_url(&server, "trusted-cli", &[("response_mode", "form_post")]);
    let first = person.sign_in(&url, "alice", PASSWORD).await;
    assert_eq!(first.state(), "ready");
    assert!(!first.body.contains("sessionStorage"), "the first time a person clicks");
    assert_eq!(redeem_public(&server, "trusted-cli", &code_on(&first)).await.status, 200);
    server.clock.advance(1);
    let second = person.visit(&url).await;
    assert!(second.body.contains("sessionStorage"), "{second:?}");
    server.clock.advance(1);
    let third = person.visit(&url).await;
    assert!(!third.body.contains("sessionStorage"), "the second was never redeemed");
}

#[actix_web::test]
async fn the_result_page_has_the_last_word() {
    let server = server::start().await;
    for (outcome, state) in [
        ("signed_in", "signed_in"),
        ("denied", "denied"),
        ("failed", "failed"),
        ("<script>", "failed"),
        ("", "failed"),
    ] {
        let page =
            Person::new().get(&format!("{}/handoff/result?outcome={outcome}", server.url)).await;
        assert_eq!((page.status, page.state().as_str()), (200, state));
    }
}

#[actix_web::test]
async fn no_address_of_the_hand_off_is_ever_blank() {
    let server = server::start().await;
    let person = Person::new();
    for path in ["/handoff", "/handoff/", "/handoff/x/y"] {
        let page = person.get(&format!("{}{path}", server.url)).await;
        assert!((404..=405).contains(&page.status), "{page:?}");
        assert!(page.body.contains("<h1>"), "{path} is blank: {page:?}");
    }
}

#[actix_web::test]
async fn a_page_left_open_overnight_starts_again() {
    let server = server::start().await;
    let person = Person::new();
    let page = confirmation(&server, &person, "cli", &[]).await;
    server.clock.advance(3599);
    assert_eq!(click_scripted(&person, &page, "loopback").await.status, 200);
    server.clock.advance(12 * 3600);
    let scripted = click_scripted(&person, &page, "loopback").await;
    assert_eq!(scripted.status, 401);
    assert!(scripted.json()["location"].as_str().unwrap().starts_with("/authorize?client_id=cli&"));
    let page = click(&person, &page, "loopback").await;
    let page = person.follow(page).await;
    assert_eq!(page.state(), "confirm");
    assert!(text(&page).contains("2027-01-15 20:59"), "asked anew: {START:?}");
}
