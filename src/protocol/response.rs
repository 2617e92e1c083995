//! The one exit to the client: where a response goes and how it travels, success and error alike.
//!
//! Response modes: OAuth 2.0 Multiple Response Type Encoding §2.1, OAuth 2.0 Form Post Response Mode, JWT
//! Secured Authorization Response Mode (JARM). One file a way to travel; a signed response travels by the
//! same ways. Every response names its issuer (RFC 9207).

mod form_post;
mod fragment;
mod jwt;
mod query;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

pub use jwt::{Signature, Unsigned};

use super::client::{Carrier, Client, ResponseMode};
use super::error::ProtocolError;
use super::params::Params;
use super::redirect_uri;

/// Where and how to answer an authorization request. Before it exists a failure can only be a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnAddress {
    /// The client's URI, checked against its registration.
    pub redirect_uri: String,
    /// How the response travels.
    pub response_mode: ResponseMode,
    /// The client's own value, returned to the letter.
    pub state: Option<String>,
    /// The issuer that answers.
    pub iss: String,
    /// How the response is signed, where its mode wants that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<Signature>,
}

/// Why there is no address to answer to; a page says it to the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoReturnAddress {
    /// The request names no `redirect_uri`.
    Missing,
    /// The client did not register this `redirect_uri`.
    NotRegistered,
}

/// What the web layer does to send a response on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// Send the browser to this URL.
    Redirect(String),
    /// Have the browser POST these fields.
    Form {
        /// The client's `redirect_uri`.
        action: String,
        /// Exactly the parameters of the response, each once.
        fields: Vec<(String, String)>,
    },
}

/// A response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Response<'a> {
    /// It may travel.
    Ready(Delivery),
    /// Whoever has the keys must sign it first.
    Unsigned(Unsigned<'a>),
}

/// A parameter of a response.
type Param<'a> = (&'static str, Cow<'a, str>);

impl ReturnAddress {
    /// Finds the address of a request. The second part is an error to be delivered to it when the
    /// asked response mode is not to be had.
    ///
    /// # Errors
    /// [`NoReturnAddress`]: the browser must not be sent anywhere.
    pub fn resolve(
        params: &Params,
        client: &Client,
        iss: &str,
    ) -> Result<(Self, Option<ProtocolError>), NoReturnAddress> {
        let redirect_uri = params.get("redirect_uri").ok_or(NoReturnAddress::Missing)?;
        if !redirect_uri::is_registered(client, redirect_uri) {
            return Err(NoReturnAddress::NotRegistered);
        }
        let (response_mode, error) = response_mode(params, client);
        let address = Self {
            redirect_uri: redirect_uri.to_owned(),
            response_mode,
            state: params.get("state").map(str::to_owned),
            iss: iss.to_owned(),
            signature: response_mode.is_signed().then(|| Signature::of(client)),
        };
        Ok((address, error))
    }

    /// The response that brings a code.
    pub fn code<'a>(&'a self, code: &'a str) -> Response<'a> {
        self.response(vec![("code", code.into())])
    }

    /// The response that says what went wrong.
    pub fn error<'a>(&'a self, error: &'a ProtocolError) -> Response<'a> {
        let description = Cow::from(&*error.description);
        self.response(vec![("error", error.code.into()), ("error_description", description)])
    }

    fn response<'a>(&'a self, mut params: Vec<Param<'a>>) -> Response<'a> {
        params.extend(self.state.as_deref().map(|state| ("state", state.into())));
        params.push(("iss", self.iss.as_str().into()));
        match &self.signature {
            Some(signature) => Response::Unsigned(Unsigned::new(self, signature, params)),
            None => Response::Ready(self.deliver(&params)),
        }
    }

    fn deliver(&self, params: &[Param<'_>]) -> Delivery {
        match self.response_mode.carrier() {
            // There is no address to send a browser to: a page has to say it.
            _ if self.is_out_of_band() => form_post::deliver(&self.redirect_uri, params),
            Carrier::Query => query::deliver(&self.redirect_uri, params),
            Carrier::Fragment => fragment::deliver(&self.redirect_uri, params),
            Carrier::FormPost => form_post::deliver(&self.redirect_uri, params),
        }
    }

    /// Whether the program has no address, so that its response is for a person to read.
    pub fn is_out_of_band(&self) -> bool {
        self.redirect_uri == redirect_uri::OUT_OF_BAND
    }
}

/// The asked mode if the client may use it, else one it may use and the error to send by it.
fn response_mode(params: &Params, client: &Client) -> (ResponseMode, Option<ProtocolError>) {
    let allowed = |mode: &ResponseMode| client.response_modes.contains(mode);
    let asked = match params.get("response_mode") {
        // The default of response_type=code.
        None => Some(ResponseMode::Query),
        Some(name) => ResponseMode::parse(name),
    };
    match asked {
        Some(mode) if allowed(&mode) => (mode, None),
        Some(mode) if params.get("response_mode").is_none() => {
            match client.response_modes.first() {
                Some(only) => (*only, None),
                None => (mode, None),
            }
        }
        _ => {
            let fallback =
                ResponseMode::ALL.into_iter().find(allowed).unwrap_or(ResponseMode::Query);
            let description = "this response_mode is not supported or not allowed for the client";
            (fallback, Some(ProtocolError::invalid_request(description)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(query: &str, client: &Client) -> (ReturnAddress, Option<ProtocolError>) {
        ReturnAddress::resolve(&Params::parse(query).unwrap(), client, "https://id.example")
            .unwrap()
    }

    fn client(redirect_uri: &str) -> Client {
        Client { redirect_uris: vec![redirect_uri.into()], ..Client::default() }
    }

    #[test]
    fn a_form_holds_exactly_the_parameters() {
        let query = "redirect_uri=https://app.example/cb&response_mode=form_post&state=a%2Bb%22%3C";
        let (address, _) = resolve(query, &client("https://app.example/cb"));
        let expected = [("code", "DS1"), ("state", "a+b\"<"), ("iss", "https://id.example")];
        let Response::Ready(Delivery::Form { action, fields }) = address.code("DS1") else {
            panic!("a form")
        };
        assert_eq!(action, "https://app.example/cb");
        assert_eq!(fields, expected.map(|(n, v)| (n.to_owned(), v.to_owned())));
    }

    #[test]
    fn a_registered_query_is_kept() {
        let (address, _) = resolve(
            "redirect_uri=https://app.example/cb?t=1",
            &client("https://app.example/cb?t=1"),
        );
        let expected = "https://app.example/cb?t=1&code=DS1&iss=https%3A%2F%2Fid.example";
        let expected = Response::Ready(Delivery::Redirect(expected.into()));
        assert_eq!(address.code("DS1"), expected);
    }

    #[test]
    fn a_mode_that_is_not_allowed_is_refused_by_one_that_is() {
        let mut client = client("https://app.example/cb");
        client.response_modes = vec![ResponseMode::FormPost];
        let (address, error) =
            resolve("redirect_uri=https://app.example/cb&response_mode=query", &client);
        assert_eq!(
            (address.response_mode, error.unwrap().code),
            (ResponseMode::FormPost, "invalid_request")
        );
        let (address, error) = resolve("redirect_uri=https://app.example/cb", &client);
        assert_eq!((address.response_mode, error), (ResponseMode::FormPost, None));
    }

    #[test]
    fn without_a_registered_address_nothing_is_sent_anywhere() {
        let client = client("https://app.example/cb");
        let outcome = |query| {
            ReturnAddress::resolve(&Params::parse(query).unwrap(), &client, "https://id.example")
        };
        assert_eq!(outcome("state=1").unwrap_err(), NoReturnAddress::Missing);
        assert_eq!(
            outcome("redirect_uri=https://app.example/cb2").unwrap_err(),
            NoReturnAddress::NotRegistered
        );
    }
}
