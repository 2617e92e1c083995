//! Several links of one login (the extension parameter `handoff`): the first that is redeemed wins, the
//! others die, and their pages know.

use crate::kit::*;
use crate::person::Person;
use crate::server;

const LINKS: [&str; 2] = ["loopback", "paste"];

#[actix_web::test]
async fn the_first_redeemed_wins_and_the_other_says_signed_in() {
    for winner in [0, 1] {
        let server = server::start().await;
        let (laptop, phone) = (Person::new(), Person::new());
        let pages = [
            ready(&server, &laptop, "cli", &[("handoff", LINKS[0])]).await,
            ready(&server, &phone, "cli", &[("handoff", LINKS[1])]).await,
        ];
        let people = [&laptop, &phone];
        let tokens = redeem_public(&server, "cli", &code_on(&pages[winner])).await.json();
        let loser = 1 - winner;
        assert_eq!(people[loser].get(&pages[loser].url).await.state(), "redeemed");
        assert_error(
            &redeem_public(&server, "cli", &code_on(&pages[loser])).await,
            400,
            "invalid_grant",
        );
        for at in [winner, loser] {
            assert_eq!(people[at].get(&pages[at].url).await.state(), "redeemed");
        }
        assert_eq!(userinfo(&server, &tokens).await.status, 200, "the login that won is unharmed");
    }
}

#[actix_web::test]
async fn of_both_at_once_one_wins() {
    let server = server::start().await;
    for round in 0..8 {
        let person = Person::new();
        let state = format!("st-{round}");
        let mut codes = Vec::new();
        for link in LINKS {
            codes.push(code_on(
                &ready(&server, &person, "cli", &[("handoff", link), ("state", &state)]).await,
            ));
        }
        let attempts = codes.iter().map(|code| redeem_public(&server, "cli", code));
        let pages = futures_util::future::join_all(attempts).await;
        assert_eq!(pages.iter().filter(|page| page.status == 200).count(), 1, "{pages:?}");
    }
}

#[actix_web::test]
async fn a_link_that_is_opened_after_the_login_says_signed_in() {
    let server = server::start().await;
    let person = Person::new();
    let first = ready(&server, &person, "cli", &[("handoff", "loopback")]).await;
    redeem_public(&server, "cli", &code_on(&first)).await;
    let page = confirmation(&server, &person, "cli", &[("handoff", "paste")]).await;
    let page = click(&person, &page, "paste").await;
    assert_eq!(person.follow(page).await.state(), "redeemed");
}

#[actix_web::test]
async fn other_logins_are_no_siblings() {
    let server = server::start().await;
    let person = Person::new();
    let both: [[&[(&str, &str)]; 2]; 3] = [
        [&[], &[]],
        [&[("handoff", "loopback"), ("state", "a")], &[("handoff", "paste"), ("state", "b")]],
        [&[("handoff", "loopback"), ("state", "c")], &[("state", "c")]],
    ];
    for more in both {
        let pages = [
            ready(&server, &person, "cli", more[0]).await,
            ready(&server, &person, "cli", more[1]).await,
        ];
        for page in &pages {
            assert_eq!(redeem_public(&server, "cli", &code_on(page)).await.status, 200, "{more:?}");
        }
    }
}

#[actix_web::test]
async fn the_others_stay_dead_when_the_winner_is_revoked() {
    let server = server::start().await;
    let person = Person::new();
    let scope = ("scope", "openid offline_access");
    let winner = ready(&server, &person, "cli", &[("handoff", "loopback"), scope]).await;
    let loser = ready(&server, &person, "cli", &[("handoff", "paste"), scope]).await;
    let tokens = redeem_public(&server, "cli", &code_on(&winner)).await.json();
    let token = tokens["refresh_token"].as_str().unwrap();
    post(&server, "/revoke", None, &[("client_id", "cli"), ("token", token)]).await;
    assert_eq!(person.get(&loser.url).await.state(), "redeemed");
    assert_error(&redeem_public(&server, "cli", &code_on(&loser)).await, 400, "invalid_grant");
    assert_eq!(person.get(&loser.url).await.state(), "redeemed");
}

#[actix_web::test]
async fn the_others_tell_the_truth_when_the_winner_was_used_twice() {
    let server = server::start().await;
    let person = Person::new();
    let winner = ready(&server, &person, "cli", &[("handoff", "loopback")]).await;
    let loser = ready(&server, &person, "cli", &[("handoff", "paste")]).await;
    for _ in 0..2 {
        redeem_public(&server, "cli", &code_on(&winner)).await;
    }
    for page in [winner, loser] {
        assert_eq!(person.get(&page.url).await.state(), "misused");
    }
}

#[actix_web::test]
async fn a_misused_link_leaves_the_other_good() {
    let server = server::start().await;
    let person = Person::new();
    let burnt = ready(&server, &person, "cli", &[("handoff", "loopback")]).await;
    let good = ready(&server, &person, "cli", &[("handoff", "paste")]).await;
    assert_error(&redeem_public(&server, "no-paste", &code_on(&burnt)).await, 400, "invalid_grant");
    assert_eq!(person.get(&burnt.url).await.state(), "misused");
    assert_eq!(redeem_public(&server, "cli", &code_on(&good)).await.status, 200);
}
