//! To the issuer: `authorize` sends the browser there, to come back to a path of the app.

use actix_web::{HttpRequest, HttpResponse, web};

use super::App;
use super::settings::is_own_path;
use super::trouble::{self, Trouble};
use crate::protocol::params::Params;
use crate::relying_party::{Ask, LoginState, Provider};
use crate::web::browser::Browser;
use crate::web::failure::Failure;

/// Parameters that an app may pass on to the issuer.
const PASSED_ON: [&str; 5] = ["prompt", "login_hint", "acr_values", "max_age", "ui_locales"];
/// Longer values of them are nobody's.
const LONGEST: usize = 256;

/// `GET authorize?next=/path`.
///
/// # Errors
/// A page.
pub async fn begin(app: web::Data<App>, request: HttpRequest) -> Result<HttpResponse, Failure> {
    app.admit(&request)?;
    let query = Params::parse_leniently(request.query_string()).0;
    let next = query.get("next").filter(|next| is_own_path(next)).unwrap_or(&app.settings.home);
    let passed = PASSED_ON.into_iter().filter_map(|name| {
        let value = query.get(name).filter(|value| value.len() <= LONGEST)?;
        Some((name, value.to_owned()))
    });
    go(&app, &request, next, None, passed.collect()).await
}

/// Sends the browser to the issuer. What comes of it is for `next`, or for the desktop app that waits.
///
/// # Errors
/// A page, when the issuer cannot be asked.
pub async fn go(
    app: &App,
    request: &HttpRequest,
    next: &str,
    waiting: Option<String>,
    further: Vec<(&'static str, String)>,
) -> Result<HttpResponse, Failure> {
    let browser = Browser::of(&app.site, request);
    let ask = Ask { redirect_uri: app.site.url("/callback"), further: prompted(app, further) };
    let begun = app.ask(app.issuer.login_url(&ask)).await;
    let (attempt, url) =
        begun.map_err(|error| Trouble::of(app, &error).page(app, Some(&trouble::again(next))))?;
    let state = LoginState {
        attempt,
        next: next.to_owned(),
        browser: browser.digest(),
        begun_at: app.now(),
        since: None,
        waiting,
    };
    app.door().leave(request, &browser, &state, &url)
}

/// The parameters with the `prompt` that the settings fix added to the one that the app asks for. Under
/// `none` nobody would be there to go on.
fn prompted(app: &App, further: Vec<(&'static str, String)>) -> Vec<(&'static str, String)> {
    let (asked, mut further): (Vec<_>, Vec<_>) =
        further.into_iter().partition(|(name, _)| *name == "prompt");
    let asked = asked.first().map_or("", |(_, value)| value.as_str());
    let mut words: Vec<&str> = app.settings.prompt.split_whitespace().collect();
    words.extend(asked.split(' ').filter(|word| !matches!(*word, "" | "none")));
    words.dedup();
    if !words.is_empty() {
        further.push(("prompt", words.join(" ")));
    }
    further
}
