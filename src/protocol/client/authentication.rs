//! How a client proves who it is (RFC 6749 §2.3, OpenID Connect Core §9).

use serde::{Deserialize, Serialize};

use crate::secret;

/// How a client authenticates at the token endpoint (OpenID Connect Core §9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuthMethod {
    /// A public client: no authentication.
    None,
    /// `Authorization: Basic` with the form-urlencoded id and secret.
    ClientSecretBasic,
    /// `client_id` and `client_secret` in the body.
    ClientSecretPost,
    /// An assertion that the client signed (RFC 7523).
    PrivateKeyJwt,
}

impl ClientAuthMethod {
    /// Every method there is, in the order of discovery.
    pub const ALL: [Self; 4] =
        [Self::ClientSecretBasic, Self::ClientSecretPost, Self::PrivateKeyJwt, Self::None];

    /// Whether a client proves itself by a secret that the issuer knows too.
    pub fn uses_secret(self) -> bool {
        matches!(self, Self::ClientSecretBasic | Self::ClientSecretPost)
    }

    /// The method's registered name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
            Self::PrivateKeyJwt => "private_key_jwt",
        }
    }
}

/// A client secret, known by its digest alone: secrets are long and random, so SHA-256 is enough.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct ClientSecret(String);

const DIGEST_PREFIX: &str = "sha256:";
/// Characters of a secret: fewer could be found by trying (RFC 6749 §2.3.1).
const SHORTEST: usize = 16;

impl ClientSecret {
    /// The digest of a secret's text.
    pub fn new(secret: &str) -> Self {
        Self(format!("{DIGEST_PREFIX}{}", secret::digest(secret)))
    }

    /// Whether `presented` is the secret, in a time that does not depend on it.
    pub fn matches(&self, presented: &str) -> bool {
        secret::equal(&self.0, &Self::new(presented).0)
    }
}

impl<'de> Deserialize<'de> for ClientSecret {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.is_empty() {
            return Err(serde::de::Error::custom("client_secret is empty"));
        }
        if text.starts_with(DIGEST_PREFIX) {
            return Ok(Self(text));
        }
        if text.chars().count() < SHORTEST {
            let error = format!(
                "client_secret should have at least {SHORTEST} characters, or it can be guessed"
            );
            return Err(serde::de::Error::custom(error));
        }
        Ok(Self::new(&text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<ClientSecret, String> {
        serde_json::from_value(text.into()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_secret_that_can_be_guessed_is_refused() {
        for short in ["", "7391", "fifteen letters"] {
            let error = read(short).unwrap_err();
            assert!(error.contains("client_secret") && !error.contains("7391"), "{error}");
        }
        assert!(read("sixteen letters!").unwrap().matches("sixteen letters!"));
        let digest = read("sha256:digest").unwrap();
        assert_eq!(digest, ClientSecret("sha256:digest".into()));
    }
}
