//! In the query of the `redirect_uri`, whose own query is kept (RFC 6749 §3.1.2).

use url::Url;

use super::{Delivery, Param};

pub(super) fn deliver(redirect_uri: &str, params: &[Param<'_>]) -> Delivery {
    Delivery::Redirect(match Url::parse(redirect_uri) {
        Ok(mut url) => {
            url.query_pairs_mut().extend_pairs(params);
            url.into()
        }
        // Registered URIs are URLs; one that is not has no query to extend.
        Err(_) => redirect_uri.to_owned(),
    })
}
