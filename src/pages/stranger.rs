//! What people are told of a client that no admin has entered.

use super::{Frame, Words};
use crate::protocol::client::Stranger;

/// A warning, for a stranger.
pub fn about<'a>(
    frame: &'a Frame,
    client_name: &str,
    stranger: Option<&Stranger>,
) -> Option<Words<'a>> {
    let words = match stranger? {
        Stranger::Registered => frame.words("stranger.registered"),
        Stranger::Document(host) => frame.words("stranger.document").with("host", host),
    };
    Some(words.with("client", client_name))
}
