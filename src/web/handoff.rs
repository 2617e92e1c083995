//! The click of a hand-off page, guarded by the session: who has signed out meanwhile signs in anew.

use actix_web::{HttpRequest, HttpResponse, web};

use super::failure::Failure;
use super::session;
use crate::handoff::routes::{Click, begin_again};
use crate::issuer::Core;

/// `POST /handoff`.
pub async fn click(
    issuer: web::Data<Core>,
    request: HttpRequest,
    click: web::Form<Click>,
) -> Result<HttpResponse, Failure> {
    let ticket = issuer.handoff.open_click(&request, &click)?;
    let session = session::current(&issuer, &request).await?;
    let same = session.is_some_and(|session| Some(session.sid) == ticket.sid);
    if !same || issuer.handoff.is_stale(&ticket) {
        return Ok(begin_again(&request, &ticket.asked.restart));
    }
    issuer.handoff.answer_click(&request, &click, &ticket).await
}
