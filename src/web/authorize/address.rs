//! Who asks, and where to answer: what has to be known before anything else about a request, since until
//! then a failure can only be a page.

use std::sync::Arc;

use actix_web::HttpRequest;

use super::{keep, object};
use crate::issuer::Core;
use crate::protocol::client::Client;
use crate::protocol::error::ProtocolError;
use crate::protocol::params::Params;
use crate::protocol::request_object;
use crate::protocol::response::{NoReturnAddress, ReturnAddress};
use crate::web::audience;
use crate::web::browser::Browser;
use crate::web::failure::Failure;
use crate::web::progress::Progress;
use crate::web::waiting::{self, Origin, Waiting};

/// A request whose client and return address are known: from here on errors go to the client.
pub struct Addressed {
    /// Who asks.
    pub client: Arc<Client>,
    /// Where to answer.
    pub address: ReturnAddress,
    /// The request's parameters, those that were pushed or signed in place.
    pub params: Params,
    /// The parameters of the URL, which begin the same sign-in again.
    pub url: Params,
    /// The browser that brought it.
    pub browser: Browser,
    /// How far the person has come with it.
    pub progress: Progress,
    /// What is wrong with it already.
    pub error: Option<ProtocolError>,
}

impl Addressed {
    /// The parameters of a URL that begins the same sign-in again, short enough to travel.
    ///
    /// # Errors
    /// When it has to be kept and cannot.
    pub async fn url_to_return_to(
        &self,
        issuer: &Core,
        request: &HttpRequest,
    ) -> Result<Params, Failure> {
        self.url_within(issuer, request, keep::LONGEST_QUERY).await
    }

    /// The same, in at most this many bytes.
    ///
    /// # Errors
    /// When it has to be kept and cannot.
    pub async fn url_within(
        &self,
        issuer: &Core,
        request: &HttpRequest,
        bytes: usize,
    ) -> Result<Params, Failure> {
        // A signed request is good for a moment, a person takes longer: that it was good is kept.
        match self.url.encode().len() > bytes || self.url.get("request").is_some() {
            true => keep::keep(issuer, request, &self.client.client_id, &self.url).await,
            false => Ok(self.url.clone()),
        }
    }

    /// The path at which the sign-in of `url` goes on, with this progress.
    pub fn path(&self, issuer: &Core, url: &Params, progress: &Progress) -> String {
        let query = match *progress == Progress::default() {
            true => url.encode(),
            false => progress.put(url, &issuer.site, &self.browser),
        };
        issuer.site.path(&format!("/authorize?{query}"))
    }
}

/// The client that a request is from.
///
/// # Errors
/// A page, when the request does not say or we do not know it.
pub async fn find_client(issuer: &Core, params: &Params) -> Result<Arc<Client>, Failure> {
    let client_id = params.get("client_id").ok_or_else(|| {
        Failure::bad_request(
            "The request does not say which program it is from: client_id is missing.",
        )
    })?;
    if let Some(client) = issuer.clients.find(client_id).await? {
        return Ok(client);
    }
    Err(Failure::bad_request(match issuer.clients.why_not(client_id).await {
        None => "The program that sent you here is not known to this issuer: its client_id is not registered.".into(),
        Some(reason) => format!("The program that sent you here is described by a document that cannot be used: {reason}."),
    }))
}

/// The request that a URL stands for: itself, or one that waits.
async fn arrived(issuer: &Core, client: &Client, url: &Params) -> Result<Waiting, Failure> {
    match url.get("request_uri").and_then(waiting::reference) {
        Some(reference) => waiting::find(issuer, &client.client_id, reference)
            .await?
            .ok_or_else(|| Failure::bad_request(waiting::EXPIRED)),
        None => Ok(Waiting { params: url.clone(), origin: Origin::Kept, arrived_at: issuer.now() }),
    }
}

/// Finds client and return address of a request, so that whatever else is wrong can be told to the
/// client.
///
/// # Errors
/// A page, when there is nowhere to send the browser.
pub async fn address(
    issuer: &Core,
    http: &HttpRequest,
    browser: &Browser,
    query: &str,
) -> Result<Addressed, Failure> {
    let (mut url, mut error) = Params::parse_leniently(query);
    audience::note_ui_locales(http, url.get("ui_locales"));
    let progress = Progress::take(&mut url, &issuer.site, browser);
    let client = find_client(issuer, &url).await?;
    audience::note_client(http, &client.client_id);
    let arrived = arrived(issuer, &client, &url).await?;
    let opened = match arrived.origin {
        Origin::Pushed => Ok(arrived.params),
        Origin::Kept if client.must_push() => Err((
            arrived.params,
            ProtocolError::invalid_request("the client has to push its requests (RFC 9126)"),
        )),
        Origin::Kept => object::open(issuer, &client, &arrived.params, arrived.arrived_at)
            .await
            .map_err(|error| (arrived.params, error)),
    };
    let params = opened.unwrap_or_else(|(asked, refused)| {
        error.get_or_insert(refused);
        match asked.get("request") {
            Some(object) => request_object::answer_to(&asked, object),
            None => asked,
        }
    });
    audience::note_ui_locales(http, params.get("ui_locales"));
    let (address, mode_error) =
        ReturnAddress::resolve(&params, &client, &issuer.site.issuer).map_err(|no_address| {
            Failure::bad_request(match no_address {
                NoReturnAddress::Missing => "The request does not say where to return to: redirect_uri is missing.",
                NoReturnAddress::NotRegistered => "The request wants to return to an address that its program has not registered: redirect_uri does not match.",
            })
        })?;
    error = error.or(mode_error);
    Ok(Addressed { client, address, params, url, browser: browser.clone(), progress, error })
}
