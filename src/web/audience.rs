//! Whom a page is for, as far as a request has told: the languages that its person reads, and the program
//! that they go to, which may have a brand of its own. Handlers note what they learn on the way, so that
//! whatever page comes of the request, an error's too, is made for them.

use actix_web::http::header::ACCEPT_LANGUAGE;
use actix_web::{HttpMessage, HttpRequest};

use super::site::Site;
use crate::accounts::Account;
use crate::pages::Frame;
use crate::pages::languages::accepted;

/// What is known so far.
#[derive(Clone, Debug, Default)]
struct Audience {
    /// What the program asked for (OpenID Connect Core §3.1.2.1), separated by spaces.
    ui_locales: Option<String>,
    /// The program that the person goes to.
    client_id: Option<String>,
    /// The person's own setting, the claim `locale`.
    locale: Option<String>,
}

/// Notes the languages that a program asked for, if it did.
pub fn note_ui_locales(request: &HttpRequest, ui_locales: Option<&str>) {
    if let Some(ui_locales) = ui_locales {
        let ui_locales = Some(ui_locales.to_owned());
        note(request, |audience| Audience { ui_locales, ..audience });
    }
}

/// Notes the program that the person goes to.
pub fn note_client(request: &HttpRequest, client_id: &str) {
    let client_id = Some(client_id.to_owned());
    note(request, |audience| Audience { client_id, ..audience });
}

/// Notes who the person is.
pub fn note_account(request: &HttpRequest, account: &Account) {
    let locale = account.claims.as_map().get("locale").and_then(|locale| locale.as_str());
    let locale = locale.map(str::to_owned);
    note(request, |audience| Audience { locale, ..audience });
}

fn note(request: &HttpRequest, change: impl FnOnce(Audience) -> Audience) {
    let known = request.extensions_mut().remove::<Audience>().unwrap_or_default();
    request.extensions_mut().insert(change(known));
}

impl Site {
    /// What every page has, in the language for this request: that of the program's wish, of the
    /// person's setting, of the browser, else the brand's own.
    pub fn frame(&self, request: &HttpRequest) -> Frame {
        let known = request.extensions().get::<Audience>().cloned().unwrap_or_default();
        let header = request.headers().get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let asked = known.ui_locales.iter().flat_map(|tags| tags.split(' '));
        let own = known.locale.as_deref();
        let wanted = asked.chain(own).chain(header.map(accepted).into_iter().flatten());
        self.looks.frame(known.client_id.as_deref(), wanted)
    }
}
