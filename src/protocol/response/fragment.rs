//! In the fragment of the `redirect_uri`, which browsers keep to themselves.

use url::form_urlencoded;

use super::{Delivery, Param};

pub(super) fn deliver(redirect_uri: &str, params: &[Param<'_>]) -> Delivery {
    let encoded = form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish();
    Delivery::Redirect(format!("{redirect_uri}#{encoded}"))
}
