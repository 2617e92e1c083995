//! The click of a hand-off page, guarded by the session: who has signed out meanwhile signs in anew.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;

use super::failure::Failure;
use super::session;
use crate::handoff::routes::{Click, begin_again};
use crate::handoff::{Finish, Finished, Ticket, channel};
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
    let finished = issuer.handoff.finish(&ticket, click.finish).await?;
    record(&issuer, &request, &ticket, click.finish, &finished).await;
    issuer.handoff.answer_click(&request, &ticket, finished).await
}

/// The person's word is what an auditor asks for, whatever becomes of the code.
async fn record(
    issuer: &Core,
    request: &HttpRequest,
    ticket: &Ticket,
    finish: Finish,
    finished: &Finished,
) {
    let (event, grant) = match (finish, finished) {
        (Finish::Switch, _) => return,
        (Finish::Cancel, _) => ("sign_in_cancelled", None),
        (_, Finished::Page(minted)) => ("code_issued", Some(minted.id.as_str())),
        (_, Finished::Delivered(_)) => ("code_issued", None),
    };
    let mut detail = json!({});
    if event == "code_issued" {
        detail["channel"] = channel(&ticket.asked.return_address, finish).as_str().into();
    }
    let event = issuer.event(request, event).account(ticket.account_id.as_deref()).grant(grant);
    issuer.audit(event.client(&ticket.asked.client_id).detail(&detail)).await;
}
