//! An authenticator of software: makes keys and signs with them as WebAuthn (Level 3 §6) has it, and as
//! an attacker would.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use doorstep::secret::sha256;
use rcgen::{KeyPair, PublicKeyData, SigningKey};
use serde_json::{Value, json};

use super::person::Page;

const PRESENT: u8 = 1;
const VERIFIED: u8 = 4;
const SHARED: u8 = 8;
const HAS_KEY: u8 = 64;

/// A key, and how its device behaves.
pub struct Authenticator {
    key: KeyPair,
    id: Vec<u8>,
    handle: String,
    /// The origin that the browser claims to be at.
    pub origin: String,
    /// The host that the device signs for.
    pub host: String,
    /// The next count of signatures; a device that does not count stays at 0.
    pub counter: u32,
    /// Whether the device checks who is there.
    pub verifies: bool,
    /// Whether the key is copied to other devices.
    pub shared: bool,
}

impl Authenticator {
    /// A device in a browser at this origin.
    pub fn at(origin: &str) -> Self {
        let host = url::Url::parse(origin).expect("a URL").host_str().expect("a host").to_owned();
        let key = KeyPair::generate().expect("a key");
        let id = sha256(key.der_bytes()).to_vec();
        let (origin, handle) = (origin.to_owned(), String::new());
        Self { key, id, handle, origin, host, counter: 1, verifies: true, shared: false }
    }

    fn data(&self, mut flags: u8, rest: &[u8]) -> Vec<u8> {
        flags |= PRESENT;
        flags |= if self.verifies { VERIFIED } else { 0 };
        flags |= if self.shared { SHARED } else { 0 };
        let mut data = sha256(&self.host).to_vec();
        data.push(flags);
        data.extend(self.counter.to_be_bytes());
        data.extend(rest);
        data
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        let challenge = &options["challenge"];
        let data = json!({ "type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": false });
        data.to_string().into_bytes()
    }

    /// What a browser answers when it is asked to make a key.
    pub fn create(&mut self, options: &Value) -> String {
        self.handle = options["user"]["id"].as_str().expect("a user handle").to_owned();
        // The public key after the curve's header: 4, x, y.
        let point = self.key.der_bytes();
        let (x, y) = point[1..].split_at(32);
        let mut rest = vec![0; 16];
        rest.extend((self.id.len() as u16).to_be_bytes());
        rest.extend(&self.id);
        // COSE_Key {1: 2, 3: -7, -1: 1, -2: x, -3: y} (RFC 9052 §7).
        rest.extend([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]);
        rest.extend(x);
        rest.extend([0x22, 0x58, 0x20]);
        rest.extend(y);
        let data = self.data(HAS_KEY, &rest);
        // {"fmt": "none", "attStmt": {}, "authData": data}
        let mut object = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x59".to_vec();
        object.extend((data.len() as u16).to_be_bytes());
        object.extend(data);
        self.answer(json!({
            "clientDataJSON": encode(&self.client_data("webauthn.create", options)),
            "attestationObject": encode(&object),
        }))
    }

    /// What a browser answers when it is asked for a signature.
    pub fn get(&self, options: &Value) -> String {
        let (data, client_data) = (self.data(0, &[]), self.client_data("webauthn.get", options));
        let signed = [data.as_slice(), &sha256(&client_data)].concat();
        self.answer(json!({
            "clientDataJSON": encode(&client_data),
            "authenticatorData": encode(&data),
            "signature": encode(&self.key.sign(&signed).expect("a signature")),
            "userHandle": self.handle,
        }))
    }

    fn answer(&self, response: Value) -> String {
        let id = encode(&self.id);
        json!({ "id": id, "rawId": id, "type": "public-key", "response": response }).to_string()
    }
}

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// What a page asks the browser's `navigator.credentials` for.
pub fn options_on(page: &Page) -> Value {
    let (_, rest) = page.body.split_once("data-options=\"").unwrap_or_else(|| panic!("{page:?}"));
    let json = rest.split('"').next().expect("a value").replace("&#34;", "\"");
    serde_json::from_str(&json.replace("&#38;", "&").replace("&#39;", "'")).expect("JSON")
}
