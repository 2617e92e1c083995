//! An authorization request is understood or refused in the words that RFC 6749 §4.1.2.1 allows; and
//! whatever it says, somebody who is not signed in gets no code.
#![no_main]

use doorstep::clock::Timestamp;
use doorstep::protocol::acr::Acr;
use doorstep::protocol::client::Client;
use doorstep::protocol::decide::{Next, Situation, decide};
use doorstep::protocol::error::ProtocolError;
use doorstep::protocol::params::Params;
use doorstep::protocol::request::AuthorizationRequest;
use doorstep::protocol::scope::Scope;
use libfuzzer_sys::fuzz_target;

fn check(error: &ProtocolError) {
    let allowed = |c: char| matches!(c, ' '..='~') && c != '"' && c != '\\';
    assert!(error.description.chars().all(allowed), "{error:?}");
    assert!(error.description.len() < 1000, "{error:?}");
}

fuzz_target!(|query: &str| {
    let client = Client::native("sample-cli", &["http://127.0.0.1/callback"]);
    let (params, fault) = Params::parse_leniently(query);
    if let Some(fault) = fault {
        check(&fault);
    }
    let situation = Situation {
        signed_in: None,
        consent: Some(&Scope::parse("openid profile email offline_access")),
        redirect_uri: "http://127.0.0.1/callback",
        sign_in_since: None,
        answer: Some(true),
        needed: Acr::SingleFactor,
        within_reach: Acr::SingleFactor,
        strongest: Acr::SingleFactor,
        now: Timestamp(1_800_000_000),
    };
    match AuthorizationRequest::parse(&params, &client) {
        Ok(request) => match decide(&request, &client, situation) {
            Next::Refuse(error) => check(&error),
            next => assert!(matches!(next, Next::SignIn { .. }), "{next:?}"),
        },
        Err(error) => check(&error),
    }
});
