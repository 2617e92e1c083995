//! Makes tokens of a grant.

use serde_json::{Value, json};

use super::Core;
use crate::accounts::Account;
use crate::protocol::claims::Claims;
use crate::protocol::client::{Client, GrantType};
use crate::protocol::grant::Grant;
use crate::protocol::scope::Scope;
use crate::protocol::token::{ACCESS_TOKEN_TYPE, ID_TOKEN_TYPE, Issuance};
use crate::secret::{self, Secret};
use crate::store::{self, grants::StoredGrant};
use crate::web::failure::Failure;

/// A grant that tokens are made of, with the person behind it.
#[derive(Debug)]
pub(crate) struct Living {
    pub id: String,
    pub grant: Grant,
    pub account: Account,
}

impl Core {
    /// What a person granted, as a row holds it.
    pub(crate) fn read_grant(stored: &StoredGrant) -> Result<Grant, store::Error> {
        serde_json::from_str(&stored.payload).map_err(|_| store::Error::Corrupt("grant"))
    }

    /// The grant of a row and its person; `None` when the person is gone or barred.
    pub(crate) async fn living(&self, stored: &StoredGrant) -> Result<Option<Living>, Failure> {
        let grant = Self::read_grant(stored)?;
        let account = self
            .accounts
            .find(&grant.sub)
            .await
            .map_err(|cause| Failure::Internal(Box::new(cause)))?;
        let account = account.filter(|account| !account.disabled);
        Ok(account.map(|account| Living { id: stored.id.clone(), grant, account }))
    }

    /// Seconds that a refresh token of this grant lives; zero where there is to be none.
    pub(crate) fn refresh_lifetime(&self, client: &Client, scope: &Scope) -> i64 {
        let wanted = scope.contains("offline_access")
            && client.grant_types.contains(&GrantType::RefreshToken);
        if wanted { client.refresh_token_lifetime } else { 0 }
    }

    /// The claims of the userinfo response to an access token with these scopes.
    pub(crate) fn userinfo(&self, client: &Client, living: &Living, scope: &Scope) -> Claims {
        let known = living.account.all_claims();
        let sub = self.subject(client, &living.account.id);
        self.issuance(client, living, scope, &sub, &known).userinfo()
    }

    fn issuance<'a>(
        &'a self,
        client: &'a Client,
        living: &'a Living,
        scope: &'a Scope,
        sub: &'a str,
        claims: &'a Claims,
    ) -> Issuance<'a> {
        let (iss, grant, now) = (&self.site.issuer, &living.grant, self.now());
        Issuance { iss, client, grant, scope, sub, claims, now }
    }

    /// The token endpoint's answer (RFC 6749 §5.1, OpenID Connect Core §3.1.3.3).
    pub(crate) fn token_response(
        &self,
        client: &Client,
        living: &Living,
        scope: &Scope,
        refresh_token: Option<Secret>,
    ) -> Result<Value, Failure> {
        let known = living.account.all_claims();
        let sub = self.subject(client, &living.account.id);
        let issuance = self.issuance(client, living, scope, &sub, &known);
        let jti = format!("{}.{}", living.id, secret::random_id());
        let access_token = self.keys.sign(
            client.access_token_signed_response_alg,
            ACCESS_TOKEN_TYPE,
            &issuance.access_token(jti),
        )?;
        let id_token = self.keys.sign(
            client.id_token_signed_response_alg,
            ID_TOKEN_TYPE,
            &issuance.id_token(&access_token),
        )?;
        let mut response = json!({
            "access_token": access_token,
            "token_type": "Bearer",
            "expires_in": client.access_token_lifetime,
            "scope": scope.to_string(),
            "id_token": id_token,
        });
        if let Some(refresh_token) = refresh_token {
            response["refresh_token"] = refresh_token.expose().into();
        }
        Ok(response)
    }
}
