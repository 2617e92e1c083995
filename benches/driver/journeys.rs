//! What programs and browsers do all day.

use std::collections::BTreeMap;
use std::io;

use super::keep_alive::{Answer, KeepAlive, get, post};
use super::load::Journey;
use super::server::{PASSWORD, USERNAME};

/// The verifier and its challenge of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Where somebody is signed in.
#[derive(Clone, Debug)]
pub struct Place {
    /// The server's port.
    pub port: u16,
    /// The path of its authorization endpoint.
    pub authorize: &'static str,
    /// The cookies of a browser in which somebody is signed in, as a header.
    pub cookies: String,
}

fn header(cookies: &BTreeMap<String, String>) -> String {
    let pairs: Vec<_> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    format!("cookie: {}\r\n", pairs.join("; "))
}

/// A whole login of somebody who is signed in: a code, and tokens for it.
pub struct Login {
    connection: KeepAlive,
    path: String,
    authorize: String,
    client_id: &'static str,
}

impl Login {
    /// A user of this client.
    pub async fn new(place: &Place, client_id: &'static str) -> Self {
        let path = format!(
            "{}?client_id={client_id}&redirect_uri=https%3A%2F%2Fapp.example%2Fcb&response_type=code\
             &scope=openid+email+offline_access&state=an-invented-state&nonce=an-invented-nonce\
             &code_challenge={CHALLENGE}&code_challenge_method=S256",
            place.authorize
        );
        let connection = KeepAlive::open(place.port).await.expect("the server listens");
        Self { connection, authorize: get(&path, &place.cookies), path, client_id }
    }

    /// Goes wherever the server sends a browser that has no cookies yet, until it sends it back to the program,
    /// and gives the cookies that it has then.
    pub async fn arrive(&mut self) -> io::Result<String> {
        let (mut path, mut cookies) = (self.path.clone(), BTreeMap::new());
        loop {
            let answer = self.connection.exchange(&get(&path, &header(&cookies))).await?;
            let location = expect(answer, 303).header("location").unwrap_or_default();
            for cookie in answer.headers("set-cookie") {
                let pair = cookie.split(';').next().and_then(|pair| pair.split_once('='));
                let (name, value) = pair.ok_or(io::ErrorKind::InvalidData)?;
                // An empty one is taken back.
                cookies.insert(name.to_owned(), value.to_owned());
                cookies.retain(|_, value| !value.is_empty());
            }
            path = match location.split_once("://") {
                None => location.to_owned(),
                // The host that requests name.
                Some((_, rest)) if rest.starts_with("localhost") => {
                    rest[rest.find('/').unwrap_or(rest.len())..].to_owned()
                }
                Some(_) => return Ok(header(&cookies)),
            };
        }
    }

    /// A token request for a fresh code.
    pub async fn code(&mut self) -> io::Result<String> {
        let answer = self.connection.exchange(&self.authorize).await?;
        let location = expect(answer, 303).header("location").unwrap_or_default();
        let unexpected = || io::Error::other(format!("no code in {location:?}"));
        let (_, rest) = location.split_once("?code=").ok_or_else(unexpected)?;
        let code = rest.split('&').next().unwrap_or_default();
        let client_id = self.client_id;
        Ok(post(
            "/token",
            "",
            &format!(
                "grant_type=authorization_code&code={code}&redirect_uri=https%3A%2F%2Fapp.example%2Fcb\
                 &code_verifier={VERIFIER}&client_id={client_id}"
            ),
        ))
    }

    /// Tokens for a code; gives the refresh token.
    pub async fn redeem(&mut self, request: &str) -> io::Result<String> {
        let answer = expect(self.connection.exchange(request).await?, 200);
        Ok(answer.json_text("refresh_token").expect("a refresh token").to_owned())
    }
}

impl Journey for Login {
    async fn once(&mut self) -> io::Result<bool> {
        let request = self.code().await?;
        self.redeem(&request).await.map(|_| true)
    }
}

/// A whole login of somebody who types a password first.
pub struct SignIn {
    login: Login,
    path: String,
    form: String,
    browser: String,
}

impl SignIn {
    /// A user of this client, in a browser of their own.
    pub async fn new(place: &Place, client_id: &'static str) -> Self {
        let mut login = Login::new(place, client_id).await;
        let page = login.connection.exchange(&get("/login", "")).await.expect("the server answers");
        let page = expect(page, 200);
        let browser = page.header("set-cookie").and_then(|cookie| cookie.split(';').next());
        let (_, rest) = page.body.split_once("name=\"csrf\" value=\"").expect("a form");
        let csrf = rest.split('"').next().unwrap_or_default();
        let form = format!("csrf={csrf}&next=%2Faccount&username={USERNAME}&password={PASSWORD}");
        let browser = browser.expect("a cookie").to_owned();
        Self { path: login.path.clone(), login, form: form.replace(' ', "+"), browser }
    }
}

impl Journey for SignIn {
    async fn once(&mut self) -> io::Result<bool> {
        let headers = format!("cookie: {}\r\n", self.browser);
        let request = post("/login", &headers, &self.form);
        let answer = expect(self.login.connection.exchange(&request).await?, 303);
        let session = answer.header("set-cookie").and_then(|cookie| cookie.split(';').next());
        let session = session.ok_or(io::ErrorKind::InvalidData)?;
        let headers = format!("cookie: {}; {session}\r\n", self.browser);
        self.login.authorize = get(&self.path, &headers);
        self.login.once().await
    }
}

/// The second half of a login, for codes that were minted before.
pub struct Redemption {
    login: Login,
    requests: Vec<String>,
}

impl Redemption {
    /// A user with so many codes.
    pub async fn new(place: &Place, client_id: &'static str, codes: usize) -> Self {
        let mut login = Login::new(place, client_id).await;
        let mut requests = Vec::with_capacity(codes);
        for _ in 0..codes {
            requests.push(login.code().await.expect("the server answers"));
        }
        Self { login, requests }
    }
}

impl Journey for Redemption {
    async fn once(&mut self) -> io::Result<bool> {
        let Some(request) = self.requests.pop() else { return Ok(false) };
        self.login.redeem(&request).await.map(|_| true)
    }
}

/// A program that refreshes its tokens without end.
pub struct Refresh {
    login: Login,
    token: String,
}

impl Refresh {
    /// A program that has signed in.
    pub async fn new(place: &Place, client_id: &'static str) -> Self {
        let mut login = Login::new(place, client_id).await;
        let request = login.code().await.expect("the server answers");
        let token = login.redeem(&request).await.expect("the server answers");
        Self { login, token }
    }
}

impl Journey for Refresh {
    async fn once(&mut self) -> io::Result<bool> {
        let Login { client_id, .. } = self.login;
        let token = &self.token;
        let form = format!("grant_type=refresh_token&refresh_token={token}&client_id={client_id}");
        self.token = self.login.redeem(&post("/token", "", &form)).await?;
        Ok(true)
    }
}

/// The same GET again and again.
pub struct Get {
    connection: KeepAlive,
    request: String,
}

impl Get {
    /// Of this path on this port.
    pub async fn new(port: u16, path: &str, headers: &str) -> Self {
        let connection = KeepAlive::open(port).await.expect("the server listens");
        Self { connection, request: get(path, headers) }
    }
}

impl Journey for Get {
    async fn once(&mut self) -> io::Result<bool> {
        expect(self.connection.exchange(&self.request).await?, 200);
        Ok(true)
    }
}

fn expect(answer: Answer<'_>, status: u16) -> Answer<'_> {
    assert_eq!(answer.status, status, "{answer:?}");
    answer
}
