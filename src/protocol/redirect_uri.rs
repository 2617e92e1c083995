//! Redirect URIs: exact matching, loopback ports excepted (RFC 9700 §2.1, RFC 8252 §7.3).

use super::client::{ApplicationType, Client};

/// The `redirect_uri` of a client that has no address: the page shows the code (as kubelogin's
/// keyboard mode asks for).
pub const OUT_OF_BAND: &str = "urn:ietf:wg:oauth:2.0:oob";

/// Whether `requested` is one of the client's registered URIs. Strings are compared as they are; only
/// the port of a loopback address is free, and only for clients on the person's own machine.
pub fn is_registered(client: &Client, requested: &str) -> bool {
    client.redirect_uris.iter().any(|registered| {
        registered == requested
            || (is_native(client, requested) && equal_but_for_port(registered, requested))
    })
}

/// Whether the response goes to a program on a person's machine: the hand-off page's case.
pub fn is_native(client: &Client, redirect_uri: &str) -> bool {
    redirect_uri == OUT_OF_BAND
        || (is_loopback(redirect_uri)
            && (client.is_public() || client.application_type == ApplicationType::Native))
}

/// Whether the URI is an http URL of the machine that the browser runs on.
pub fn is_loopback(uri: &str) -> bool {
    split_loopback(uri).is_some()
}

fn equal_but_for_port(registered: &str, requested: &str) -> bool {
    match (split_loopback(registered), split_loopback(requested)) {
        (Some(a), Some(b)) => a == b,
        _ => false,
    }
}

/// Host and what follows the port of a loopback http URL. An absent path is `/` (RFC 3986 §6.2.3).
fn split_loopback(uri: &str) -> Option<(&'static str, &str)> {
    let after_scheme = uri.strip_prefix("http://")?;
    let host = ["127.0.0.1", "[::1]", "localhost"]
        .into_iter()
        .find(|host| after_scheme.starts_with(host))?;
    let after_host = &after_scheme[host.len()..];
    let rest = match after_host.strip_prefix(':') {
        Some(port_and_rest) => {
            let end =
                port_and_rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(port_and_rest.len());
            port_and_rest[..end].parse::<u16>().ok()?;
            &port_and_rest[end..]
        }
        None => after_host,
    };
    match rest {
        "" | "/" => Some((host, "/")),
        _ if rest.starts_with(['/', '?']) && !rest.contains('#') => Some((host, rest)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::client::ClientAuthMethod;

    fn native(registered: &str) -> Client {
        Client {
            client_id: "cli".into(),
            token_endpoint_auth_method: ClientAuthMethod::None,
            redirect_uris: vec![registered.into()],
            ..Client::default()
        }
    }

    #[test]
    fn loopback_ports_are_free_for_native_clients() {
        for (registered, requested) in [
            ("http://127.0.0.1/", "http://127.0.0.1:49152/"),
            ("http://127.0.0.1:8000/cb", "http://127.0.0.1:1/cb"),
            ("http://[::1]/cb", "http://[::1]:65535/cb"),
            ("http://localhost", "http://localhost:40000"),
            ("http://localhost", "http://localhost:40000/"),
            ("http://localhost/cb?x=1", "http://localhost:40000/cb?x=1"),
        ] {
            assert!(is_registered(&native(registered), requested), "{registered} {requested}");
        }
    }

    #[test]
    fn everything_else_must_be_equal() {
        for (registered, requested) in [
            ("http://127.0.0.1/", "http://localhost:1/"),
            ("http://127.0.0.1/", "https://127.0.0.1:1/"),
            ("http://127.0.0.1/cb", "http://127.0.0.1:1/cb/"),
            ("http://127.0.0.1/cb", "http://127.0.0.1:1/cb?next=x"),
            ("http://127.0.0.1/", "http://127.0.0.1:1@evil.example/"),
            ("http://127.0.0.1/", "http://127.0.0.1.evil.example/"),
            ("http://127.0.0.1/", "http://127.0.0.1:99999/"),
            ("http://127.0.0.1/", "http://127.0.0.1:/#x"),
            ("http://localhost/", "http://localhost.evil.example/"),
            ("https://app.example/cb", "https://app.example:8443/cb"),
            ("https://app.example/cb", "https://app.example/cb#"),
        ] {
            assert!(!is_registered(&native(registered), requested), "{registered} {requested}");
        }
    }

    #[test]
    fn a_web_client_keeps_its_port() {
        let web =
            Client { redirect_uris: vec!["http://localhost:3000/cb".into()], ..Client::default() };
        assert!(is_registered(&web, "http://localhost:3000/cb"));
        assert!(!is_registered(&web, "http://localhost:3001/cb"));
    }
}
