//! What contradicts the FAPI 2.0 Security Profile (§5.3.2, §5.4).

use url::Url;

use super::{BadMetadata, refuse};
use crate::protocol::client::profile::FAPI2_CODE_LIFETIME;
use crate::protocol::client::{AccessTokenFormat, Client, ClientAuthMethod, SigningAlg};

impl Client {
    pub(super) fn check_fapi2(&self) -> Result<(), BadMetadata> {
        if !self.is_fapi2() {
            return Ok(());
        }
        if self.token_endpoint_auth_method != ClientAuthMethod::PrivateKeyJwt {
            return contradicts("token_endpoint_auth_method", "should be \"private_key_jwt\"");
        }
        if !self.require_pkce {
            return contradicts("require_pkce", "should be true");
        }
        if self.code_lifetime.is_some_and(|seconds| seconds > FAPI2_CODE_LIFETIME) {
            return contradicts("code_lifetime", "should be at most 60");
        }
        // An app's own scheme, or a code to be pasted, would end at whoever took the name or the eye.
        if !self.redirect_uris.iter().all(|uri| is_safe(uri)) {
            let words = "should be https, or http on a loopback address";
            return contradicts("redirect_uris", words);
        }
        self.check_fapi2_algorithms()
    }

    fn check_fapi2_algorithms(&self) -> Result<(), BadMetadata> {
        let is_jwt = self.access_token_format == AccessTokenFormat::Jwt;
        for (field, alg) in [
            ("id_token_signed_response_alg", Some(self.id_token_signed_response_alg)),
            (
                "access_token_signed_response_alg",
                is_jwt.then_some(self.access_token_signed_response_alg),
            ),
            ("authorization_signed_response_alg", self.signed_response_alg()),
            ("userinfo_signed_response_alg", self.userinfo_signed_response_alg),
            ("token_endpoint_auth_signing_alg", self.token_endpoint_auth_signing_alg),
            ("request_object_signing_alg", self.request_object_signing_alg),
        ] {
            if alg == Some(SigningAlg::RS256) {
                return contradicts(field, "should be PS256, ES256 or EdDSA");
            }
        }
        Ok(())
    }

    /// The algorithm of signed responses, if the client may ask for such.
    fn signed_response_alg(&self) -> Option<SigningAlg> {
        let signed = self.response_modes.iter().any(|mode| mode.is_signed());
        signed.then_some(self.authorization_signed_response_alg)
    }
}

fn is_safe(uri: &str) -> bool {
    Url::parse(uri).is_ok_and(|url| ["https", "http"].contains(&url.scheme()))
}

fn contradicts(field: &'static str, words: &str) -> Result<(), BadMetadata> {
    refuse(field, format!("{words} under profile = \"fapi2\""))
}
