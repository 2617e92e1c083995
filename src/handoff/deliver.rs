//! Responses on their way: signed where the client asked for that, and sent.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};

use super::{Asked, HandOff, see_other};
use crate::keys;
use crate::pages::{HandoffState, SubmitPage};
use crate::protocol::client::Client;
use crate::protocol::error::ProtocolError;
use crate::protocol::request::Start;
use crate::protocol::response::{Delivery, Response, ReturnAddress};
use crate::web::envelope::respond;
use crate::web::failure::Failure;

/// The `typ` of a signed response.
const RESPONSE_TYPE: &str = "JWT";

impl HandOff {
    /// Makes a response ready to travel.
    ///
    /// # Errors
    /// When it cannot be signed: the extension alone signs only with keys that it was given.
    pub async fn deliver(&self, response: Response<'_>) -> Result<Delivery, Failure> {
        match response {
            Response::Ready(delivery) => Ok(delivery),
            Response::Unsigned(response) => {
                let keys = self.keys.as_ref().ok_or(keys::Error::Missing(response.alg()))?;
                let claims = response.claims(self.site.clock.now());
                Ok(response.signed(keys.sign(response.alg(), RESPONSE_TYPE, &claims).await?))
            }
        }
    }

    /// Tells a program on the person's machine that its request was refused: the error travels like a
    /// code would, and the page says it in words.
    ///
    /// # Errors
    /// When the response cannot be signed.
    pub async fn refuse(
        &self,
        request: &HttpRequest,
        client: &Client,
        address: &ReturnAddress,
        error: &ProtocolError,
    ) -> Result<HttpResponse, Failure> {
        Ok(match self.deliver(address.error(error)).await? {
            Delivery::Redirect(url) => see_other(&url),
            Delivery::Form { fields, .. } => {
                let asked = Asked {
                    client_id: client.client_id.clone(),
                    language: self.site.frame(request).messages.lang().to_owned(),
                    client_name: client.name().to_owned(),
                    client_uri: None,
                    stranger: None,
                    paste: false,
                    return_address: address.clone(),
                    account: String::new(),
                    asked_from: self.site.address_text(request),
                    asked_at: self.site.clock.now(),
                    match_phrase: None,
                    start: Start::Loopback,
                    restart: String::new(),
                    auto_start: false,
                };
                let mut page = self.page(request, &asked, HandoffState::Refused);
                page.fields = fields;
                page.error = Some((error.code.to_owned(), error.description.to_string()));
                respond(&page, StatusCode::OK)
            }
        })
    }

    /// Sends a response on its way that needs no hand-off: a redirect, or a form that submits itself.
    pub fn send(
        &self,
        request: &HttpRequest,
        client_name: &str,
        delivery: Delivery,
    ) -> HttpResponse {
        match delivery {
            Delivery::Redirect(url) => see_other(&url),
            Delivery::Form { action, fields } => {
                let frame = self.site.frame(request);
                let page =
                    SubmitPage { frame, client_name: client_name.to_owned(), action, fields };
                respond(&page, StatusCode::OK)
            }
        }
    }
}
