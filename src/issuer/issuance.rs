//! Makes tokens of a grant.

use serde_json::{Value, json};

use super::Core;
use crate::accounts::Account;
use crate::protocol::claims::Claims;
use crate::protocol::client::{Client, GrantType};
use crate::protocol::grant::{Grant, Share};
use crate::protocol::scope::Scope;
use crate::protocol::token::{ID_TOKEN_TYPE, Issuance};
use crate::secret::{self, Secret};
use crate::store::{self, grants::StoredGrant};
use crate::web::failure::Failure;

/// A grant that tokens are made of, with the person behind it.
#[derive(Debug)]
pub(crate) struct Living {
    /// The grant's id.
    pub id: String,
    pub grant: Grant,
    /// Nobody where a client acts for itself.
    pub account: Option<Account>,
}

impl Core {
    /// What was granted, as a row holds it.
    pub(crate) fn read_grant(stored: &StoredGrant) -> Result<Grant, store::Error> {
        serde_json::from_str(&stored.payload).map_err(|_| store::Error::Corrupt("grant"))
    }

    /// The grant of a row and its person; `None` when the person is gone or barred.
    pub(crate) async fn living(&self, stored: &StoredGrant) -> Result<Option<Living>, Failure> {
        let (id, grant) = (stored.id.clone(), Self::read_grant(stored)?);
        if grant.for_itself {
            return Ok(Some(Living { id, grant, account: None }));
        }
        let account = self
            .accounts
            .find(&grant.sub)
            .await
            .map_err(|cause| Failure::Internal(Box::new(cause)))?;
        let account = account.filter(|account| !account.disabled);
        Ok(account.map(|account| Living { id, grant, account: Some(account) }))
    }

    /// Seconds that a refresh token of this grant lives; zero where there is to be none.
    pub(crate) fn refresh_lifetime(&self, client: &Client, scope: &Scope) -> i64 {
        let wanted = scope.contains("offline_access")
            && client.grant_types.contains(&GrantType::RefreshToken);
        if wanted { client.refresh_token_lifetime } else { 0 }
    }

    /// The claims of the userinfo response to an access token with these scopes.
    pub(crate) fn userinfo(&self, client: &Client, living: &Living, scope: &Scope) -> Claims {
        let share = Share { scope: scope.clone(), resource: Vec::new() };
        self.issuance(client, living, &self.about(client, living), &share, None).userinfo()
    }

    /// Whom tokens for this client are about, with everything that is known about them.
    fn about(&self, client: &Client, living: &Living) -> (String, Claims) {
        match &living.account {
            Some(account) => (self.subject(client, &account.id), account.all_claims()),
            None => (living.grant.sub.clone(), Claims::new()),
        }
    }

    fn issuance<'a>(
        &'a self,
        client: &'a Client,
        living: &'a Living,
        (sub, claims): &'a (String, Claims),
        Share { scope, resource }: &'a Share,
        jkt: Option<&'a str>,
    ) -> Issuance<'a> {
        let (iss, grant, now) = (&self.site.issuer, &living.grant, self.now());
        Issuance { iss, client, grant, scope, resource, jkt, sub, claims, now }
    }

    /// The token endpoint's answer (RFC 6749 §5.1, OpenID Connect Core §3.1.3.3). The access token is bound
    /// to the key with the thumbprint `jkt`, if there is one (RFC 9449 §5).
    pub(crate) async fn token_response(
        &self,
        client: &Client,
        living: &Living,
        share: &Share,
        jkt: Option<&str>,
        refresh_token: Option<Secret>,
    ) -> Result<Value, Failure> {
        let about = self.about(client, living);
        let issuance = self.issuance(client, living, &about, share, jkt);
        let jti = format!("{}.{}", living.id, secret::random_id());
        let token = issuance.access_token(jti);
        let access_token = self.write_access_token(client, &token).await?;
        let mut response = json!({
            "access_token": access_token,
            "token_type": token.token_type(),
            "expires_in": client.access_token_lifetime,
        });
        if !share.scope.is_empty() {
            response["scope"] = share.scope.to_string().into();
        }
        if living.grant.scope.contains("openid") {
            let alg = client.id_token_signed_response_alg;
            let id_token =
                self.keys.sign(alg, ID_TOKEN_TYPE, &issuance.id_token(&access_token)).await?;
            response["id_token"] = id_token.into();
        }
        if let Some(refresh_token) = refresh_token {
            response["refresh_token"] = refresh_token.expose().into();
        }
        Ok(response)
    }
}
