//! What the modules of both certification plans for the code flow share.

use doorstep::protocol::client::{Client, ClientAuthMethod};
use serde_json::Value;

use crate::kit::answer::Answer;
use crate::kit::checks::{self, header};
use crate::kit::provider::Provider;
use crate::kit::request::Request;
use crate::kit::tokens::Tokens;
use crate::place::Place;
use crate::support::person::Person;
use crate::support::server::clients;

/// Runs each module of the Basic plan in every place, once with the default response mode and once with
/// form_post, which are two certifications.
macro_rules! in_both_plans {
    ($($module:ident),* $(,)?) => { $(
        mod $module {
            use crate::plans::plan::Plan;

            async fn basic(at: crate::place::Place) {
                super::$module(Plan::start(at, None).await).await;
            }

            async fn form_post(at: crate::place::Place) {
                super::$module(Plan::start(at, Some("form_post")).await).await;
            }

            everywhere!(basic, form_post);
        }
    )* };
}

/// A plan, with a provider and the browser that the suite drives.
pub struct Plan {
    pub provider: Provider,
    pub browser: Person,
    response_mode: Option<&'static str>,
}

/// The clients that an admin registers for the suite: two by Basic, one by POST.
pub const CLIENT: &str = "suite";
pub const SECOND_CLIENT: &str = "suite-2";
pub const POST_CLIENT: &str = "suite-post";

/// As the suite's clients are registered: it sends neither PKCE nor, in one module, a nonce.
fn registered(client_id: &str) -> Client {
    Client {
        client_id: client_id.into(),
        require_pkce: false,
        trusted: false,
        ..clients().swap_remove(0)
    }
}

impl Plan {
    /// A provider with the suite's clients.
    pub async fn start(at: Place, response_mode: Option<&'static str>) -> Self {
        let post = Client {
            token_endpoint_auth_method: ClientAuthMethod::ClientSecretPost,
            ..registered(POST_CLIENT)
        };
        let clients = vec![registered(CLIENT), registered(SECOND_CLIENT), post];
        let provider = at.start_with(|setup| setup.clients = clients).await;
        let browser = provider.browser();
        Self { provider, browser, response_mode }
    }

    /// The request that most modules begin with.
    pub fn request(&self) -> Request {
        self.request_of(CLIENT)
    }

    /// The same of another client.
    pub fn request_of(&self, client_id: &str) -> Request {
        let request = Request::of(&self.provider, client_id).without_pkce();
        match self.response_mode {
            Some(mode) => request.with("response_mode", mode),
            None => request,
        }
    }

    /// The answer to a request for which the person does what they are asked.
    pub async fn answer(&self, request: &Request) -> Answer {
        request.answer(&self.provider, &self.browser).await
    }

    /// The answer to a request for which nobody may be asked.
    pub async fn answer_unasked(&self, request: &Request) -> Answer {
        request.answer_unasked(&self.provider, &self.browser).await
    }

    /// The happy flow: code, tokens, userinfo, and everything that is checked in each of them.
    pub async fn flow(&self, request: &Request) -> Tokens {
        let answer = self.answer(request).await;
        self.finish(request, &answer).await
    }

    /// The same where nobody may be asked.
    pub async fn flow_unasked(&self, request: &Request) -> Tokens {
        let answer = self.answer_unasked(request).await;
        self.finish(request, &answer).await
    }

    async fn finish(&self, request: &Request, answer: &Answer) -> Tokens {
        let provider = &self.provider;
        checks::success(provider, request, answer);
        let tokens = provider.tokens(&provider.redeem(request, answer).await);
        let claims = provider.check_id_token(request, &tokens).await;
        let known = [
            "iss",
            "sub",
            "aud",
            "exp",
            "iat",
            "auth_time",
            "nonce",
            "acr",
            "amr",
            "azp",
            "at_hash",
            "c_hash",
            "nbf",
            "jti",
            "sid",
            "s_hash",
            "txn",
        ];
        for name in crate::kit::jose::object(&claims).keys() {
            assert!(known.contains(&name.as_str()), "nobody asked for {name} in {claims}");
        }
        let info = provider.userinfo(tokens.access()).await;
        assert_eq!((info.status, header(&info, "content-type")), (200, "application/json"));
        assert_eq!(info.json()["sub"], claims["sub"]);
        checks::standard_claims(&info.json());
        tokens
    }

    /// What userinfo says to the tokens of a request.
    pub async fn told(&self, request: &Request) -> Value {
        let tokens = self.flow(request).await;
        self.provider.userinfo(tokens.access()).await.json()
    }
}
