//! A program that enters itself (RFC 7591), and comes back to its registration (RFC 7592).

use doorstep::protocol::client::{Client, ClientAuthMethod};
use reqwest::Method;
use serde_json::{Map, Value};

use super::provider::Provider;
use crate::support::person::Page;

/// Sends metadata to the registration endpoint, with an initial access token where there is one.
pub async fn register(provider: &Provider, token: Option<&str>, said: &Value) -> Page {
    let url = provider.endpoint("registration_endpoint");
    send(provider, Method::POST, url, token, Some(said)).await
}

/// Asks for a registration, changes it or ends it, with the token that came with it.
pub async fn manage(
    provider: &Provider,
    method: Method,
    registered: &Value,
    said: Option<&Value>,
) -> Page {
    let token = registered["registration_access_token"].as_str();
    manage_with(provider, method, registered, token, said).await
}

/// The same with any token, or without.
pub async fn manage_with(
    provider: &Provider,
    method: Method,
    registered: &Value,
    token: Option<&str>,
    said: Option<&Value>,
) -> Page {
    let url = registered["registration_client_uri"].as_str().expect("an address");
    send(provider, method, url, token, said).await
}

async fn send(
    provider: &Provider,
    method: Method,
    url: &str,
    token: Option<&str>,
    said: Option<&Value>,
) -> Page {
    let authorization = token.map(|token| format!("Bearer {token}"));
    let mut headers = Vec::new();
    headers.extend(authorization.as_deref().map(|value| ("authorization", value)));
    headers.extend(said.map(|_| ("content-type", "application/json")));
    let body = said.map(Value::to_string).unwrap_or_default();
    provider.send(method, url, &headers, body).await
}

/// The client that an answer describes, as far as a relying party has to know it.
pub fn client(registered: &Value) -> Client {
    let known = ["client_id", "redirect_uris", "token_endpoint_auth_method"];
    let members = known.map(|name| (name.to_owned(), registered[name].clone()));
    serde_json::from_value(Map::from_iter(members).into()).expect("a client")
}

/// A public client with this id that awaits its answers here.
pub fn public(client_id: &str, redirect_uri: &str) -> Client {
    Client {
        client_id: client_id.into(),
        redirect_uris: vec![redirect_uri.into()],
        token_endpoint_auth_method: ClientAuthMethod::None,
        ..Client::default()
    }
}
