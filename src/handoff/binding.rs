//! From the proposal to the ticket that waits for the click, and from the ticket to what a code is bound to.

use actix_web::HttpRequest;

use super::{Asked, Finish, HandOff, Proposal, Ticket, channel, is_shown};
use crate::codes::Binding;
use crate::protocol::match_phrase::match_phrase;
use crate::secret;
use crate::web::browser::Browser;
use crate::web::failure::Failure;

/// Seconds in which a page may be confirmed.
const TICKET_LIFETIME: i64 = 3600;

impl HandOff {
    /// What a page carries until it is clicked.
    pub(super) async fn ticket(
        &self,
        request: &HttpRequest,
        browser: &Browser,
        proposal: Proposal<'_>,
    ) -> Result<Ticket, Failure> {
        let client = proposal.client;
        let now = self.site.clock.now();
        let state = proposal.return_address.state.as_deref().unwrap_or_default();
        let login = proposal.has_siblings.then(|| {
            secret::base64url(&self.site.root.derive(
                "login",
                &[
                    client.client_id.as_bytes(),
                    proposal.code_challenge.as_bytes(),
                    state.as_bytes(),
                ],
            ))
        });
        let browser = browser.digest();
        let auto_start = !proposal.confirm && self.db.last_handoff_was_redeemed(&browser).await?;
        let phrase = client.match_phrase && !proposal.code_challenge.is_empty();
        Ok(Ticket {
            asked: Asked {
                client_id: client.client_id.clone(),
                language: self.site.frame(request).messages.lang().to_owned(),
                client_name: client.name().to_owned(),
                client_uri: client.page().map(str::to_owned),
                stranger: client.stranger.clone(),
                paste: client.shows_code(),
                return_address: proposal.return_address,
                account: proposal.account,
                asked_from: self.site.address_text(request),
                asked_at: now,
                match_phrase: phrase.then(|| match_phrase(&proposal.code_challenge)),
                start: proposal.start,
                restart: proposal.restart,
                auto_start,
            },
            code_challenge: proposal.code_challenge,
            dpop_jkt: proposal.dpop_jkt,
            account_id: proposal.account_id,
            payload: proposal.payload,
            sid: proposal.sid,
            login,
            same_network: client.same_network,
            code_lifetime: client.seconds_of_code(true),
            refresh_lifetime: proposal.refresh_lifetime,
            remember: client.access_token_lifetime,
            switch_account: proposal.switch_account,
            browser,
            expires_at: now.plus(TICKET_LIFETIME),
        })
    }

    /// What a code is bound to.
    pub(super) fn binding(&self, ticket: &Ticket, finish: Finish) -> Binding {
        let asked = &ticket.asked;
        let page = || (ticket.browser.clone(), serde_json::to_string(asked).unwrap_or_default());
        Binding {
            client_id: asked.client_id.clone(),
            redirect_uri: asked.return_address.redirect_uri.clone(),
            code_challenge: ticket.code_challenge.clone(),
            payload: ticket.payload.clone(),
            address: asked.asked_from.parse().ok(),
            same_network: ticket.same_network,
            jkt: ticket.dpop_jkt.clone(),
            account_id: ticket.account_id.clone(),
            channel: channel(&asked.return_address, finish),
            login: ticket.login.clone(),
            sid: ticket.sid.clone(),
            page: is_shown(&asked.return_address).then(page),
            lifetime: ticket.code_lifetime,
            refresh_lifetime: ticket.refresh_lifetime,
            remember: ticket.remember,
        }
    }
}
