//! A bank: a client that keeps the FAPI 2.0 Security Profile, and a person who signs in to it.

use doorstep::protocol::client::{Client, Profile, SigningAlg};
use serde_json::json;

use super::answer::Answer;
use super::checks;
use super::dpop::Prover;
use super::provider::Provider;
use super::pushed::{beside, link};
use super::request::{Request, obey};
use super::tokens::Tokens;
use crate::place::Place;
use crate::support::client_key::{ClientKey, key_client};
use crate::support::person::Page;

/// Its id.
pub const ID: &str = "bank";
/// Where it pushes.
pub const PUSH: &str = "pushed_authorization_request_endpoint";
/// Where it redeems.
pub const TOKEN: &str = "token_endpoint";
/// What FAPI 2.0 lets a client sign by.
pub const ALGS: [SigningAlg; 3] = [SigningAlg::PS256, SigningAlg::ES256, SigningAlg::EdDSA];

/// A client that keeps the profile.
pub fn bank(key: &ClientKey, alg: SigningAlg) -> Client {
    let client = Client {
        profile: Some(Profile::Fapi2),
        id_token_signed_response_alg: alg,
        access_token_signed_response_alg: alg,
        authorization_signed_response_alg: alg,
        ..key_client(ID, key)
    };
    assert_eq!(client.check(), Ok(()));
    client
}

/// A provider with that client.
pub async fn start(at: Place, key: ClientKey, alg: SigningAlg) -> Provider {
    start_with(at, bank(&key, alg), key).await
}

/// A provider with a client that has this key.
pub async fn start_with(at: Place, client: Client, key: ClientKey) -> Provider {
    let mut provider = at.start_with(|setup| setup.clients.push(client)).await;
    provider.client_key = Some(key);
    provider
}

/// A provider and the client's own key.
pub async fn usual(at: Place) -> (Provider, ClientKey) {
    let key = ClientKey::new(SigningAlg::ES256, "one");
    (start(at, key.clone(), SigningAlg::ES256).await, key)
}

/// A usual request.
pub fn request(provider: &Provider) -> Request {
    Request::of(provider, ID).with("scope", "openid email offline_access")
}

/// Pushes a request, with a proof.
pub async fn push(program: &Prover<'_>, request: &Request) -> Page {
    program.post(PUSH, ID, &beside(request), &program.for_post(PUSH)).await
}

/// The answer to a request that is pushed by this program, when alice does what she is asked.
pub async fn answer(provider: &Provider, program: &Prover<'_>, request: &Request) -> Answer {
    let pushed = push(program, request).await;
    assert_eq!(pushed.status, 201, "{pushed:?}");
    let lifetime = pushed.json()["expires_in"].as_i64();
    assert!(lifetime.is_some_and(|seconds| (1..600).contains(&seconds)), "{pushed:?}");
    let browser = provider.browser();
    let page = browser.visit(&link(provider, ID, &pushed)).await;
    obey("alice", &browser, page).await.opened(provider, ID).await
}

/// The tokens of a login, bound to the program's key.
pub async fn login(provider: &Provider, program: &Prover<'_>, request: &Request) -> Tokens {
    let answer = answer(provider, program, request).await;
    checks::success(provider, request, &answer);
    let page = program.redeem(request, &answer, &program.for_post(TOKEN)).await;
    assert_eq!((page.status, &page.json()["token_type"]), (200, &json!("DPoP")), "{page:?}");
    Tokens { json: page.json() }
}
