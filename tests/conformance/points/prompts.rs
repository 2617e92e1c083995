//! Point 5: `prompt` (OpenID Connect Core §3.1.2.1), and whose session an answer is made of.

use crate::kit::checks;
use crate::kit::request::{
    Request, agree, asks_for_consent, asks_for_password, give_password, obey,
};
use crate::place::Place;

everywhere!(
    p05_prompt_none_without_a_session_is_login_required,
    p05_prompt_none_without_consent_is_consent_required,
    p05_prompt_none_never_shows_a_page,
    p05_prompt_none_keeps_auth_time_and_subject,
    p05_prompt_login_asks_although_somebody_is_signed_in,
    p05_prompt_login_renews_auth_time_even_within_the_second,
    p05_prompt_login_asks_again_when_it_is_asked_again,
    p05_prompt_login_is_not_satisfied_by_somebody_elses_progress,
    p05_prompt_consent_asks_although_it_was_given,
    p05_prompt_select_account_lets_another_person_in,
);

async fn p05_prompt_none_without_a_session_is_login_required(at: Place) {
    let provider = at.start().await;
    let state: String = "aZ9-._~".chars().cycle().take(128).collect();
    for client in ["web", "stranger", "cli", "trusted-cli"] {
        for mode in ["query", "fragment", "form_post"] {
            let request = Request::of(&provider, client).but(&[
                ("prompt", "none"),
                ("state", &state),
                ("response_mode", mode),
            ]);
            let answer = request.answer_unasked(&provider, &provider.browser()).await;
            checks::error(&provider, &request, &answer);
            assert_eq!(answer.error(), "login_required", "{client} by {mode}");
        }
    }
}

async fn p05_prompt_none_without_consent_is_consent_required(at: Place) {
    let provider = at.start().await;
    let browser = provider.browser();
    provider.login(&Request::of(&provider, "web"), &browser).await;
    for client in ["stranger", "cli"] {
        let request = Request::of(&provider, client).with("prompt", "none");
        let answer = request.answer_unasked(&provider, &browser).await;
        checks::error(&provider, &request, &answer);
        assert_eq!(answer.error(), "consent_required", "{client}");
    }
    let request = Request::of(&provider, "stranger");
    provider.login(&request, &browser).await;
    let silent = Request::of(&provider, "stranger").with("prompt", "none");
    provider.login_unasked(&silent, &browser).await;
    let wider = silent.with("scope", "openid email");
    assert_eq!(wider.answer_unasked(&provider, &browser).await.error(), "consent_required");
}

async fn p05_prompt_none_never_shows_a_page(at: Place) {
    let provider = at.start().await;
    let browser = provider.browser();
    provider.login(&Request::of(&provider, "web"), &browser).await;
    for (client, error) in [("web", None), ("trusted-cli", None), ("cli", Some("consent_required"))]
    {
        for mode in ["query", "form_post"] {
            let request =
                Request::of(&provider, client).but(&[("prompt", "none"), ("response_mode", mode)]);
            let page = request.open(&provider, &browser).await;
            let waits = page.location.is_none() && !page.body.contains("<script");
            assert!(!waits, "{client} by {mode} waits for somebody: {page:?}");
            let answer = request.answer_unasked(&provider, &browser).await;
            assert_eq!(answer.get("error"), error, "{client} by {mode}");
        }
    }
}

async fn p05_prompt_none_keeps_auth_time_and_subject(at: Place) {
    let provider = at.start().await;
    let browser = provider.browser();
    let first = provider.login(&Request::of(&provider, "web"), &browser).await.claims();
    provider.clock.advance(5000);
    let request = Request::of(&provider, "web").with("prompt", "none");
    let second = provider.login_unasked(&request, &browser).await.claims();
    for claim in ["auth_time", "sub", "sid", "amr"] {
        assert_eq!(second[claim], first[claim], "{claim}");
    }
    assert_eq!(second["iat"].as_i64(), first["iat"].as_i64().map(|iat| iat + 5000));
}

async fn p05_prompt_login_asks_although_somebody_is_signed_in(at: Place) {
    let provider = at.start().await;
    let browser = provider.browser();
    let request = Request::of(&provider, "web").with("prompt", "login");
    let page = request.open(&provider, &browser).await;
    let page = give_password("alice", &browser, &page).await;
    assert!(!asks_for_password(&page), "without a session once is enough");
    obey("alice", &browser, page).await;
    let page = request.open(&provider, &browser).await;
    assert!(asks_for_password(&page), "{page:?}");
}

async fn p05_prompt_login_renews_auth_time_even_within_the_second(at: Place) {
    for pause in [0, 1, 40] {
        let provider = at.start().await;
        let browser = provider.browser();
        let first = provider.login(&Request::of(&provider, "web"), &browser).await.claims();
        provider.clock.advance(pause);
        let request = Request::of(&provider, "web").with("prompt", "login");
        assert!(asks_for_password(&request.open(&provider, &browser).await));
        let second = provider.login(&request, &browser).await.claims();
        assert!(second["auth_time"].as_i64() > first["auth_time"].as_i64(), "after {pause} s");
        assert_eq!(second["sub"], first["sub"]);
        assert_eq!(second["sid"], first["sid"], "the session goes on");
    }
}

async fn p05_prompt_login_asks_again_when_it_is_asked_again(at: Place) {
    let provider = at.start().await;
    let browser = provider.browser();
    let request = Request::of(&provider, "web").with("prompt", "login");
    for _ in 0..3 {
        assert!(asks_for_password(&request.open(&provider, &browser).await));
        request.answer(&provider, &browser).await;
    }
}

async fn p05_prompt_login_is_not_satisfied_by_somebody_elses_progress(at: Place) {
    let provider = at.start().await;
    let (alice, mallory) = (provider.browser(), provider.browser());
    for browser in [&alice, &mallory] {
        provider.login(&Request::of(&provider, "web"), browser).await;
    }
    let request = Request::of(&provider, "web").with("prompt", "login");
    let page = request.open(&provider, &mallory).await;
    let form = page.form_to("/login");
    let (_, next) = form.fields.iter().find(|(name, _)| name == "next").expect("where to go on");
    provider.clock.advance(10);
    give_password("alice", &mallory, &page).await;
    provider.login(&Request::of(&provider, "other").with("prompt", "login"), &alice).await;
    let link = url::Url::parse(&page.url).unwrap().join(next).unwrap();
    assert!(asks_for_password(&alice.visit(link.as_str()).await), "mallory's link is not alice's");
}

async fn p05_prompt_consent_asks_although_it_was_given(at: Place) {
    let provider = at.start().await;
    let browser = provider.browser();
    for client in ["web", "stranger"] {
        provider.login(&Request::of(&provider, client), &browser).await;
        let request = Request::of(&provider, client).with("prompt", "consent");
        let page = request.open(&provider, &browser).await;
        assert!(asks_for_consent(&page), "{client} {page:?}");
        obey("alice", &browser, agree(&browser, &page).await).await;
        provider.login_unasked(&Request::of(&provider, client), &browser).await;
    }
    let request = Request::of(&provider, "trusted-cli")
        .but(&[("prompt", "consent"), ("response_mode", "form_post")]);
    let page = request.open(&provider, &browser).await;
    assert_eq!(page.state(), "confirm", "{page:?}");
    let both = Request::of(&provider, "web").with("prompt", "login consent");
    let page = both.open(&provider, &browser).await;
    let page = give_password("alice", &browser, &page).await;
    assert!(asks_for_consent(&page), "{page:?}");
}

async fn p05_prompt_select_account_lets_another_person_in(at: Place) {
    let provider = at.start().await;
    let browser = provider.browser();
    let first = provider.login(&Request::of(&provider, "web"), &browser).await.claims();
    let request = Request::of(&provider, "web").with("prompt", "select_account");
    let stays = provider.login(&request, &browser).await.claims();
    assert_eq!((&stays["sub"], &stays["auth_time"]), (&first["sub"], &first["auth_time"]));
    let page = request.open(&provider, &browser).await;
    let switch = Some(("answer", "switch"));
    let page = browser.follow(browser.submit(&page.form_to("/consent"), switch, &[]).await).await;
    assert!(asks_for_password(&page), "{page:?}");
    let page = give_password("bob", &browser, &page).await;
    let answer = obey("bob", &browser, page).await;
    let tokens = provider.tokens(&provider.redeem(&request, &answer).await);
    let changes = provider.check_id_token(&request, &tokens).await;
    assert_ne!(changes["sub"], first["sub"]);
}
