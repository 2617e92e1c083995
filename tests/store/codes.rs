//! The code engine and its rows, races included.

use std::sync::Arc;

use doorstep::clock::{Clock, Timestamp};
use doorstep::codes::{Binding, CodeState, Codes, Presentation, RefreshPresentation, Refusal};
use doorstep::protocol::channel::Channel;
use doorstep::secret::RootKey;
use doorstep::store::Db;
use tokio::task::JoinSet;

use super::on_both;

const NOW: Timestamp = Timestamp(1_700_000_000);
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn engine(db: &Db) -> (Codes, Clock) {
    let clock = Clock::fixed(NOW);
    (Codes::new(db.clone(), RootKey::generate(), clock.clone()), clock)
}

fn binding() -> Binding {
    Binding {
        client_id: "wiki".into(),
        redirect_uri: "https://wiki.example.org/cb".into(),
        code_challenge: CHALLENGE.into(),
        payload: "Zoë's \"grant\" 🦔".into(),
        address: Some("192.0.2.7".parse().unwrap()),
        same_network: false,
        jkt: String::new(),
        account_id: Some("z1".into()),
        channel: Channel::Redirect,
        login: None,
        sid: None,
        page: None,
        lifetime: 60,
        refresh_lifetime: 1000,
        remember: 600,
    }
}

fn present(code: &str) -> Presentation<'_> {
    Presentation {
        code,
        client_id: "wiki",
        redirect_uri: "https://wiki.example.org/cb",
        code_challenge: CHALLENGE,
        address: Some("192.0.2.9".parse().unwrap()),
        ..Presentation::default()
    }
}

/// A refresh token as this client presents it, to be replaced by the next.
pub fn refresh<'a>(token: &'a str, client_id: &'a str) -> RefreshPresentation<'a> {
    RefreshPresentation { token, client_id, jkt: "", rotates: true }
}

#[tokio::test]
async fn a_code_is_redeemed_once_and_gives_back_its_payload() {
    on_both(|db| async move {
        let (codes, _) = engine(&db);
        let minted = codes.mint(binding()).await.unwrap();
        let grant = codes.redeem(present(minted.code.expose())).await.unwrap();
        assert_eq!(grant.payload, binding().payload);
        assert_eq!(
            (grant.authorized_from.as_str(), grant.redeemed_from.as_deref()),
            ("192.0.2.7", Some("192.0.2.9"))
        );
        assert!(codes.living(&minted.id).await.unwrap().is_some());
        let again = codes.redeem(present(minted.code.expose())).await.unwrap_err();
        assert!(matches!(again, Refusal::Replayed { .. }), "{again:?}");
        assert!(codes.living(&minted.id).await.unwrap().is_none(), "the replay kills the grant");
    })
    .await;
}

#[tokio::test]
async fn of_64_redeemers_one_wins() {
    on_both(|db| async move {
        let (codes, _) = engine(&db);
        for _ in 0..5 {
            let minted = Arc::new(codes.mint(binding()).await.unwrap());
            let mut redeemers = JoinSet::new();
            for _ in 0..64 {
                let (codes, minted) = (codes.clone(), minted.clone());
                redeemers.spawn(async move { codes.redeem(present(minted.code.expose())).await });
            }
            let outcomes = redeemers.join_all().await;
            assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
            let replays =
                outcomes.iter().filter(|outcome| matches!(outcome, Err(Refusal::Replayed { .. })));
            assert_eq!(replays.count(), 63);
            assert!(codes.living(&minted.id).await.unwrap().is_none());
        }
    })
    .await;
}

#[tokio::test]
async fn a_code_presented_wrongly_is_burnt() {
    on_both(|db| async move {
        let (codes, _) = engine(&db);
        let minted = codes.mint(binding()).await.unwrap();
        let right = present(minted.code.expose());
        let wrong_ones = [
            Presentation { client_id: "board", ..right.clone() },
            Presentation { redirect_uri: "https://wiki.example.org/other", ..right.clone() },
            Presentation { code_challenge: "", ..right.clone() },
        ];
        for wrong in wrong_ones {
            let minted = codes.mint(binding()).await.unwrap();
            let wrong = Presentation { code: minted.code.expose(), ..wrong };
            assert!(matches!(codes.redeem(wrong).await, Err(Refusal::Misused { .. })));
            let late = codes.redeem(present(minted.code.expose())).await;
            assert!(matches!(late, Err(Refusal::Over)), "{late:?}");
        }
        assert!(codes.redeem(right).await.is_ok(), "others' misuse is not this code's");
    })
    .await;
}

#[tokio::test]
async fn a_code_expires_to_the_second_and_is_swept_later() {
    on_both(|db| async move {
        let (codes, clock) = engine(&db);
        let (kept, lost) =
            (codes.mint(binding()).await.unwrap(), codes.mint(binding()).await.unwrap());
        clock.advance(59);
        assert!(codes.redeem(present(kept.code.expose())).await.is_ok());
        clock.advance(1);
        assert!(matches!(codes.redeem(present(lost.code.expose())).await, Err(Refusal::Over)));
        assert_eq!(codes.sweep().await.unwrap(), 0, "remembered for its access token's life");
        clock.advance(601);
        assert_eq!(codes.sweep().await.unwrap(), 1);
        assert!(matches!(codes.redeem(present(lost.code.expose())).await, Err(Refusal::Unknown)));
        clock.advance(1000);
        assert_eq!(codes.sweep().await.unwrap(), 1, "the unused refresh token's row");
    })
    .await;
}

#[tokio::test]
async fn the_first_redeemed_link_of_a_login_wins() {
    on_both(|db| async move {
        let (codes, _) = engine(&db);
        let link = || Binding {
            login: Some("one login".into()),
            page: Some(("browser".into(), "{}".into())),
            ..binding()
        };
        let (a, b) = (codes.mint(link()).await.unwrap(), codes.mint(link()).await.unwrap());
        let mut both = JoinSet::new();
        for minted in [&a, &b] {
            let (codes, code) = (codes.clone(), minted.code.expose().to_owned());
            both.spawn(async move { codes.redeem(present(&code)).await.map(|grant| grant.id) });
        }
        let outcomes = both.join_all().await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
        assert!(outcomes.iter().any(|outcome| matches!(outcome, Err(Refusal::Superseded))));
        for id in [&a.id, &b.id] {
            let (_, state) = codes.look(id, "browser").await.unwrap().unwrap();
            assert_eq!(state, CodeState::Redeemed, "both pages tell the truth");
        }
        assert!(codes.look(&a.id, "another browser").await.unwrap().is_none());
        assert!(db.last_handoff_was_redeemed("browser").await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn redemption_may_be_bound_to_the_network() {
    on_both(|db| async move {
        let (codes, _) = engine(&db);
        let bound = || Binding { same_network: true, ..binding() };
        let near = codes.mint(bound()).await.unwrap();
        assert!(codes.redeem(present(near.code.expose())).await.is_ok());
        let far = codes.mint(bound()).await.unwrap();
        let elsewhere = Presentation {
            address: Some("198.51.100.1".parse().unwrap()),
            ..present(far.code.expose())
        };
        assert!(matches!(codes.redeem(elsewhere).await, Err(Refusal::Misused { .. })));
    })
    .await;
}

#[tokio::test]
async fn a_refresh_token_rotates_and_a_replay_kills_the_family() {
    on_both(|db| async move {
        let (codes, clock) = engine(&db);
        let minted = codes.mint(binding()).await.unwrap();
        let grant = codes.redeem(present(minted.code.expose())).await.unwrap();
        let first = codes.refresh_token(&grant);
        let second = codes.refresh(refresh(first.expose(), "wiki")).await.unwrap().token;
        let double = codes.refresh(refresh(first.expose(), "wiki")).await.unwrap().token;
        assert!(second == double, "a double submit gets the same successor");
        assert!(matches!(
            codes.refresh(refresh(second.expose(), "board")).await,
            Err(Refusal::Unknown)
        ));
        let forged = second.expose().replace(".1.", ".2.");
        assert!(matches!(codes.refresh(refresh(&forged, "wiki")).await, Err(Refusal::Unknown)));
        let third = codes.refresh(refresh(second.expose(), "wiki")).await.unwrap().token;
        clock.advance(11);
        let replay = codes.refresh(refresh(second.expose(), "wiki")).await;
        assert!(matches!(replay, Err(Refusal::Replayed { .. })), "{replay:?}");
        assert!(matches!(codes.refresh(refresh(third.expose(), "wiki")).await, Err(Refusal::Over)));
    })
    .await;
}

#[tokio::test]
async fn a_refresh_token_lives_on_with_use() {
    on_both(|db| async move {
        let (codes, clock) = engine(&db);
        let minted = codes.mint(binding()).await.unwrap();
        let grant = codes.redeem(present(minted.code.expose())).await.unwrap();
        let mut token = codes.refresh_token(&grant);
        for _ in 0..5 {
            clock.advance(999);
            token = codes.refresh(refresh(token.expose(), "wiki")).await.unwrap().token;
        }
        clock.advance(1000);
        assert!(matches!(codes.refresh(refresh(token.expose(), "wiki")).await, Err(Refusal::Over)));
    })
    .await;
}

#[tokio::test]
async fn of_32_refreshers_all_get_the_one_successor() {
    on_both(|db| async move {
        let (codes, _) = engine(&db);
        let minted = codes.mint(binding()).await.unwrap();
        let grant = codes.redeem(present(minted.code.expose())).await.unwrap();
        let token = Arc::new(codes.refresh_token(&grant));
        let mut refreshers = JoinSet::new();
        for _ in 0..32 {
            let (codes, token) = (codes.clone(), token.clone());
            refreshers.spawn(async move {
                codes.refresh(refresh(token.expose(), "wiki")).await.unwrap().token
            });
        }
        let successors = refreshers.join_all().await;
        assert!(successors.iter().all(|successor| *successor == successors[0]));
    })
    .await;
}

#[tokio::test]
async fn nothing_that_redeems_is_in_the_store() {
    on_both(|db| async move {
        let (codes, _) = engine(&db);
        let minted = codes.mint(binding()).await.unwrap();
        let grant = codes.redeem(present(minted.code.expose())).await.unwrap();
        let row = format!("{grant:?}");
        assert!(!row.contains(minted.code.expose()));
        assert!(!row.contains(codes.refresh_token(&grant).expose()));
        let (stranger, _) = engine(&db);
        let stolen = stranger.code_of(&grant);
        assert!(matches!(codes.redeem(present(stolen.expose())).await, Err(Refusal::Unknown)));
    })
    .await;
}

#[tokio::test]
async fn what_ends_with_its_session_is_revoked_and_nothing_else() {
    on_both(|db| async move {
        let (codes, _) = engine(&db);
        let mint = |sid: &'static str, refresh_lifetime| {
            let sid = (!sid.is_empty()).then(|| sid.to_owned());
            codes.mint(Binding { sid, refresh_lifetime, ..binding() })
        };
        let bound = mint("a", 0).await.unwrap();
        let waiting = mint("a", 0).await.unwrap();
        let beyond = mint("a", 1000).await.unwrap();
        let (other, none) = (mint("b", 0).await.unwrap(), mint("", 0).await.unwrap());
        for minted in [&bound, &beyond, &other, &none] {
            codes.redeem(present(minted.code.expose())).await.unwrap();
        }
        db.end_session("a", NOW).await.unwrap();
        assert!(codes.living(&bound.id).await.unwrap().is_none());
        let refused = codes.redeem(present(waiting.code.expose())).await;
        assert!(matches!(refused, Err(Refusal::Over)), "{refused:?}");
        for minted in [&beyond, &other, &none] {
            assert!(codes.living(&minted.id).await.unwrap().is_some());
        }
    })
    .await;
}

#[tokio::test]
async fn a_person_finds_what_is_alive_and_takes_it_back() {
    on_both(|db| async move {
        let (codes, clock) = engine(&db);
        let mint = |account: &str, refresh_lifetime| {
            let account_id = (!account.is_empty()).then(|| account.to_owned());
            codes.mint(Binding { account_id, refresh_lifetime, ..binding() })
        };
        let (old, young) = (mint("z1", 1000).await.unwrap(), mint("z1", 1000).await.unwrap());
        let (brief, waiting) = (mint("z1", 0).await.unwrap(), mint("z1", 0).await.unwrap());
        let (other, nobodys) = (mint("z2", 1000).await.unwrap(), mint("", 1000).await.unwrap());
        for minted in [&young, &brief, &other, &nobodys] {
            codes.redeem(present(minted.code.expose())).await.unwrap();
        }
        let first = codes.redeem(present(old.code.expose())).await.unwrap();
        clock.advance(20);
        let token = codes.refresh_token(&first);
        codes.refresh(refresh(token.expose(), "wiki")).await.unwrap();
        let ids = async |limit| -> Vec<String> {
            let found = db.living_grants_of("z1", clock.now(), limit).await.unwrap();
            found.into_iter().map(|grant| grant.id).collect()
        };
        assert_eq!(ids(1).await, [old.id.as_str()], "the last used comes first");
        assert_eq!(ids(10).await.len(), 3);
        clock.advance(660);
        assert_eq!(ids(10).await, [old.id.as_str(), &young.id], "what is over is not there");
        let now = clock.now();
        assert!(!db.revoke_grant_of("z1", &other.id, now).await.unwrap());
        assert!(db.revoke_grant_of("z1", &young.id, now).await.unwrap());
        assert!(!db.revoke_grant_of("z1", &young.id, now).await.unwrap());
        assert_eq!(ids(10).await, [old.id.as_str()]);
        let fresh = mint("z1", 0).await.unwrap();
        assert_eq!(db.revoke_grants_of("z1", now).await.unwrap(), 2, "a waiting code counts too");
        for minted in [&fresh, &waiting] {
            let refused = codes.redeem(present(minted.code.expose())).await;
            assert!(matches!(refused, Err(Refusal::Over)), "{refused:?}");
        }
        for minted in [&other, &nobodys] {
            assert!(codes.living(&minted.id).await.unwrap().is_some());
        }
    })
    .await;
}

#[tokio::test]
async fn a_code_that_a_person_carried_is_known() {
    on_both(|db| async move {
        let (codes, _) = engine(&db);
        for (minted, carried, channel) in [
            (Channel::Loopback, false, Channel::Loopback),
            (Channel::Loopback, true, Channel::Pasted),
            (Channel::Pasted, false, Channel::Pasted),
            (Channel::Redirect, true, Channel::Redirect),
        ] {
            let code = codes.mint(Binding { channel: minted, ..binding() }).await.unwrap().code;
            let sent = if carried { code.grouped() } else { code.expose().to_owned() };
            assert_eq!(codes.redeem(present(&sent)).await.unwrap().channel, channel, "{minted:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_code_that_is_bound_to_a_key_is_redeemed_with_it_alone() {
    on_both(|db| async move {
        let (codes, _) = engine(&db);
        for (bound, proven, is_good) in
            [("k", "k", true), ("k", "", false), ("k", "other", false), ("", "k", true)]
        {
            let minted = codes.mint(Binding { jkt: bound.into(), ..binding() }).await.unwrap();
            let presented = Presentation { jkt: proven, ..present(minted.code.expose()) };
            match codes.redeem(presented).await {
                Ok(_) => assert!(is_good, "{bound} {proven}"),
                Err(Refusal::Misused { .. }) => assert!(!is_good, "{bound} {proven}"),
                other => panic!("{other:?}"),
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_refresh_token_that_is_bound_to_a_key_is_used_with_it_alone() {
    on_both(|db| async move {
        let (codes, _) = engine(&db);
        let minted = codes.mint(binding()).await.unwrap();
        let presented =
            Presentation { jkt: "k", refresh_jkt: "k", ..present(minted.code.expose()) };
        let grant = codes.redeem(presented).await.unwrap();
        let token = codes.refresh_token(&grant);
        let with = |jkt| RefreshPresentation { jkt, ..refresh(token.expose(), "wiki") };
        for wrong in ["", "other"] {
            assert!(matches!(codes.refresh(with(wrong)).await, Err(Refusal::Unproven)));
        }
        assert!(codes.refresh(with("k")).await.is_ok(), "a thief does not kill it either");
    })
    .await;
}

#[tokio::test]
async fn a_refresh_token_that_does_not_rotate_stays_good_and_slides() {
    on_both(|db| async move {
        let (codes, clock) = engine(&db);
        let minted = codes.mint(binding()).await.unwrap();
        let grant = codes.redeem(present(minted.code.expose())).await.unwrap();
        let token = codes.refresh_token(&grant);
        let same = || RefreshPresentation { rotates: false, ..refresh(token.expose(), "wiki") };
        for _ in 0..3 {
            clock.advance(900);
            let refreshed = codes.refresh(same()).await.unwrap();
            assert_eq!(refreshed.token.expose(), token.expose());
        }
        clock.advance(1001);
        assert!(matches!(codes.refresh(same()).await, Err(Refusal::Over)));
    })
    .await;
}
