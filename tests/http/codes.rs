//! Authorization codes under attack (RFC 6749 §4.1.2, RFC 7636, RFC 9700 §2.1): used once, in time, by
//! whom and with what they were issued for. Whatever is wrong, the answer is the same.

use doorstep::protocol::code::Code;

use crate::kit::*;
use crate::person::{Page, Person};
use crate::server::{self, Server, Setup};

#[track_caller]
fn assert_dead(page: &Page) {
    assert_error(page, 400, "invalid_grant");
}

/// A fresh code of `web` with a refresh token to come.
async fn code(server: &Server) -> String {
    web_response(server, &Person::new(), "web", &[("scope", "openid offline_access")]).await["code"]
        .clone()
}

/// Redeems as `web`; later values of a name replace earlier ones, empty ones remove it.
async fn redeem_with(server: &Server, code: &str, more: &[(&str, &str)]) -> Page {
    let mut fields = vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", WEB_URI),
        ("code_verifier", VERIFIER),
    ];
    for (name, value) in more {
        fields.retain(|(known, _)| known != name);
        if !value.is_empty() {
            fields.push((name, value));
        }
    }
    token(server, "web", &fields).await
}

#[actix_web::test]
async fn codes_have_160_bits_and_none_is_like_another() {
    let server = server::start().await;
    let person = Person::new();
    let mut codes = Vec::new();
    for _ in 0..8 {
        codes.push(web_response(&server, &person, "web", &[]).await["code"].clone());
    }
    codes.sort();
    codes.dedup();
    assert_eq!(codes.len(), 8);
    assert!(codes.iter().all(|code| code.len() == 36), "32 symbols carry five bits each");
}

#[actix_web::test]
async fn a_guessed_code_is_refused() {
    let server = server::start().await;
    let well_formed = Code::from_bits(&[7; 32]);
    for guess in [well_formed.expose(), "DS", "x", "DS\u{2028}", "' OR 1=1 --", &"DS".repeat(5000)]
    {
        assert_dead(&redeem(&server, "web", guess).await);
    }
    assert_error(&redeem_with(&server, "", &[("code", "")]).await, 400, "invalid_request");
}

#[actix_web::test]
async fn an_expired_code_is_refused() {
    let server = server::start().await;
    let (in_time, too_late) = (code(&server).await, code(&server).await);
    server.clock.advance(59);
    assert_eq!(redeem(&server, "web", &in_time).await.status, 200);
    server.clock.advance(1);
    assert_dead(&redeem(&server, "web", &too_late).await);
}

#[actix_web::test]
async fn a_code_that_is_pasted_lives_for_five_minutes() {
    let server = server::start().await;
    let person = Person::new();
    let in_time = code_on(&ready(&server, &person, "cli", &[]).await);
    let too_late = code_on(&ready(&server, &person, "cli", &[("state", "st-2")]).await);
    server.clock.advance(299);
    assert_eq!(redeem_public(&server, "cli", &in_time).await.status, 200);
    server.clock.advance(1);
    assert_dead(&redeem_public(&server, "cli", &too_late).await);
}

#[actix_web::test]
async fn code_reuse_kills_every_token_of_the_grant() {
    for pause in [0, 30] {
        let server = server::start().await;
        let code = code(&server).await;
        let tokens = redeem(&server, "web", &code).await.json();
        assert_eq!(userinfo(&server, &tokens).await.status, 200);
        server.clock.advance(pause);
        assert_dead(&redeem(&server, "web", &code).await);
        assert_error(&userinfo(&server, &tokens).await, 401, "invalid_token");
        assert_dead(&refresh(&server, "web", &tokens["refresh_token"]).await);
    }
}

#[actix_web::test]
async fn code_reuse_kills_the_tokens_of_later_refreshes_too() {
    let server = server::start().await;
    let code = code(&server).await;
    let first = redeem(&server, "web", &code).await.json();
    server.clock.advance(20);
    let second = refresh(&server, "web", &first["refresh_token"]).await.json();
    assert_dead(&redeem(&server, "web", &code).await);
    for tokens in [first, second] {
        assert_error(&userinfo(&server, &tokens).await, 401, "invalid_token");
        assert_dead(&refresh(&server, "web", &tokens["refresh_token"]).await);
    }
}

#[actix_web::test]
async fn another_clients_code_is_refused_and_burnt() {
    let server = server::start().await;
    let code = code(&server).await;
    assert_dead(&redeem(&server, "other", &code).await);
    assert_dead(&redeem(&server, "web", &code).await);
}

#[actix_web::test]
async fn a_code_needs_the_redirect_uri_that_it_was_sent_to() {
    let server = server::start().await;
    for wrong in ["https://app.example/cb2", "https://app.example/cb/", "https://app.example/cb?"] {
        let code = code(&server).await;
        assert_dead(&redeem_with(&server, &code, &[("redirect_uri", wrong)]).await);
        assert_dead(&redeem(&server, "web", &code).await);
    }
    let code = code(&server).await;
    assert_error(
        &redeem_with(&server, &code, &[("redirect_uri", "")]).await,
        400,
        "invalid_request",
    );
}

#[actix_web::test]
async fn a_loopback_code_needs_the_port_that_it_was_sent_to() {
    let server = server::start().await;
    let code = code_on(&ready(&server, &Person::new(), "cli", &[]).await);
    let fields = [
        ("client_id", "cli"),
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", "http://127.0.0.1:49153/"),
        ("code_verifier", VERIFIER),
    ];
    assert_dead(&post(&server, "/token", None, &fields).await);
}

#[actix_web::test]
async fn a_code_needs_the_verifier_of_its_challenge() {
    let server = server::start().await;
    let other = "a".repeat(43);
    for wrong in
        ["", &other, CHALLENGE, "short", &"a".repeat(129), &format!("{}!", &VERIFIER[..42])]
    {
        let code = code(&server).await;
        assert_dead(&redeem_with(&server, &code, &[("code_verifier", wrong)]).await);
    }
}

#[actix_web::test]
async fn a_verifier_without_a_challenge_is_a_downgrade_and_refused() {
    let server = server::start().await;
    let without = [("code_challenge", ""), ("code_challenge_method", "")];
    let response = web_response(&server, &Person::new(), "web", &without).await;
    assert_dead(&redeem(&server, "web", &response["code"]).await);
}

#[actix_web::test]
async fn a_confidential_client_may_go_without_pkce_if_its_settings_say_so() {
    let server = server::start().await;
    let without = [("code_challenge", ""), ("code_challenge_method", ""), ("nonce", "")];
    let response = web_response(&server, &Person::new(), "web", &without).await;
    let page = redeem_with(&server, &response["code"], &[("code_verifier", "")]).await;
    assert_eq!(page.status, 200, "{page:?}");
    assert_eq!(id_token(&page.json()).get("nonce"), None, "no nonce was sent");
}

#[actix_web::test]
async fn plain_and_missing_challenges_are_refused() {
    let server = server::start().await;
    let person = Person::new();
    let attempts: [&[(&str, &str)]; 6] = [
        &[("code_challenge_method", "plain")],
        &[("code_challenge_method", "")],
        &[("code_challenge_method", "s256")],
        &[("code_challenge", "")],
        &[("code_challenge", VERIFIER), ("code_challenge_method", "plain")],
        &[("code_challenge", "too-short")],
    ];
    for attempt in attempts {
        let response = web_response(&server, &person, "web", attempt).await;
        assert_eq!(response["error"], "invalid_request", "{attempt:?}");
    }
    let without = [("code_challenge", ""), ("code_challenge_method", "")];
    for client in ["other", "cli"] {
        let response = web_response(&server, &person, client, &without).await;
        assert_eq!(response["error"], "invalid_request", "{client} must send one");
        assert!(!response.contains_key("code"));
    }
}

#[actix_web::test]
async fn of_many_redemptions_at_once_one_wins() {
    let server = server::start().await;
    let code = code(&server).await;
    let attempts = (0..40).map(|_| redeem(&server, "web", &code));
    let mut won = 0;
    for page in futures_util::future::join_all(attempts).await {
        match page.status {
            200 => won += 1,
            _ => assert_dead(&page),
        }
    }
    assert_eq!(won, 1);
}

#[actix_web::test]
async fn replicas_share_their_codes_and_one_of_them_wins() {
    let db = server::store().await;
    let root = doorstep::secret::RootKey::generate();
    let replica = || Setup {
        db: Some(db.clone()),
        root: root.clone(),
        issuer: Some("http://localhost:8080".into()),
        ..Setup::default()
    };
    let (one, two) = (replica().start().await, replica().start().await);
    let code = code(&one).await;
    let attempts = (0..20).map(|i| redeem(if i % 2 == 0 { &one } else { &two }, "web", &code));
    let pages = futures_util::future::join_all(attempts).await;
    let won: Vec<_> = pages.iter().filter(|page| page.status == 200).collect();
    assert_eq!(won.len(), 1);
    let tokens = won[0].json();
    assert_error(&userinfo(&two, &tokens).await, 401, "invalid_token");
}

#[actix_web::test]
async fn a_refused_code_tells_nothing_of_why() {
    let server = server::start().await;
    let (spent, others) = (code(&server).await, code(&server).await);
    redeem(&server, "web", &spent).await;
    let answers = [
        redeem(&server, "web", Code::from_bits(&[1; 32]).expose()).await,
        redeem(&server, "web", &spent).await,
        redeem(&server, "other", &others).await,
        redeem(&server, "web", &others).await,
    ];
    assert!(answers.iter().all(|page| page.body == answers[0].body), "{answers:?}");
}
