//! The authorization request, parsed (OpenID Connect Core §3.1.2.1). Unknown parameters and unknown
//! values of hints are ignored; everything else that is wrong is said.

use super::acr::WantedAcr;
use super::claims_request::{ClaimNames, ClaimsRequest};
use super::client::{Client, GrantType};
use super::dpop;
use super::error::ProtocolError;
use super::params::Params;
use super::pkce;
use super::resource;
use super::scope::Scope;

/// What `prompt` asks for. `none` excludes the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prompt {
    /// Answer without showing anything.
    pub none: bool,
    /// Sign in anew.
    pub login: bool,
    /// Ask for consent even if it was given.
    pub consent: bool,
    /// Let the person choose an account.
    pub select_account: bool,
}

/// How the hand-off page starts: Doorstep's extension parameter `handoff`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Start {
    /// Bring the code to the program's loopback address.
    #[default]
    Loopback,
    /// The terminal is elsewhere: show the code.
    Paste,
}

/// A request that may be decided upon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorizationRequest {
    /// Scopes asked for, all of which the client may have.
    pub scope: Scope,
    /// What is asked for by name.
    pub claims: ClaimsRequest,
    /// The claims among it that the client may be told.
    pub claim_names: ClaimNames,
    /// The classes of sign-in that are wanted.
    pub acr: WantedAcr,
    /// The resources that access tokens shall be for, all of which the client may name.
    pub resource: Vec<String>,
    /// Returned in the ID token.
    pub nonce: Option<String>,
    /// What the page must or must not ask.
    pub prompt: Prompt,
    /// Seconds since the person last signed in, at most.
    pub max_age: Option<i64>,
    /// The S256 challenge, or empty.
    pub code_challenge: String,
    /// The thumbprint of the key that redemption must prove (RFC 9449 §10), or empty.
    pub dpop_jkt: String,
    /// Who is expected to sign in; a suggestion for the sign-in page.
    pub login_hint: Option<String>,
    /// An ID token of the person who is expected.
    pub id_token_hint: Option<String>,
    /// How the hand-off page starts.
    pub start: Start,
    /// Whether several links of one login may exist, of which one wins.
    pub has_siblings: bool,
}

impl AuthorizationRequest {
    /// Parses what is left of the request once its return address is known.
    ///
    /// # Errors
    /// The error to deliver to the client.
    pub fn parse(params: &Params, client: &Client) -> Result<Self, ProtocolError> {
        refuse_unsupported(params)?;
        if params.require("response_type")? != "code" {
            return Err(ProtocolError::new(
                "unsupported_response_type",
                "only response_type=code is supported",
            ));
        }
        if !client.grant_types.contains(&GrantType::AuthorizationCode) {
            return Err(ProtocolError::new(
                "unauthorized_client",
                "the client may not use authorization codes",
            ));
        }
        let handoff = params.get("handoff");
        let claims =
            params.get("claims").map_or(Ok(ClaimsRequest::default()), ClaimsRequest::parse)?;
        let max_age = parse_max_age(params)?.or(client.default_max_age.map(i64::from));
        let mut claim_names = claims.names(&Scope::parse(&client.scope));
        if max_age.is_some() {
            claim_names.want_auth_time();
        }
        Ok(Self {
            scope: parse_scope(params, client)?,
            acr: wanted_acr(params, client, &claims),
            claims,
            claim_names,
            resource: resource::asked(params, &client.resources)?,
            nonce: params.get("nonce").map(str::to_owned),
            prompt: parse_prompt(params)?,
            max_age,
            code_challenge: pkce::challenge(params, client.require_pkce || client.is_public())?,
            dpop_jkt: dpop::jkt(params.get("dpop_jkt"))?,
            login_hint: params.get("login_hint").map(str::to_owned),
            id_token_hint: params.get("id_token_hint").map(str::to_owned),
            start: if handoff == Some("paste") { Start::Paste } else { Start::Loopback },
            has_siblings: handoff.is_some(),
        })
    }

    /// The scopes that a person has to agree to: those asked for, and those that cover the claims asked
    /// for by name.
    pub fn disclosed(&self) -> Scope {
        self.scope.with(&self.claim_names.scopes())
    }
}

/// The most particular of three ways to ask (OpenID Connect Core §3.1.2.1, §5.5.1.1, Registration §2).
fn wanted_acr(params: &Params, client: &Client, claims: &ClaimsRequest) -> WantedAcr {
    let by_parameter = || Some(WantedAcr::new(params.get("acr_values")?.split(' '), false));
    let by_default = || WantedAcr::new(client.default_acr_values.iter().map(String::as_str), false);
    claims.acr().or_else(by_parameter).unwrap_or_else(by_default)
}

/// Parameters that would change the request's meaning and must not be ignored.
fn refuse_unsupported(params: &Params) -> Result<(), ProtocolError> {
    if params.get("request_uri").is_some() {
        return Err(ProtocolError::new(
            "request_uri_not_supported",
            "request_uri is only for requests that were pushed (RFC 9126)",
        ));
    }
    if params.get("registration").is_some() {
        return Err(ProtocolError::new(
            "registration_not_supported",
            "registration by request is not supported",
        ));
    }
    Ok(())
}

fn parse_scope(params: &Params, client: &Client) -> Result<Scope, ProtocolError> {
    let asked = params.require("scope")?;
    if !Scope::parse(asked).contains("openid") {
        return Err(ProtocolError::new("invalid_scope", "the scope openid is missing"));
    }
    client.scope_of_person(asked)
}

fn parse_prompt(params: &Params) -> Result<Prompt, ProtocolError> {
    let mut prompt = Prompt::default();
    let asked = params.get("prompt").unwrap_or_default();
    for value in asked.split(' ').filter(|value| !value.is_empty()) {
        match value {
            "none" => prompt.none = true,
            "login" => prompt.login = true,
            "consent" => prompt.consent = true,
            "select_account" => prompt.select_account = true,
            _ => return Err(ProtocolError::invalid_request("prompt has an unknown value")),
        }
    }
    if prompt.none && (prompt.login || prompt.consent || prompt.select_account) {
        return Err(ProtocolError::invalid_request("prompt=none excludes every other prompt"));
    }
    Ok(prompt)
}

fn parse_max_age(params: &Params) -> Result<Option<i64>, ProtocolError> {
    let Some(text) = params.get("max_age") else { return Ok(None) };
    match text.parse::<u32>() {
        Ok(seconds) => Ok(Some(i64::from(seconds))),
        Err(_) => Err(ProtocolError::invalid_request("max_age must be a number of seconds")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PKCE: &str =
        "code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";

    fn parse(query: &str) -> Result<AuthorizationRequest, ProtocolError> {
        let client = Client { scope: "openid email offline_access".into(), ..Client::default() };
        AuthorizationRequest::parse(&Params::parse(&format!("{query}&{PKCE}")).unwrap(), &client)
    }

    #[test]
    fn what_is_unknown_is_ignored() {
        let query = "response_type=code&scope=email%20openid&display=hologram&ui_locales=xx&acr_values=1&extra=foobar";
        assert_eq!(parse(query).unwrap().scope.to_string(), "email openid");
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (query, code) in [
            ("scope=openid", "invalid_request"),
            ("response_type=token&scope=openid", "unsupported_response_type"),
            ("response_type=code", "invalid_request"),
            ("response_type=code&scope=email", "invalid_scope"),
            ("response_type=code&scope=openid%20groups", "invalid_scope"),
            ("response_type=code&scope=openid&prompt=none%20login", "invalid_request"),
            ("response_type=code&scope=openid&prompt=maybe", "invalid_request"),
            ("response_type=code&scope=openid&max_age=-1", "invalid_request"),
            ("response_type=code&scope=openid&resource=https://api.example", "invalid_target"),
            ("response_type=code&scope=openid&request_uri=urn:x", "request_uri_not_supported"),
        ] {
            assert_eq!(parse(query).unwrap_err().code, code, "{query}");
        }
        let error = parse("response_type=code&scope=openid%20groups").unwrap_err();
        assert_eq!(error.description, "the scope groups is not assigned to this client");
    }

    #[test]
    fn the_extension_parameter_chooses_the_start() {
        let request = parse("response_type=code&scope=openid&handoff=paste").unwrap();
        assert_eq!((request.start, request.has_siblings), (Start::Paste, true));
        let request = parse("response_type=code&scope=openid").unwrap();
        assert_eq!((request.start, request.has_siblings), (Start::Loopback, false));
    }
}
