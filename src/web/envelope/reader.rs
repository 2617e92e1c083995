//! Whom an answer is for, which decides its form and which other sites may read it.

use actix_web::http::header;
use actix_web::{HttpRequest, web};

use crate::gateway;
use crate::web::site::Site;

/// Whom an answer is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// Somebody who reads a page.
    Person,
    /// The script of one of our pages, which shows the words.
    Script,
    /// A client of the protocol, anywhere on the web.
    Program,
    /// An app that the gateway signs people in for: a page of the same origin, its server, or a program.
    App,
}

impl Reader {
    /// By the address that was asked, and what else is known of who asked.
    pub fn of(site: &Site, request: &HttpRequest) -> Self {
        let path = request.path();
        let path = path.strip_prefix(&*site.base).unwrap_or(path);
        let endpoints = [
            "/token",
            "/userinfo",
            "/revoke",
            "/introspect",
            "/par",
            "/device_authorization",
            "/devicecode",
            "/jwks",
            "/register",
            "/.well-known/",
        ];
        if request.app_data::<web::Data<gateway::App>>().is_some() {
            if gateway::is_page(path) { Self::Person } else { Self::App }
        } else if endpoints.iter().any(|endpoint| path.starts_with(endpoint)) {
            Self::Program
        } else if wants_json(request) {
            Self::Script
        } else {
            Self::Person
        }
    }
}

/// Whether the request is from a script of ours.
pub fn wants_json(request: &HttpRequest) -> bool {
    let accept = request.headers().get(header::ACCEPT);
    accept.is_some_and(|accept| accept.as_bytes().starts_with(b"application/json"))
}
