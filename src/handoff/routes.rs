//! The hand-off's endpoints: the click, the page again, the truth about the code, the last words.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use super::{Finish, Finished, HandOff, Shared, Ticket, see_other, shared};
use crate::codes::CodeState;
use crate::pages::{HandoffState, Outcome, ResultPage};
use crate::protocol::response::Delivery;
use crate::secret;
use crate::web::browser::Browser;
use crate::web::envelope::{respond, wants_json};
use crate::web::failure::Failure;
use crate::web::looks::looks;
use crate::web::mount;

/// How long a question about a code is held open.
const LONG_POLL: Duration = Duration::from_secs(20);
/// How often the store is asked meanwhile. Another replica may have redeemed the code, so it must be.
const POLL: Duration = Duration::from_millis(250);

/// The form of the confirmation.
#[derive(Deserialize)]
pub(crate) struct Click {
    csrf: String,
    request: String,
    pub(crate) finish: Finish,
}

#[derive(Deserialize)]
struct StatusQuery {
    known: Option<String>,
}

#[derive(Deserialize)]
struct ResultQuery {
    outcome: Option<String>,
}

impl HandOff {
    /// The routes of the extension, under the issuer's path. Mount them with `App::configure`.
    pub fn routes(&self) -> impl FnOnce(&mut web::ServiceConfig) + Clone + use<> {
        let handoff = self.clone();
        move |config| {
            let scope = mount::scope(handoff.site(), vec!["brand", "handoff", "favicon.svg"])
                .configure(|config| handoff.pages(config))
                .route("/handoff", web::post().to(click_alone));
            config.service(scope);
        }
    }

    /// Every route but the click, which an issuer guards with its session.
    pub(crate) fn pages(&self, config: &mut web::ServiceConfig) {
        config
            .app_data(shared(self))
            .configure(looks)
            .route("/handoff/result", web::get().to(result))
            .route("/handoff/{id}", web::get().to(page))
            // WebKit repeats a POST when this page is reloaded; what it sends is of no interest.
            .route("/handoff/{id}", web::post().to(page))
            .route("/handoff/{id}/status", web::get().to(status));
    }

    /// Opens the ticket of a click, if it came from a page that was shown to this browser.
    pub(crate) fn open_click(
        &self,
        request: &HttpRequest,
        click: &Click,
    ) -> Result<Ticket, Failure> {
        let browser = Browser::of(&self.site, request);
        browser.check_post(&self.site, request, &click.csrf)?;
        Ticket::open(&self.site.root, &click.request)
            .filter(|ticket| secret::equal(&ticket.browser, &browser.digest()))
            .ok_or_else(Failure::forbidden)
    }

    /// Whether a page was left open for so long that the sign-in has to begin again.
    pub(crate) fn is_stale(&self, ticket: &Ticket) -> bool {
        ticket.expires_at <= self.site.clock.now()
    }

    /// Answers a click that came to this.
    pub(crate) async fn answer_click(
        &self,
        request: &HttpRequest,
        ticket: &Ticket,
        finished: Finished,
    ) -> Result<HttpResponse, Failure> {
        let scripted = wants_json(request);
        Ok(match finished {
            Finished::Page(minted) if scripted => {
                let response = ticket.asked.return_address.code(minted.code.expose());
                let fields = match self.deliver(response).await? {
                    Delivery::Form { fields, .. } => fields,
                    Delivery::Redirect(_) => Vec::new(),
                };
                HttpResponse::Ok().json(json!({
                    "location": self.page_path(&minted.id),
                    "action": ticket.asked.return_address.redirect_uri,
                    "fields": fields,
                    "code": ticket.asked.paste.then(|| minted.code.grouped()),
                    "expires_in": minted.expires_at.since(self.site.clock.now()),
                }))
            }
            Finished::Page(minted) => see_other(&self.page_path(&minted.id)),
            Finished::Delivered(Delivery::Form { action, fields }) if scripted => HttpResponse::Ok(
            )
            .json(json!({
                "location": null, "action": action, "fields": fields, "code": null, "expires_in": 0,
            })),
            Finished::Delivered(Delivery::Form { fields, .. }) => {
                let mut page = self.page(request, &ticket.asked, HandoffState::Refused);
                page.fields = fields;
                respond(&page, StatusCode::OK)
            }
            Finished::Delivered(Delivery::Redirect(url)) => see_other(&url),
        })
    }
}

/// Tells a page that its sign-in has to begin again, and where.
pub(crate) fn begin_again(request: &HttpRequest, location: &str) -> HttpResponse {
    if wants_json(request) {
        HttpResponse::Unauthorized()
            .json(json!({ "error": "the session has ended", "location": location }))
    } else {
        see_other(location)
    }
}

async fn click_alone(
    handoff: Shared,
    request: HttpRequest,
    click: web::Form<Click>,
) -> Result<HttpResponse, Failure> {
    let ticket = handoff.open_click(&request, &click)?;
    if handoff.is_stale(&ticket) {
        return Ok(begin_again(&request, &ticket.asked.restart));
    }
    let finished = handoff.finish(&ticket, click.finish).await?;
    handoff.answer_click(&request, &ticket, finished).await
}

async fn page(
    handoff: Shared,
    request: HttpRequest,
    id: web::Path<String>,
) -> Result<HttpResponse, Failure> {
    let browser = Browser::of(&handoff.site, &request).digest();
    let (grant, state) = handoff.codes.look(&id, &browser).await?.ok_or_else(Failure::not_found)?;
    Ok(respond(&handoff.code_page(&request, &grant, state).await?, StatusCode::OK))
}

async fn status(
    handoff: Shared,
    request: HttpRequest,
    id: web::Path<String>,
    query: web::Query<StatusQuery>,
) -> Result<HttpResponse, Failure> {
    let browser = Browser::of(&handoff.site, &request).digest();
    let known = query.known.as_deref().unwrap_or_default();
    let mut waited = Duration::ZERO;
    loop {
        let (_, state) = handoff.codes.look(&id, &browser).await?.ok_or_else(Failure::not_found)?;
        if state.name() != known || waited >= LONG_POLL {
            return Ok(HttpResponse::Ok().json(json!({ "state": state })));
        }
        tokio::time::sleep(POLL).await;
        waited += POLL;
    }
}

async fn result(
    handoff: Shared,
    request: HttpRequest,
    query: web::Query<ResultQuery>,
) -> HttpResponse {
    let outcome = query.outcome.as_deref().and_then(Outcome::from_name).unwrap_or(Outcome::Failed);
    respond(&ResultPage { frame: handoff.site.frame(&request), outcome }, StatusCode::OK)
}

impl CodeState {
    /// The name in JSON and in pages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Redeemed => "redeemed",
            Self::Expired => "expired",
            Self::Misused => "misused",
        }
    }
}
