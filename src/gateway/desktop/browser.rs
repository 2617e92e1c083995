//! The browser's side of a desktop app's sign-in: asked, sent to the issuer, and told that it is done.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use super::super::kept::Kept;
use super::super::{App, authorize, session};
use crate::codes::network;
use crate::handoff::see_other;
use crate::pages::{DesktopAsked, DesktopPage, DesktopStep};
use crate::protocol::match_phrase::match_phrase;
use crate::secret;
use crate::store::desktop_sign_ins::{DesktopOutcome, WaitingDesktop};
use crate::web::browser::Browser;
use crate::web::envelope::respond;
use crate::web::failure::Failure;

/// What the person chose.
#[derive(Deserialize)]
pub(crate) struct Form {
    csrf: String,
    answer: Answer,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Answer {
    Continue,
    Cancel,
}

/// The page of a link, as a path below the app's.
pub fn page_of(link: &str) -> String {
    format!("/desktop/{link}")
}

/// `GET desktop/{link}`: asks whether it was the person who started the app.
///
/// # Errors
/// A page.
pub async fn ask(
    app: web::Data<App>,
    request: HttpRequest,
    link: web::Path<String>,
) -> Result<HttpResponse, Failure> {
    let browser = Browser::of(&app.site, &request);
    let step = match find(&app, &link).await? {
        Some(waiting) if is_too_far(&app, &request, &waiting) => DesktopStep::Elsewhere,
        Some(waiting) => DesktopStep::Confirm(DesktopAsked {
            action: app.site.path(&page_of(&link)),
            csrf: browser.csrf(&app.site),
            match_phrase: match_phrase(&link),
            is_same_address: waiting.asked_from == app.address(&request).to_string(),
            address: waiting.asked_from,
            asked_at: waiting.created_at,
        }),
        None => DesktopStep::Over,
    };
    let mut response = page(&app, &request, step);
    browser.remember(&app.site, &mut response)?;
    Ok(response)
}

/// `POST desktop/{link}`: to the issuer, or not.
///
/// # Errors
/// A page.
pub async fn answer(
    app: web::Data<App>,
    request: HttpRequest,
    link: web::Path<String>,
    form: web::Form<Form>,
) -> Result<HttpResponse, Failure> {
    app.admit(&request)?;
    Browser::of(&app.site, &request).check_post(&app.site, &request, &form.csrf)?;
    match find(&app, &link).await? {
        None => return Ok(page(&app, &request, DesktopStep::Over)),
        Some(waiting) if is_too_far(&app, &request, &waiting) => {
            return Ok(page(&app, &request, DesktopStep::Elsewhere));
        }
        Some(_) => {}
    }
    if form.answer == Answer::Cancel {
        refuse(&app, &link, "access_denied").await?;
        return Ok(page(&app, &request, DesktopStep::Denied));
    }
    let link = link.into_inner();
    authorize::go(&app, &request, &page_of(&link), Some(link.clone()), Vec::new()).await
}

/// `GET desktop/signed-in`: the last words.
pub async fn signed_in(app: web::Data<App>, request: HttpRequest) -> HttpResponse {
    page(&app, &request, DesktopStep::SignedIn)
}

/// Puts what the issuer gave where the app waits for it. The browser itself is signed in to nothing.
///
/// # Errors
/// When the store fails.
pub async fn deliver(
    app: &App,
    request: &HttpRequest,
    link: &str,
    kept: &Kept,
) -> Result<HttpResponse, Failure> {
    let Some(waiting) = find(app, link).await? else {
        return Ok(page(app, request, DesktopStep::Over));
    };
    // It is a session already, so that whoever signs out before the app has asked ends it.
    let until = waiting.created_at.plus(super::LIFETIME);
    let session = session::put_by(app, kept, until).await?;
    let outcome = DesktopOutcome { session: Some(session), refused: None };
    if !finish(app, link, outcome).await? {
        return Ok(page(app, request, DesktopStep::Over));
    }
    let differs = waiting.asked_from != app.address(request).to_string();
    let detail = json!({ "asked_from": waiting.asked_from, "differs": differs });
    app.audit(request, "desktop_app_let_in", kept.subject(), detail).await;
    Ok(see_other(&app.site.path("/desktop/signed-in")))
}

/// Lets the app that waits know that it waits for nothing.
///
/// # Errors
/// When the store fails.
pub async fn refuse(app: &App, link: &str, code: &str) -> Result<(), Failure> {
    let outcome = DesktopOutcome { session: None, refused: Some(code.to_owned()) };
    finish(app, link, outcome).await.map(|_| ())
}

/// Whether the app runs in another network than the browser, where that is not allowed: somebody may have
/// sent the link.
fn is_too_far(app: &App, request: &HttpRequest, waiting: &WaitingDesktop) -> bool {
    let far = || network(waiting.asked_from.parse().ok()) != network(Some(app.address(request)));
    app.settings.desktop_same_network && far()
}

async fn find(app: &App, link: &str) -> Result<Option<WaitingDesktop>, Failure> {
    Ok(app.db.find_waiting_desktop(app.id(), &secret::digest(link), app.now()).await?)
}

async fn finish(app: &App, link: &str, outcome: DesktopOutcome) -> Result<bool, Failure> {
    let link = secret::digest(link);
    Ok(app.db.finish_desktop_sign_in(app.id(), &link, outcome, app.now()).await?)
}

fn page(app: &App, request: &HttpRequest, step: DesktopStep) -> HttpResponse {
    let frame = app.site.frame(request);
    let app_name = app.settings.name().to_owned();
    let status = if matches!(step, DesktopStep::Over) { StatusCode::GONE } else { StatusCode::OK };
    respond(&DesktopPage { frame, app_name, step }, status)
}
