//! The result on standard output, in the form that was asked for.

use clap::ValueEnum;
use serde_json::{Value, json};

use crate::cli::Failure;
use crate::clock::Timestamp;
use crate::relying_party::Tokens;

/// What standard output carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// The access token alone
    Token,
    /// All tokens and the claims of the ID token
    Json,
    /// A credential for kubectl, made of the ID token
    ExecCredential,
}

/// Which token must still be good, so that the result is of use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needed {
    /// The access token.
    AccessToken,
    /// The ID token.
    IdToken,
    /// Both.
    Both,
}

impl Needed {
    /// When the first of the needed tokens expires. An access token of unknown life is taken to live
    /// as long as the ID token.
    pub(super) fn expires_at(self, tokens: &Tokens) -> Timestamp {
        let id_token = tokens.claims.expires_at();
        let access_token = tokens.expires_at.unwrap_or(id_token);
        match self {
            Self::AccessToken => access_token,
            Self::IdToken => id_token,
            Self::Both => access_token.min(id_token),
        }
    }
}

impl Format {
    /// What this form is made of.
    pub(super) fn needed(self) -> Needed {
        match self {
            Self::Token => Needed::AccessToken,
            Self::Json => Needed::Both,
            Self::ExecCredential => Needed::IdToken,
        }
    }
}

/// The version of kubectl's credential API that the caller speaks, read from `KUBERNETES_EXEC_INFO`;
/// v1 when nobody says.
pub(super) fn exec_api(info: Option<&str>) -> Result<&'static str, Failure> {
    const KNOWN: [&str; 2] =
        ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"];
    let Some(info) = info.filter(|info| !info.is_empty()) else { return Ok(KNOWN[0]) };
    let parsed: Option<Value> = serde_json::from_str(info).ok();
    let asked = parsed.as_ref().and_then(|info| info.get("apiVersion")?.as_str());
    KNOWN.into_iter().find(|known| Some(*known) == asked).ok_or_else(|| Failure {
        code: 2,
        message: "kubectl asks for a credential in a version that is not known here. \
                  Set apiVersion to client.authentication.k8s.io/v1 in the kubeconfig."
            .into(),
    })
}

/// The text for standard output.
pub(super) fn render(tokens: &Tokens, format: Format, exec_api: &str) -> String {
    match format {
        Format::Token => tokens.access_token.expose().to_owned(),
        Format::Json => json!({
            "access_token": tokens.access_token.expose(),
            "token_type": "Bearer",
            "expires_at": tokens.expires_at.map(Timestamp::to_rfc3339),
            "id_token": tokens.id_token.expose(),
            "refresh_token": tokens.refresh_token.as_ref().map(|token| token.expose()),
            "scope": tokens.scope,
            "claims": tokens.claims.all(),
        })
        .to_string(),
        Format::ExecCredential => json!({
            "apiVersion": exec_api,
            "kind": "ExecCredential",
            "spec": {"interactive": false},
            "status": {
                "expirationTimestamp": tokens.claims.expires_at().to_rfc3339(),
                "token": tokens.id_token.expose(),
            },
        })
        .to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_credential_speaks_the_version_that_kubectl_asks_for() {
        let asked = |version: &str| {
            exec_api(Some(&format!(
                r#"{{"kind":"ExecCredential","apiVersion":"{version}","spec":{{}}}}"#
            )))
        };
        assert_eq!(exec_api(None).unwrap(), "client.authentication.k8s.io/v1");
        for version in ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"] {
            assert_eq!(asked(version).unwrap(), version);
        }
        assert_eq!(asked("client.authentication.k8s.io/v1alpha1").unwrap_err().code, 2);
        assert_eq!(exec_api(Some("not json")).unwrap_err().code, 2);
    }
}
