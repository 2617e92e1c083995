//! Grants as they go into the store and come out of it, and what is compared with them there.

use super::super::row;
use crate::clock::Timestamp;
use crate::protocol::channel::Channel;

/// A grant as it is stored when its code is minted, or when it is made without one. Empty texts mean "not bound".
#[derive(Clone, Debug, Default)]
pub struct NewGrant {
    /// Digest of the code.
    pub id: String,
    /// What the code is derived from.
    pub seed: String,
    /// The client that may redeem the code.
    pub client_id: String,
    /// The `redirect_uri` of the authorization request, which the token request must repeat.
    pub redirect_uri: String,
    /// The S256 challenge, or empty.
    pub code_challenge: String,
    /// The network that redemption must come from, or empty.
    pub network: String,
    /// The thumbprint of the key that redemption must prove, or empty.
    pub jkt: String,
    /// Whose it is; nobody's where a client acts for itself, or the host keeps that to itself.
    pub account_id: Option<String>,
    /// How code or tokens go to the program.
    pub channel: Channel,
    /// Common to all links of one login.
    pub login: Option<String>,
    /// The session that it was granted in.
    pub sid: Option<String>,
    /// Digest of the cookie of the browser that may look at the hand-off page.
    pub browser: Option<String>,
    /// What the hand-off page shows, as JSON.
    pub page: Option<String>,
    /// What was granted; opaque to the store.
    pub payload: String,
    /// Address of the browser that authorized.
    pub authorized_from: String,
    /// Now.
    pub created_at: Timestamp,
    /// When the code stops being redeemable.
    pub code_expires_at: Timestamp,
    /// Seconds that a refresh token lives since its last use; zero for no refresh token.
    pub refresh_lifetime: i64,
    /// Set when there is no code to redeem.
    pub redeemed_at: Option<Timestamp>,
    /// When the row may be swept, unless a refresh moves it.
    pub expires_at: Timestamp,
}

/// A grant as it is read back.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the columns are explained at NewGrant and in the migration")]
pub struct StoredGrant {
    pub id: String,
    pub seed: String,
    pub client_id: String,
    pub redirect_uri: String,
    pub jkt: String,
    pub account_id: Option<String>,
    pub channel: Channel,
    pub login: Option<String>,
    pub browser: Option<String>,
    pub page: Option<String>,
    pub payload: String,
    pub authorized_from: String,
    pub redeemed_from: Option<String>,
    pub created_at: Timestamp,
    pub code_expires_at: Timestamp,
    pub redeemed_at: Option<Timestamp>,
    pub misused_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
    pub refresh_lifetime: i64,
    pub generation: i64,
    pub rotated_at: Option<Timestamp>,
    pub expires_at: Timestamp,
}

row!(StoredGrant {
    id,
    seed,
    client_id,
    redirect_uri,
    jkt,
    account_id,
    channel,
    login,
    browser,
    page,
    payload,
    authorized_from,
    redeemed_from,
    created_at,
    code_expires_at,
    redeemed_at,
    misused_at,
    revoked_at,
    refresh_lifetime,
    generation,
    rotated_at,
    expires_at
});

/// What a token request presents, to be compared with the stored grant in one statement.
#[derive(Clone, Debug)]
pub struct Presented {
    /// Digest of the code.
    pub id: String,
    /// The authenticated client.
    pub client_id: String,
    /// The `redirect_uri` of the token request.
    pub redirect_uri: String,
    /// The challenge computed from the `code_verifier`, or empty.
    pub code_challenge: String,
    /// The redeemer's address.
    pub address: String,
    /// The redeemer's network.
    pub network: String,
    /// The thumbprint of the key that the token request proves, or empty.
    pub jkt: String,
    /// The thumbprint of the key that each refresh must prove from now on, or empty.
    pub refresh_jkt: String,
    /// Whether a person carried the code.
    pub was_carried: bool,
}

/// What a refresh request presents.
#[derive(Clone, Debug)]
pub struct PresentedRefresh {
    /// The grant's id.
    pub id: String,
    /// The token's generation.
    pub generation: i64,
    /// The authenticated client.
    pub client_id: String,
    /// The thumbprint of the key that the request proves, or empty.
    pub jkt: String,
    /// How far the generation moves: by one, or not at all where refresh tokens are not rotated.
    pub step: i64,
}
