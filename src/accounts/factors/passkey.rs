//! Passkeys: Web Authentication (WebAuthn Level 3 §7) with user verification, so that a key alone is two
//! factors, the device and what unlocks it. No attestation: whoever made the device stays private.
//!
//! The relying party's id is the issuer's host; a key is of no use to any other. An issuer without a host
//! name, reached by its address alone, can have none.

use std::fmt;
use std::sync::Arc;

use serde_json::{Value, json};
use url::Url;
use webauthn_rs::prelude::{
    DiscoverableAuthentication, DiscoverableKey, Passkey, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, Uuid, Webauthn, WebauthnBuilder, WebauthnError,
};

use crate::accounts::methods::Method;
use crate::secret::{self, RootKey};

/// The issuer as a relying party. Clones share it.
#[derive(Clone)]
pub struct Passkeys {
    webauthn: Arc<Webauthn>,
    root: RootKey,
}

impl fmt::Debug for Passkeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passkeys")
    }
}

/// What a browser sent back in the name of a key.
#[derive(Debug)]
pub struct Answer(PublicKeyCredential);

/// A signature that holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signed {
    /// The key's count of signatures; 0 when it does not count.
    pub counter: i64,
    /// Whether the key stays on its device or is copied to others of its owner.
    pub method: Method,
}

impl Answer {
    /// Reads the JSON of a `PublicKeyCredential`.
    pub fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok().map(Self)
    }

    /// The id of the key that claims to have signed, base64url.
    pub fn credential_id(&self) -> String {
        secret::base64url(self.0.get_credential_id())
    }
}

impl Passkeys {
    /// The relying party at this origin; `None` when its host is an address.
    pub fn new(origin: &str, name: &str, root: RootKey) -> Option<Self> {
        let origin = Url::parse(origin).ok()?;
        let builder = WebauthnBuilder::new(origin.domain()?, &origin).ok()?;
        let webauthn = builder.rp_name(name).build().ok()?.into();
        Some(Self { webauthn, root })
    }

    /// The user handle of an account: stays the same, and tells nobody else anything.
    fn handle(&self, account_id: &str) -> Uuid {
        let bits = self.root.derive("passkey user handle", &[account_id.as_bytes()]);
        Uuid::from_slice(&bits[..16]).unwrap_or_default()
    }

    /// What a browser needs to make a key for this account, and what must be remembered until it has.
    /// Keys among `known`, base64url, are not made twice.
    ///
    /// # Errors
    /// When the library refuses, which no input of ours makes it do.
    pub fn begin_registration(
        &self,
        account_id: &str,
        username: &str,
        display_name: &str,
        known: impl IntoIterator<Item = String>,
    ) -> Result<(Value, PasskeyRegistration), WebauthnError> {
        let known = known.into_iter().filter_map(|id| secret::from_base64url(&id));
        let (options, state) = self.webauthn.start_passkey_registration(
            self.handle(account_id),
            username,
            display_name,
            Some(known.map(Into::into).collect()),
        )?;
        let mut options = json!(options.public_key);
        // So that the key can be found without a user name, where the device has room for it.
        options["authenticatorSelection"]["residentKey"] = "preferred".into();
        Ok((options, state))
    }

    /// The key in a browser's answer, if it answers this registration, and how it is kept.
    pub fn register(&self, state: &PasskeyRegistration, answer: &str) -> Option<(Passkey, Method)> {
        let answer: RegisterPublicKeyCredential = serde_json::from_str(answer).ok()?;
        let made = self.webauthn.finish_passkey_registration(&answer, state);
        let made =
            made.map_err(|error| tracing::info!(%error, "a new passkey was refused")).ok()?;
        let shared = json!(made)["cred"]["backup_eligible"] == true;
        Some((made, kept(shared)))
    }

    /// What a browser needs to let a key sign, and what must be remembered until it has. Any key will do
    /// when `allowed` is empty.
    ///
    /// # Errors
    /// When the library refuses, which no input of ours makes it do.
    pub fn begin(
        &self,
        allowed: impl IntoIterator<Item = String>,
    ) -> Result<(Value, DiscoverableAuthentication), WebauthnError> {
        let (options, state) = self.webauthn.start_discoverable_authentication()?;
        let mut options = json!(options.public_key);
        let describe = |id: String| json!({ "type": "public-key", "id": id });
        options["allowCredentials"] = allowed.into_iter().map(describe).collect();
        Ok((options, state))
    }

    /// Verifies an answer with the key that it names, which belongs to this account.
    pub fn verify(
        &self,
        state: DiscoverableAuthentication,
        answer: &Answer,
        known: &Passkey,
        account_id: &str,
    ) -> Option<Signed> {
        let claimed = answer.0.get_user_unique_id();
        if claimed.is_some_and(|handle| handle != self.handle(account_id).as_bytes()) {
            return None;
        }
        let known = [DiscoverableKey::from(known)];
        let result = self.webauthn.finish_discoverable_authentication(&answer.0, state, &known);
        let result = result
            .map_err(|error| tracing::info!(%error, "a passkey's answer was refused"))
            .ok()
            .filter(|result| result.user_verified())?;
        let method = kept(result.backup_eligible());
        Some(Signed { counter: i64::from(result.counter()), method })
    }
}

/// A key that may be copied to its owner's other devices is one of software (WebAuthn §6.1.3, BE).
fn kept(shared: bool) -> Method {
    if shared { Method::SoftwareKey } else { Method::HardwareKey }
}
