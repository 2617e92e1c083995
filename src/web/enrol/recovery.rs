//! Recovery codes are shown once: on the page after the form that made them, which leads on from there.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use serde_json::json;

use super::Enrolment;
use crate::pages::RecoveryCodesPage;
use crate::web::browser::add_cookie;
use crate::web::envelope::respond;
use crate::web::failure::Failure;

impl Enrolment<'_> {
    /// Shows recovery codes on the way to where `response` leads, if the account has none yet.
    ///
    /// # Errors
    /// When the store cannot be reached.
    pub async fn with_recovery_codes(
        &self,
        response: HttpResponse,
    ) -> Result<HttpResponse, Failure> {
        if self.issuer.factors.recovery_codes_left(&self.account.id).await? > 0 {
            return Ok(response);
        }
        self.new_recovery_codes(response).await
    }

    /// Shows fresh recovery codes on the way to where `response` leads.
    ///
    /// # Errors
    /// When the store cannot be reached.
    pub async fn new_recovery_codes(
        &self,
        response: HttpResponse,
    ) -> Result<HttpResponse, Failure> {
        let (issuer, id) = (self.issuer, &self.account.id);
        let codes = issuer.factors.new_recovery_codes(id).await?;
        issuer.audit_of(self.request, "recovery_codes_made", Some(id), json!({})).await;
        let onward = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
        let page = RecoveryCodesPage {
            frame: issuer.site.frame(self.request),
            account: self.account.username.clone(),
            codes,
            onward: onward.unwrap_or_default().to_owned(),
        };
        let mut shown = respond(&page, StatusCode::OK);
        for cookie in response.cookies() {
            add_cookie(&mut shown, &cookie)?;
        }
        Ok(shown)
    }
}
