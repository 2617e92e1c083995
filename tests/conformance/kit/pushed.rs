//! Requests that are pushed (RFC 9126), and the links to them.

use super::provider::{Provider, encode};
use super::request::Request;
use crate::support::person::Page;

/// A request's parameters but for the client's, which come with its credentials.
pub fn beside(request: &Request) -> Vec<(&str, &str)> {
    request.params().into_iter().filter(|(name, _)| *name != "client_id").collect()
}

/// The URL that a browser is sent to for a pushed request.
pub fn link(provider: &Provider, client_id: &str, pushed: &Page) -> String {
    let json = pushed.json();
    let request_uri = json["request_uri"].as_str().expect("a reference");
    let query = encode(&[("client_id", client_id), ("request_uri", request_uri)]);
    format!("{}?{query}", provider.endpoint("authorization_endpoint"))
}
