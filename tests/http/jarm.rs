//! Signed authorization responses (JARM): one parameter, signed by the issuer, for this client, for ten
//! minutes.

use doorstep::protocol::client::{Client, ResponseMode, SigningAlg};
use josekit::jwk::JwkSet;
use josekit::jws::{self, ES256, RS256};
use serde_json::{Value, json};

use crate::kit::*;
use crate::person::{Page, Person};
use crate::server::{self, Server, Setup, clients};

const MODES: [&str; 4] = ["jwt", "query.jwt", "fragment.jwt", "form_post.jwt"];

/// The claims of the one parameter of a response, verified with the published key.
async fn verified(server: &Server, page: &Page) -> Value {
    let params = travelling(page);
    let [(name, jwt)] = &params[..] else { panic!("one parameter: {params:?}") };
    assert_eq!(name, "response");
    let keys = Person::new().get(&format!("{}/jwks", server.url)).await.body;
    let keys = JwkSet::from_bytes(&keys).unwrap();
    let header = doorstep::secret::from_base64url(jwt.split('.').next().unwrap()).unwrap();
    let header = jws::JwsHeader::from_bytes(&header).unwrap();
    let key = keys.get(header.key_id().unwrap()).remove(0);
    let (payload, _) = match header.algorithm().unwrap() {
        "RS256" => jws::deserialize_compact(jwt, &RS256.verifier_from_jwk(key).unwrap()).unwrap(),
        _ => jws::deserialize_compact(jwt, &ES256.verifier_from_jwk(key).unwrap()).unwrap(),
    };
    serde_json::from_slice(&payload).unwrap()
}

#[actix_web::test]
async fn a_signed_response_is_one_parameter_in_each_of_four_modes() {
    let server = server::start().await;
    let person = Person::new();
    arrive(&person, &authorize_url(&server, "web", &[])).await;
    for mode in MODES {
        let page = person.get(&authorize_url(&server, "web", &[("response_mode", mode)])).await;
        let place = match (&page.location, mode) {
            (None, _) => "form_post.jwt",
            (Some(location), _) if location.starts_with("https://app.example/cb#") => {
                "fragment.jwt"
            }
            (Some(_), mode) => mode,
        };
        assert_eq!(place, mode);
        let claims = verified(&server, &page).await;
        let code = claims["code"].as_str().unwrap();
        let exp = server.clock.now().0 + 600;
        let expected = json!({
            "iss": server.iss, "aud": "web", "exp": exp, "state": "st-1", "code": code,
        });
        assert_eq!(claims, expected);
        assert_eq!(redeem(&server, "web", code).await.status, 200, "{mode}");
    }
}

#[actix_web::test]
async fn errors_are_signed_too() {
    let server = server::start().await;
    for mode in MODES {
        for (wrong, error) in [
            (("prompt", "none"), "login_required"),
            (("response_type", ""), "invalid_request"),
            (("scope", "openid nonsense"), "invalid_scope"),
            (("foo", "1&foo=2"), "invalid_request"),
        ] {
            let url = authorize_url(&server, "web", &[("response_mode", mode), wrong]);
            let url = url.replace("1%26foo%3D2", "1&foo=2");
            let claims = verified(&server, &Person::new().get(&url).await).await;
            assert_eq!((&claims["error"], &claims["aud"]), (&json!(error), &json!("web")));
            assert_eq!(claims["state"], "st-1");
            assert!(claims["exp"].is_i64() && claims.get("code").is_none());
        }
    }
}

#[actix_web::test]
async fn the_client_chooses_the_algorithm_and_the_modes() {
    let mut clients = clients();
    clients[0].authorization_signed_response_alg = SigningAlg::ES256;
    clients[0].response_modes = vec![ResponseMode::FormPostJwt, ResponseMode::Query];
    let server = Setup { clients, ..Setup::default() }.start().await;
    let url = authorize_url(&server, "web", &[("response_mode", "form_post.jwt")]);
    let page = arrive(&Person::new(), &url).await;
    assert_eq!(page.form().action, WEB_URI);
    let header = travelling(&page)[0].1.split('.').next().unwrap().to_owned();
    let header = doorstep::secret::from_base64url(&header).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&header).unwrap()["alg"], "ES256");
    assert!(verified(&server, &page).await["code"].is_string());
    let url = authorize_url(&server, "web", &[("response_mode", "query.jwt")]);
    let page = Person::new().get(&url).await;
    assert_eq!(response(&page)["error"], "invalid_request", "not among the client's modes");
}

#[actix_web::test]
async fn the_hand_off_page_posts_one_field_and_still_shows_the_code() {
    let server = server::start().await;
    let person = Person::new();
    let more = [("response_mode", "form_post.jwt")];
    let page = arrive(&person, &authorize_url(&server, "cli", &more)).await;
    assert_eq!(page.state(), "confirm");
    let scripted = click_scripted(&person, &page, "loopback").await.json();
    assert_eq!(scripted["fields"].as_array().unwrap().len(), 1);
    assert_eq!(scripted["fields"][0][0], "response");
    let code = claims(scripted["fields"][0][1].as_str().unwrap())["code"].clone();
    let grouped = scripted["code"].as_str().unwrap();
    assert_eq!(grouped.replace('-', ""), code.as_str().unwrap());
    let page =
        person.get(&format!("{}{}", server.url, scripted["location"].as_str().unwrap())).await;
    let form = page.form_to("http://127.0.0.1:49152/");
    assert_eq!(form.fields.len(), 1, "{:?}", form.fields);
    assert_eq!(claims(&form.fields[0].1)["code"], code);
    assert!(text(&page).contains(grouped), "the code is there for pasting");
    assert_eq!(redeem_public(&server, "cli", code.as_str().unwrap()).await.status, 200);
}

#[actix_web::test]
async fn a_refusal_reaches_the_program_signed() {
    let server = server::start().await;
    let person = Person::new();
    let more = [("response_mode", "form_post.jwt")];
    let page = arrive(&person, &authorize_url(&server, "cli", &more)).await;
    let page = click(&person, &page, "cancel").await;
    let form = page.form_to("http://127.0.0.1:49152/");
    assert_eq!(claims(&form.fields[0].1)["error"], "access_denied");
    assert_eq!(form.fields.len(), 1);
}

#[actix_web::test]
async fn a_code_is_pasted_whatever_the_mode() {
    let server = server::start().await;
    let person = Person::new();
    let more = [("response_mode", "form_post.jwt"), ("redirect_uri", "urn:ietf:wg:oauth:2.0:oob")];
    let page = arrive(&person, &authorize_url(&server, "cli", &more)).await;
    let page = click(&person, &page, "paste").await;
    let page = person.follow(page).await;
    assert!(text(&page).contains("DS"), "{page:?}");
}

#[actix_web::test]
async fn a_client_has_all_modes_unless_told() {
    assert_eq!(Client::default().response_modes, ResponseMode::ALL);
    let server = server::start().await;
    let url = format!("{}/.well-known/openid-configuration", server.url);
    let document = Person::new().get(&url).await.json();
    let modes: Vec<_> = ["query", "fragment", "form_post"].into_iter().chain(MODES).collect();
    assert_eq!(document["response_modes_supported"], json!(modes));
    let algs = json!(["RS256", "ES256", "EdDSA", "PS256"]);
    assert_eq!(document["authorization_signing_alg_values_supported"], algs);
}
