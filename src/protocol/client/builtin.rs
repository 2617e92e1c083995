//! The client of `doorstep login`, which exists without being registered.

use super::claim_mapping::{ClaimRule, Place};
use super::{ApplicationType, Client, ClientAuthMethod};
use crate::protocol::redirect_uri::OUT_OF_BAND;

/// The built-in client's id.
pub const DOORSTEP_CLI: &str = "doorstep-cli";

/// A public client on people's machines: loopback on any port, or a code to paste. It shows the match
/// phrase.
pub fn doorstep_cli() -> Client {
    Client {
        client_id: DOORSTEP_CLI.into(),
        client_name: "Doorstep CLI".into(),
        token_endpoint_auth_method: ClientAuthMethod::None,
        application_type: ApplicationType::Native,
        redirect_uris: ["http://127.0.0.1/", "http://[::1]/", OUT_OF_BAND]
            .map(str::to_owned)
            .into(),
        scope: "openid profile email groups offline_access".into(),
        match_phrase: true,
        // kubectl passes the ID token on to an API server, which looks for names and groups in it.
        claim_mapping: ["preferred_username", "email", "email_verified", "groups"]
            .map(|claim| ClaimRule::tell(claim, &[Place::IdToken]))
            .into(),
        ..Client::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_client_keeps_the_rules() {
        assert_eq!(doorstep_cli().check(), Ok(()));
    }
}
