//! Grants that come without a code, because who asks for tokens gets them in the same answer.

use std::net::IpAddr;

use super::{Codes, text};
use crate::protocol::channel::Channel;
use crate::secret::{self, Secret};
use crate::store;
use crate::store::grants::NewGrant;

/// What a grant without a code is for.
#[derive(Clone, Debug)]
pub struct Direct {
    /// The client that has it.
    pub client_id: String,
    /// Whose it is, if there is a person behind it.
    pub account_id: Option<String>,
    /// The public id of the session that it was granted in, where there is one.
    pub sid: Option<String>,
    /// What it stands for.
    pub payload: String,
    /// Where the request came from.
    pub address: Option<IpAddr>,
    /// The thumbprint of the key that each refresh will have to prove, or empty.
    pub jkt: String,
    /// Seconds that a refresh token lives since its last use; zero for none.
    pub refresh_lifetime: i64,
    /// Seconds that the grant is remembered without one: the life of its access token.
    pub remember: i64,
}

/// A grant that was just made without a code.
#[derive(Clone, Debug)]
pub struct Granted {
    /// The grant's id.
    pub id: String,
    /// Its first refresh token, if it is to have one.
    pub refresh_token: Option<Secret>,
}

impl Codes {
    /// Makes a grant that begins redeemed: all that can be done with any other grant can be done with
    /// it, but there is no code that anybody could present.
    ///
    /// # Errors
    /// When the store fails; then there is no grant.
    pub async fn grant(&self, direct: Direct) -> Result<Granted, store::Error> {
        let now = self.clock.now();
        let id = secret::random_id();
        let new = NewGrant {
            id: id.clone(),
            client_id: direct.client_id,
            account_id: direct.account_id,
            channel: Channel::Direct,
            sid: direct.sid,
            payload: direct.payload,
            jkt: direct.jkt,
            authorized_from: text(direct.address),
            created_at: now,
            code_expires_at: now,
            redeemed_at: Some(now),
            refresh_lifetime: direct.refresh_lifetime,
            expires_at: now.plus(direct.refresh_lifetime.max(direct.remember)),
            ..NewGrant::default()
        };
        self.db.insert_grant(new).await?;
        let refresh_token =
            (direct.refresh_lifetime > 0).then(|| self.derive_refresh_token(&id, 0));
        Ok(Granted { id, refresh_token })
    }
}
