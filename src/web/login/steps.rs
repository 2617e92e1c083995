//! A sign-in goes through steps, each of which comes back here: `next_step` decides, this obeys.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::Map;

use super::pending::{Federated, Pending};
use super::{own_path, query_of};
use crate::accounts::Account;
use crate::accounts::methods::Methods;
use crate::accounts::next_step::{Standing, Step, next_step};
use crate::handoff::see_other;
use crate::issuer::Core;
use crate::protocol::acr::Acr;
use crate::protocol::params::Params;
use crate::protocol::request::AuthorizationRequest;
use crate::web::audience;
use crate::web::authorize::{self, Addressed};
use crate::web::browser::{Browser, add_cookie};
use crate::web::device;
use crate::web::enrol;
use crate::web::failure::Failure;
use crate::web::login::{password, second_factor};
use crate::web::session::{self, Proof};

/// Somebody who is signing in.
#[derive(Debug)]
pub struct SignIn<'a> {
    pub issuer: &'a Core,
    pub request: &'a HttpRequest,
    pub browser: &'a Browser,
    /// Where to go afterwards: one of our own paths.
    pub next: String,
    /// Whose account it is.
    pub account: Account,
    /// What they have proven so far.
    pub methods: Methods,
    /// What another issuer said, if it was asked.
    pub federated: Option<Federated>,
}

#[derive(Deserialize)]
pub struct Query {
    #[serde(default)]
    next: String,
    /// Set when the person wants to use a recovery code.
    #[serde(default)]
    recovery: bool,
}

/// `GET /login/step`: the page of the next step.
pub async fn show(
    issuer: web::Data<Core>,
    request: HttpRequest,
    query: web::Query<Query>,
) -> Result<HttpResponse, Failure> {
    let browser = Browser::of(&issuer.site, &request);
    let next = own_path(&issuer, &query.next);
    let Some(sign_in) = SignIn::resume(&issuer, &request, &browser, &next).await? else {
        return Ok(begin_again(&issuer, &next));
    };
    match sign_in.step().await? {
        Step::SecondFactor => second_factor::page(&sign_in, query.recovery, None).await,
        Step::Enrol => enrol::choice(&sign_in).await,
        Step::ChangePassword => password::page(&sign_in, None),
        Step::Done => sign_in.finish().await,
    }
}

/// Sends a browser whose sign-in is no longer known to its beginning.
pub fn begin_again(issuer: &Core, next: &str) -> HttpResponse {
    see_other(&path_with_next(issuer, "/login", next))
}

/// The path of one of our pages that leads on to `next`.
pub fn path_with_next(issuer: &Core, path: &str, next: &str) -> String {
    let query = Params::from_iter([("next".to_owned(), next.to_owned())]);
    issuer.site.path(&format!("{path}?{}", query.encode()))
}

impl<'a> SignIn<'a> {
    /// The sign-in that is under way in this browser.
    ///
    /// # Errors
    /// When the accounts cannot be reached.
    pub async fn resume(
        issuer: &'a Core,
        request: &'a HttpRequest,
        browser: &'a Browser,
        next: &str,
    ) -> Result<Option<Self>, Failure> {
        let Some(pending) = Pending::read(issuer, request, browser) else { return Ok(None) };
        let found = issuer.accounts.find(&pending.account_id).await;
        let found = found.map_err(|cause| Failure::Internal(Box::new(cause)))?;
        let Pending { methods, federated, updated_at, .. } = pending;
        let account = found.filter(|account| !account.disabled && account.updated_at == updated_at);
        if let Some(account) = &account {
            audience::note_account(request, account);
        }
        let next = next.to_owned();
        Ok(account.map(|account| Self {
            issuer,
            request,
            browser,
            next,
            account,
            methods,
            federated,
        }))
    }

    /// What happens next.
    ///
    /// # Errors
    /// When the store or the accounts cannot be reached.
    pub async fn step(&self) -> Result<Step, Failure> {
        let must_change = self.issuer.accounts.must_change_password(&self.account.id).await;
        let standing = Standing {
            within_reach: self.issuer.factors.within_reach(&self.account.id).await?,
            needed: self.needed().await,
            must_change_password: must_change
                .map_err(|cause| Failure::Internal(Box::new(cause)))?,
        };
        Ok(next_step(&self.methods, standing))
    }

    /// The class that this sign-in has to be of.
    pub async fn needed(&self) -> Acr {
        if let Some(waiting) = device::find_at(self.issuer, self.request, &self.next).await {
            return self.issuer.needed_acr(&self.account, Some(&waiting.client));
        }
        let asked = self.asked().await;
        let client = asked.as_ref().map(|asked| &*asked.client);
        let demanded = asked
            .as_ref()
            .and_then(|asked| AuthorizationRequest::parse(&asked.params, &asked.client).ok());
        let demanded = demanded.map_or(Acr::SingleFactor, |request| request.acr.least());
        self.issuer.needed_acr(&self.account, client).max(demanded)
    }

    /// The request that this sign-in is for.
    pub async fn asked(&self) -> Option<Addressed> {
        let query = query_of(self.issuer, &self.next)?;
        authorize::address(self.issuer, self.request, self.browser, query).await.ok()
    }

    /// Goes on after a proof: to the next step's page, or to where the person wanted to go.
    ///
    /// # Errors
    /// When the store or the accounts cannot be reached.
    pub async fn go_on(self) -> Result<HttpResponse, Failure> {
        if self.step().await? == Step::Done {
            return self.finish().await;
        }
        let cookie = Pending::cookie(&self)?;
        let mut response = see_other(&path_with_next(self.issuer, "/login/step", &self.next));
        add_cookie(&mut response, &cookie)?;
        self.browser.remember(&self.issuer.site, &mut response)?;
        Ok(response)
    }

    /// Begins the session.
    ///
    /// # Errors
    /// When the store cannot be reached.
    pub async fn finish(self) -> Result<HttpResponse, Failure> {
        // A request for a new sign-in may want it to be later than the second in which it came.
        let since = self.asked().await.and_then(|asked| asked.progress.sign_in_since);
        let Self { issuer, request, account, .. } = self;
        let now = issuer.now();
        let amr = self.methods.amr().join(" ");
        let (sid, auth_time, mut detail) = match self.federated {
            Some(Federated { sid, auth_time, detail }) => (Some(sid), auth_time, detail),
            None => (None, since.map_or(now, |since| since.max(now)), Map::new()),
        };
        detail.insert("amr".into(), amr.as_str().into());
        let cookie =
            session::begin(issuer, request, &account, Proof { auth_time, amr, sid }).await?;
        let mut response = see_other(&self.next);
        add_cookie(&mut response, &cookie)?;
        add_cookie(&mut response, &Pending::forget(issuer))?;
        issuer.audit_of(request, "signed_in", Some(&account.id), detail.into()).await;
        Ok(response)
    }
}
