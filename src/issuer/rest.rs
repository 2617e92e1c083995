//! What a server that is the issuer's alone answers where nobody else does: a host application has pages of
//! its own there, the binary has none.

use actix_web::{HttpResponse, middleware, web};

use super::Issuer;
use crate::handoff::see_other;
use crate::web::site::Site;
use crate::web::{envelope, home};

impl Issuer {
    /// Answers whatever nothing before it does: the issuer's own address leads to the person's page, and
    /// at every other there is a page that says that there is nothing. For servers that have no other
    /// pages; configure it last.
    pub fn rest(&self) -> impl FnOnce(&mut web::ServiceConfig) + Clone + use<> {
        let site = self.core.site.clone();
        move |config| {
            let scope = web::scope("")
                .app_data(web::Data::new(site.clone()))
                .wrap(middleware::from_fn(envelope::wrap))
                .service(web::resource(addresses(&site.base)).get(to_account))
                .default_service(web::to(home::not_found));
            config.service(scope);
        }
    }
}

/// The issuer's own address, as it is written and as browsers do.
fn addresses(base: &str) -> Vec<String> {
    let written = Some(base.to_owned()).filter(|base| !base.is_empty());
    written.into_iter().chain([format!("{base}/")]).collect()
}

async fn to_account(site: web::Data<Site>) -> HttpResponse {
    see_other(&site.path("/account"))
}
