use super::*;
use crate::protocol::client::ClientAuthMethod;
use crate::protocol::params::Params;

const NOW: Timestamp = Timestamp(10_000);

fn request(extra: &str) -> AuthorizationRequest {
    let query = format!("response_type=code&scope=openid%20email&{extra}");
    let client = Client { require_pkce: false, ..Client::default() };
    AuthorizationRequest::parse(&Params::parse(&query).unwrap(), &client).unwrap()
}

fn signed_in_at(auth_time: i64) -> Situation<'static> {
    Situation {
        signed_in: Some(SignedIn {
            sub: "alice",
            is_hinted: true,
            auth_time: Timestamp(auth_time),
            acr: Acr::SingleFactor,
        }),
        consent: None,
        redirect_uri: "https://app.example/cb",
        sign_in_since: None,
        answer: None,
        needed: Acr::SingleFactor,
        strongest: Acr::SingleFactor,
        within_reach: Acr::SingleFactor,
        now: NOW,
    }
}

fn trusted() -> Client {
    Client { trusted: true, ..Client::default() }
}

#[test]
fn nobody_signed_in() {
    let situation = Situation { signed_in: None, ..signed_in_at(0) };
    assert_eq!(decide(&request(""), &trusted(), situation), Next::SignIn { since: None });
    let Next::Refuse(error) = decide(&request("prompt=none"), &trusted(), situation) else {
        panic!()
    };
    assert_eq!(error.code, "login_required");
}

#[test]
fn a_web_client_is_confirmed_once_for_its_scopes() {
    let (granted, less) = (Scope::parse("openid email profile"), Scope::parse("openid"));
    let with = |consent| Situation { consent, ..signed_in_at(9_990) };
    assert_eq!(decide(&request(""), &Client::default(), with(None)), Next::Confirm);
    assert_eq!(decide(&request(""), &Client::default(), with(Some(&less))), Next::Confirm);
    assert_eq!(decide(&request(""), &Client::default(), with(Some(&granted))), Next::Issue);
    assert_eq!(
        decide(&request("prompt=consent"), &Client::default(), with(Some(&granted))),
        Next::Confirm
    );
    let Next::Refuse(error) = decide(&request("prompt=none"), &Client::default(), with(None))
    else {
        panic!()
    };
    assert_eq!(error.code, "consent_required");
}

#[test]
fn a_native_client_is_confirmed_every_time() {
    let cli = Client { token_endpoint_auth_method: ClientAuthMethod::None, ..Client::default() };
    let granted = Scope::parse("openid email");
    let situation = Situation {
        consent: Some(&granted),
        redirect_uri: "http://127.0.0.1:81/",
        ..signed_in_at(9_990)
    };
    assert_eq!(decide(&request(""), &cli, situation), Next::Confirm);
    assert_eq!(decide(&request(""), &Client { trusted: true, ..cli }, situation), Next::Issue);
}

#[test]
fn prompt_login_is_satisfied_by_a_later_sign_in_only() {
    let before = signed_in_at(10_000);
    let since = Timestamp(10_001);
    assert_eq!(
        decide(&request("prompt=login"), &trusted(), before),
        Next::SignIn { since: Some(since) }
    );
    let too_early = Situation { sign_in_since: Some(since), ..before };
    assert!(matches!(decide(&request("prompt=login"), &trusted(), too_early), Next::SignIn { .. }));
    let after = Situation { sign_in_since: Some(since), ..signed_in_at(10_001) };
    assert_eq!(decide(&request("prompt=login"), &trusted(), after), Next::Issue);
}

#[test]
fn max_age_counts_seconds_since_the_sign_in() {
    let at = |auth_time| decide(&request("max_age=100"), &trusted(), signed_in_at(auth_time));
    assert_eq!(at(9_900), Next::Issue);
    assert_eq!(at(9_899), Next::SignIn { since: Some(NOW) });
    let Next::Refuse(error) =
        decide(&request("max_age=100&prompt=none"), &trusted(), signed_in_at(1))
    else {
        panic!()
    };
    assert_eq!(error.code, "login_required");
}

fn code(next: Next) -> &'static str {
    match next {
        Next::Refuse(error) => error.code,
        other => panic!("{other:?}"),
    }
}

#[test]
fn max_age_zero_wants_a_sign_in_even_within_the_second() {
    let situation = signed_in_at(NOW.0);
    let since = Some(NOW.plus(1));
    assert_eq!(decide(&request("max_age=0"), &trusted(), situation), Next::SignIn { since });
    let done = Situation { sign_in_since: since, ..signed_in_at(NOW.0 + 1) };
    assert_eq!(decide(&request("max_age=0"), &trusted(), done), Next::Issue);
}

#[test]
fn a_client_has_a_max_age_of_its_own() {
    let client = Client { default_max_age: Some(50), require_pkce: false, ..trusted() };
    let parse = |query: &str| {
        let query = format!("response_type=code&scope=openid&{query}");
        AuthorizationRequest::parse(&Params::parse(&query).unwrap(), &client).unwrap()
    };
    let at = |query: &str| decide(&parse(query), &client, signed_in_at(9_900));
    assert!(matches!(at(""), Next::SignIn { .. }));
    assert_eq!(at("max_age=100"), Next::Issue, "the request's own counts");
}

#[test]
fn somebody_else_than_was_asked_for_has_to_sign_in() {
    let alice = signed_in_at(9_990);
    let is_hinted = false;
    let stranger = Situation {
        signed_in: alice.signed_in.map(|signed_in| SignedIn { is_hinted, ..signed_in }),
        ..alice
    };
    let bob = r#"claims={"id_token":{"sub":{"value":"bob"}}}"#;
    for (query, situation) in [("", stranger), (bob, alice)] {
        let next = decide(&request(query), &trusted(), situation);
        assert_eq!(next, Next::SignIn { since: None });
        let silent = request(&format!("prompt=none&{query}"));
        assert_eq!(code(decide(&silent, &trusted(), situation)), "login_required");
    }
    let alice_too = r#"claims={"id_token":{"sub":{"values":["bob","alice"]}}}"#;
    for query in ["", alice_too] {
        assert_eq!(decide(&request(query), &trusted(), alice), Next::Issue);
    }
}

#[test]
fn one_factor_is_not_enough_where_two_are_needed() {
    let alice = signed_in_at(9_990);
    let needed = Situation { needed: Acr::MultiFactor, ..alice };
    assert_eq!(decide(&request(""), &trusted(), needed), Next::SignIn { since: None });
    let silent = decide(&request("prompt=none"), &trusted(), needed);
    assert_eq!(code(silent), "login_required");
    let acr = Acr::PhishingResistant;
    let more = alice.signed_in.map(|alice| SignedIn { acr, ..alice });
    let more = Situation { signed_in: more, ..needed };
    assert_eq!(decide(&request(""), &trusted(), more), Next::Issue);
}

#[test]
fn nobody_adds_a_factor_for_a_mere_wish() {
    let without = Situation { strongest: Acr::PhishingResistant, ..signed_in_at(9_990) };
    assert_eq!(decide(&request("acr_values=mfa"), &trusted(), without), Next::Issue);
    let with = Situation { within_reach: Acr::MultiFactor, ..without };
    let again = Next::SignIn { since: Some(NOW) };
    assert_eq!(decide(&request("acr_values=mfa"), &trusted(), with), again);
}

#[test]
fn whoever_has_just_signed_in_has_chosen_an_account() {
    let request = request("prompt=select_account");
    let nobody = Situation { signed_in: None, ..signed_in_at(0) };
    assert_eq!(decide(&request, &trusted(), nobody), Next::SignIn { since: Some(ANY_TIME) });
    let already = signed_in_at(9_990);
    assert_eq!(decide(&request, &trusted(), already), Next::Confirm);
    let chosen = Situation { answer: Some(true), ..already };
    assert_eq!(decide(&request, &trusted(), chosen), Next::Issue);
    let elsewhere = Situation { sign_in_since: Some(ANY_TIME), ..signed_in_at(1_000) };
    assert_eq!(decide(&request, &trusted(), elsewhere), Next::Issue);
}

#[test]
fn claims_asked_for_by_name_are_agreed_to_like_their_scopes() {
    let request = request(r#"claims={"userinfo":{"phone_number":null}}"#);
    for (granted, next) in [("openid email", Next::Confirm), ("openid email phone", Next::Issue)] {
        let granted = Scope::parse(granted);
        let situation = Situation { consent: Some(&granted), ..signed_in_at(9_990) };
        assert_eq!(decide(&request, &Client::default(), situation), next, "{granted}");
    }
}

#[test]
fn a_class_of_sign_in_is_asked_for_once_and_insisted_on_if_essential() {
    use Acr::{MultiFactor, SingleFactor};
    let again = Next::SignIn { since: Some(NOW) };
    let essential =
        |acr| format!(r#"claims={{"id_token":{{"acr":{{"essential":true,"value":"{acr}"}}}}}}"#);
    let (voluntary, silent) = ("acr_values=mfa".to_owned(), "prompt=none&".to_owned());
    let (mfa, gold) = (essential("mfa"), essential("gold"));
    let (silent_mfa, silent_voluntary) = (silent.clone() + &mfa, silent + &voluntary);
    let unmet = Next::Refuse(UNMET);
    for (query, reached, strongest, asked, next) in [
        (&voluntary, SingleFactor, SingleFactor, false, Next::Issue),
        (&voluntary, SingleFactor, MultiFactor, false, again.clone()),
        (&voluntary, SingleFactor, MultiFactor, true, Next::Issue),
        (&voluntary, MultiFactor, MultiFactor, false, Next::Issue),
        (&silent_voluntary, SingleFactor, MultiFactor, false, Next::Issue),
        (&mfa, SingleFactor, SingleFactor, false, unmet.clone()),
        (&mfa, SingleFactor, MultiFactor, false, again),
        (&mfa, SingleFactor, MultiFactor, true, unmet.clone()),
        (&mfa, MultiFactor, MultiFactor, false, Next::Issue),
        (&gold, MultiFactor, MultiFactor, false, unmet),
    ] {
        let alice = signed_in_at(9_990);
        let situation = Situation {
            signed_in: alice.signed_in.map(|alice| SignedIn { acr: reached, ..alice }),
            sign_in_since: asked.then_some(Timestamp(9_990)),
            strongest,
            within_reach: strongest,
            ..alice
        };
        assert_eq!(decide(&request(query), &trusted(), situation), next, "{query} {reached:?}");
    }
    let situation = Situation { strongest: MultiFactor, ..signed_in_at(9_990) };
    assert_eq!(code(decide(&request(&silent_mfa), &trusted(), situation)), "login_required");
    let nobody = Situation { signed_in: None, ..signed_in_at(0) };
    assert_eq!(
        code(decide(&request(&mfa), &trusted(), nobody)),
        "unmet_authentication_requirements",
        "nobody signs in for nothing"
    );
}
