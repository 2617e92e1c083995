//! RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0). The browser is sent back only with a
//! valid hint and to an exactly registered URI; without a valid hint the person is asked.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use url::form_urlencoded;

use super::browser::{Browser, add_cookie};
use super::envelope::respond;
use super::failure::Failure;
use super::hint::Hint;
use super::{session, upstream};
use crate::handoff::see_other;
use crate::issuer::Core;
use crate::pages::{LogoutPage, SignedOutPage};
use crate::protocol::client::Client;
use crate::protocol::params::Params;

/// A logout request whose hint, if any, was checked.
struct Asked {
    hint: Option<Hint>,
    back: Back,
}

/// Where to go afterwards; nobody but the bearer of a valid hint decides that.
enum Back {
    /// To the registered URI that was asked for, with the client's state.
    Address(String),
    /// To a page of ours that offers the client's name and page.
    Client(String, String),
    /// To a page of ours.
    Nowhere,
}

/// `GET /logout`.
pub async fn ask(issuer: web::Data<Core>, request: HttpRequest) -> Result<HttpResponse, Failure> {
    let query = request.query_string();
    go_on(&issuer, &request, query).await
}

/// `POST /logout`: from our own page, or from a client that posts its request.
pub async fn submit(
    issuer: web::Data<Core>,
    request: HttpRequest,
    body: web::Bytes,
) -> Result<HttpResponse, Failure> {
    let text =
        std::str::from_utf8(&body).map_err(|_| Failure::bad_request("The request is not text."))?;
    let form = Params::parse(text).map_err(|error| Failure::unreadable(&error))?;
    let Some(csrf) = form.get("csrf") else {
        // Comes from the client's site without our cookies.
        return Ok(see_other(&issuer.site.path(&format!("/logout?{}", form.encode()))));
    };
    Browser::of(&issuer.site, &request).check_post(&issuer.site, &request, csrf)?;
    let asked = read(&issuer, form.get("request").unwrap_or_default()).await?;
    sign_out(&issuer, &request, asked.back).await
}

async fn go_on(issuer: &Core, request: &HttpRequest, query: &str) -> Result<HttpResponse, Failure> {
    let asked = read(issuer, query).await?;
    let Some(session) = session::current(issuer, request).await? else {
        return sign_out(issuer, request, asked.back).await;
    };
    if asked.hint.is_some_and(|hint| hint.names(issuer, &session.account)) {
        return sign_out(issuer, request, asked.back).await;
    }
    let browser = Browser::of(&issuer.site, request);
    let page = LogoutPage {
        frame: issuer.site.frame(request),
        csrf: browser.csrf(&issuer.site),
        request: query.to_owned(),
        account: session.account.username,
    };
    let mut response = respond(&page, StatusCode::OK);
    browser.remember(&issuer.site, &mut response)?;
    Ok(response)
}

/// Ends the session, and with it whatever pages this browser was shown.
async fn sign_out(
    issuer: &Core,
    request: &HttpRequest,
    back: Back,
) -> Result<HttpResponse, Failure> {
    let onward = match &back {
        Back::Address(url) => Some(url.as_str()),
        _ => None,
    };
    let detour = upstream::detour(issuer, request, onward).await?;
    let cookie = session::end(issuer, request).await?;
    let page = |client| {
        let page = SignedOutPage { frame: issuer.site.frame(request), client };
        respond(&page, StatusCode::OK)
    };
    let back = detour.map_or(back, |url| Back::Address(url.into()));
    let mut response = match back {
        Back::Address(url) => see_other(&url),
        Back::Client(name, url) => page(Some((name, url))),
        Back::Nowhere => page(None),
    };
    add_cookie(&mut response, &cookie)?;
    Browser::renewed().remember(&issuer.site, &mut response)?;
    Ok(response)
}

async fn read(issuer: &Core, query: &str) -> Result<Asked, Failure> {
    let params = Params::parse(query).map_err(|error| Failure::unreadable(&error))?;
    let hint = match params.get("id_token_hint") {
        Some(token) => Hint::read(issuer, token).await?,
        None => None,
    };
    let hint = hint.filter(|hint| {
        params.get("client_id").is_none_or(|client_id| client_id == hint.client.client_id)
    });
    let back = match (&hint, params.get("post_logout_redirect_uri")) {
        (None, _) => Back::Nowhere,
        (Some(hint), Some(uri)) => {
            Back::Address(return_to(&hint.client, uri, params.get("state"))?)
        }
        (Some(hint), None) => page_of(&hint.client),
    };
    Ok(Asked { hint, back })
}

/// The registered URI, to the letter, with the client's `state` and nothing else added.
fn return_to(client: &Client, uri: &str, state: Option<&str>) -> Result<String, Failure> {
    if !client.post_logout_redirect_uris.iter().any(|registered| registered == uri) {
        return Err(Failure::bad_request(
            "The program wants you to return to an address that it has not registered: post_logout_redirect_uri does not match.",
        ));
    }
    let Some(state) = state else { return Ok(uri.to_owned()) };
    let joint = if uri.contains('?') { '&' } else { '?' };
    let state: String = form_urlencoded::byte_serialize(state.as_bytes()).collect();
    Ok(format!("{uri}{joint}state={state}"))
}

fn page_of(client: &Client) -> Back {
    match client.page() {
        Some(uri) => Back::Client(client.name().to_owned(), uri.to_owned()),
        None => Back::Nowhere,
    }
}
