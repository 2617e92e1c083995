//! A client's metadata is taken or refused with words, and what was taken reads the same when it comes back
//! from the store.
#![no_main]

use doorstep::protocol::claims_request::ClaimsRequest;
use doorstep::protocol::client::Client;
use doorstep::protocol::jwk::PublicJwk;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|text: &str| {
    let _ = ClaimsRequest::parse(text);
    let Ok(value) = serde_json::from_str::<Value>(text) else { return };
    if let Ok(jwk) = PublicJwk::parse(&value) {
        let again = PublicJwk::parse(&Value::Object(jwk.to_json())).expect("the same key");
        assert_eq!(again.thumbprint(), jwk.thumbprint());
    }
    let Ok(client) = serde_json::from_value::<Client>(value) else { return };
    match client.check() {
        Ok(()) => {
            let kept = serde_json::to_value(&client).expect("JSON");
            let again: Client = serde_json::from_value(kept.clone()).expect("the same client");
            assert_eq!(serde_json::to_value(&again).expect("JSON"), kept);
            again.check().expect("it was good before");
        }
        Err(fault) => assert!(!fault.to_string().is_empty()),
    }
});
