//! The clients that a walk over the discovery document needs: one for each thing that only a client's
//! settings bring out.

use doorstep::issuer::RegistrationMode;
use doorstep::protocol::client::subject_type::SubjectType;
use doorstep::protocol::client::{Client, ClientAuthMethod, SigningAlg};

use crate::kit::provider::Provider;
use crate::kit::request::Request;
use crate::kit::tokens::Tokens;
use crate::place::Place;
use crate::support::client_key::{ClientKey, key_client};
use crate::support::elsewhere::{Answer, Elsewhere, hosts, trusting};
use crate::support::person::Person;
use crate::support::server::{Setup, clients};
use crate::support::tls::Identity;

/// A provider and the browser of somebody who uses all of it.
pub struct Walk {
    pub provider: Provider,
    pub browser: Person,
    /// The browser of bob, who adds to his password what he is asked for.
    pub bobs_browser: Person,
    /// Where `told` is told that a session has ended.
    pub elsewhere: Elsewhere,
    /// Where programs publish documents about themselves.
    pub web_server: Elsewhere,
    keys: Vec<ClientKey>,
}

impl Walk {
    /// A provider that is made as usual but for this change.
    pub async fn start(at: Place, change: impl FnOnce(&mut Setup)) -> Self {
        let elsewhere = Elsewhere::start();
        let identity = Identity::generate();
        let web_server = Elsewhere::start_tls(&identity);
        let keys: Vec<_> = SigningAlg::ALL.map(|alg| ClientKey::new(alg, "one")).to_vec();
        let set = |setup: &mut Setup| {
            setup.clients.extend(settings(&elsewhere));
            setup.clients.extend(keys.iter().map(|key| key_client(key.alg.as_str(), key)));
            setup.outgoing = trusting(&identity);
            setup.registration.mode = RegistrationMode::Open;
            setup.documents.hosts = hosts(&["localhost"]);
            setup.limits.token_failures = 10_000;
            change(setup);
        };
        let provider = at.start_with(set).await;
        let (browser, bobs_browser) = (provider.browser(), provider.browser());
        Self { provider, browser, bobs_browser, elsewhere, web_server, keys }
    }

    /// A request of a client.
    pub fn request(&self, client_id: &str) -> Request {
        Request::of(&self.provider, client_id)
    }

    /// A login of alice.
    pub async fn login(&self, request: Request) -> Tokens {
        self.provider.login(&request, &self.browser).await
    }

    /// A client that registered this method of authentication.
    #[track_caller]
    pub fn client_by(&self, method: &str) -> &Client {
        let found = self
            .provider
            .clients()
            .find(|client| client.token_endpoint_auth_method.as_str() == method && client.trusted);
        found.unwrap_or_else(|| panic!("no client authenticates by {method}"))
    }

    /// The key of the client that signs by this algorithm, and is named after it.
    #[track_caller]
    pub fn key(&self, alg: &str) -> &ClientKey {
        let found = self.keys.iter().find(|key| key.alg.as_str() == alg);
        found.unwrap_or_else(|| panic!("no client signs by {alg}"))
    }
}

/// A client for each setting.
fn settings(elsewhere: &Elsewhere) -> Vec<Client> {
    let named = |client_id: String| Client { client_id, ..clients().swap_remove(0) };
    let mut all = vec![
        Client { subject_type: SubjectType::Pairwise, ..named("pairwise".into()) },
        Client { subject_type: SubjectType::Public, ..named("public".into()) },
        Client {
            backchannel_logout_uri: Some(elsewhere.answer("/told", Answer::status(200))),
            ..named("told".into())
        },
    ];
    for alg in SigningAlg::ALL {
        let name = |what: &str| format!("{what}-{}", alg.as_str());
        all.extend([
            Client { id_token_signed_response_alg: alg, ..named(name("id-token")) },
            Client { userinfo_signed_response_alg: Some(alg), ..named(name("userinfo")) },
            Client { authorization_signed_response_alg: alg, ..named(name("answer")) },
        ]);
    }
    assert!(all.iter().all(|one| one.token_endpoint_auth_method != ClientAuthMethod::None));
    all
}
