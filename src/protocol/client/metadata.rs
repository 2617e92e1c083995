//! What a client may say of itself (RFC 7591 §2, OpenID Connect Registration §2): the part of its
//! settings that needs nobody's trust. Whatever else it says is ignored.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::rules::{BadMetadata, refuse};
use super::{Client, GrantType};
use crate::protocol::redirect_uri::OUT_OF_BAND;
use crate::protocol::scope::{self, Scope};

/// The settings that a client may choose.
pub const CHOSEN: [&str; 27] = [
    "application_type",
    "authorization_signed_response_alg",
    "backchannel_logout_session_required",
    "backchannel_logout_uri",
    "client_name",
    "client_uri",
    "default_acr_values",
    "default_max_age",
    "dpop_bound_access_tokens",
    "grant_types",
    "id_token_signed_response_alg",
    "initiate_login_uri",
    "jwks",
    "jwks_uri",
    "post_logout_redirect_uris",
    "redirect_uris",
    "request_object_signing_alg",
    "require_auth_time",
    "require_pushed_authorization_requests",
    "require_signed_request_object",
    "scope",
    "sector_identifier_uri",
    "subject_type",
    "token_endpoint_auth_method",
    "token_endpoint_auth_signing_alg",
    "userinfo_signed_response_alg",
    "response_types",
];

/// The one response type there is; what clients say of it is checked and not kept.
const RESPONSE_TYPES: &str = "response_types";

/// The grants that need no admin.
const GRANTS: [GrantType; 2] = [GrantType::AuthorizationCode, GrantType::RefreshToken];

impl Client {
    /// The client that says this of itself. It has no id and no secret yet, and neither was looked at.
    ///
    /// # Errors
    /// [`BadMetadata`] names the first member that cannot be had.
    pub fn from_metadata(said: &Map<String, Value>) -> Result<Self, BadMetadata> {
        let mut chosen = Map::new();
        // The default of the specification, which is less than ours.
        chosen.insert("grant_types".into(), json!([GrantType::AuthorizationCode]));
        for field in CHOSEN {
            // RFC 7592 §2.2: null is the same as nothing.
            let Some(value) = said.get(field).filter(|value| !value.is_null()) else { continue };
            if field == RESPONSE_TYPES {
                check_response_types(value)?;
                continue;
            }
            let alone = Map::from_iter([(field.to_owned(), value.clone())]);
            if let Err(error) = Self::deserialize(Value::Object(alone)) {
                return refuse(field, format!("cannot be used: {error}"));
            }
            chosen.insert(field.into(), value.clone());
        }
        let client = Self::deserialize(Value::Object(chosen))
            .map_err(|error| BadMetadata { field: "metadata", reason: error.to_string() })?;
        client.check_chosen()?;
        Ok(Self { paste: false, ..client })
    }

    /// What nobody has to be trusted with.
    fn check_chosen(&self) -> Result<(), BadMetadata> {
        if let Some(grant) = self.grant_types.iter().find(|grant| !GRANTS.contains(grant)) {
            let reason =
                format!("has {}, which only an admin can give to a client", grant.as_str());
            return refuse("grant_types", reason);
        }
        if self.redirect_uris.iter().any(|uri| uri == OUT_OF_BAND) {
            return refuse(
                "redirect_uris",
                format!("has {OUT_OF_BAND}, which only an admin can give to a client"),
            );
        }
        let known = Scope::parse(&scope::KNOWN.join(" "));
        match Scope::parse(&self.scope).first_outside(&known) {
            Some(outside) => {
                refuse("scope", format!("has {outside}, which only an admin can give to a client"))
            }
            None => Ok(()),
        }
    }

    /// What the client may know of its settings: all that it could have chosen.
    pub fn to_metadata(&self) -> Map<String, Value> {
        let mut settings = match serde_json::to_value(self) {
            Ok(Value::Object(settings)) => settings,
            _ => Map::new(),
        };
        let empty = |value: &Value| value.is_null() || value.as_array().is_some_and(Vec::is_empty);
        settings.retain(|name, value| CHOSEN.contains(&name.as_str()) && !empty(value));
        settings.insert(RESPONSE_TYPES.into(), json!(["code"]));
        settings
    }
}

fn check_response_types(value: &Value) -> Result<(), BadMetadata> {
    match value.as_array().map(Vec::as_slice) {
        Some([Value::String(only)]) if only == "code" => Ok(()),
        _ => refuse(RESPONSE_TYPES, "should be a list with code alone: there is no other"),
    }
}

#[cfg(test)]
#[path = "metadata_tests.rs"]
mod tests;
