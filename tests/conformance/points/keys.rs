//! Point 18: signing keys (RFC 7517, RFC 7518): which there are, how they are published, and how they
//! change without anybody noticing.

use std::collections::BTreeSet;

use doorstep::protocol::client::SigningAlg;
use doorstep::secret::RootKey;

use crate::kit::checks::header;
use crate::kit::jose::{self, object};
use crate::kit::provider::Provider;
use crate::kit::request::Request;
use crate::place::Place;
use crate::support::server::{Setup, clients};

everywhere!(
    p18_rs256_is_the_default_and_each_algorithm_a_setting_of_the_client,
    p18_every_published_key_has_a_kid_and_nothing_private,
    p18_the_key_set_is_cached_and_revalidated,
    p18_the_next_key_is_published_before_use_and_the_old_one_kept,
    p18_replicas_agree_without_a_restart,
);

async fn p18_rs256_is_the_default_and_each_algorithm_a_setting_of_the_client(at: Place) {
    let set = |setup: &mut Setup| {
        let client = |alg: SigningAlg| doorstep::protocol::client::Client {
            client_id: alg.as_str().into(),
            id_token_signed_response_alg: alg,
            access_token_signed_response_alg: alg,
            ..clients().swap_remove(1)
        };
        setup.clients.extend(SigningAlg::ALL.map(client));
    };
    let provider = at.start_with(set).await;
    let browser = provider.browser();
    let default = provider.login(&Request::of(&provider, "web"), &browser).await;
    assert_eq!(jose::peek(default.id_token()).0["alg"], "RS256");
    for alg in SigningAlg::ALL.map(SigningAlg::as_str) {
        assert!(provider.lists("id_token_signing_alg_values_supported", alg), "{alg}");
        let tokens = provider.login(&Request::of(&provider, alg), &browser).await;
        let keys = provider.keys().await;
        for token in [tokens.id_token(), tokens.access()] {
            assert_eq!(jose::verify(token, &keys).0["alg"], alg);
        }
        assert_eq!(provider.userinfo(tokens.access()).await.status, 200);
    }
    let listed = provider.metadata["id_token_signing_alg_values_supported"].as_array().unwrap();
    assert_eq!(listed.len(), SigningAlg::ALL.len());
}

async fn p18_every_published_key_has_a_kid_and_nothing_private(at: Place) {
    let provider = at.start().await;
    provider.login(&Request::of(&provider, "web"), &provider.browser()).await;
    let page = provider.get(provider.endpoint("jwks_uri")).await;
    assert_eq!((page.status, header(&page, "content-type")), (200, "application/json"));
    let json = page.json();
    let keys = json["keys"].as_array().expect("keys");
    let mut kids = BTreeSet::new();
    for key in keys {
        for (name, value) in object(key) {
            let known = ["kid", "kty", "alg", "use", "crv", "x", "y", "n", "e"];
            assert!(known.contains(&name.as_str()), "{name} in {key}");
            assert!(value.as_str().is_some_and(|text| !text.is_empty()), "{name} in {key}");
        }
        assert!(["RSA", "EC", "OKP"].contains(&key["kty"].as_str().expect("kty")), "{key}");
        assert_eq!(key["use"], "sig");
        assert!(kids.insert(key["kid"].as_str().expect("kid")), "{key} has the kid of another");
    }
    assert!(keys.iter().any(|key| key["alg"] == "RS256"), "{json}");
}

async fn p18_the_key_set_is_cached_and_revalidated(at: Place) {
    let provider = at.start().await;
    let url = provider.endpoint("jwks_uri");
    let page = provider.get(url).await;
    assert!(header(&page, "cache-control").contains("max-age="), "{page:?}");
    let etag = header(&page, "etag");
    assert!(etag.starts_with('"'), "{page:?}");
    for (known, status) in [(etag, 304), (&format!("W/{etag}, \"x\""), 304), ("\"x\"", 200)] {
        let headers = [("if-none-match", known)];
        let again = provider.send(reqwest::Method::GET, url, &headers, "").await;
        assert_eq!((again.status, header(&again, "etag")), (status, etag), "{known}");
        assert_eq!(again.body.is_empty(), status == 304);
    }
}

/// The ids of the published keys.
async fn kids(provider: &Provider) -> BTreeSet<String> {
    let json = provider.get(provider.endpoint("jwks_uri")).await.json();
    let keys = json["keys"].as_array().expect("keys").iter();
    keys.map(|key| key["kid"].as_str().expect("kid").to_owned()).collect()
}

/// The id of the key that signs now.
async fn kid(provider: &Provider) -> String {
    let tokens = provider.login(&Request::of(provider, "web"), &provider.browser()).await;
    let (header, _) = jose::peek(tokens.id_token());
    header["kid"].as_str().expect("kid").to_owned()
}

async fn p18_the_next_key_is_published_before_use_and_the_old_one_kept(at: Place) {
    let provider = at.start().await;
    let request = Request::of(&provider, "web");
    let before = provider.login(&request, &provider.browser()).await;
    let old = kid(&provider).await;
    let published = kids(&provider).await;
    provider.server.issuer.keys().rotate(SigningAlg::RS256, false).await.unwrap();
    let announced = kids(&provider).await;
    assert_eq!(announced.difference(&published).count(), 1);
    assert_eq!(kid(&provider).await, old, "nobody knows the new key yet");
    let page = provider.get(provider.endpoint("jwks_uri")).await;
    let max_age = header(&page, "cache-control").split("max-age=").nth(1).expect("a time");
    provider.clock.advance(max_age.parse::<i64>().expect("seconds") - 1);
    assert_eq!(kid(&provider).await, old, "some have the old set in their cache");
    provider.clock.advance(302);
    let new = kid(&provider).await;
    assert!(new != old && announced.contains(&new));
    jose::verify(before.id_token(), &provider.keys().await);
    provider.clock.advance(2 * 86_400);
    provider.server.issuer.keys().reload().await.unwrap();
    assert!(!kids(&provider).await.contains(&old), "its last token has expired");
}

async fn p18_replicas_agree_without_a_restart(at: Place) {
    let (db, _on_disk) = at.store_on_disk().await;
    let root = RootKey::generate();
    let clock = Setup::default().clock;
    let replica = |setup: &mut Setup| {
        setup.db = Some(db.clone());
        setup.root = root.clone();
        setup.clock = clock.clone();
    };
    let one = at.start_with(replica).await;
    for name in ["alice-id", "bob-id"] {
        db.delete_account(name).await.unwrap();
    }
    let two = at.start_with(replica).await;
    assert_eq!(kids(&one).await, kids(&two).await);
    one.server.issuer.keys().rotate(SigningAlg::RS256, false).await.unwrap();
    clock.advance(700);
    // What housekeeping does every now and then.
    two.server.issuer.keys().reload().await.unwrap();
    assert_eq!(kids(&one).await, kids(&two).await);
    assert_eq!(kid(&one).await, kid(&two).await);
}
