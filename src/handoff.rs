//! The extension on its own: the form_post response mode with its hand-off page, code engine and
//! redemption status, for an issuer or for any authorization server on actix.
//!
//! The host decides who may sign in to what. Then it calls [`HandOff::propose`] and returns the page; the
//! person's click comes to the hand-off's own routes, which mint the code; the host's token endpoint
//! calls [`HandOff::redeem`] and gets its own payload back.
//!
//! Between page and click everything that will be minted travels in a sealed ticket, bound to the
//! browser that was shown the page. Nothing is stored for someone who never clicks.

mod binding;
mod deliver;
mod proposal;
pub(crate) mod routes;
mod ticket;
mod views;

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};

pub use proposal::Proposal;
pub use ticket::{Asked, Ticket};

use crate::clock::Clock;
use crate::codes::{Codes, Minted, Presentation, Refusal};
use crate::keys::Keys;
use crate::pages::Brands;
use crate::protocol::channel::Channel;
use crate::protocol::client::Carrier;
use crate::protocol::error::ProtocolError;
use crate::protocol::params::Params;
use crate::protocol::response::{Delivery, ReturnAddress};
use crate::secret::RootKey;
use crate::store::Db;
use crate::store::grants::StoredGrant;
use crate::web::browser::Browser;
use crate::web::envelope::respond;
use crate::web::failure::Failure;
use crate::web::proxy::TrustedProxies;
use crate::web::site::{BadIssuer, Site};

/// The extension. Clones share it.
#[derive(Clone, Debug)]
pub struct HandOff {
    site: Site,
    codes: Codes,
    db: Db,
    keys: Option<Keys>,
}

/// What the person chose on the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finish {
    /// Bring the code to the program on this machine.
    Loopback,
    /// Show the code: the terminal is elsewhere.
    Paste,
    /// Do not sign in.
    Cancel,
    /// Sign in as somebody else first.
    Switch,
}

/// What came of the click.
#[derive(Debug)]
pub(crate) enum Finished {
    /// A code for the hand-off page.
    Page(Minted),
    /// A response that needs no page of ours.
    Delivered(Delivery),
}

impl HandOff {
    /// The extension for a server of this issuer URL, on the host's store. The root key derives the
    /// codes: keep it out of the database. Brands from a folder are followed, if this is called within a
    /// runtime.
    ///
    /// # Errors
    /// When the URL cannot be an issuer's.
    pub fn new(
        issuer: &str,
        db: Db,
        root: RootKey,
        brands: impl Into<Brands>,
    ) -> Result<Self, BadIssuer> {
        let site =
            Site::new(issuer, false, brands, root, Clock::system(), TrustedProxies::default())?;
        site.looks.watch();
        Ok(Self::on(site, db))
    }

    /// The extension as a part of a site.
    pub(crate) fn on(site: Site, db: Db) -> Self {
        let codes = Codes::new(db.clone(), site.root.clone(), site.clock.clone());
        Self { site, codes, db, keys: None }
    }

    /// The extension with keys, for the response modes that are signed.
    #[must_use]
    pub fn with_keys(mut self, keys: Keys) -> Self {
        self.keys = Some(keys);
        self
    }

    /// The engine behind the pages.
    pub fn codes(&self) -> &Codes {
        &self.codes
    }

    pub(crate) fn site(&self) -> &Site {
        &self.site
    }

    /// Asks the person to confirm; where that is not called for, mints the code and lets the page start.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn propose(
        &self,
        request: &HttpRequest,
        proposal: Proposal<'_>,
    ) -> Result<HttpResponse, Failure> {
        let browser = Browser::of(&self.site, request);
        let confirm = proposal.confirm;
        let ticket = self.ticket(request, &browser, proposal).await?;
        let mut response = if confirm {
            respond(&self.confirm_page(request, &browser, &ticket)?, StatusCode::OK)
        } else {
            match self.finish(&ticket, Finish::Loopback).await? {
                Finished::Page(minted) => see_other(&self.page_path(&minted.id)),
                Finished::Delivered(delivery) => {
                    self.send(request, &ticket.asked.client_name, delivery)
                }
            }
        };
        browser.remember(&self.site, &mut response)?;
        Ok(response)
    }

    /// Redeems a code, once, with everything it is bound to.
    ///
    /// # Errors
    /// [`Refusal`]; the client hears `invalid_grant`, whichever it is.
    pub async fn redeem(&self, presented: Presentation<'_>) -> Result<StoredGrant, Refusal> {
        self.codes.redeem(presented).await
    }

    /// Does what the person chose.
    pub(crate) async fn finish(
        &self,
        ticket: &Ticket,
        finish: Finish,
    ) -> Result<Finished, Failure> {
        let address = &ticket.asked.return_address;
        if finish == Finish::Switch {
            return Ok(Finished::Delivered(Delivery::Redirect(switch_link(ticket))));
        }
        if finish == Finish::Cancel {
            let error = ProtocolError::new("access_denied", "the person chose not to sign in");
            return Ok(Finished::Delivered(self.deliver(address.error(&error)).await?));
        }
        let minted = self.codes.mint(self.binding(ticket, finish)).await?;
        Ok(if is_shown(address) {
            Finished::Page(minted)
        } else {
            Finished::Delivered(self.deliver(address.code(minted.code.expose())).await?)
        })
    }

    pub(crate) fn page_path(&self, id: &str) -> String {
        self.site.path(&format!("/handoff/{id}"))
    }
}

/// Where somebody else signs in, to come back to the same request.
fn switch_link(ticket: &Ticket) -> String {
    let page = ticket.switch_account.as_deref().unwrap_or(&ticket.asked.restart);
    let next = Params::from_iter([("next".to_owned(), ticket.asked.restart.clone())]);
    format!("{page}?{}", next.encode())
}

/// How a code goes to its program, as far as that is known when it is minted.
pub(crate) fn channel(address: &ReturnAddress, finish: Finish) -> Channel {
    match finish {
        Finish::Paste => Channel::Pasted,
        _ => Channel::to(&address.redirect_uri),
    }
}

/// Whether a response waits on the hand-off page, rather than being on its way at once.
fn is_shown(address: &ReturnAddress) -> bool {
    address.response_mode.carrier() == Carrier::FormPost || address.is_out_of_band()
}

/// A 303: the browser goes on with a GET, whatever it came with.
pub(crate) fn see_other(location: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((actix_web::http::header::LOCATION, location)).finish()
}

/// Shared state of the routes.
pub(crate) type Shared = actix_web::web::Data<HandOff>;

/// Wraps the extension for actix.
pub(crate) fn shared(handoff: &HandOff) -> Shared {
    Shared::from(Arc::new(handoff.clone()))
}
