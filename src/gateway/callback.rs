//! Back from the issuer: the chain, the session, and on to where the app wanted to go.

use actix_web::{HttpRequest, HttpResponse, web};

use super::kept::Kept;
use super::trouble::{self, Trouble};
use super::{App, desktop, session};
use crate::handoff::see_other;
use crate::relying_party::{Callback, Error, LoginState};
use crate::web::away::posted;
use crate::web::browser::Browser;
use crate::web::failure::Failure;

/// `GET callback`. Whatever comes of it, the sign-in that it names is over.
///
/// # Errors
/// A page.
pub async fn arrive(app: web::Data<App>, request: HttpRequest) -> Result<HttpResponse, Failure> {
    app.admit(&request)?;
    let callback = posted::response(&app.door(), request.query_string());
    let arrived = sign_in(&app, &request, &callback).await;
    let mut response = arrived.unwrap_or_else(HttpResponse::from_error);
    app.door().forget(&callback, &mut response);
    Ok(response)
}

/// `POST callback`, from an issuer that posts.
///
/// # Errors
/// A page.
pub async fn posted(
    app: web::Data<App>,
    request: HttpRequest,
    body: web::Bytes,
) -> Result<HttpResponse, Failure> {
    app.admit(&request)?;
    posted::send_on(&app.door(), &body)
}

async fn sign_in(
    app: &App,
    request: &HttpRequest,
    callback: &Callback,
) -> Result<HttpResponse, Failure> {
    let browser = Browser::of(&app.site, request);
    let state = app
        .door()
        .under_way(request, &browser, callback)
        .ok_or_else(|| Trouble::of(app, &Error::State).page(app, None))?;
    let signed_in = app.ask(app.issuer.sign_in(&state.attempt, callback, app.now())).await;
    let kept = match signed_in {
        Ok(signed_in) => Kept::of(signed_in),
        Err(error) => return Err(failed(app, &state, &Trouble::of(app, &error)).await?),
    };
    if let Some(link) = &state.waiting {
        return desktop::deliver(app, request, link, &kept).await;
    }
    let mut response = see_other(&state.next);
    session::begin(app, request, &kept, &mut response).await?;
    Ok(response)
}

/// Tells the person, and the desktop app that waits, if one does.
async fn failed(app: &App, state: &LoginState, trouble: &Trouble) -> Result<Failure, Failure> {
    let Some(link) = &state.waiting else {
        return Ok(trouble.page(app, Some(&trouble::again(&state.next))));
    };
    if !trouble.is_passing() {
        desktop::refuse(app, link, trouble.code).await?;
        return Ok(trouble.page(app, None));
    }
    Ok(trouble.page(app, Some(&desktop::page_of(link))))
}
