//! Refresh tokens: a family for each grant, of which the youngest is good.

use super::{Codes, Refusal};
use crate::secret::{self, Secret};
use crate::store;
use crate::store::grants::{PresentedRefresh, StoredGrant};

/// Seconds in which the refresh token that was just replaced still yields its successor: a client
/// that lost the answer, or sent the request twice, is not an attacker.
const REFRESH_GRACE: i64 = 10;

/// What a refresh request presents.
#[derive(Clone, Copy, Debug)]
pub struct RefreshPresentation<'a> {
    /// The refresh token as it came.
    pub token: &'a str,
    /// The client, authenticated if it is confidential.
    pub client_id: &'a str,
    /// The thumbprint of the key that the request proves, or empty.
    pub jkt: &'a str,
    /// Whether another token takes the place of this one.
    pub rotates: bool,
}

/// A refresh token that was accepted, or the one that takes its place.
#[derive(Clone, Debug)]
pub struct Refreshed {
    /// The grant behind it.
    pub grant: StoredGrant,
    /// The next refresh token.
    pub token: Secret,
}

impl Codes {
    /// The first refresh token of a grant, or the one of its present generation.
    pub fn refresh_token(&self, grant: &StoredGrant) -> Secret {
        self.derive_refresh_token(&grant.id, grant.generation)
    }

    /// Exchanges a refresh token for the next one.
    ///
    /// # Errors
    /// [`Refusal`]; a replay has killed the grant.
    pub async fn refresh(&self, presented: RefreshPresentation<'_>) -> Result<Refreshed, Refusal> {
        let RefreshPresentation { token, client_id, jkt, rotates } = presented;
        let (id, generation) = self.read_refresh_token(token).ok_or(Refusal::Unknown)?;
        let now = self.clock.now();
        let stored = PresentedRefresh {
            id: id.clone(),
            generation,
            client_id: client_id.to_owned(),
            jkt: jkt.to_owned(),
            step: i64::from(rotates),
        };
        if let Some(grant) = self.db.rotate_grant(stored, now).await? {
            return Ok(Refreshed { token: self.refresh_token(&grant), grant });
        }
        let Some(grant) = self.db.find_grant(&id).await? else { return Err(Refusal::Unknown) };
        if grant.client_id != client_id {
            return Err(Refusal::Unknown);
        }
        if grant.revoked_at.is_some() || grant.expires_at <= now {
            return Err(Refusal::Over);
        }
        if !grant.jkt.is_empty() && grant.jkt != jkt {
            return Err(Refusal::Unproven);
        }
        let just_replaced = generation + 1 == grant.generation
            && grant.rotated_at.is_some_and(|rotated_at| now.since(rotated_at) <= REFRESH_GRACE);
        if just_replaced {
            return Ok(Refreshed { token: self.refresh_token(&grant), grant });
        }
        self.db.revoke_grant(&id, now).await?;
        Err(Refusal::Replayed { grant: id })
    }

    /// The grant of a refresh token that is the present one of its family, and good.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn refreshable(&self, token: &str) -> Result<Option<StoredGrant>, store::Error> {
        let Some((id, generation)) = self.read_refresh_token(token) else { return Ok(None) };
        let is_good = |grant: &StoredGrant| {
            grant.generation == generation && grant.expires_at > self.clock.now()
        };
        Ok(self.living(&id).await?.filter(is_good))
    }

    /// The grant of a refresh token that this engine issued, whatever its state; for revocation.
    pub fn grant_of_refresh_token(&self, token: &str) -> Option<String> {
        self.read_refresh_token(token).map(|(id, _)| id)
    }

    pub(super) fn derive_refresh_token(&self, id: &str, generation: i64) -> Secret {
        let tag = self.root.derive("refresh token", &[id.as_bytes(), &generation.to_be_bytes()]);
        Secret::new(format!("dsr_{id}.{generation}.{}", secret::base64url(&tag)))
    }

    fn read_refresh_token(&self, token: &str) -> Option<(String, i64)> {
        let mut parts = token.strip_prefix("dsr_")?.splitn(3, '.');
        let (id, generation) = (parts.next()?, parts.next()?.parse().ok()?);
        let genuine = self.derive_refresh_token(id, generation);
        secret::equal(genuine.expose(), token).then(|| (id.to_owned(), generation))
    }
}
