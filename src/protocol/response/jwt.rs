//! Signed: the parameters are claims of a JWT, which travels as the one parameter `response` (JARM §2).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Delivery, Param, ReturnAddress};
use crate::clock::Timestamp;
use crate::protocol::client::{Client, SigningAlg};

/// Seconds for which a signed response is good (JARM §2.1: at most ten minutes).
const LIFETIME: i64 = 600;

/// How a response is signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// The algorithm.
    pub alg: SigningAlg,
    /// The client that it is for.
    pub aud: String,
}

impl Signature {
    pub(super) fn of(client: &Client) -> Self {
        Self { alg: client.authorization_signed_response_alg, aud: client.client_id.clone() }
    }
}

/// A response that is to be signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsigned<'a> {
    address: &'a ReturnAddress,
    signature: &'a Signature,
    params: Vec<Param<'a>>,
}

impl<'a> Unsigned<'a> {
    pub(super) fn new(
        address: &'a ReturnAddress,
        signature: &'a Signature,
        params: Vec<Param<'a>>,
    ) -> Self {
        Self { address, signature, params }
    }

    /// The algorithm to sign with.
    pub fn alg(&self) -> SigningAlg {
        self.signature.alg
    }

    /// The claims to sign. `iss` is among the parameters of every response.
    pub fn claims(&self, now: Timestamp) -> Map<String, Value> {
        let params = self.params.iter().map(|(name, value)| (*name, Value::from(&**value)));
        let own = [
            ("aud", Value::from(self.signature.aud.as_str())),
            ("exp", Value::from(now.plus(LIFETIME).0)),
        ];
        params.chain(own).map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// The delivery of the JWT that the claims became.
    pub fn signed(&self, jwt: String) -> Delivery {
        self.address.deliver(&[("response", jwt.into())])
    }
}

#[cfg(test)]
mod tests {
    use super::super::Response;
    use super::*;
    use crate::protocol::error::ProtocolError;
    use crate::protocol::params::Params;
    use serde_json::json;

    fn address(mode: &str, state: &str) -> ReturnAddress {
        let client = Client {
            client_id: "app".into(),
            redirect_uris: vec!["https://app.example/cb?t=1".into()],
            authorization_signed_response_alg: SigningAlg::ES256,
            ..Client::default()
        };
        let query = format!("redirect_uri=https://app.example/cb?t=1&response_mode={mode}{state}");
        let params = Params::parse(&query).unwrap();
        ReturnAddress::resolve(&params, &client, "https://id.example").unwrap().0
    }

    fn unsigned<'a>(response: &'a Response<'a>) -> &'a Unsigned<'a> {
        match response {
            Response::Unsigned(unsigned) => unsigned,
            Response::Ready(delivery) => panic!("{delivery:?}"),
        }
    }

    #[test]
    fn the_claims_are_the_parameters_for_this_client_for_a_while() {
        let address = address("jwt", "&state=s");
        let code = address.code("DS1");
        let claims = json!({
            "code": "DS1", "state": "s", "iss": "https://id.example", "aud": "app", "exp": 700,
        });
        assert_eq!(Value::Object(unsigned(&code).claims(Timestamp(100))), claims);
        assert_eq!(unsigned(&code).alg(), SigningAlg::ES256);
        let error = ProtocolError::new("access_denied", "no");
        let refused = address.error(&error);
        let claims = unsigned(&refused).claims(Timestamp(100));
        assert_eq!(
            (&claims["error"], &claims["error_description"]),
            (&json!("access_denied"), &json!("no"))
        );
    }

    #[test]
    fn a_signed_response_is_one_parameter_in_the_place_of_its_mode() {
        let delivered = |mode| {
            let address = address(mode, "");
            let code = address.code("DS1");
            unsigned(&code).signed("j.w.t".into())
        };
        let at = |url: &str| Delivery::Redirect(url.into());
        assert_eq!(delivered("jwt"), at("https://app.example/cb?t=1&response=j.w.t"));
        assert_eq!(delivered("query.jwt"), at("https://app.example/cb?t=1&response=j.w.t"));
        assert_eq!(delivered("fragment.jwt"), at("https://app.example/cb?t=1#response=j.w.t"));
        let form = Delivery::Form {
            action: "https://app.example/cb?t=1".into(),
            fields: vec![("response".into(), "j.w.t".into())],
        };
        assert_eq!(delivered("form_post.jwt"), form);
    }
}
