//! The access token that a request presents (RFC 6750 §2, RFC 9449 §7): as a bearer's, or with the proof of
//! the key that it is bound to.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::http::header::AUTHORIZATION;

use super::failure::Failure;
use super::{client_auth, dpop};
use crate::issuer::{Accepted, Core};
use crate::protocol::dpop::invalid;
use crate::protocol::error::ProtocolError;

/// A token as it was presented.
#[derive(Clone, PartialEq, Eq)]
pub struct Presented {
    token: String,
    with_proof: bool,
}

impl Presented {
    /// The token in the header, or in a form body. The scheme says whether a proof has to come with it.
    ///
    /// # Errors
    /// When there is none, or there are two.
    pub fn find(request: &HttpRequest, body: &[u8]) -> Result<Self, Failure> {
        let in_body = || match body.is_empty() {
            true => Ok(None),
            false => client_auth::parse_form(request, body)
                .map(|form| form.get("access_token").map(str::to_owned)),
        };
        match Self::in_header(request) {
            Some(_) if matches!(in_body(), Ok(Some(_))) => {
                let error = "the access token comes in two ways at once";
                Err(Failure::json(ProtocolError::invalid_request(error)))
            }
            Some(presented) => Ok(presented),
            None => {
                let token = in_body()?.ok_or_else(missing)?;
                Ok(Self { token, with_proof: false })
            }
        }
    }

    fn in_header(request: &HttpRequest) -> Option<Self> {
        let header = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
        let (scheme, token) = header.split_once(' ')?;
        let with_proof = scheme.eq_ignore_ascii_case("DPoP");
        (with_proof || scheme.eq_ignore_ascii_case("Bearer"))
            .then(|| Self { token: token.trim().to_owned(), with_proof })
    }

    /// What the token stands for, if it is good, for this issuer, and presented by whom it was bound to.
    ///
    /// # Errors
    /// `invalid_token`, `invalid_dpop_proof` or `use_dpop_nonce`, each with status 401.
    pub async fn accept(&self, issuer: &Core, request: &HttpRequest) -> Result<Accepted, Failure> {
        let accepted = issuer.accept_access_token(&self.token).await?;
        // A token for somebody else is of no use here (RFC 9068 §4).
        let accepted = accepted.filter(|accepted| {
            accepted.token.aud.contains(&issuer.site.issuer)
                && accepted.token.jkt().is_some() == self.with_proof
        });
        let Some(accepted) = accepted else {
            let error = ProtocolError::new(
                "invalid_token",
                "the access token is not valid, not for this issuer, presented in the wrong way, has expired or was revoked",
            );
            return Err(client_auth::count_failure(issuer, request, error));
        };
        if let Some(jkt) = accepted.token.jkt() {
            self.prove(issuer, request, &accepted, jkt).await?;
        }
        Ok(accepted)
    }

    async fn prove(
        &self,
        issuer: &Core,
        request: &HttpRequest,
        accepted: &Accepted,
        jkt: &str,
    ) -> Result<(), Failure> {
        let proof = dpop::read(issuer, request, &accepted.client, Some(&self.token));
        let proof = proof
            .and_then(|proof| proof.ok_or(invalid("the proof is missing (header DPoP)")))
            .map_err(unauthorized)?;
        if proof.jkt != jkt {
            let error = invalid("the access token is bound to another key");
            return Err(unauthorized(error));
        }
        match dpop::spend(issuer, &proof).await {
            Err(Failure::Json { error, .. }) => Err(unauthorized(error)),
            spent => spent,
        }
    }
}

fn unauthorized(error: ProtocolError) -> Failure {
    Failure::Json { status: StatusCode::UNAUTHORIZED, error, retry_after: None }
}

/// Without a token the challenge carries no error (RFC 6750 §3.1), yet a sentence helps in the body.
fn missing() -> Failure {
    unauthorized(ProtocolError::invalid_request("there is no access token"))
}
