//! Adding a factor: by somebody who is signed in, on the way from their list of factors, or as a step of a
//! sign-in that needs one. Both see the same pages; only where the forms go differs.

mod recovery;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::json;

use super::browser::Browser;
use super::envelope::respond;
use super::failure::Failure;
use super::login::steps::{SignIn, path_with_next};
use crate::accounts::Account;
use crate::accounts::factors::ticket::{Ceremony, Ticket};
use crate::accounts::factors::totp::TotpSecret;
use crate::accounts::factors::{EnrolFailure, FactorKind};
use crate::accounts::methods::Method;
use crate::issuer::Core;
use crate::pages::{AddPasskeyPage, AddTotpPage, EnrolError, EnrolPage, PasskeyPrompt};
use crate::protocol::acr::Acr;

/// A form that adds a factor.
#[derive(Deserialize)]
pub struct Form {
    csrf: String,
    #[serde(default)]
    pub next: String,
    ticket: String,
    #[serde(default)]
    name: String,
    /// The first code of an app.
    #[serde(default)]
    code: String,
    /// What a browser says of the passkey that it has made.
    #[serde(default)]
    credential: String,
}

impl Form {
    /// Lets the form pass only if it came from one of our own pages in this browser.
    ///
    /// # Errors
    /// A page that says that nothing was done.
    pub fn check(
        &self,
        issuer: &Core,
        request: &HttpRequest,
        browser: &Browser,
    ) -> Result<(), Failure> {
        browser.check_post(&issuer.site, request, &self.csrf)
    }
}

/// Somebody who is adding a factor.
#[derive(Clone, Copy, Debug)]
pub struct Enrolment<'a> {
    pub issuer: &'a Core,
    pub request: &'a HttpRequest,
    pub browser: &'a Browser,
    /// Whose it will be.
    pub account: &'a Account,
    /// The path under which the forms' addresses lie: `/account/factors` or `/login`.
    pub place: &'static str,
    /// Where to go afterwards.
    pub next: &'a str,
}

/// The page that lets somebody who needs a second factor choose one.
///
/// # Errors
/// When the store cannot be reached.
pub async fn choice(sign_in: &SignIn<'_>) -> Result<HttpResponse, Failure> {
    let issuer = sign_in.issuer;
    let link = |path| path_with_next(issuer, path, &sign_in.next);
    let page = EnrolPage {
        frame: issuer.site.frame(sign_in.request),
        account: sign_in.account.username.clone(),
        totp: (issuer.factors.has_totp() && sign_in.needed().await == Acr::MultiFactor)
            .then(|| link("/login/totp")),
        passkey: issuer.factors.passkeys().map(|_| link("/login/new-passkey")),
    };
    Ok(respond(&page, StatusCode::OK))
}

impl Enrolment<'_> {
    /// The page with the secret for an app.
    ///
    /// # Errors
    /// When there are no apps here.
    pub fn totp_page(&self) -> Result<HttpResponse, Failure> {
        if !self.issuer.factors.has_totp() {
            return Err(Failure::not_found());
        }
        self.show_totp(&TotpSecret::generate(), "", None)
    }

    fn show_totp(
        &self,
        secret: &TotpSecret,
        name: &str,
        error: Option<EnrolError>,
    ) -> Result<HttpResponse, Failure> {
        let site = &self.issuer.site;
        let page = AddTotpPage {
            frame: site.frame(self.request),
            csrf: self.browser.csrf(site),
            action: site.path(&format!("{}/totp", self.place)),
            next: self.next.to_owned(),
            ticket: self.ticket(Ceremony::AddTotp(secret.clone()))?,
            key: secret.key(),
            uri: secret.uri(&site.looks.brand().name, &self.account.username),
            name: name.to_owned(),
            error,
        };
        Ok(respond(&page, status(error)))
    }

    /// The page that lets the browser make a passkey.
    ///
    /// # Errors
    /// When there are no passkeys here, or the store cannot be reached.
    pub async fn passkey_page(&self, error: Option<EnrolError>) -> Result<HttpResponse, Failure> {
        let (issuer, account) = (self.issuer, self.account);
        let passkeys = issuer.factors.passkeys().ok_or_else(Failure::not_found)?;
        let known = issuer.factors.credential_ids(&account.id).await?;
        let (options, state) = passkeys
            .begin_registration(&account.id, &account.username, account.display_name(), known)
            .map_err(|error| Failure::Internal(Box::new(error)))?;
        let ticket = self.ticket(Ceremony::AddPasskey(state))?;
        let page = AddPasskeyPage {
            frame: issuer.site.frame(self.request),
            csrf: self.browser.csrf(&issuer.site),
            action: issuer.site.path(&format!("{}/new-passkey", self.place)),
            next: self.next.to_owned(),
            account: account.username.clone(),
            prompt: PasskeyPrompt { options: options.to_string(), ticket },
            otherwise: issuer
                .factors
                .has_totp()
                .then(|| path_with_next(issuer, &format!("{}/totp", self.place), self.next)),
            error,
        };
        Ok(respond(&page, status(error)))
    }

    fn ticket(&self, ceremony: Ceremony) -> Result<String, Failure> {
        let ticket = Ticket {
            ceremony,
            account_id: Some(self.account.id.clone()),
            browser: self.browser.digest(),
            made_at: self.issuer.now(),
        };
        let sealed = ticket.seal(&self.issuer.site.root);
        sealed.map_err(|error| Failure::Internal(Box::new(error)))
    }

    fn open(&self, form: &Form) -> Option<Ceremony> {
        let (root, digest) = (&self.issuer.site.root, self.browser.digest());
        let id = Some(self.account.id.as_str());
        Ticket::open(root, &form.ticket, &digest, id, self.issuer.now())
            .map(|ticket| ticket.ceremony)
    }

    /// Adds the app whose secret the form carries, or gives the page that says why not.
    ///
    /// # Errors
    /// When the store cannot be reached.
    pub async fn add_totp(&self, form: &Form) -> Result<Result<Method, HttpResponse>, Failure> {
        let Some(Ceremony::AddTotp(secret)) = self.open(form) else {
            let fresh = TotpSecret::generate();
            return self.show_totp(&fresh, &form.name, Some(EnrolError::Expired)).map(Err);
        };
        let name = self.name(form, "factors.totp");
        let (id, now) = (&self.account.id, self.issuer.now());
        match self.issuer.factors.add_totp(id, &name, &secret, &form.code, now).await {
            Ok(()) => Ok(Ok(self.added(FactorKind::Totp, Method::Otp).await)),
            Err(EnrolFailure::Store(error)) => Err(error.into()),
            Err(failure) => self.show_totp(&secret, &form.name, Some(failure.into())).map(Err),
        }
    }

    /// Adds the passkey that answers the challenge of the form, or gives the page that says why not.
    ///
    /// # Errors
    /// When the store cannot be reached.
    pub async fn add_passkey(&self, form: &Form) -> Result<Result<Method, HttpResponse>, Failure> {
        let Some(Ceremony::AddPasskey(state)) = self.open(form) else {
            return self.passkey_page(Some(EnrolError::Expired)).await.map(Err);
        };
        let name = self.name(form, "factors.passkey");
        let (id, now) = (&self.account.id, self.issuer.now());
        let added = self.issuer.factors.add_passkey(id, &name, &state, &form.credential, now).await;
        match added {
            Ok(method) => Ok(Ok(self.added(FactorKind::Passkey, method).await)),
            Err(EnrolFailure::Store(error)) => Err(error.into()),
            Err(EnrolFailure::TooMany) => {
                self.passkey_page(Some(EnrolError::TooMany)).await.map(Err)
            }
            Err(_) => self.passkey_page(Some(EnrolError::Passkey)).await.map(Err),
        }
    }

    fn name(&self, form: &Form, otherwise: &'static str) -> String {
        let typed = form.name.trim();
        if !typed.is_empty() {
            return typed.into();
        }
        self.issuer.site.frame(self.request).t(otherwise).to_owned()
    }

    async fn added(&self, kind: FactorKind, method: Method) -> Method {
        let detail = json!({ "factor": kind.as_str() });
        self.issuer.audit_of(self.request, "factor_added", Some(&self.account.id), detail).await;
        method
    }
}

impl From<EnrolFailure> for EnrolError {
    fn from(failure: EnrolFailure) -> Self {
        match failure {
            EnrolFailure::TooMany => Self::TooMany,
            EnrolFailure::Refused | EnrolFailure::Store(_) => Self::Code,
        }
    }
}

fn status(error: Option<EnrolError>) -> StatusCode {
    error.map_or(StatusCode::OK, |_| StatusCode::UNPROCESSABLE_ENTITY)
}
