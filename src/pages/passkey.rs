//! What a page holds that asks for a passkey. The form needs script, so it is hidden until script shows it.

use serde_json::json;

/// The challenge, and what comes back with the answer.
#[derive(Clone, Debug)]
pub struct PasskeyPrompt {
    /// The JSON of the options that the browser's `navigator.credentials` takes.
    pub options: String,
    /// What the issuer has to remember of the challenge, sealed.
    pub ticket: String,
}

impl PasskeyPrompt {
    pub(super) fn sample() -> Self {
        let options = json!({
            "challenge": "c2FtcGxl", "rpId": "id.example", "userVerification": "required", "allowCredentials": [],
        });
        Self { options: options.to_string(), ticket: "sample".into() }
    }

    pub(super) fn sample_of_a_new_one() -> Self {
        let options = json!({
            "challenge": "c2FtcGxl", "rp": { "id": "id.example", "name": "Doorstep" },
            "user": { "id": "c2FtcGxl", "name": "alice", "displayName": "Alice Example" },
            "pubKeyCredParams": [{ "type": "public-key", "alg": -7 }],
        });
        Self { options: options.to_string(), ticket: "sample".into() }
    }
}
