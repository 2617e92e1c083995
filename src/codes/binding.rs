//! What a code is bound to when it is minted, and what has to be presented with it.

use std::net::IpAddr;

use crate::clock::Timestamp;
use crate::protocol::channel::Channel;
use crate::protocol::code::Code;

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
