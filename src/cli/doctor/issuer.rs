//! An issuer, whichever it is, seen from outside.

use serde_json::Value;
use url::Url;

use super::authorization::Registration;
use super::document::{self, Wishes};
use super::probe::Probe;
use super::report::Report;
use super::{Args, connection, keys, token};
use crate::cli::Failure;
use crate::clock::Clock;
use crate::relying_party::{Error, Http, HttpSettings};
use crate::secret::Secret;

const CONNECTION: &str = "connection";
const DISCOVERY: &str = "discovery";
/// Where a client without a redirect URI would be answered.
const NOWHERE: &str = "http://127.0.0.1/";

/// Looks at everything that can be seen.
pub async fn examine(issuer: &str, args: &Args) -> Result<Report, Failure> {
    let probe = Probe { http: http(args)? };
    let secret = match &args.client_secret_file {
        Some(file) => Some(Secret::new(String::from_utf8_lossy(&read(file)?).trim_end())),
        None => None,
    };
    let mut report = Report::default();
    if let Some(document) = discover(&mut report, &probe, issuer).await {
        let wishes = Wishes {
            issuer,
            scope: &args.scope,
            groups_claim: args.groups_claim.as_deref(),
            has_secret: secret.is_some(),
            allow_http: args.allow_http,
        };
        document::check(&mut report, &document, &wishes);
        let asked = ask(&mut report, &probe, args, &document, secret.as_ref()).await;
        if let Err(error) = asked {
            report.problem(CONNECTION, error.to_string(), fix_of(&error));
        }
    }
    Ok(report)
}

fn http(args: &Args) -> Result<Http, Failure> {
    let settings = HttpSettings {
        extra_authorities: args.ca_file.as_ref().map(read).transpose()?,
        allow_http: args.allow_http,
        ..HttpSettings::default()
    };
    Http::new(&settings).map_err(|error| Failure::new(error.to_string()))
}

fn read(file: &std::path::PathBuf) -> Result<Vec<u8>, Failure> {
    std::fs::read(file)
        .map_err(|error| Failure::new(format!("{} cannot be read: {error}", file.display())))
}

/// The document, if there is one.
async fn discover(report: &mut Report, probe: &Probe, issuer: &str) -> Option<Value> {
    let Ok(url) = Url::parse(issuer) else {
        report.problem(
            CONNECTION,
            format!("{issuer:?} is not a web address."),
            "It starts with https://.",
        );
        report.cut_short();
        return None;
    };
    let address = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
    let answer = match probe.get(&address).await {
        Ok(answer) => answer,
        Err(error) => {
            report.problem(CONNECTION, error.to_string(), fix_of(&error));
            report.cut_short();
            return None;
        }
    };
    connection::check(report, &url, &answer, Clock::system().now());
    let document = answer.json();
    if !answer.status().is_success() || !document.is_object() {
        let what = if answer.status().is_success() { "is no JSON object" } else { "is not there" };
        report.problem(
            DISCOVERY,
            format!("{address} {what} ({}).", answer.status()),
            "Use the issuer's address with its path, as in https://host.example/realms/one, and see to it \
             that a proxy lets /.well-known pass.",
        );
        return None;
    }
    check_other_document(report, probe, &url, &document).await;
    Some(document)
}

fn fix_of(error: &Error) -> &'static str {
    match error {
        Error::Unreachable { cause, .. } => connection::advice(cause),
        Error::TimedOut { .. } => {
            "See whether the issuer is overloaded, or a firewall drops requests."
        }
        _ => "Use https; --allow-http looks at an issuer of a closed network all the same.",
    }
}

/// The document of RFC 8414 is of use to OAuth clients alone: it may be missing, but not differ.
async fn check_other_document(report: &mut Report, probe: &Probe, issuer: &Url, document: &Value) {
    let path = issuer.path().trim_end_matches('/');
    let origin = issuer.origin().ascii_serialization();
    let address = format!("{origin}/.well-known/oauth-authorization-server{path}");
    let Ok(answer) = probe.get(&address).await else { return };
    let other = answer.json();
    if !answer.status().is_success() || !other.is_object() {
        return;
    }
    let members = ["issuer", "authorization_endpoint", "token_endpoint", "jwks_uri"];
    match members.iter().find(|member| other[**member] != document[**member]) {
        None => report.ok(DISCOVERY, "Both discovery documents agree."),
        Some(member) => report.problem(
            DISCOVERY,
            format!("The two discovery documents differ in {member}."),
            "Let /.well-known/oauth-authorization-server say the same as openid-configuration.",
        ),
    }
}

async fn ask(
    report: &mut Report,
    probe: &Probe,
    args: &Args,
    document: &Value,
    client_secret: Option<&Secret>,
) -> Result<(), Error> {
    if let Some(address) = document["jwks_uri"].as_str() {
        let set = probe.get(address).await?.json();
        let algs = document::list(document, "id_token_signing_alg_values_supported");
        keys::check(report, &set, &algs.unwrap_or_default());
    }
    let (client_id, redirect_uri) = (args.client_id.as_deref(), args.redirect_uri.as_deref());
    if let (Some(client_id), Some(redirect_uri)) = (client_id, redirect_uri)
        && document["authorization_endpoint"].is_string()
    {
        let scope = &args.scope;
        Registration { probe, document, client_id, redirect_uri, scope }.check(report).await?;
    }
    if document["token_endpoint"].is_string() {
        let redirect_uri = redirect_uri.unwrap_or(NOWHERE);
        let endpoint = token::Endpoint { probe, document, client_id, client_secret, redirect_uri };
        endpoint.check(report).await?;
    }
    Ok(())
}
