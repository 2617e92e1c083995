//! A registered redirect URI is met by itself alone, and on loopback by itself with another port.
#![no_main]

use doorstep::protocol::client::Client;
use doorstep::protocol::redirect_uri;
use libfuzzer_sys::fuzz_target;
use url::Url;

const REGISTERED: [&str; 4] = [
    "http://127.0.0.1/callback",
    "http://[::1]:4000/?from=doorstep",
    "http://localhost",
    "https://app.example/cb",
];

fuzz_target!(|requested: &str| {
    let client = Client::native("sample-cli", &REGISTERED);
    if !redirect_uri::is_registered(&client, requested) {
        assert!(!REGISTERED.contains(&requested));
        return;
    }
    // A browser reads it as one of the registered, whatever the port.
    let mut read = Url::parse(requested).expect("a URL");
    let mut known = REGISTERED.map(|uri| Url::parse(uri).expect("a URL"));
    if read.scheme() == "http" {
        for uri in known.iter_mut().chain([&mut read]) {
            uri.set_port(None).expect("it has a host");
        }
    }
    assert!(known.contains(&read), "{requested} went to {read}");
});
