//! The hand-off's state as a page.

use actix_web::HttpRequest;

use super::{Asked, HandOff, Ticket};
use crate::codes::CodeState;
use crate::pages::{self, HandoffPage, HandoffState};
use crate::protocol::client::Carrier;
use crate::protocol::request::Start;
use crate::protocol::response::{Delivery, ReturnAddress};
use crate::store;
use crate::store::grants::StoredGrant;
use crate::web::audience;
use crate::web::browser::Browser;
use crate::web::failure::Failure;

impl HandOff {
    pub(super) fn confirm_page(
        &self,
        request: &HttpRequest,
        browser: &Browser,
        ticket: &Ticket,
    ) -> Result<HandoffPage, Failure> {
        let mut page = self.page(request, &ticket.asked, HandoffState::Confirm);
        page.csrf = browser.csrf(&self.site);
        page.request =
            ticket.seal(&self.site.root).map_err(|error| Failure::Internal(Box::new(error)))?;
        page.switch_account = ticket.switch_account.is_some();
        Ok(page)
    }

    /// The page of a code, in the state that the code is in.
    pub(super) async fn code_page(
        &self,
        request: &HttpRequest,
        grant: &StoredGrant,
        state: CodeState,
    ) -> Result<HandoffPage, Failure> {
        let asked: Asked = grant
            .page
            .as_deref()
            .and_then(|page| serde_json::from_str(page).ok())
            .ok_or(store::Error::Corrupt("hand-off page"))?;
        let mut page = self.page(request, &asked, page_state(state));
        page.handle = Some(grant.id.clone());
        if state == CodeState::Ready {
            let code = self.codes.code_of(grant);
            let response = asked.return_address.code(code.expose());
            if let Delivery::Form { fields, .. } = self.deliver(response).await? {
                page.fields = fields;
            }
            page.code = asked.paste.then(|| code.grouped());
            page.expires_in = grant.code_expires_at.since(self.site.clock.now());
            page.auto_start = asked.auto_start;
        }
        Ok(page)
    }

    pub(super) fn page(
        &self,
        request: &HttpRequest,
        asked: &Asked,
        state: HandoffState,
    ) -> HandoffPage {
        audience::note_client(request, &asked.client_id);
        audience::note_ui_locales(request, Some(&asked.language));
        let address = &asked.return_address;
        HandoffPage {
            frame: self.site.frame(request),
            state,
            client_name: asked.client_name.clone(),
            client_uri: asked.client_uri.clone(),
            stranger: asked.stranger.clone(),
            account: asked.account.clone(),
            address: asked.asked_from.clone(),
            asked_at: asked.asked_at,
            match_phrase: asked.match_phrase.clone(),
            csrf: String::new(),
            request: String::new(),
            delivery: page_delivery(address),
            action: address.redirect_uri.clone(),
            fields: Vec::new(),
            code: None,
            handle: None,
            expires_in: 0,
            paste_allowed: asked.paste,
            start: match asked.start {
                Start::Loopback => pages::Start::Loopback,
                Start::Paste => pages::Start::Paste,
            },
            auto_start: false,
            error: None,
            restart: Some(asked.restart.clone()).filter(|restart| !restart.is_empty()),
            switch_account: false,
        }
    }
}

fn page_delivery(address: &ReturnAddress) -> pages::Delivery {
    if address.is_out_of_band() {
        pages::Delivery::Manual
    } else if address.response_mode.carrier() == Carrier::FormPost {
        pages::Delivery::FormPost
    } else {
        pages::Delivery::Redirect
    }
}

fn page_state(state: CodeState) -> HandoffState {
    match state {
        CodeState::Ready => HandoffState::Ready,
        CodeState::Redeemed => HandoffState::Redeemed,
        CodeState::Expired => HandoffState::Expired,
        CodeState::Misused => HandoffState::Misused,
    }
}
