//! POSTed to the `redirect_uri` by a page of ours (OAuth 2.0 Form Post Response Mode §2).

use super::{Delivery, Param};

pub(super) fn deliver(redirect_uri: &str, params: &[Param<'_>]) -> Delivery {
    let owned = |(name, value): &Param<'_>| ((*name).to_owned(), value.to_string());
    Delivery::Form { action: redirect_uri.to_owned(), fields: params.iter().map(owned).collect() }
}
