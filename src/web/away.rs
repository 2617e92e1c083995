//! People who have gone to sign in elsewhere, with a provider or for an app, and come back by one of
//! our own addresses: the cookie that goes with them, and responses that a provider posts.

mod cookie;
pub mod posted;

use actix_web::http::header::LOCATION;
use actix_web::{HttpRequest, HttpResponse};
use url::Url;

use super::browser::{self, Browser};
use super::failure::Failure;
use super::site::Site;
use crate::relying_party::{Callback, LoginState};
use crate::secret;

/// Where people come back to: one provider's, or one app's.
#[derive(Clone, Copy, Debug)]
pub struct Door<'a> {
    /// The site it is at.
    pub site: &'a Site,
    /// What kind of door it is: part of its cookies' names.
    pub kind: &'static str,
    /// Which of them. A state for one opens no other.
    pub id: &'a str,
    /// Its path at the site, as in `/upstream/corp`. Responses come to `/callback` below it.
    pub path: &'a str,
}

impl Door<'_> {
    /// Sends a browser away, with what has to come back in a cookie.
    ///
    /// # Errors
    /// A page, when that does not fit into one.
    pub fn leave(
        &self,
        request: &HttpRequest,
        browser: &Browser,
        state: &LoginState,
        url: &Url,
    ) -> Result<HttpResponse, Failure> {
        let Some(kept) = cookie::make(self, state)? else {
            return Err(Failure::bad_request("The address to go back to is too long."));
        };
        let mut response =
            HttpResponse::SeeOther().insert_header((LOCATION, url.as_str())).finish();
        cookie::make_room(self, request, &mut response);
        browser::add_cookie(&mut response, &kept)?;
        browser.remember(self.site, &mut response)?;
        Ok(response)
    }

    /// The sign-in that a response belongs to, if it is under way in this browser.
    pub fn under_way(
        &self,
        request: &HttpRequest,
        browser: &Browser,
        callback: &Callback,
    ) -> Option<LoginState> {
        cookie::read(self, request, callback.state.as_deref()?)
            .filter(|state| secret::equal(&state.browser, &browser.digest()))
    }

    /// Ends the sign-in that a response names: it has had its response, whatever it was.
    pub fn forget(&self, callback: &Callback, response: &mut HttpResponse) {
        if let Some(state) = &callback.state {
            cookie::clear(self, state, response);
        }
    }

    /// The path of one of the door's addresses on this host.
    fn at(&self, rest: &str) -> String {
        self.site.path(&format!("{}{rest}", self.path))
    }
}
