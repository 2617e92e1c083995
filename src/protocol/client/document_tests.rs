use serde_json::json;

use super::*;

const ID: &str = "https://app.example/client.json";

fn read(more: Value) -> Result<Client, BadMetadata> {
    let mut document = json!({"client_id": ID, "redirect_uris": ["https://app.example/cb"]});
    for (name, value) in more.as_object().unwrap() {
        document[name] = value.clone();
    }
    Client::from_document(&address(ID).unwrap(), document.as_object().unwrap())
}

#[test]
fn an_address_has_one_spelling() {
    for id in
        [ID, "https://app.example/", "https://app.example:8443/a/b", "https://xn--exmple-4nf.org/a"]
    {
        assert!(address(id).is_some(), "{id}");
    }
    for id in [
        "app",
        "http://app.example/client",
        "https://app.example",
        "https://app.example:443/client",
        "https://APP.example/client",
        "https://app.example/a/../client",
        "https://app.example/./client",
        "https://app.example/%2e%2e/client",
        "https://app.example/client?a=b",
        "https://app.example/client#a",
        "https://me@app.example/client",
        "https://me:secret@app.example/client",
        "https:app.example/client",
        " https://app.example/client",
        "https://app.example/a b",
    ] {
        assert!(address(id).is_none(), "{id}");
    }
}

#[test]
fn hosts_are_listed_by_name() {
    for (pattern, host, fits) in [
        ("app.example", "app.example", true),
        ("app.example", "my.app.example", false),
        ("app.example", "notapp.example", false),
        ("*.example.org", "app.example.org", true),
        ("*.example.org", "a.b.example.org", true),
        ("*.example.org", "example.org", false),
        ("*.example.org", "badexample.org", false),
        ("*", "anything.example", true),
        ("127.0.0.1", "127.0.0.1", true),
    ] {
        assert_eq!(HostPattern::parse(pattern).unwrap().matches(host), fits, "{pattern} {host}");
    }
    for pattern in ["", "https://app.example", "app.example/", "app.example:1", "a*", "*.*.example"]
    {
        assert!(HostPattern::parse(pattern).is_err(), "{pattern}");
    }
}

#[test]
fn a_document_describes_a_public_client() {
    let client = read(json!({
        "client_name": "App", "trusted": true,
        "redirect_uris": ["https://app.example/cb", "http://127.0.0.1/cb", "http://localhost:9/"],
    }));
    let client = client.unwrap();
    assert_eq!((client.client_id.as_str(), client.name()), (ID, "App"));
    assert!(client.is_public() && !client.trusted && !client.paste);
    assert_eq!(client.stranger, Some(Stranger::Document("app.example".into())));
}

#[test]
fn a_document_speaks_for_its_own_origin_alone() {
    for (more, field) in [
        (json!({"client_id": "https://app.example/other.json"}), "client_id"),
        (json!({"client_id": "https://APP.example/client.json"}), "client_id"),
        (json!({"client_id": null}), "client_id"),
        (json!({"client_secret": "s"}), "client_secret"),
        (json!({"token_endpoint_auth_method": "client_secret_post"}), "token_endpoint_auth_method"),
        (
            json!({"token_endpoint_auth_method": "client_secret_basic"}),
            "token_endpoint_auth_method",
        ),
        (json!({"token_endpoint_auth_method": "private_key_jwt"}), "jwks"),
        (json!({"redirect_uris": []}), "redirect_uris"),
        (
            json!({"redirect_uris": ["https://app.example/cb", "https://evil.example/cb"]}),
            "redirect_uris",
        ),
        (json!({"redirect_uris": ["https://app.example:8443/cb"]}), "redirect_uris"),
        (json!({"redirect_uris": ["http://app.example/cb"]}), "redirect_uris"),
        (
            json!({"application_type": "native", "redirect_uris": ["org.example.app:/cb"]}),
            "redirect_uris",
        ),
        (
            json!({"post_logout_redirect_uris": ["https://evil.example/"]}),
            "post_logout_redirect_uris",
        ),
        (json!({"backchannel_logout_uri": "https://evil.example/"}), "backchannel_logout_uri"),
    ] {
        assert_eq!(read(more.clone()).unwrap_err().field, field, "{more}");
    }
}
