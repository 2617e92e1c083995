//! The sealed ticket between page and click, and what a page remembers of its request.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::protocol::client::Stranger;
use crate::protocol::request::Start;
use crate::protocol::response::ReturnAddress;
use crate::secret::RootKey;

/// What the page says of the request. Stored beside the code, so that the page can be shown again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// The client's id.
    pub client_id: String,
    /// The language of the page.
    pub language: String,
    /// The client's name for people.
    pub client_name: String,
    /// Where to read about it.
    pub client_uri: Option<String>,
    /// How the client came to be known, if no admin entered it.
    pub stranger: Option<Stranger>,
    /// Whether the code may be shown.
    pub paste: bool,
    /// Where the response goes.
    pub return_address: ReturnAddress,
    /// Who is signed in.
    pub account: String,
    /// The browser's address.
    pub asked_from: String,
    /// When.
    pub asked_at: Timestamp,
    /// The match phrase, if the client shows it too.
    pub match_phrase: Option<String>,
    /// How the page starts.
    pub start: Start,
    /// The link that begins again.
    pub restart: String,
    /// Whether the page may start by itself.
    pub auto_start: bool,
}

/// Everything that a click will mint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// What the page says.
    pub asked: Asked,
    /// The S256 challenge.
    pub code_challenge: String,
    /// The thumbprint of the key that redemption must prove, or empty.
    pub dpop_jkt: String,
    /// The host's own words.
    pub payload: String,
    /// The host's id of whoever is signed in.
    pub account_id: Option<String>,
    /// The host's session.
    pub sid: Option<String>,
    /// Common to all links of one login.
    pub login: Option<String>,
    /// Refuses redemption from another network.
    pub same_network: bool,
    /// Seconds that the code lives.
    pub code_lifetime: i64,
    /// Seconds that a refresh token lives since its last use.
    pub refresh_lifetime: i64,
    /// Seconds that the grant is remembered beyond its code.
    pub remember: i64,
    /// The page that signs in as somebody else.
    pub switch_account: Option<String>,
    /// Digest of the browser that was shown the page.
    pub browser: String,
    /// Until when the page may be confirmed.
    pub expires_at: Timestamp,
}

const SEAL: &str = "hand-off ticket";

impl Ticket {
    /// The ticket as the page carries it.
    ///
    /// # Errors
    /// When the JOSE library refuses.
    pub fn seal(&self, root: &RootKey) -> Result<String, josekit::JoseError> {
        root.seal(SEAL, &serde_json::to_vec(self).unwrap_or_default())
    }

    /// The ticket in a form, or `None` when it is not one of ours.
    pub fn open(root: &RootKey, sealed: &str) -> Option<Self> {
        serde_json::from_slice(&root.open(SEAL, sealed).ok()?).ok()
    }
}
