//! The way to a provider, and which ways there are.

use actix_web::{HttpRequest, HttpResponse};

use super::{admit, door, failed, path};
use crate::issuer::Core;
use crate::pages::Way;
use crate::protocol::params::Params;
use crate::relying_party::{Ask, LoginState};
use crate::upstream::settings::PassOn;
use crate::upstream::{Choice, Hints, ProviderSettings, Upstream};
use crate::web::authorize::{self, Addressed};
use crate::web::browser::Browser;
use crate::web::failure::Failure;
use crate::web::login;

/// The longest request that travels in the cookie as it is; a longer one is kept here for a while.
const LONGEST_QUERY: usize = 1200;

/// The ways in besides a password, as the sign-in page shows them.
pub fn ways(issuer: &Core, next: &str) -> Vec<Way> {
    let way = |upstream: &Upstream| Way {
        name: upstream.settings.name().to_owned(),
        link: link(issuer, upstream, next),
    };
    issuer.upstreams.iter().map(way).collect()
}

/// The way that a sign-in takes without asking, if there is one.
pub async fn way(issuer: &Core, request: &HttpRequest, next: &str, ask: bool) -> Option<String> {
    let browser = Browser::of(&issuer.site, request);
    let asked = match login::query_of(issuer, next) {
        Some(query) => authorize::address(issuer, request, &browser, query).await.ok(),
        None => None,
    };
    let hints = Hints {
        login_hint: asked.as_ref().and_then(|asked| asked.params.get("login_hint")),
        client_default: asked.as_ref().and_then(|asked| asked.client.provider.as_deref()),
        ask,
    };
    match issuer.upstreams.choose(&hints, issuer.passwords) {
        Choice::Page => None,
        Choice::Provider(upstream) => Some(link(issuer, upstream, next)),
    }
}

/// Where a sign-in with this provider begins.
fn link(issuer: &Core, upstream: &Upstream, next: &str) -> String {
    let query = Params::from_iter([("next".to_owned(), next.to_owned())]).encode();
    issuer.site.path(&path(upstream, &format!("?{query}")))
}

/// Sends the browser to the provider. It comes back to `next`, a path of our own.
///
/// # Errors
/// A page, when the provider cannot be asked.
pub async fn go(
    issuer: &Core,
    request: &HttpRequest,
    upstream: &Upstream,
    next: &str,
) -> Result<HttpResponse, Failure> {
    admit(issuer, request)?;
    let browser = Browser::of(&issuer.site, request);
    let asked = match login::query_of(issuer, next) {
        Some(query) => authorize::address(issuer, request, &browser, query).await.ok(),
        None => None,
    };
    let next = match &asked {
        Some(asked) => {
            let url = asked.url_within(issuer, request, LONGEST_QUERY).await?;
            asked.path(issuer, &url, &asked.progress)
        }
        None => next.to_owned(),
    };
    let ask = Ask {
        redirect_uri: issuer.site.url(&path(upstream, "/callback")),
        further: further(&upstream.settings, asked.as_ref()),
    };
    let begun = upstream.begin(&ask).await;
    let (attempt, url) = begun.map_err(|error| failed(issuer, upstream, Some(&next), &error))?;
    let state = LoginState {
        attempt,
        next,
        browser: browser.digest(),
        begun_at: issuer.now(),
        since: asked.and_then(|asked| asked.progress.new_sign_in()),
        waiting: None,
    };
    let path = path(upstream, "");
    door(issuer, upstream, &path).leave(request, &browser, &state, &url)
}

/// What is said to the provider besides the protocol's own: what the admin fixed, and of the program's
/// request what may be passed on.
fn further(settings: &ProviderSettings, asked: Option<&Addressed>) -> Vec<(&'static str, String)> {
    let passed = |what: PassOn, name: &str| {
        let params = &asked.filter(|_| settings.pass_on.contains(&what))?.params;
        params.get(name).map(str::to_owned)
    };
    let fixed = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let anew = asked.is_some_and(|asked| asked.progress.new_sign_in().is_some());
    let prompt = prompt(&settings.prompt, passed(PassOn::Prompt, "prompt").as_deref(), anew);
    let acr_values =
        fixed(&settings.acr_values).or_else(|| passed(PassOn::AcrValues, "acr_values"));
    [
        ("prompt", fixed(&prompt)),
        // With it the provider has to say when the person signed in (OpenID Connect Core §3.1.2.1).
        ("max_age", anew.then(|| "0".to_owned())),
        ("acr_values", acr_values),
        ("login_hint", passed(PassOn::LoginHint, "login_hint")),
        ("ui_locales", passed(PassOn::UiLocales, "ui_locales")),
    ]
    .into_iter()
    .filter_map(|(name, value)| value.map(|value| (name, value)))
    .collect()
}

/// The `prompt` for the provider. Whether the person agrees to a program is asked here, not there.
fn prompt(fixed: &str, asked: Option<&str>, anew: bool) -> String {
    let mut values: Vec<&str> = fixed.split_whitespace().collect();
    let select = asked.is_some_and(|asked| asked.split(' ').any(|value| value == "select_account"));
    values.extend(anew.then_some("login"));
    values.extend(select.then_some("select_account"));
    values.dedup();
    values.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_prompted_is_fixed_asked_or_needed() {
        for (fixed, asked, anew, expected) in [
            ("", None, false, ""),
            ("consent", None, false, "consent"),
            ("", Some("consent"), false, ""),
            ("", Some("login select_account"), true, "login select_account"),
            ("login", None, true, "login"),
            ("select_account", Some("select_account"), false, "select_account"),
        ] {
            assert_eq!(prompt(fixed, asked, anew), expected, "{fixed:?} {asked:?}");
        }
    }
}
