//! The code engine: mints single-use codes, redeems each at most once, and knows what became of it.
//!
//! It knows nothing of tokens or accounts. What a code stands for is a `payload` of the caller's, given
//! back at redemption, so an authorization server that keeps its own accounts and tokens can use the
//! engine alone.
//!
//! A code is derived by the root key from a random seed; the row holds the seed and the code's digest.
//! So the hand-off page can show the same code again after a reload, and a stolen database redeems
//! nothing. A refresh token is derived from the grant's id and a generation number: rotation counts one
//! up in a single statement, a double submit gets the same successor, and a token of any earlier
//! generation is recognised as a replay without a list of old tokens.

mod ahead;
mod direct;
mod refresh;

use std::fmt;
use std::net::IpAddr;

pub use direct::{Direct, Granted};
pub use refresh::{RefreshPresentation, Refreshed};

use crate::clock::{Clock, Timestamp};
use crate::protocol::channel::Channel;
use crate::protocol::code::Code;
use crate::secret::{self, RootKey};
use crate::store::grants::{NewGrant, Presented, StoredGrant};
use crate::store::{self, Db};

/// The engine. Clones share the store.
#[derive(Clone, Debug)]
pub struct Codes {
    db: Db,
    root: RootKey,
    clock: Clock,
}

/// What a new code is bound to and stands for.
#[derive(Clone, Debug)]
pub struct Binding {
    /// The client that may redeem it.
    pub client_id: String,
    /// The request's `redirect_uri`.
    pub redirect_uri: String,
    /// The request's S256 challenge, or empty.
    pub code_challenge: String,
    /// What the code stands for; given back at redemption.
    pub payload: String,
    /// Where the person authorized from.
    pub address: Option<IpAddr>,
    /// Refuses redemption from another network.
    pub same_network: bool,
    /// The thumbprint of the key that redemption must prove, or empty.
    pub jkt: String,
    /// Whose grant it is, so that they find it among their sign-ins.
    pub account_id: Option<String>,
    /// How the code goes to the program.
    pub channel: Channel,
    /// Equal for all links of one login, of which the first redeemed wins.
    pub login: Option<String>,
    /// The session that it was granted in, whose end is the end of tokens without a refresh token.
    pub sid: Option<String>,
    /// For codes that a page may show: digest of the browser's cookie, and what the page needs.
    pub page: Option<(String, String)>,
    /// Seconds until the code expires.
    pub lifetime: i64,
    /// Seconds that a refresh token lives since its last use; zero for none.
    pub refresh_lifetime: i64,
    /// Seconds that the grant is remembered after the code's end, so that access tokens of it can be
    /// revoked: their lifetime.
    pub remember: i64,
}

/// A code that was just minted.
#[derive(Clone, Debug)]
pub struct Minted {
    /// The grant's id: safe to show, it redeems nothing.
    pub id: String,
    /// The code itself.
    pub code: Code,
    /// When it expires.
    pub expires_at: Timestamp,
}

/// What a token request presents.
#[derive(Clone, Debug, Default)]
pub struct Presentation<'a> {
    /// The code as it came. A program sends what it was sent; what differs from that was pasted or typed.
    pub code: &'a str,
    /// The client, authenticated if it is confidential.
    pub client_id: &'a str,
    /// The `redirect_uri` as it came.
    pub redirect_uri: &'a str,
    /// The challenge of the `code_verifier` as it came, or empty.
    pub code_challenge: &'a str,
    /// Where the token request came from.
    pub address: Option<IpAddr>,
    /// The thumbprint of the key that the token request proves, or empty.
    pub jkt: &'a str,
    /// The thumbprint of the key that each refresh will have to prove, or empty.
    pub refresh_jkt: &'a str,
}

/// Why a code or refresh token does not work. The outside hears `invalid_grant`, whichever it is.
#[derive(Debug)]
pub enum Refusal {
    /// No such code or token.
    Unknown,
    /// It has expired, or its grant was revoked.
    Over,
    /// Another link of the same login came first.
    Superseded,
    /// It was used before. Every token of the grant is dead now.
    Replayed {
        /// The grant that was killed.
        grant: String,
    },
    /// The key that the refresh token is bound to was not proven.
    Unproven,
    /// It was presented by another client, with another `redirect_uri`, verifier or key, or from another
    /// network. The code is burnt.
    Misused {
        /// The grant whose code was burnt.
        grant: String,
    },
    /// The store failed.
    Store(store::Error),
}

impl From<store::Error> for Refusal {
    fn from(error: store::Error) -> Self {
        Self::Store(error)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unknown => "unknown",
            Self::Over => "expired or revoked",
            Self::Superseded => "another link of this login was used first",
            Self::Unproven => "presented without its key",
            Self::Replayed { .. } => "used before; the grant is revoked",
            Self::Misused { .. } => {
                "presented with the wrong client, redirect_uri, verifier, key or network; burnt"
            }
            Self::Store(_) => "the store failed",
        })
    }
}

/// What became of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CodeState {
    /// It waits to be redeemed.
    Ready,
    /// The program has its tokens, by this code or by another link of the same login.
    Redeemed,
    /// Too late.
    Expired,
    /// Somebody used it wrongly or twice.
    Misused,
}

impl Codes {
    /// An engine on this store, whose codes only `root` can derive.
    pub fn new(db: Db, root: RootKey, clock: Clock) -> Self {
        Self { db, root, clock }
    }

    /// Mints a code; it is durable when this returns.
    ///
    /// # Errors
    /// When the store fails; then no code exists.
    pub async fn mint(&self, binding: Binding) -> Result<Minted, store::Error> {
        let seed = secret::random_id();
        let code = self.derive_code(&seed);
        let new = self.new_grant(grant_id(&code), seed, binding);
        let (id, expires_at) = (new.id.clone(), new.code_expires_at);
        self.db.insert_grant(new).await?;
        Ok(Minted { id, code, expires_at })
    }

    fn new_grant(&self, id: String, seed: String, binding: Binding) -> NewGrant {
        let now = self.clock.now();
        let expires_at = now.plus(binding.lifetime);
        let (browser, page) = binding.page.unzip();
        NewGrant {
            id,
            seed,
            client_id: binding.client_id,
            redirect_uri: binding.redirect_uri,
            code_challenge: binding.code_challenge,
            network: if binding.same_network { network(binding.address) } else { String::new() },
            jkt: binding.jkt,
            account_id: binding.account_id,
            channel: binding.channel,
            login: binding.login,
            sid: binding.sid,
            browser,
            page,
            payload: binding.payload,
            authorized_from: text(binding.address),
            created_at: now,
            code_expires_at: expires_at,
            refresh_lifetime: binding.refresh_lifetime,
            redeemed_at: None,
            expires_at: expires_at.plus(binding.remember),
        }
    }

    /// Redeems a code. Of any number of callers at most one succeeds; a second success would need two
    /// rows to change by one guarded statement.
    ///
    /// # Errors
    /// [`Refusal`], after whatever it says was done.
    pub async fn redeem(&self, presented: Presentation<'_>) -> Result<StoredGrant, Refusal> {
        let code = Code::parse(presented.code).map_err(|_| Refusal::Unknown)?;
        let now = self.clock.now();
        let stored = Presented {
            id: grant_id(&code),
            client_id: presented.client_id.to_owned(),
            redirect_uri: presented.redirect_uri.to_owned(),
            code_challenge: presented.code_challenge.to_owned(),
            address: text(presented.address),
            network: network(presented.address),
            jkt: presented.jkt.to_owned(),
            refresh_jkt: presented.refresh_jkt.to_owned(),
            was_carried: presented.code != code.expose(),
        };
        let id = stored.id.clone();
        match self.db.spend_code(stored, now).await? {
            Some(grant) => Ok(grant),
            None => Err(self.refuse(&id, now).await?),
        }
    }

    /// Finds out why a code could not be spent, and sees to the consequences.
    async fn refuse(&self, id: &str, now: Timestamp) -> Result<Refusal, store::Error> {
        let Some(grant) = self.db.find_grant(id).await? else { return Ok(Refusal::Unknown) };
        let grant_id = grant.id.clone();
        if grant.redeemed_at.is_some() {
            self.db.misuse_grant(id, now).await?;
            return Ok(Refusal::Replayed { grant: grant_id });
        }
        if grant.misused_at.is_some() || grant.revoked_at.is_some() || grant.code_expires_at <= now
        {
            return Ok(Refusal::Over);
        }
        if self.winner(&grant).await?.is_some() {
            return Ok(Refusal::Superseded);
        }
        self.db.burn_code(id, now).await?;
        Ok(Refusal::Misused { grant: grant_id })
    }

    /// The grant whose code was redeemed first of all links of one login.
    async fn winner(&self, grant: &StoredGrant) -> Result<Option<StoredGrant>, store::Error> {
        match &grant.login {
            Some(login) => self.db.find_redeemed_grant(login).await,
            None => Ok(None),
        }
    }

    /// The grant with this id if this browser may look at it, with the state of its code.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn look(
        &self,
        id: &str,
        browser: &str,
    ) -> Result<Option<(StoredGrant, CodeState)>, store::Error> {
        if !secret::is_id(id) {
            return Ok(None);
        }
        let Some(grant) = self.db.find_grant(id).await? else { return Ok(None) };
        if !grant.browser.as_deref().is_some_and(|owner| secret::equal(owner, browser)) {
            return Ok(None);
        }
        let state = self.state(&grant).await?;
        Ok(Some((grant, state)))
    }

    /// What became of a grant's code. Tokens that were given back later do not change it.
    async fn state(&self, grant: &StoredGrant) -> Result<CodeState, store::Error> {
        if grant.misused_at.is_some() {
            return Ok(CodeState::Misused);
        }
        if grant.redeemed_at.is_some() {
            return Ok(CodeState::Redeemed);
        }
        Ok(match self.winner(grant).await? {
            Some(winner) if winner.misused_at.is_some() => CodeState::Misused,
            Some(_) => CodeState::Redeemed,
            None if grant.code_expires_at <= self.clock.now() => CodeState::Expired,
            None => CodeState::Ready,
        })
    }

    /// The code of a grant, for the page that shows it again.
    pub fn code_of(&self, grant: &StoredGrant) -> Code {
        self.derive_code(&grant.seed)
    }

    /// The grant whose access token this is about, unless it was revoked or never redeemed.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn living(&self, id: &str) -> Result<Option<StoredGrant>, store::Error> {
        let grant = self.db.find_grant(id).await?;
        Ok(grant.filter(|grant| grant.redeemed_at.is_some() && grant.revoked_at.is_none()))
    }

    /// The grant that a code stands for, whatever its state; to look at before the code is spent.
    pub fn grant_of_code(&self, code: &str) -> Option<String> {
        Code::parse(code).ok().map(|code| grant_id(&code))
    }

    /// The grant with this id, whatever its state.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn find(&self, id: &str) -> Result<Option<StoredGrant>, store::Error> {
        self.db.find_grant(id).await
    }

    /// Kills every token of a grant.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn revoke(&self, id: &str) -> Result<bool, store::Error> {
        self.db.revoke_grant(id, self.clock.now()).await
    }

    /// Deletes what has expired, in small pieces so that writers are not kept waiting.
    ///
    /// # Errors
    /// When the store fails; what was deleted stays deleted.
    pub async fn sweep(&self) -> Result<u64, store::Error> {
        const PIECE: i64 = 500;
        let mut swept = 0;
        loop {
            let piece = self.db.sweep_grants(self.clock.now(), PIECE).await?;
            swept += piece;
            if piece < PIECE as u64 {
                return Ok(swept);
            }
            tokio::task::yield_now().await;
        }
    }

    fn derive_code(&self, seed: &str) -> Code {
        Code::from_bits(&self.root.derive("code", &[seed.as_bytes()]))
    }
}

/// A grant is known by the first half of its code's digest: 128 bits, 22 characters.
fn grant_id(code: &Code) -> String {
    secret::base64url(&secret::sha256(code.expose())[..16])
}

fn text(address: Option<IpAddr>) -> String {
    address.map(|address| address.to_string()).unwrap_or_default()
}

/// The network of an address: /24 of IPv4, /48 of IPv6. An unknown address is a network of its own
/// kind, so that "same network" never holds by absence.
pub(crate) fn network(address: Option<IpAddr>) -> String {
    match address.map(|address| address.to_canonical()) {
        Some(IpAddr::V4(v4)) => {
            let [a, b, c, _] = v4.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        Some(IpAddr::V6(v6)) => {
            let [a, b, c, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}::/48")
        }
        None => "unknown".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_compared_by_their_prefix() {
        let of = |text: &str| network(Some(text.parse().unwrap()));
        assert_eq!(of("192.0.2.7"), of("192.0.2.200"));
        assert_eq!(of("::ffff:192.0.2.7"), of("192.0.2.200"));
        assert_ne!(of("192.0.2.7"), of("192.0.3.7"));
        assert_eq!(of("2001:db8:1:2::3"), of("2001:db8:1:ffff::"));
        assert_ne!(of("2001:db8:1::"), of("2001:db8:2::"));
    }
}
