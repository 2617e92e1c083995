//! What may be used once: the `jti` of client assertions (RFC 7523 §3) and of DPoP proofs (RFC 9449 §11.1).
//! Only ids whose signature was found good get here, so strangers cannot fill the store.

use super::Core;
use crate::clock::Timestamp;
use crate::secret;
use crate::store;

impl Core {
    /// Uses up an id that its `owner` gave to a statement of this `kind`, which is good until `expires_at`.
    /// False when it was used before, here or by another replica.
    pub(crate) async fn spend(
        &self,
        kind: &str,
        owner: &str,
        jti: &str,
        expires_at: Timestamp,
    ) -> Result<bool, store::Error> {
        let digest = self.site.root.derive(kind, &[owner.as_bytes(), jti.as_bytes()]);
        self.db.spend_jti(&secret::base64url(&digest[..16]), expires_at).await
    }
}
