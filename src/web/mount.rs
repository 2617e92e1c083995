//! How routes are mounted into an app that has others: only our own paths are claimed.

use actix_web::dev::RequestHead;
use actix_web::{Scope, guard, middleware, web};

use super::envelope;
use super::site::Site;

/// What lies under `.well-known`; other files there are the host's.
const WELL_KNOWN: [&str; 2] = ["openid-configuration", "oauth-authorization-server"];

/// A scope at the site's path that takes requests whose first segment is one of `segments`, and leaves
/// all others to the host.
pub fn scope(
    site: &Site,
    segments: Vec<&'static str>,
) -> Scope<
    impl actix_web::dev::ServiceFactory<
        actix_web::dev::ServiceRequest,
        Config = (),
        Response = actix_web::dev::ServiceResponse<impl actix_web::body::MessageBody + use<>>,
        Error = actix_web::Error,
        InitError = (),
    > + use<>,
> {
    let base = site.base.clone();
    web::scope(&site.base)
        .guard(guard::fn_guard(move |context| is_ours(&base, &segments, context.head())))
        .app_data(web::Data::new(site.clone()))
        .wrap(middleware::from_fn(envelope::wrap))
}

fn is_ours(base: &str, segments: &[&str], head: &RequestHead) -> bool {
    let Some(path) = head.uri.path().strip_prefix(base).and_then(|path| path.strip_prefix('/'))
    else {
        return false;
    };
    let mut parts = path.split('/');
    let first = parts.next().unwrap_or_default();
    segments.contains(&first)
        && (first != ".well-known" || parts.next().is_some_and(|name| WELL_KNOWN.contains(&name)))
}
