//! Renaming and removing a factor, and new recovery codes.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use super::enrol::enrolment;
use super::{LIST, OPENS_FOR, SENDS_FOR, recent};
use crate::handoff::see_other;
use crate::issuer::Core;
use crate::pages::FactorPage;
use crate::web::browser::Browser;
use crate::web::envelope::respond;
use crate::web::failure::Failure;

#[derive(Deserialize)]
pub struct Form {
    csrf: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    action: Action,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Action {
    #[default]
    Rename,
    Remove,
}

/// `GET /account/factors/{id}`.
pub async fn show_one(
    issuer: web::Data<Core>,
    request: HttpRequest,
    id: web::Path<String>,
) -> Result<HttpResponse, Failure> {
    let session = match recent(&issuer, &request, OPENS_FOR, &path(&id)).await? {
        Ok(session) => session,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let factors = issuer.factors.list(&session.account.id).await?;
    let count = factors.len();
    let factor = factors.into_iter().find(|factor| factor.id == *id);
    let browser = Browser::of(&issuer.site, &request);
    let page = FactorPage {
        frame: issuer.site.frame(&request),
        csrf: browser.csrf(&issuer.site),
        factor: factor.ok_or_else(Failure::not_found)?,
        is_last: count == 1,
    };
    Ok(respond(&page, StatusCode::OK))
}

/// `POST /account/factors/{id}`.
pub async fn change(
    issuer: web::Data<Core>,
    request: HttpRequest,
    id: web::Path<String>,
    form: web::Form<Form>,
) -> Result<HttpResponse, Failure> {
    let browser = Browser::of(&issuer.site, &request);
    browser.check_post(&issuer.site, &request, &form.csrf)?;
    let session = match recent(&issuer, &request, SENDS_FOR, &path(&id)).await? {
        Ok(session) => session,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let account = &session.account.id;
    let (event, done) = match form.action {
        Action::Remove => ("factor_removed", issuer.factors.remove(account, &id).await?),
        Action::Rename if form.name.trim().is_empty() => ("", true),
        Action::Rename => {
            ("factor_renamed", issuer.factors.rename(account, &id, &form.name).await?)
        }
    };
    if !done {
        return Err(Failure::not_found());
    }
    if !event.is_empty() {
        issuer.audit_of(&request, event, Some(account), json!({ "factor_id": *id })).await;
    }
    Ok(see_other(&issuer.site.path(LIST)))
}

/// `POST /account/factors/recovery`: fresh recovery codes in place of the old ones.
pub async fn new_recovery_codes(
    issuer: web::Data<Core>,
    request: HttpRequest,
    form: web::Form<Form>,
) -> Result<HttpResponse, Failure> {
    let browser = Browser::of(&issuer.site, &request);
    browser.check_post(&issuer.site, &request, &form.csrf)?;
    let session = match recent(&issuer, &request, OPENS_FOR, LIST).await? {
        Ok(session) => session,
        Err(elsewhere) => return Ok(elsewhere),
    };
    if issuer.factors.list(&session.account.id).await?.is_empty() {
        return Ok(see_other(&issuer.site.path(LIST)));
    }
    let enrolment = enrolment(&issuer, &request, &browser, &session.account);
    enrolment.new_recovery_codes(see_other(&issuer.site.path(LIST))).await
}

/// The page of a factor; what cannot be an id leads to the list.
fn path(id: &str) -> String {
    if crate::secret::is_id(id) { format!("{LIST}/{id}") } else { LIST.to_owned() }
}
