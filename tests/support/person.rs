//! A person with a browser without JavaScript: cookies, links and forms.

use std::collections::HashMap;
use std::sync::Mutex;

use reqwest::header::{ACCEPT, COOKIE, LOCATION, SET_COOKIE};
use reqwest::{Client, ClientBuilder, Method, RequestBuilder, Response, redirect};
use url::{Url, form_urlencoded};

use super::cookies::Jar;

/// A browser with its cookies.
pub struct Person {
    http: Client,
    cookies: Mutex<Jar>,
}

/// A page or redirect, read.
#[derive(Clone, Debug)]
pub struct Page {
    /// Where it came from.
    pub url: String,
    /// HTTP status.
    pub status: u16,
    /// Where it sends the browser.
    pub location: Option<String>,
    /// Its headers.
    pub headers: reqwest::header::HeaderMap,
    /// Its text.
    pub body: String,
}

/// A form on a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// Where it goes, absolute.
    pub action: String,
    /// `get` or `post`.
    pub method: String,
    /// Its hidden and text inputs.
    pub fields: Vec<(String, String)>,
    /// Its buttons that have a name.
    pub buttons: Vec<(String, String)>,
}

impl Person {
    /// A browser that has never been here.
    pub fn new() -> Self {
        Self::with(Client::builder())
    }

    /// The same with connections of its own: to an issuer that has a certificate, as a rule.
    pub fn with(connections: ClientBuilder) -> Self {
        let http = connections
            .redirect(redirect::Policy::none())
            .no_proxy()
            .tls_built_in_root_certs(false)
            .build()
            .expect("a client");
        Self { http, cookies: Mutex::default() }
    }

    /// Opens a page without following redirects.
    pub async fn get(&self, url: &str) -> Page {
        self.send(self.http.get(url)).await
    }

    /// Opens a page and follows redirects for as long as they stay on its host.
    pub async fn visit(&self, url: &str) -> Page {
        let page = self.get(url).await;
        self.follow(page).await
    }

    /// Follows redirects for as long as they stay on the host.
    pub async fn follow(&self, mut page: Page) -> Page {
        for _ in 0..10 {
            let Some(target) = page.target().filter(|target| same_origin(target, &page.url)) else {
                break;
            };
            page = self.get(&target).await;
        }
        page
    }

    /// Submits a form with this button and these values.
    pub async fn submit(
        &self,
        form: &Form,
        button: Option<(&str, &str)>,
        values: &[(&str, &str)],
    ) -> Page {
        let mut fields = form.fields.clone();
        for (name, value) in values {
            fields.retain(|(known, _)| known != name);
            fields.push(((*name).to_owned(), (*value).to_owned()));
        }
        fields.extend(button.map(|(name, value)| (name.to_owned(), value.to_owned())));
        self.post(&form.action, &fields).await
    }

    /// POSTs a form as a page of the same site would.
    pub async fn post(&self, url: &str, fields: &[(String, String)]) -> Page {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = self
            .http
            .post(url)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin")
            .body(body);
        self.send(request).await
    }

    /// POSTs a form as a script of the page would, asking for JSON.
    pub async fn fetch(&self, url: &str, fields: &[(String, String)]) -> Page {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = self
            .http
            .post(url)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin")
            .header(ACCEPT, "application/json")
            .body(body);
        self.send(request).await
    }

    /// Signs in wherever the sign-in page turns up on the way to `url`, and gives the page behind it.
    pub async fn sign_in(&self, url: &str, username: &str, password: &str) -> Page {
        let page = self.visit(url).await;
        let form = page.form();
        assert!(form.action.contains("/login"), "no sign-in page: {page:?}");
        let page =
            self.submit(&form, None, &[("username", username), ("password", password)]).await;
        self.follow(page).await
    }

    /// The value of a cookie.
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().expect("no panic").get(name)
    }

    /// Sets a cookie, as an attacker might.
    pub fn set_cookie(&self, name: &str, value: &str) {
        self.cookies.lock().expect("no panic").plant(name, value);
    }

    /// Forgets a cookie.
    pub fn drop_cookie(&self, name: &str) {
        self.cookies.lock().expect("no panic").remove(name);
    }

    /// Begins a request that [`Person::send`] sends.
    pub fn request(&self, method: Method, url: &str) -> RequestBuilder {
        self.http.request(method, url)
    }

    /// Sends any request with the cookies. A POST that says that it comes from another site's page goes
    /// without those that are for ours.
    pub async fn send(&self, request: RequestBuilder) -> Page {
        let mut request = request.build().expect("a request");
        let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
        let cross_site =
            request.method() == Method::POST && header("sec-fetch-site") == Some("cross-site");
        let cookies = self.cookies.lock().expect("no panic").header(request.url(), cross_site);
        if let Some(cookies) = cookies {
            request.headers_mut().insert(COOKIE, cookies.parse().expect("a header"));
        }
        let response = self.http.execute(request).await.expect("an answer");
        self.keep(&response);
        let (url, status) = (response.url().to_string(), response.status().as_u16());
        let headers = response.headers().clone();
        let location = headers.get(LOCATION).map(|value| value.to_str().expect("ASCII").to_owned());
        Page { url, status, location, headers, body: response.text().await.expect("a body") }
    }

    fn keep(&self, response: &Response) {
        let mut cookies = self.cookies.lock().expect("no panic");
        for header in response.headers().get_all(SET_COOKIE) {
            cookies.keep(response.url(), header.to_str().expect("ASCII"));
        }
    }
}

impl Page {
    /// Where the redirect goes, absolute.
    pub fn target(&self) -> Option<String> {
        let base = Url::parse(&self.url).ok()?;
        Some(base.join(self.location.as_deref()?).ok()?.into())
    }

    /// The parameters in the query of the redirect.
    pub fn query(&self) -> HashMap<String, String> {
        let target =
            Url::parse(self.location.as_deref().expect("a redirect")).expect("an absolute URL");
        target.query_pairs().into_owned().collect()
    }

    /// The page's first form.
    pub fn form(&self) -> Form {
        self.forms().into_iter().next().unwrap_or_else(|| panic!("no form on {self:?}"))
    }

    /// All forms of the page.
    pub fn forms(&self) -> Vec<Form> {
        self.body.split("<form").skip(1).map(|rest| self.read_form(rest)).collect()
    }

    /// The address of the first link that has this in it.
    pub fn link_to(&self, part: &str) -> Option<String> {
        let links = self.body.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
        let link = links.map(|link| link.replace("&#38;", "&")).find(|link| link.contains(part))?;
        let here = url::Url::parse(&self.url).expect("a URL");
        Some(here.join(&link).expect("an address").into())
    }

    /// The form that goes to this address.
    pub fn form_to(&self, part: &str) -> Form {
        let found = self.forms().into_iter().find(|form| form.action.contains(part));
        found.unwrap_or_else(|| panic!("no form to {part} on {}", self.body))
    }

    /// What stands in an attribute of the page's main element.
    pub fn state(&self) -> String {
        let (_, rest) =
            self.body.split_once("data-state=\"").unwrap_or_else(|| panic!("no state: {self:?}"));
        rest.split('"').next().expect("a value").to_owned()
    }

    /// JSON of the body.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    fn read_form(&self, rest: &str) -> Form {
        let html = rest.split("</form").next().expect("a form");
        let head = html.split('>').next().expect("a tag");
        let mut form = Form {
            action: Url::parse(&self.url)
                .and_then(|base| base.join(&attribute(head, "action").unwrap_or_default()))
                .map(String::from)
                .unwrap_or_default(),
            method: attribute(head, "method").unwrap_or_else(|| "get".into()).to_lowercase(),
            fields: Vec::new(),
            buttons: Vec::new(),
        };
        for tag in html.split('<').skip(1).map(|tag| tag.split('>').next().unwrap_or_default()) {
            let Some(name) = attribute(tag, "name") else { continue };
            let value = attribute(tag, "value").unwrap_or_default();
            if tag.starts_with("input") {
                form.fields.push((name, value));
            } else if tag.starts_with("button") {
                form.buttons.push((name, value));
            }
        }
        form
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    Some(unescape(rest.split('"').next()?))
}

fn unescape(text: &str) -> String {
    let mut pieces = text.split('&');
    let mut plain = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (entity, rest) = piece.split_once(';').expect("an entity ends");
        plain.push(match entity {
            "#34" | "quot" => '"',
            "#38" | "amp" => '&',
            "#39" => '\'',
            "#60" | "lt" => '<',
            "#62" | "gt" => '>',
            other => panic!("unknown entity {other}"),
        });
        plain.push_str(rest);
    }
    plain
}

fn same_origin(a: &str, b: &str) -> bool {
    matches!((Url::parse(a), Url::parse(b)), (Ok(a), Ok(b)) if a.origin() == b.origin())
}
