//! One app at work: its settings, its place on the web, its issuer.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use actix_web::HttpRequest;
use serde_json::Value;

use super::settings::AppSettings;
use crate::accounts::throttle::{RateLimit, SignInThrottle};
use crate::clock::Timestamp;
use crate::issuer::audit;
use crate::relying_party::{Bounds, Error, OpenId};
use crate::store::Db;
use crate::store::audit::AuditEvent;
use crate::web::away::Door;
use crate::web::failure::Failure;
use crate::web::site::Site;

/// What the handlers of an app work with.
#[derive(Debug)]
pub(crate) struct App {
    pub settings: AppSettings,
    pub site: Site,
    pub db: Db,
    pub issuer: Arc<OpenId>,
    pub bounds: Bounds,
    pub limits: Arc<Limits>,
    pub throttle: SignInThrottle,
    /// The cluster's certificate authority, if there is one.
    pub cluster_ca: Option<Vec<u8>>,
}

/// Limits that all apps share.
#[derive(Debug)]
pub(crate) struct Limits {
    pub requests: RateLimit,
    pub polls: RateLimit,
    pub body_bytes: usize,
}

impl App {
    pub fn now(&self) -> Timestamp {
        self.site.clock.now()
    }

    /// Names the app in the store and in seals.
    pub fn id(&self) -> &str {
        &self.settings.id
    }

    /// Where people come back to from the issuer.
    pub fn door(&self) -> Door<'_> {
        Door { site: &self.site, kind: "gateway", id: self.id(), path: "" }
    }

    /// Asks the issuer, within bounds.
    pub async fn ask<T>(&self, asking: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        self.bounds.within(asking).await
    }

    pub fn address(&self, request: &HttpRequest) -> IpAddr {
        self.site.address(request).unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED))
    }

    /// Counts a request that makes us ask others, or write.
    pub fn admit(&self, request: &HttpRequest) -> Result<(), Failure> {
        count(&self.limits.requests, self.address(request), self.now())
    }

    /// Counts a question of a desktop app.
    pub fn admit_poll(&self, request: &HttpRequest) -> Result<(), Failure> {
        count(&self.limits.polls, self.address(request), self.now())
    }

    /// Adds to the audit trail what the sender of a request did; `subject` is the issuer's name for them.
    pub async fn audit(&self, request: &HttpRequest, event: &str, subject: &str, detail: Value) {
        let mut detail = detail;
        detail["app"] = self.id().into();
        detail["subject"] = subject.into();
        let event = AuditEvent::new(self.now(), event)
            .client(&self.settings.client_id)
            .from(self.address(request).to_string())
            .detail(&detail);
        audit::write(&self.db, event).await;
    }
}

fn count(limit: &RateLimit, address: IpAddr, now: Timestamp) -> Result<(), Failure> {
    limit.admit(address, now).map_err(|wait| Failure::too_many(wait.0.unsigned_abs()))
}
