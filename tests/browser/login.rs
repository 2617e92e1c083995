//! One login of a command-line program, seen from the program: the link it prints, and how it redeems.

use doorstep::secret;
use url::Url;

use crate::support::server::Server;

/// What the program remembers of its login.
pub struct Login {
    client_id: &'static str,
    verifier: String,
    redirect_uri: String,
    /// Comes back with the response.
    pub state: String,
}

impl Login {
    /// Begins a login.
    pub fn new(client_id: &'static str, redirect_uri: String) -> Self {
        let verifier = secret::base64url(&secret::random_bytes::<32>());
        Self { client_id, verifier, redirect_uri, state: secret::random_id() }
    }

    /// The link to open; with `elsewhere` the one that is printed, for another machine's browser.
    pub fn link(&self, issuer: &Server, elsewhere: bool) -> String {
        let challenge = secret::digest(&self.verifier);
        let parameters = [
            ("client_id", self.client_id),
            ("response_type", "code"),
            ("response_mode", "form_post"),
            ("redirect_uri", &self.redirect_uri),
            ("scope", "openid"),
            ("state", &self.state),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
            ("handoff", if elsewhere { "paste" } else { "loopback" }),
        ];
        let base = format!("{}/authorize", issuer.url);
        Url::parse_with_params(&base, parameters).expect("a URL").into()
    }

    /// Redeems a code that arrived or was pasted; whether the issuer gave tokens for it.
    pub async fn redeem(&self, issuer: &Server, code: &str) -> bool {
        let form = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([
                ("grant_type", "authorization_code"),
                ("client_id", self.client_id),
                ("code", code),
                ("redirect_uri", &self.redirect_uri),
                ("code_verifier", &self.verifier),
            ])
            .finish();
        let http = issuer.connections().build().expect("a client");
        let request = http.post(format!("{}/token", issuer.url)).body(form);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        request.send().await.expect("the issuer answers").status().is_success()
    }
}
