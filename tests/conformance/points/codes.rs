//! Point 12: codes (RFC 6749 §4.1.2 and §10.5, RFC 9700 §2.1): used once, in time, by whom and with what
//! they were issued for. A second use kills what came of the first.

use std::collections::BTreeSet;

use crate::kit::answer::Answer;
use crate::kit::checks;
use crate::kit::provider::Provider;
use crate::kit::request::Request;
use crate::kit::tokens::{Tokens, redemption};
use crate::place::Place;
use crate::support::server::PASSWORD;

everywhere!(
    p12_codes_have_160_random_bits,
    p12_no_secret_is_at_rest,
    p12_reuse_at_once_kills_every_token_of_the_grant,
    p12_reuse_after_30_seconds_kills_every_token_of_the_grant,
    p12_reuse_near_expiry_kills_every_token_of_the_grant,
    p12_reuse_kills_the_tokens_of_later_refreshes_too,
    p12_a_code_expires_after_60_seconds,
    p12_a_code_that_may_be_pasted_expires_after_5_minutes,
    p12_a_code_is_bound_to_its_client,
    p12_a_code_is_bound_to_its_redirect_uri,
    p12_a_guessed_code_is_refused,
    p12_of_many_redemptions_at_once_one_wins,
);

/// An answer to `web` with a refresh token to come.
async fn answered(provider: &Provider) -> (Request, Answer) {
    let request = Request::of(provider, "web").with("scope", "openid offline_access");
    let answer = request.answer(provider, &provider.browser()).await;
    (request, answer)
}

/// Every token of the grant is dead, the access token's signature notwithstanding.
async fn assert_dead(provider: &Provider, tokens: &Tokens) {
    checks::refused(&provider.userinfo(tokens.access()).await, 401, "invalid_token");
    let page = provider.refresh("web", tokens.refresh(), &[]).await;
    checks::refused(&page, 400, "invalid_grant");
}

async fn p12_codes_have_160_random_bits(at: Place) {
    let provider = at.start().await;
    let mut codes = Vec::new();
    for _ in 0..8 {
        let (_, answer) = answered(&provider).await;
        codes.push(answer.code().as_bytes().to_vec());
    }
    // Typed by people, a code has an alphabet of 32: five bits a character.
    let alphabet: BTreeSet<_> = codes.iter().flatten().collect();
    assert!((16..=32).contains(&alphabet.len()), "{alphabet:?}");
    let varies = |position: &usize| codes.iter().any(|code| code[*position] != codes[0][*position]);
    assert!((0..codes[0].len()).filter(varies).count() >= 32, "{codes:?}");
}

async fn p12_no_secret_is_at_rest(at: Place) {
    let (db, on_disk) = at.store_on_disk().await;
    let provider = at.start_with(|setup| setup.db = Some(db)).await;
    let browser = provider.browser();
    let request = Request::of(&provider, "web").with("scope", "openid offline_access");
    let unused = request.answer(&provider, &browser).await;
    let tokens = provider.login(&request, &browser).await;
    let session = browser.cookie("__Host-doorstep-session").expect("a session");
    let text = on_disk.text();
    assert!(text.contains("alice"), "it is the right store");
    for secret in [unused.code(), tokens.refresh(), tokens.access(), &session, PASSWORD] {
        assert!(!text.contains(secret), "{secret} is at rest");
    }
}

async fn reuse_after(at: Place, seconds: i64) {
    let provider = at.start().await;
    let (request, answer) = answered(&provider).await;
    let first = provider.redeem(&request, &answer).await;
    let tokens = provider.tokens(&first);
    assert_eq!(provider.userinfo(tokens.access()).await.status, 200);
    provider.clock.advance(seconds);
    for _ in 0..2 {
        let again = provider.redeem(&request, &answer).await;
        checks::refused(&again, 400, "invalid_grant");
        assert_dead(&provider, &tokens).await;
    }
}

async fn p12_reuse_at_once_kills_every_token_of_the_grant(at: Place) {
    reuse_after(at, 0).await;
}

async fn p12_reuse_after_30_seconds_kills_every_token_of_the_grant(at: Place) {
    reuse_after(at, 30).await;
}

async fn p12_reuse_near_expiry_kills_every_token_of_the_grant(at: Place) {
    reuse_after(at, 59).await;
}

async fn p12_reuse_kills_the_tokens_of_later_refreshes_too(at: Place) {
    let provider = at.start().await;
    let (request, answer) = answered(&provider).await;
    let first = provider.tokens(&provider.redeem(&request, &answer).await);
    provider.clock.advance(20);
    let second = provider.tokens(&provider.refresh("web", first.refresh(), &[]).await);
    checks::refused(&provider.redeem(&request, &answer).await, 400, "invalid_grant");
    for tokens in [first, second] {
        assert_dead(&provider, &tokens).await;
    }
}

async fn p12_a_code_expires_after_60_seconds(at: Place) {
    let provider = at.start().await;
    let (in_time, too_late) = (answered(&provider).await, answered(&provider).await);
    provider.clock.advance(59);
    assert_eq!(provider.redeem(&in_time.0, &in_time.1).await.status, 200);
    provider.clock.advance(1);
    checks::refused(&provider.redeem(&too_late.0, &too_late.1).await, 400, "invalid_grant");
}

async fn p12_a_code_that_may_be_pasted_expires_after_5_minutes(at: Place) {
    let provider = at.start().await;
    let browser = provider.browser();
    let [in_time, too_late] =
        [(); 2].map(|()| Request::of(&provider, "cli").with("response_mode", "form_post"));
    let in_time = (in_time.clone(), in_time.answer(&provider, &browser).await);
    let too_late = (too_late.clone(), too_late.answer(&provider, &browser).await);
    provider.clock.advance(299);
    assert_eq!(provider.redeem(&in_time.0, &in_time.1).await.status, 200);
    provider.clock.advance(1);
    checks::refused(&provider.redeem(&too_late.0, &too_late.1).await, 400, "invalid_grant");
}

async fn p12_a_code_is_bound_to_its_client(at: Place) {
    let provider = at.start().await;
    for thief in ["other", "post", "trusted-cli"] {
        let (request, answer) = answered(&provider).await;
        let page = provider.redeem_as(thief, &redemption(&request, answer.code())).await;
        checks::refused(&page, 400, "invalid_grant");
        let page = provider.redeem(&request, &answer).await;
        checks::refused(&page, 400, "invalid_grant");
    }
}

async fn p12_a_code_is_bound_to_its_redirect_uri(at: Place) {
    let provider = at.start().await;
    for wrong in ["https://app.example/cb2", "https://app.example/cb/", "http://127.0.0.1:1/", "x"]
    {
        let (request, answer) = answered(&provider).await;
        let other = request.clone().with("redirect_uri", wrong);
        let page = provider.redeem_as("web", &redemption(&other, answer.code())).await;
        checks::refused(&page, 400, "invalid_grant");
    }
    let browser = provider.browser();
    let request = Request::of(&provider, "trusted-cli");
    let answer = request.answer(&provider, &browser).await;
    let other = request.clone().with("redirect_uri", "http://127.0.0.1:49153/");
    let page = provider.redeem_as("trusted-cli", &redemption(&other, answer.code())).await;
    checks::refused(&page, 400, "invalid_grant");
}

async fn p12_a_guessed_code_is_refused(at: Place) {
    let provider = at.start().await;
    let (request, answer) = answered(&provider).await;
    let code = answer.code();
    let (last, rest) = (&code[code.len() - 1..], &code[..code.len() - 1]);
    let near = format!("{rest}{}", if last == "A" { "B" } else { "A" });
    for guess in [near.as_str(), rest, "x", "DS\u{2028}", "' OR 1=1 --", &"DS".repeat(5000)] {
        let page = provider.redeem_as("web", &redemption(&request, guess)).await;
        checks::refused(&page, 400, "invalid_grant");
    }
    assert_eq!(provider.redeem(&request, &answer).await.status, 200);
}

async fn p12_of_many_redemptions_at_once_one_wins(at: Place) {
    let provider = at.start().await;
    let (request, answer) = answered(&provider).await;
    let attempts = (0..24).map(|_| provider.redeem(&request, &answer));
    let mut won = Vec::new();
    for page in futures_util::future::join_all(attempts).await {
        match page.status {
            200 => won.push(provider.tokens(&page)),
            _ => checks::refused(&page, 400, "invalid_grant"),
        }
    }
    let [tokens] = &won[..] else { panic!("{} of 24 won", won.len()) };
    assert_dead(&provider, tokens).await;
}
