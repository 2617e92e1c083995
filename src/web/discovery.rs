//! Discovery (OpenID Connect Discovery §3, RFC 8414) and the JWK set. What is published here works;
//! what does not is not published.

use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_MAX_AGE, CACHE_CONTROL, ETAG, HeaderName, HeaderValue, IF_NONE_MATCH,
};
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;

use super::site::Site;
use crate::issuer::{Core, GrantSettings};
use crate::keys::JWKS_MAX_AGE;
use crate::protocol::acr::Acr;
use crate::protocol::claims;
use crate::protocol::client::subject_type::SubjectType;
use crate::protocol::client::{ClientAuthMethod, GrantType, ResponseMode, SigningAlg};
use crate::protocol::scope;
use crate::published::Published;

/// By this header our own clients know that they may use our extension parameters.
const HANDOFF: HeaderName = HeaderName::from_static("doorstep-handoff");

/// `GET /.well-known/openid-configuration` and `/.well-known/oauth-authorization-server`.
pub async fn document(issuer: web::Data<Core>, request: HttpRequest) -> HttpResponse {
    let mut response = send(&request, issuer.discovery.document.clone());
    response.headers_mut().insert(HANDOFF, issuer.discovery.handoff.clone());
    response
}

/// `GET /jwks`.
pub async fn jwks(issuer: web::Data<Core>, request: HttpRequest) -> HttpResponse {
    send(&request, issuer.keys.jwks())
}

/// `OPTIONS` of the endpoints that pages of other origins may call.
pub async fn preflight() -> HttpResponse {
    HttpResponse::NoContent()
        .insert_header((ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
        .insert_header((ACCESS_CONTROL_ALLOW_METHODS, "GET, POST"))
        .insert_header((ACCESS_CONTROL_ALLOW_HEADERS, "Authorization, Content-Type, DPoP"))
        .insert_header((ACCESS_CONTROL_MAX_AGE, "3600"))
        .finish()
}

fn send(request: &HttpRequest, document: Published) -> HttpResponse {
    let known = request.headers().get(IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let fresh = known.is_some_and(|known| document.is_known(known));
    let mut response = if fresh { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response
        .insert_header((CACHE_CONTROL, format!("public, max-age={JWKS_MAX_AGE}")))
        .insert_header((ETAG, document.etag))
        .insert_header((ACCESS_CONTROL_ALLOW_ORIGIN, "*"));
    if fresh {
        response.finish()
    } else {
        response.content_type("application/json").body(document.text)
    }
}

/// What an issuer says about itself.
#[derive(Debug)]
pub struct Discovery {
    document: Published,
    handoff: HeaderValue,
}

/// What an issuer has beyond what every one has.
#[derive(Clone, Copy, Debug)]
pub struct Offered {
    /// The grants.
    pub grants: GrantSettings,
    /// Whether programs may register themselves.
    pub registration: bool,
    /// Whether there are clients that a document describes.
    pub documents: bool,
    /// The strongest class of sign-in that anybody can reach.
    pub strongest: Acr,
}

/// The discovery document of a site.
pub fn describe(site: &Site, offered: &Offered) -> Discovery {
    let url = |path: &str| site.url(path);
    let algs = SigningAlg::ALL.map(SigningAlg::as_str);
    let auth_methods = ClientAuthMethod::ALL.map(ClientAuthMethod::as_str);
    let confidential: Vec<_> = auth_methods.into_iter().filter(|name| *name != "none").collect();
    let languages = site.looks.languages();
    let mut document = json!({
        "issuer": &*site.issuer,
        "authorization_endpoint": url("/authorize"),
        "token_endpoint": url("/token"),
        "userinfo_endpoint": url("/userinfo"),
        "jwks_uri": url("/jwks"),
        "revocation_endpoint": url("/revoke"),
        "introspection_endpoint": url("/introspect"),
        "introspection_endpoint_auth_methods_supported": confidential,
        "introspection_endpoint_auth_signing_alg_values_supported": algs,
        "end_session_endpoint": url("/logout"),
        "pushed_authorization_request_endpoint": url("/par"),
        "require_pushed_authorization_requests": false,
        "response_types_supported": ["code"],
        "response_modes_supported": ResponseMode::ALL.map(ResponseMode::as_str),
        "authorization_signing_alg_values_supported": algs,
        "grant_types_supported": offered.grants.all().map(GrantType::as_str).collect::<Vec<_>>(),
        "scopes_supported": scope::KNOWN,
        "claims_supported": claims::supported().collect::<Vec<_>>(),
        "claim_types_supported": ["normal"],
        "ui_locales_supported": languages.tags().collect::<Vec<_>>(),
        "claims_parameter_supported": true,
        "acr_values_supported": Acr::up_to(offered.strongest).map(Acr::as_str).collect::<Vec<_>>(),
        "subject_types_supported": SubjectType::ALL.map(SubjectType::as_str),
        "id_token_signing_alg_values_supported": algs,
        "userinfo_signing_alg_values_supported": algs,
        "token_endpoint_auth_methods_supported": auth_methods,
        "token_endpoint_auth_signing_alg_values_supported": algs,
        "revocation_endpoint_auth_methods_supported": auth_methods,
        "revocation_endpoint_auth_signing_alg_values_supported": algs,
        "code_challenge_methods_supported": ["S256"],
        "dpop_signing_alg_values_supported": algs,
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "authorization_response_iss_parameter_supported": true,
        "backchannel_logout_supported": true,
        "backchannel_logout_session_supported": true,
        "request_parameter_supported": true,
        "request_object_signing_alg_values_supported": algs,
        "require_signed_request_object": false,
        "request_uri_parameter_supported": false,
    });
    if offered.grants.device_code {
        document["device_authorization_endpoint"] = url("/device_authorization").into();
    }
    if offered.registration {
        document["registration_endpoint"] = url("/register").into();
    }
    if offered.documents {
        document["client_id_metadata_document_supported"] = true.into();
    }
    let handoff = site.url("/handoff/result").try_into().expect("a URL is plain ASCII");
    Discovery { document: Published::new(document.to_string()), handoff }
}
