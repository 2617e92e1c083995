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
mod binding;
mod direct;
mod network;
mod refresh;
mod refusal;

use std::net::IpAddr;

pub use binding::{Binding, Minted, Presentation};
pub use direct::{Direct, Granted};
pub(crate) use network::network;
pub use refresh::{RefreshPresentation, Refreshed};
pub use refusal::{CodeState, Refusal};

use crate::clock::{Clock, Timestamp};
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
