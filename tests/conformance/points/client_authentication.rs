//! Point 11: who may redeem (RFC 6749 §2.3, OpenID Connect Core §9). A client uses the method that it
//! has registered.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use doorstep::protocol::client::ClientSecret;

use crate::kit::checks::{self, header};
use crate::kit::provider::{Provider, basic};
use crate::kit::request::Request;
use crate::kit::tokens::redemption;
use crate::place::Place;
use crate::support::person::Page;
use crate::support::server::CLIENT_SECRET;

everywhere!(
    p11_client_secret_basic_is_form_urlencoded_or_raw,
    p11_a_plus_in_basic_credentials_is_a_space,
    p11_client_secret_post_and_none_work_for_those_who_registered_them,
    p11_a_client_uses_the_method_it_registered_and_no_other,
    p11_two_methods_at_once_are_invalid_request,
    p11_basic_with_an_empty_secret_is_a_public_client,
    p11_failed_authentication_sounds_alike_whatever_is_wrong,
);

/// A code request that alice has answered: what it is redeemed with.
async fn code(provider: &Provider, client_id: &str) -> (Request, String) {
    let request = Request::of(provider, client_id);
    let answer = request.answer(provider, &provider.browser()).await;
    (request, answer.code().to_owned())
}

/// Redeems with this `Authorization` and these parameters besides the usual ones.
async fn redeem(
    provider: &Provider,
    (request, code): &(Request, String),
    authorization: Option<&str>,
    more: &[(&str, &str)],
) -> Page {
    let fields = [&redemption(request, code), more].concat();
    provider.post_with("token_endpoint", authorization, &fields).await
}

fn raw(credentials: &str) -> String {
    format!("Basic {}", STANDARD.encode(credentials))
}

async fn p11_client_secret_basic_is_form_urlencoded_or_raw(at: Place) {
    let provider = at.start().await;
    let strict = CLIENT_SECRET.replace('-', "%2D");
    for credentials in [
        basic("web", CLIENT_SECRET),
        raw(&format!("web:{CLIENT_SECRET}")),
        raw(&format!("web:{strict}")),
        raw(&format!("%77eb:{CLIENT_SECRET}")),
        raw(&format!("web:{CLIENT_SECRET}")).replace("Basic", "basic"),
    ] {
        let code = code(&provider, "web").await;
        let page = redeem(&provider, &code, Some(&credentials), &[]).await;
        assert_eq!(page.status, 200, "{credentials} {page:?}");
    }
    let code = code(&provider, "web").await;
    let own = [("client_id", "web")];
    let page = redeem(&provider, &code, Some(&basic("web", CLIENT_SECRET)), &own).await;
    assert_eq!(page.status, 200, "the id may stand in the body too: {page:?}");
}

async fn p11_a_plus_in_basic_credentials_is_a_space(at: Place) {
    const SECRET: &str = "a b:c%d+e&f=\"ü";
    let set = |setup: &mut crate::support::server::Setup| {
        setup.clients[0].client_secret = Some(ClientSecret::new(SECRET));
    };
    let provider = at.start_with(set).await;
    for credentials in [basic("web", SECRET), raw("web:a+b%3Ac%25d%2Be%26f%3D%22%C3%BC")] {
        let code = code(&provider, "web").await;
        let page = redeem(&provider, &code, Some(&credentials), &[]).await;
        assert_eq!(page.status, 200, "{page:?}");
    }
}

async fn p11_client_secret_post_and_none_work_for_those_who_registered_them(at: Place) {
    let provider = at.start().await;
    for client in ["post", "trusted-cli"] {
        let request = Request::of(&provider, client);
        provider.login(&request, &provider.browser()).await;
    }
}

async fn p11_a_client_uses_the_method_it_registered_and_no_other(at: Place) {
    let provider = at.start().await;
    let secret = ("client_secret", CLIENT_SECRET);
    let web = code(&provider, "web").await;
    let page = redeem(&provider, &web, None, &[("client_id", "web"), secret]).await;
    checks::refused(&page, 401, "invalid_client");
    let page = redeem(&provider, &web, None, &[("client_id", "web")]).await;
    checks::refused(&page, 401, "invalid_client");
    let page = redeem(&provider, &web, Some(&basic("web", CLIENT_SECRET)), &[]).await;
    assert_eq!(page.status, 200, "who fails to authenticate does not cost the code: {page:?}");
    let post = code(&provider, "post").await;
    let page = redeem(&provider, &post, Some(&basic("post", CLIENT_SECRET)), &[]).await;
    checks::refused(&page, 401, "invalid_client");
    let page = redeem(&provider, &post, None, &[("client_id", "post"), secret]).await;
    assert_eq!(page.status, 200, "{page:?}");
    let cli = code(&provider, "trusted-cli").await;
    let page = redeem(&provider, &cli, None, &[("client_id", "trusted-cli"), secret]).await;
    checks::refused(&page, 401, "invalid_client");
}

async fn p11_two_methods_at_once_are_invalid_request(at: Place) {
    let provider = at.start().await;
    let code = code(&provider, "web").await;
    for more in [("client_secret", CLIENT_SECRET), ("client_id", "other")] {
        let page = redeem(&provider, &code, Some(&basic("web", CLIENT_SECRET)), &[more]).await;
        checks::refused(&page, 400, "invalid_request");
    }
}

async fn p11_basic_with_an_empty_secret_is_a_public_client(at: Place) {
    let provider = at.start().await;
    let code = code(&provider, "trusted-cli").await;
    // As oidc-agent sends it.
    let more = [("response_type", "token")];
    let page = redeem(&provider, &code, Some(&basic("trusted-cli", "")), &more).await;
    provider.tokens(&page);
}

async fn p11_failed_authentication_sounds_alike_whatever_is_wrong(at: Place) {
    let provider = at.start().await;
    let code = code(&provider, "web").await;
    let mut bodies = Vec::new();
    for (authorization, more) in [
        (Some(basic("web", "wrong")), &[][..]),
        (Some(basic("nobody", "wrong")), &[]),
        (Some(basic("web", "")), &[]),
        (Some(basic("WEB", CLIENT_SECRET)), &[]),
        (Some(raw("no colon")), &[]),
        (Some("Basic %%%".to_owned()), &[]),
        (Some("Bearer x".to_owned()), &[]),
        (None, &[]),
        (None, &[("client_id", "nobody")]),
        (None, &[("client_id", "post"), ("client_secret", "wrong")]),
    ] {
        let page = redeem(&provider, &code, authorization.as_deref(), more).await;
        checks::refused(&page, 401, "invalid_client");
        assert!(header(&page, "www-authenticate").starts_with("Basic "), "{page:?}");
        bodies.push(page.body);
    }
    assert!(bodies.iter().all(|body| *body == bodies[0]), "{bodies:?}");
}
