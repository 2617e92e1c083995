//! The provider under test, as its discovery document describes it.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use doorstep::clock::Clock;
use doorstep::protocol::client::{Client, ClientAuthMethod};
use josekit::jwk::JwkSet;
use reqwest::Method;
use serde_json::Value;
use url::form_urlencoded;

use crate::support::client_key::{ClientKey, JWT_BEARER};
use crate::support::person::{Page, Person};
use crate::support::server::{CLIENT_SECRET, Server, Setup};

/// The form that programs send.
pub const FORM: &str = "application/x-www-form-urlencoded";

/// A running provider.
pub struct Provider {
    /// Its discovery document.
    pub metadata: Value,
    /// What it calls itself.
    pub issuer: String,
    /// Its clock.
    pub clock: Clock,
    /// What is behind it, for tests that act as its admin.
    pub server: Server,
    /// The clients that it was told of.
    clients: Vec<Client>,
    /// The secrets of those that were given one of their own.
    secrets: HashMap<String, String>,
    /// The key of those that sign.
    pub client_key: Option<ClientKey>,
    program: Person,
}

impl Provider {
    /// Starts a provider and reads its discovery document.
    pub async fn start(setup: Setup) -> Self {
        let clients = setup.clients.clone();
        let server = setup.start().await;
        let program = server.browser();
        let url = format!("{}/.well-known/openid-configuration", server.iss);
        let page = program.get(&url).await;
        assert_eq!(page.status, 200, "{page:?}");
        Self {
            metadata: page.json(),
            issuer: server.iss.clone(),
            clock: server.clock.clone(),
            server,
            clients,
            secrets: HashMap::new(),
            client_key: None,
            program,
        }
    }

    /// A browser that has never been here.
    pub fn browser(&self) -> Person {
        self.server.browser()
    }

    /// The URL that discovery gives for an endpoint.
    #[track_caller]
    pub fn endpoint(&self, name: &str) -> &str {
        self.metadata[name].as_str().unwrap_or_else(|| panic!("discovery has no {name}"))
    }

    /// Whether a list of the discovery document has this value.
    pub fn lists(&self, name: &str, value: &str) -> bool {
        self.metadata[name].as_array().is_some_and(|list| list.iter().any(|item| item == value))
    }

    /// All clients' registrations.
    pub fn clients(&self) -> impl Iterator<Item = &Client> {
        self.clients.iter()
    }

    /// A client's registration.
    #[track_caller]
    pub fn client(&self, client_id: &str) -> &Client {
        let found = self.clients.iter().find(|client| client.client_id == client_id);
        found.unwrap_or_else(|| panic!("there is no client {client_id}"))
    }

    /// Gets to know a client that nobody has configured, and the secret that it was given.
    pub fn adopt(&mut self, client: Client, secret: Option<&str>) {
        let id = &client.client_id;
        self.secrets.extend(secret.map(|secret| (id.clone(), secret.to_owned())));
        self.clients.push(client);
    }

    /// The published keys.
    pub async fn keys(&self) -> JwkSet {
        let page = self.get(self.endpoint("jwks_uri")).await;
        JwkSet::from_bytes(&page.body).expect("a key set")
    }

    /// GETs something as a program does.
    pub async fn get(&self, url: &str) -> Page {
        self.program.get(url).await
    }

    /// Sends any request as a program does.
    pub async fn send(
        &self,
        method: Method,
        url: &str,
        headers: &[(&str, &str)],
        body: impl Into<String>,
    ) -> Page {
        let mut request = self.program.request(method, url);
        for &(name, value) in headers {
            request = request.header(name, value);
        }
        self.program.send(request.body(body.into())).await
    }

    /// POSTs a form to one of the endpoints as a client that authenticates as it has registered.
    pub async fn post(&self, endpoint: &str, client_id: &str, fields: &[(&str, &str)]) -> Page {
        self.post_more(endpoint, client_id, fields, &[]).await
    }

    /// The same with more headers.
    pub async fn post_more(
        &self,
        endpoint: &str,
        client_id: &str,
        fields: &[(&str, &str)],
        headers: &[(&str, &str)],
    ) -> Page {
        let (authorization, own) = self.credentials(client_id);
        let own = own.iter().map(|(name, value)| (*name, value.as_str()));
        let fields: Vec<_> = own.chain(fields.iter().copied()).collect();
        let mut all = vec![("content-type", FORM)];
        all.extend(authorization.as_deref().map(|value| ("authorization", value)));
        all.extend(headers);
        self.send(Method::POST, self.endpoint(endpoint), &all, encode(&fields)).await
    }

    /// What a client says to be known: a header, or parameters.
    fn credentials(&self, client_id: &str) -> (Option<String>, Vec<(&'static str, String)>) {
        let id = ("client_id", client_id.to_owned());
        let secret = self.secrets.get(client_id).map_or(CLIENT_SECRET, String::as_str);
        match self.client(client_id).token_endpoint_auth_method {
            ClientAuthMethod::ClientSecretBasic => (Some(basic(client_id, secret)), Vec::new()),
            ClientAuthMethod::ClientSecretPost => {
                (None, vec![id, ("client_secret", secret.to_owned())])
            }
            ClientAuthMethod::PrivateKeyJwt => {
                let key = self.client_key.as_ref().expect("the clients' key");
                let assertion = key.fresh_assertion(&self.server, client_id);
                let kind = ("client_assertion_type", JWT_BEARER.to_owned());
                (None, vec![kind, ("client_assertion", assertion)])
            }
            ClientAuthMethod::None => (None, vec![id]),
        }
    }

    /// POSTs a form to one of the endpoints with this `Authorization`.
    pub async fn post_with(
        &self,
        endpoint: &str,
        authorization: Option<&str>,
        fields: &[(&str, &str)],
    ) -> Page {
        let mut headers = vec![("content-type", FORM)];
        headers.extend(authorization.map(|value| ("authorization", value)));
        self.send(Method::POST, self.endpoint(endpoint), &headers, encode(fields)).await
    }
}

/// A form's text.
pub fn encode(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// HTTP Basic as RFC 6749 §2.3.1 has it: both parts form-urlencoded first.
pub fn basic(client_id: &str, secret: &str) -> String {
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    format!("Basic {}", STANDARD.encode(format!("{}:{}", encode(client_id), encode(secret))))
}
