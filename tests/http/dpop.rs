//! Proof of possession (DPoP, RFC 9449): tokens are bound to a key, and useless without its proof, which
//! is for one request, now, once.

use doorstep::protocol::client::{Client, SigningAlg};
use doorstep::protocol::jwk::PublicJwk;
use doorstep::secret::RootKey;
use reqwest::Method;
use serde_json::{Value, json};
use url::form_urlencoded;

use crate::client_key::ClientKey;
use crate::kit::*;
use crate::person::{Page, Person};
use crate::server::{self, Server, Setup};

/// A program with a key of its own.
struct Program<'a> {
    server: &'a Server,
    key: ClientKey,
}

impl<'a> Program<'a> {
    fn new(server: &'a Server) -> Self {
        Self { server, key: ClientKey::new(SigningAlg::ES256, "not said") }
    }

    fn jkt(&self) -> String {
        PublicJwk::parse(&self.key.public()).unwrap().thumbprint()
    }

    /// The claims of a sound proof that was not used yet.
    fn claims(&self, method: &str, path: &str) -> Value {
        json!({
            "htm": method, "htu": format!("{}{path}", self.server.iss),
            "iat": self.server.clock.now().0, "jti": doorstep::secret::random_id(),
        })
    }

    fn sign(&self, claims: &Value) -> String {
        self.key.sign(&json!({ "typ": "dpop+jwt", "jwk": self.key.public() }), claims)
    }

    fn proof(&self, method: &str, path: &str) -> String {
        self.sign(&self.claims(method, path))
    }

    fn proof_with(&self, method: &str, path: &str, name: &str, value: Value) -> String {
        let mut claims = self.claims(method, path);
        claims[name] = value;
        self.sign(&claims)
    }

    /// A proof for a token at userinfo.
    fn proof_for(&self, method: &str, token: &str) -> String {
        self.proof_with(method, "/userinfo", "ath", json!(doorstep::secret::digest(token)))
    }

    /// POSTs a form as a client, with these proofs.
    async fn post(
        &self,
        path: &str,
        client_id: &str,
        fields: &[(&str, &str)],
        proofs: &[&str],
    ) -> Page {
        let mut fields = fields.to_vec();
        let mut headers = Vec::new();
        if client_id.contains("cli") {
            fields.push(("client_id", client_id));
        } else {
            headers.push(("authorization", basic(client_id)));
        }
        headers.extend(proofs.iter().map(|proof| ("dpop", (*proof).to_owned())));
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(&fields).finish();
        headers.push(("content-type", "application/x-www-form-urlencoded".into()));
        send(self.server, Method::POST, path, &headers, body).await
    }

    /// Redeems a code of a web client.
    async fn redeem(&self, client_id: &str, code: &str, proofs: &[&str]) -> Page {
        let web = !client_id.contains("cli");
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", if web { WEB_URI } else { CLI_URI }),
            ("code_verifier", VERIFIER),
        ];
        self.post("/token", client_id, &fields, proofs).await
    }

    async fn refresh(&self, client_id: &str, token: &str, proofs: &[&str]) -> Page {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", token)];
        self.post("/token", client_id, &fields, proofs).await
    }

    /// The token response to a sign-in with a proof.
    async fn tokens(&self, client_id: &str, scope: &str) -> Value {
        let code = code(self.server, client_id, &[("scope", scope)]).await;
        let page = self.redeem(client_id, &code, &[&self.proof("POST", "/token")]).await;
        assert_eq!(page.status, 200, "{page:?}");
        page.json()
    }

    async fn userinfo(&self, method: Method, token: &str, proofs: &[&str]) -> Page {
        let mut headers = vec![("authorization", format!("DPoP {token}"))];
        headers.extend(proofs.iter().map(|proof| ("dpop", (*proof).to_owned())));
        send(self.server, method, "/userinfo", &headers, String::new()).await
    }
}

async fn send(
    server: &Server,
    method: Method,
    path: &str,
    headers: &[(&str, String)],
    body: String,
) -> Page {
    let program = Person::new();
    let mut request = program.request(method, &format!("{}{path}", server.url)).body(body);
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    program.send(request).await
}

/// A code of a client for alice.
async fn code(server: &Server, client_id: &str, more: &[(&str, &str)]) -> String {
    if client_id == "cli" {
        return code_on(&ready(server, &Person::new(), "cli", more).await);
    }
    let mut response = web_response(server, &Person::new(), client_id, more).await;
    response.remove("code").unwrap_or_else(|| panic!("{response:?}"))
}

fn access_token(tokens: &Value) -> &str {
    tokens["access_token"].as_str().expect("an access token")
}

fn refresh_token(tokens: &Value) -> &str {
    tokens["refresh_token"].as_str().expect("a refresh token")
}

/// Checks a refusal of a resource (RFC 9449 §7.1).
#[track_caller]
fn assert_challenge(page: &Page, error: &str) {
    assert_eq!((page.status, page.json()["error"].as_str()), (401, Some(error)), "{page:?}");
    let challenges: Vec<_> =
        page.headers.get_all("www-authenticate").iter().map(|v| v.to_str().unwrap()).collect();
    let dpop = challenges.iter().find(|challenge| challenge.starts_with("DPoP ")).expect("DPoP");
    assert!(dpop.contains(&format!("error=\"{error}\"")) && dpop.contains("algs=\""), "{dpop}");
}

async fn with_clients(change: impl Fn(&mut Vec<Client>)) -> Server {
    let mut clients = server::clients();
    change(&mut clients);
    Setup { clients, ..Setup::default() }.start().await
}

#[actix_web::test]
async fn tokens_are_bound_to_the_key_that_was_proven() {
    let server = server::start().await;
    let program = Program::new(&server);
    let tokens = program.tokens("web", "openid email").await;
    assert_eq!(tokens["token_type"], "DPoP");
    let token = access_token(&tokens);
    assert_eq!(claims(token)["cnf"], json!({ "jkt": program.jkt() }));
    for method in [Method::GET, Method::POST] {
        let proof = program.proof_for(method.as_str(), token);
        let page = program.userinfo(method, token, &[&proof]).await;
        assert_eq!((page.status, page.json()["email"].as_str()), (200, Some("alice@example.org")));
    }
    let bearer = super::kit::tokens(&server, &Person::new(), "web", "openid").await;
    assert_eq!(bearer["token_type"], "Bearer");
    assert_eq!(claims(access_token(&bearer)).get("cnf"), None);
}

#[actix_web::test]
async fn a_key_of_any_algorithm_is_proven() {
    let server = server::start().await;
    for alg in SigningAlg::ALL {
        let program = Program { server: &server, key: ClientKey::new(alg, "x") };
        let tokens = program.tokens("web", "openid").await;
        assert_eq!(claims(access_token(&tokens))["cnf"]["jkt"], program.jkt(), "{alg:?}");
    }
}

#[actix_web::test]
async fn a_bound_token_is_of_no_use_without_its_proof() {
    let server = server::start().await;
    let (program, thief) = (Program::new(&server), Program::new(&server));
    let tokens = program.tokens("web", "openid").await;
    let token = access_token(&tokens);
    let (get, another) = (program.proof_for("GET", token), program.proof_for("GET", "another"));
    let bearer = userinfo(&server, &tokens).await;
    assert_challenge(&bearer, "invalid_token");
    let body = post(&server, "/userinfo", None, &[("access_token", token)]).await;
    assert_challenge(&body, "invalid_token");
    for (proofs, error) in [
        (vec![], "invalid_dpop_proof"),
        (vec![another], "invalid_dpop_proof"),
        (vec![program.proof("GET", "/userinfo")], "invalid_dpop_proof"),
        (vec![program.proof_for("POST", token)], "invalid_dpop_proof"),
        (vec![thief.proof_for("GET", token)], "invalid_dpop_proof"),
        (vec![get.clone(), program.proof_for("GET", token)], "invalid_dpop_proof"),
    ] {
        let proofs: Vec<_> = proofs.iter().map(String::as_str).collect();
        let page = program.userinfo(Method::GET, token, &proofs).await;
        assert_challenge(&page, error);
    }
    assert_eq!(program.userinfo(Method::GET, token, &[&get]).await.status, 200);
    let replayed = program.userinfo(Method::GET, token, &[&get]).await;
    assert_challenge(&replayed, "invalid_dpop_proof");
    let bearer = super::kit::tokens(&server, &Person::new(), "web", "openid").await;
    let token = access_token(&bearer);
    let unbound = program.userinfo(Method::GET, token, &[&program.proof_for("GET", token)]).await;
    assert_challenge(&unbound, "invalid_token");
}

#[actix_web::test]
async fn a_proof_that_is_not_for_this_request_costs_nothing() {
    let server = server::start().await;
    let program = Program::new(&server);
    let stranger = ClientKey::new(SigningAlg::ES256, "x");
    let now = server.clock.now().0;
    let code = code(&server, "web", &[]).await;
    let with = |name: &str, value: Value| program.proof_with("POST", "/token", name, value);
    let claims = program.claims("POST", "/token");
    let sound = program.sign(&claims);
    let header = |header: Value| program.key.sign(&header, &claims);
    for proof in [
        with("htm", json!("GET")),
        with("htu", json!(format!("{}/userinfo", server.iss))),
        with("htu", json!("https://else.example/token")),
        with("iat", json!(now - 301)),
        with("iat", json!(now + 61)),
        with("iat", Value::Null),
        with("jti", Value::Null),
        header(json!({ "typ": "JWT", "jwk": program.key.public() })),
        header(json!({ "typ": "dpop+jwt" })),
        header(json!({ "typ": "dpop+jwt", "jwk": program.key.private() })),
        header(json!({ "typ": "dpop+jwt", "jwk": stranger.public() })),
        format!("{}.", sound.rsplit_once('.').unwrap().0),
        "rubbish".into(),
    ] {
        let page = program.redeem("web", &code, &[&proof]).await;
        assert_error(&page, 400, "invalid_dpop_proof");
    }
    let page = program.redeem("web", &code, &[&sound, &sound]).await;
    assert_error(&page, 400, "invalid_dpop_proof");
    let place = json!(format!("{}/token?x=1#y", server.iss));
    let proof = program.proof_with("POST", "/token", "htu", place);
    assert_eq!(program.redeem("web", &code, &[&proof]).await.status, 200);
}

#[actix_web::test]
async fn a_proof_counts_once_at_every_replica() {
    let (db, root) = (server::store().await, RootKey::generate());
    let replica = || Setup {
        db: Some(db.clone()),
        root: root.clone(),
        issuer: Some("http://127.0.0.1:9999".into()),
        ..Setup::default()
    };
    let one = replica().start().await;
    db.delete_account("alice-id").await.unwrap();
    db.delete_account("bob-id").await.unwrap();
    let two = replica().start().await;
    let (here, mut there) = (Program::new(&one), Program::new(&two));
    there.key = here.key.clone();
    let code = |scope| code(&one, "web", scope);
    let proof = here.proof("POST", "/token");
    let first = code(&[("scope", "openid offline_access")]).await;
    let tokens = here.redeem("web", &first, &[&proof]).await;
    assert_eq!(tokens.status, 200, "{tokens:?}");
    for program in [&here, &there] {
        let page = program.redeem("web", &code(&[]).await, &[&proof]).await;
        assert_error(&page, 400, "invalid_dpop_proof");
    }
    let refresh = tokens.json();
    let page = there.refresh("web", refresh_token(&refresh), &[&proof]).await;
    assert_error(&page, 400, "invalid_dpop_proof");
    let page =
        there.refresh("web", refresh_token(&refresh), &[&there.proof("POST", "/token")]).await;
    assert_eq!(page.status, 200, "{page:?}");
}

#[actix_web::test]
async fn a_code_may_be_bound_to_a_key_beforehand() {
    let server = server::start().await;
    let (program, thief) = (Program::new(&server), Program::new(&server));
    let jkt = program.jkt();
    for client_id in ["web", "cli"] {
        let bound = [("dpop_jkt", jkt.as_str())];
        let stolen = code(&server, client_id, &bound).await;
        let proof = thief.proof("POST", "/token");
        assert_error(&thief.redeem(client_id, &stolen, &[&proof]).await, 400, "invalid_grant");
        let unproven = code(&server, client_id, &bound).await;
        assert_error(&program.redeem(client_id, &unproven, &[]).await, 400, "invalid_grant");
        let good = code(&server, client_id, &bound).await;
        let proof = program.proof("POST", "/token");
        assert_eq!(program.redeem(client_id, &good, &[&proof]).await.status, 200);
    }
    let wrong = web_response(&server, &Person::new(), "web", &[("dpop_jkt", "short")]).await;
    assert_eq!(wrong["error"], "invalid_request");
}

#[actix_web::test]
async fn a_push_with_a_proof_binds_the_code() {
    let server = server::start().await;
    let (program, thief) = (Program::new(&server), Program::new(&server));
    let url = authorize_url(&server, "web", &[]);
    let fields: Vec<(String, String)> =
        form_urlencoded::parse(url.split_once('?').unwrap().1.as_bytes()).into_owned().collect();
    let fields: Vec<_> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let push = async |more: &[(&str, &str)], proof: &str| {
        program.post("/par", "web", &[&fields, more].concat(), &[proof]).await
    };
    let other = thief.jkt();
    let page = push(&[("dpop_jkt", &other)], &program.proof("POST", "/par")).await;
    assert_error(&page, 400, "invalid_dpop_proof");
    let page = push(&[], &program.proof("POST", "/token")).await;
    assert_error(&page, 400, "invalid_dpop_proof");
    let proof = program.proof("POST", "/par");
    let pushed = push(&[], &proof).await;
    assert_eq!(pushed.status, 201, "{pushed:?}");
    assert_error(&push(&[], &proof).await, 400, "invalid_dpop_proof");
    let request_uri = pushed.json()["request_uri"].as_str().unwrap().to_owned();
    let link = format!("{}/authorize?client_id=web&request_uri={request_uri}", server.url);
    let person = Person::new();
    let stolen = response(&arrive(&person, &link).await);
    let page = thief.redeem("web", &stolen["code"], &[&thief.proof("POST", "/token")]).await;
    assert_error(&page, 400, "invalid_grant");
    let good = response(&person.visit(&link).await);
    let page = program.redeem("web", &good["code"], &[&program.proof("POST", "/token")]).await;
    assert_eq!(page.status, 200, "{page:?}");
}

#[actix_web::test]
async fn refresh_tokens_of_public_clients_are_bound_too() {
    let server = server::start().await;
    let (program, thief) = (Program::new(&server), Program::new(&server));
    let tokens = program.tokens("cli", "openid offline_access").await;
    let token = refresh_token(&tokens);
    let page = program.refresh("cli", token, &[]).await;
    assert_error(&page, 400, "invalid_grant");
    let page = thief.refresh("cli", token, &[&thief.proof("POST", "/token")]).await;
    assert_error(&page, 400, "invalid_grant");
    let page = program.refresh("cli", token, &[&program.proof("POST", "/token")]).await;
    assert_eq!(page.status, 200, "the thief has not spent it: {page:?}");
    let next = page.json();
    assert_eq!(claims(access_token(&next))["cnf"]["jkt"], program.jkt());
    let page = thief.refresh("cli", refresh_token(&next), &[&thief.proof("POST", "/token")]).await;
    assert_error(&page, 400, "invalid_grant");
}

#[actix_web::test]
async fn a_client_that_authenticates_may_change_its_key() {
    let server = server::start().await;
    let (old, new) = (Program::new(&server), Program::new(&server));
    let tokens = old.tokens("web", "openid offline_access").await;
    let page = new.refresh("web", refresh_token(&tokens), &[&new.proof("POST", "/token")]).await;
    let tokens = page.json();
    assert_eq!(claims(access_token(&tokens))["cnf"]["jkt"], new.jkt());
    let page = new.refresh("web", refresh_token(&tokens), &[]).await;
    assert_eq!(page.json()["token_type"], "Bearer");
}

#[actix_web::test]
async fn a_client_with_bound_tokens_gets_no_others() {
    let server = with_clients(|clients| clients[0].dpop_bound_access_tokens = true).await;
    let program = Program::new(&server);
    let code = code(&server, "web", &[("scope", "openid offline_access")]).await;
    assert_error(&program.redeem("web", &code, &[]).await, 400, "invalid_dpop_proof");
    let page = program.redeem("web", &code, &[&program.proof("POST", "/token")]).await;
    let tokens = page.json();
    assert_eq!(tokens["token_type"], "DPoP", "nothing was lost: {tokens}");
    let page = program.refresh("web", refresh_token(&tokens), &[]).await;
    assert_error(&page, 400, "invalid_dpop_proof");
}

#[actix_web::test]
async fn a_nonce_of_the_server_is_asked_for_and_passed_on() {
    let server = with_clients(|clients| clients[0].require_dpop_nonce = true).await;
    let program = Program::new(&server);
    let code = code(&server, "web", &[]).await;
    let nonce_of = |page: &Page| header(page, "dpop-nonce").to_owned();
    let asked = program.redeem("web", &code, &[&program.proof("POST", "/token")]).await;
    assert_error(&asked, 400, "use_dpop_nonce");
    assert_eq!(header(&asked, "access-control-expose-headers"), "DPoP-Nonce, WWW-Authenticate");
    let nonce = nonce_of(&asked);
    assert!(!nonce.is_empty());
    for wrong in ["", "guessed", &nonce[1..]] {
        let proof = program.proof_with("POST", "/token", "nonce", json!(wrong));
        let page = program.redeem("web", &code, &[&proof]).await;
        assert_error(&page, 400, "use_dpop_nonce");
    }
    let proof = program.proof_with("POST", "/token", "nonce", json!(nonce));
    let page = program.redeem("web", &code, &[&proof]).await;
    assert_eq!((page.status, nonce_of(&page)), (200, nonce.clone()), "{page:?}");
    let tokens = page.json();
    let token = access_token(&tokens);
    let asked = program.userinfo(Method::GET, token, &[&program.proof_for("GET", token)]).await;
    assert_challenge(&asked, "use_dpop_nonce");
    assert_eq!(nonce_of(&asked), nonce);
    let for_token = |nonce: &str| {
        let mut claims = program.claims("GET", "/userinfo");
        claims["ath"] = json!(doorstep::secret::digest(token));
        claims["nonce"] = json!(nonce);
        program.sign(&claims)
    };
    server.clock.advance(150);
    let page = program.userinfo(Method::GET, token, &[&for_token(&nonce)]).await;
    assert_eq!(page.status, 200, "the one before is good for a while: {page:?}");
    let next = nonce_of(&page);
    assert_ne!(next, nonce);
    server.clock.advance(150);
    let page = program.userinfo(Method::GET, token, &[&for_token(&nonce)]).await;
    assert_challenge(&page, "use_dpop_nonce");
    assert_eq!(program.userinfo(Method::GET, token, &[&for_token(&next)]).await.status, 200);
}

#[actix_web::test]
async fn a_nonce_that_nobody_asked_for_has_to_be_good() {
    let server = server::start().await;
    let program = Program::new(&server);
    let code = code(&server, "web", &[]).await;
    let proof = program.proof_with("POST", "/token", "nonce", json!("made up"));
    let page = program.redeem("web", &code, &[&proof]).await;
    assert_error(&page, 400, "use_dpop_nonce");
    let nonce = json!(header(&page, "dpop-nonce"));
    let proof = program.proof_with("POST", "/token", "nonce", nonce);
    let page = program.redeem("web", &code, &[&proof]).await;
    assert_eq!((page.status, header(&page, "dpop-nonce")), (200, ""), "{page:?}");
}

#[actix_web::test]
async fn the_url_is_the_one_that_the_outside_knows() {
    let issuer = Some("https://id.example/oidc".to_owned());
    let server = Setup { path: "/oidc", issuer, ..Setup::default() }.start().await;
    let program = Program::new(&server);
    let inside = format!("{}/token", server.url);
    let fields = [("grant_type", "refresh_token"), ("refresh_token", "x")];
    let proof = program.proof_with("POST", "/token", "htu", json!(inside));
    let page = program.post("/token", "web", &fields, &[&proof]).await;
    assert_error(&page, 400, "invalid_dpop_proof");
    let page = program.post("/token", "web", &fields, &[&program.proof("POST", "/token")]).await;
    assert_error(&page, 400, "invalid_grant");
}

#[actix_web::test]
async fn introspection_tells_what_a_token_is_bound_to() {
    let server = server::start().await;
    let program = Program::new(&server);
    let tokens = program.tokens("web", "openid").await;
    let told = introspect(&server, "web", access_token(&tokens)).await.json();
    assert_eq!(
        (&told["token_type"], &told["cnf"]),
        (&json!("DPoP"), &json!({ "jkt": program.jkt() }))
    );
}

#[actix_web::test]
async fn an_opaque_token_is_bound_as_well() {
    let server = server::start().await;
    let program = Program::new(&server);
    let tokens = program.tokens("opaque", "openid").await;
    let token = access_token(&tokens);
    assert!(token.starts_with("dsa_"));
    assert_challenge(&userinfo(&server, &tokens).await, "invalid_token");
    let proof = program.proof_for("GET", token);
    assert_eq!(program.userinfo(Method::GET, token, &[&proof]).await.status, 200);
}

#[actix_web::test]
async fn discovery_and_preflight_speak_of_it() {
    let server = server::start().await;
    let url = format!("{}/.well-known/openid-configuration", server.url);
    let document = Person::new().get(&url).await.json();
    let algs = json!(["RS256", "ES256", "EdDSA", "PS256"]);
    assert_eq!(document["dpop_signing_alg_values_supported"], algs);
    let page = send(&server, Method::OPTIONS, "/token", &[], String::new()).await;
    assert!(header(&page, "access-control-allow-headers").contains("DPoP"));
}
