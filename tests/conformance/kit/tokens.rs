//! The token endpoint's answers, checked as a careful client checks them.

use serde_json::Value;

use super::answer::Answer;
use super::checks;
use super::jose;
use super::provider::Provider;
use super::request::Request;
use crate::support::person::{Page, Person};

/// A successful token response.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// All of it.
    pub json: Value,
}

impl Tokens {
    /// The access token.
    #[track_caller]
    pub fn access(&self) -> &str {
        self.text("access_token")
    }

    /// The refresh token.
    #[track_caller]
    pub fn refresh(&self) -> &str {
        self.text("refresh_token")
    }

    /// The ID token, as it travels.
    #[track_caller]
    pub fn id_token(&self) -> &str {
        self.text("id_token")
    }

    /// The claims of the ID token, whose signature somebody else checks.
    #[track_caller]
    pub fn claims(&self) -> Value {
        jose::peek(self.id_token()).1
    }

    #[track_caller]
    fn text(&self, name: &str) -> &str {
        self.json[name].as_str().unwrap_or_else(|| panic!("no {name} in {}", self.json))
    }
}

impl Provider {
    /// Redeems the code of an answer, as the client that asked for it.
    pub async fn redeem(&self, request: &Request, answer: &Answer) -> Page {
        let client_id = request.client_id();
        self.redeem_as(client_id, &redemption(request, answer.code())).await
    }

    /// Redeems a code as this client, with these parameters.
    pub async fn redeem_as(&self, client_id: &str, fields: &[(&str, &str)]) -> Page {
        self.post("token_endpoint", client_id, fields).await
    }

    /// Refreshes as this client; `more` is for its request.
    pub async fn refresh(&self, client_id: &str, token: &str, more: &[(&str, &str)]) -> Page {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", token)];
        self.post("token_endpoint", client_id, &[&fields, more].concat()).await
    }

    /// The tokens of a response that has to be a success.
    #[track_caller]
    pub fn tokens(&self, page: &Page) -> Tokens {
        checks::token_response(page);
        Tokens { json: page.json() }
    }

    /// A whole login of alice: the tokens of this request, every one of them checked.
    pub async fn login(&self, request: &Request, browser: &Person) -> Tokens {
        let answer = request.answer(self, browser).await;
        checks::success(self, request, &answer);
        let tokens = self.tokens(&self.redeem(request, &answer).await);
        self.check_id_token(request, &tokens).await;
        tokens
    }

    /// A whole login for which nobody may be asked anything.
    pub async fn login_unasked(&self, request: &Request, browser: &Person) -> Tokens {
        let answer = request.answer_unasked(self, browser).await;
        checks::success(self, request, &answer);
        let tokens = self.tokens(&self.redeem(request, &answer).await);
        self.check_id_token(request, &tokens).await;
        tokens
    }

    /// The claims of an ID token that has to pass every check for this request.
    pub async fn check_id_token(&self, request: &Request, tokens: &Tokens) -> Value {
        let (header, claims) = jose::verify(tokens.id_token(), &self.keys().await);
        checks::id_token(self, request, &claims);
        let at_hash = jose::at_hash(header["alg"].as_str().expect("alg"), tokens.access());
        assert_eq!(claims["at_hash"], at_hash, "{claims}");
        claims
    }

    /// What the userinfo endpoint says to an access token.
    pub async fn userinfo(&self, access_token: &str) -> Page {
        self.bearer("userinfo_endpoint", access_token).await
    }

    /// GETs an endpoint with an access token.
    pub async fn bearer(&self, endpoint: &str, access_token: &str) -> Page {
        let bearer = format!("Bearer {access_token}");
        let url = self.endpoint(endpoint);
        self.send(reqwest::Method::GET, url, &[("authorization", &bearer)], "").await
    }
}

/// The parameters that redeem a code of this request.
pub fn redemption<'a>(request: &'a Request, code: &'a str) -> Vec<(&'a str, &'a str)> {
    let mut fields = vec![("grant_type", "authorization_code"), ("code", code)];
    fields.extend(request.get("redirect_uri").map(|uri| ("redirect_uri", uri)));
    if request.get("code_challenge").is_some() {
        fields.push(("code_verifier", &request.verifier));
    }
    fields
}
