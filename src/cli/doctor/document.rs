//! What the issuer says about itself (OpenID Connect Discovery 1.0 §3, RFC 8414 §2). Pure.

use serde_json::Value;
use url::Url;

use super::report::Report;

const DISCOVERY: &str = "discovery";
const SCOPES: &str = "scopes and claims";
const SAFETY: &str = "safety of codes";
const WAYS: &str = "ways in";

/// What a client wants of an issuer.
pub struct Wishes<'a> {
    /// The issuer as it was typed.
    pub issuer: &'a str,
    /// The scopes that the client asks for.
    pub scope: &'a str,
    /// The claim that it expects groups in.
    pub groups_claim: Option<&'a str>,
    /// Whether it has a secret.
    pub has_secret: bool,
    /// Whether plain http is wanted all the same.
    pub allow_http: bool,
}

/// The names in a list of the document.
pub fn list<'a>(document: &'a Value, name: &str) -> Option<Vec<&'a str>> {
    let values = document[name].as_array()?;
    Some(values.iter().filter_map(Value::as_str).collect())
}

fn has(document: &Value, name: &str, value: &str) -> bool {
    list(document, name).is_some_and(|values| values.contains(&value))
}

/// Checks the whole document.
pub fn check(report: &mut Report, document: &Value, wishes: &Wishes<'_>) {
    check_issuer(report, document, wishes);
    check_endpoints(report, document, wishes);
    check_flow(report, document);
    check_scopes(report, document, wishes);
    check_safety(report, document);
    check_ways(report, document, wishes);
}

fn check_issuer(report: &mut Report, document: &Value, wishes: &Wishes<'_>) {
    match document["issuer"].as_str() {
        Some(issuer) if issuer == wishes.issuer => {
            report.ok(DISCOVERY, format!("The issuer calls itself {issuer}, as it was asked for."));
        }
        Some(issuer) => report.problem(
            DISCOVERY,
            format!("The issuer calls itself {issuer}, and was asked for as {}.", wishes.issuer),
            "Both must be equal to the letter, a slash at the end included: write the issuer's own \
             spelling into the client, or correct the issuer's setting.",
        ),
        None => report.problem(
            DISCOVERY,
            "The document has no issuer.",
            "Is this address an OpenID Connect issuer's?",
        ),
    }
}

fn check_endpoints(report: &mut Report, document: &Value, wishes: &Wishes<'_>) {
    for name in ["authorization_endpoint", "token_endpoint", "jwks_uri"] {
        if document[name].as_str().is_none() {
            report.problem(
                DISCOVERY,
                format!("The document has no {name}."),
                "Clients cannot sign anybody in without it: add it at the issuer.",
            );
        }
    }
    if document["userinfo_endpoint"].as_str().is_none() {
        report.warn(
            DISCOVERY,
            "The document has no userinfo_endpoint.",
            "Clients that ask there for more about people will not find it.",
        );
    }
    let plain = plain_http(document);
    match plain.first() {
        None => report.ok(DISCOVERY, "Every address in the document is https, or of this machine."),
        Some(_) if wishes.allow_http => {}
        Some(_) => report.problem(
            DISCOVERY,
            format!("Plain http in the document: {}.", plain.join(", ")),
            "Everybody on the way can read codes and tokens: let the issuer speak https, and behind a \
             proxy tell it its outer address.",
        ),
    }
}

/// The names of addresses that everybody on the way can read.
fn plain_http(document: &Value) -> Vec<&str> {
    let Some(members) = document.as_object() else { return Vec::new() };
    let is_plain = |value: &Value| {
        let url = value.as_str().and_then(|text| Url::parse(text).ok());
        url.is_some_and(|url| {
            url.scheme() == "http"
                && !matches!(url.host_str(), Some("127.0.0.1" | "[::1]" | "localhost"))
        })
    };
    let plain = members.iter().filter(|(_, value)| is_plain(value));
    plain.map(|(name, _)| name.as_str()).collect()
}

fn check_flow(report: &mut Report, document: &Value) {
    if !has(document, "response_types_supported", "code") {
        report.problem(
            WAYS,
            "The issuer does not offer the response type code.",
            "Turn the authorization code flow on at the issuer.",
        );
    }
    let algs = list(document, "id_token_signing_alg_values_supported").unwrap_or_default();
    let public = |alg: &&&str| !alg.starts_with("HS") && **alg != "none";
    if algs.iter().filter(public).count() == 0 {
        report.problem(
            DISCOVERY,
            "No algorithm is listed by which clients can verify ID tokens with public keys.",
            "List RS256 or ES256 in id_token_signing_alg_values_supported.",
        );
    } else if !algs.contains(&"RS256") {
        report.warn(
            DISCOVERY,
            format!("ID tokens are signed by {}, not by RS256.", algs.join(", ")),
            "Some clients know no other algorithm than RS256: try yours.",
        );
    } else {
        report.ok(DISCOVERY, format!("ID tokens are signed by {}.", algs.join(", ")));
    }
}

fn check_scopes(report: &mut Report, document: &Value, wishes: &Wishes<'_>) {
    let asked = wishes.scope.split_whitespace();
    match list(document, "scopes_supported") {
        None => report.warn(
            SCOPES,
            "The issuer does not list its scopes.",
            "Whether it knows those of the client shows at the first sign-in.",
        ),
        Some(listed) => {
            let missing: Vec<_> = asked.filter(|scope| !listed.contains(scope)).collect();
            if missing.is_empty() {
                report.ok(SCOPES, format!("The issuer offers {}.", wishes.scope));
            } else {
                report.problem(
                    SCOPES,
                    format!("The issuer does not offer the scope {}.", missing.join(", ")),
                    format!(
                        "Add it at the issuer and assign it to the client, or leave it out. It lists {}.",
                        listed.join(", ")
                    ),
                );
            }
        }
    }
    let Some(claim) = wishes.groups_claim else { return };
    if has(document, "claims_supported", claim) {
        report.ok(SCOPES, format!("The issuer tells the claim {claim}."));
    } else {
        report.warn(
            SCOPES,
            format!("The issuer does not list the claim {claim}."),
            "It may tell it all the same. If not, map the groups of people to this claim at the issuer, \
             in the ID token, as a list of names.",
        );
    }
}

fn check_safety(report: &mut Report, document: &Value) {
    match list(document, "code_challenge_methods_supported") {
        Some(methods) if methods.contains(&"S256") => {
            report.ok(SAFETY, "PKCE with S256 is offered.");
        }
        Some(methods) => report.problem(
            SAFETY,
            format!("PKCE is offered with {} and not with S256.", methods.join(", ")),
            "Turn S256 on at the issuer: with less, a code that is stolen can be used.",
        ),
        None => report.warn(
            SAFETY,
            "The issuer does not say that it knows PKCE.",
            "Without PKCE a stolen code can be used: see whether the issuer can have it.",
        ),
    }
    if document["authorization_response_iss_parameter_supported"] == Value::Bool(true) {
        report.ok(SAFETY, "Responses name the issuer that they come from (iss).");
    } else {
        report.warn(
            SAFETY,
            "Responses do not name the issuer that they come from (RFC 9207).",
            "A client of several issuers should have a redirect URI of its own for each.",
        );
    }
}

fn check_ways(report: &mut Report, document: &Value, wishes: &Wishes<'_>) {
    let modes = list(document, "response_modes_supported");
    if modes.as_ref().is_some_and(|modes| modes.contains(&"form_post")) {
        report.ok(WAYS, "The response mode form_post is offered.");
    } else {
        report.warn(
            WAYS,
            "The response mode form_post is not offered.",
            "Codes travel in addresses, and stay in the history of browsers.",
        );
    }
    let grants = list(document, "grant_types_supported");
    let grants = grants.unwrap_or_else(|| vec!["authorization_code", "implicit"]);
    let wants_refresh = wishes.scope.split_whitespace().any(|scope| scope == "offline_access");
    if !grants.contains(&"authorization_code") {
        report.problem(
            WAYS,
            "The grant authorization_code is not offered.",
            "Turn it on at the issuer.",
        );
    } else if wants_refresh && !grants.contains(&"refresh_token") {
        report.warn(
            WAYS,
            "Refresh tokens are not listed, and offline_access is asked for.",
            "People will have to sign in whenever an access token ends.",
        );
    } else {
        report.ok(WAYS, format!("Grants: {}.", grants.join(", ")));
    }
    let methods = list(document, "token_endpoint_auth_methods_supported");
    let methods = methods.unwrap_or_else(|| vec!["client_secret_basic"]);
    if wishes.has_secret && !methods.iter().any(|method| method.starts_with("client_secret_")) {
        report.problem(
            WAYS,
            format!("Clients authenticate by {}, not by a secret.", methods.join(", ")),
            "Register the client with one of these.",
        );
    }
}

#[cfg(test)]
#[path = "document_tests.rs"]
mod tests;
