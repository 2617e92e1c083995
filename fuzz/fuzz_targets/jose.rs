//! JWTs of others, before anything about them is known to be true: request objects, proofs of possession,
//! client assertions and ID token hints.
#![no_main]

use doorstep::clock::Timestamp;
use doorstep::protocol::client::Client;
use doorstep::protocol::client_assertion::{ClientAssertion, Expected};
use doorstep::protocol::jws::{self, Jws};
use doorstep::protocol::{dpop, request_object};
use doorstep::secret::RootKey;
use libfuzzer_sys::fuzz_target;

const NOW: Timestamp = Timestamp(1_800_000_000);

fuzz_target!(|text: &str| {
    let client = Client::native("sample-cli", &["http://127.0.0.1/callback"]);
    if let Err(fault) = Jws::parse(text) {
        assert!(!fault.to_string().is_empty());
    }
    let _ = request_object::parse(text, &client);
    let _ = dpop::parse(text);
    if let Some(claims) = jws::peek(text) {
        let _ = request_object::params(&claims, &client, "https://id.example", NOW);
        let audiences = &["https://id.example"];
        let expected = Expected { client_id: "sample-cli", audiences, now: NOW };
        let _ = ClientAssertion::check(&claims, expected);
    }
    let key = RootKey::from_text(&"A".repeat(43)).expect("a key");
    assert!(key.open("anything", text).is_err(), "nobody else seals for us");
});
