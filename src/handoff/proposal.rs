//! What a host hands to the extension.

use crate::protocol::client::Client;
use crate::protocol::request::Start;
use crate::protocol::response::ReturnAddress;

/// What a host is ready to grant, once the person agrees.
#[derive(Clone, Debug)]
pub struct Proposal<'a> {
    /// The program that asked, with its settings.
    pub client: &'a Client,
    /// Where the response goes, and how.
    pub return_address: ReturnAddress,
    /// The request's S256 challenge.
    pub code_challenge: String,
    /// The thumbprint of the key that redemption must prove (RFC 9449 §10), or empty.
    pub dpop_jkt: String,
    /// Who is signed in, as the page names them.
    pub account: String,
    /// The host's id of them, by which it finds all that they granted.
    pub account_id: Option<String>,
    /// What the code will stand for: the host's own words, given back at redemption.
    pub payload: String,
    /// The host's session that it is granted in, if it has such.
    pub sid: Option<String>,
    /// Whether the person is asked first. Without it the page starts by itself where it worked before.
    pub confirm: bool,
    /// How the page starts.
    pub start: Start,
    /// Whether several links of one login may exist, of which one wins.
    pub has_siblings: bool,
    /// The path and query that begin the same sign-in again.
    pub restart: String,
    /// The page that signs in as somebody else and goes on to its `next`, if the host has one.
    pub switch_account: Option<String>,
    /// Seconds that a refresh token lives since its last use; zero for none.
    pub refresh_lifetime: i64,
}

impl<'a> Proposal<'a> {
    /// A proposal with the usual rest: the person is asked unless the client is trusted, the page starts
    /// with the loopback address, there are no other links of this login, and no refresh token.
    pub fn new(
        client: &'a Client,
        return_address: ReturnAddress,
        code_challenge: String,
        account: impl Into<String>,
        payload: impl Into<String>,
    ) -> Self {
        Self {
            client,
            return_address,
            code_challenge,
            dpop_jkt: String::new(),
            account: account.into(),
            account_id: None,
            payload: payload.into(),
            sid: None,
            confirm: !client.trusted,
            start: Start::default(),
            has_siblings: false,
            restart: String::new(),
            switch_account: None,
            refresh_lifetime: 0,
        }
    }
}
