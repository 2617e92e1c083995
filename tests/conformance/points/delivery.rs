//! Points 4 and 8: how answers travel (OAuth 2.0 Multiple Response Type Encoding §2.1, OAuth 2.0 Form
//! Post Response Mode, RFC 9207), success and error alike.

use doorstep::protocol::client::ResponseMode;

use crate::kit::answer::{Answer, Way};
use crate::kit::checks::{self, header};
use crate::kit::provider::Provider;
use crate::kit::request::{Request, WEB_URI, fresh};
use crate::place::Place;
use crate::support::person::Person;

everywhere!(
    p04_errors_travel_by_form_post_when_response_type_is_missing,
    p04_every_error_goes_back_by_the_requested_mode,
    p04_the_answer_has_exactly_its_parameters_each_once,
    p04_the_form_has_no_charset_and_nothing_is_in_the_url,
    p04_every_answer_names_its_issuer,
    p04_state_of_128_characters_is_intact,
    p04_state_of_1024_characters_is_intact,
    p04_state_survives_signing_in_and_consenting,
    p04_nothing_in_error_description_is_outside_the_allowed_characters,
    p08_query_fragment_form_post_and_the_jarm_four_are_what_discovery_lists,
    p08_a_signed_answer_is_one_parameter_for_errors_too,
    p08_allowed_modes_are_a_setting_of_the_client,
    p08_an_unknown_mode_is_refused_by_the_usual_one,
);

const MODES: [&str; 3] = ["query", "fragment", "form_post"];
/// The four of JARM.
const SIGNED: [&str; 4] = ["jwt", "query.jwt", "fragment.jwt", "form_post.jwt"];

/// A provider and a browser that alice has signed in with.
async fn signed_in(at: Place) -> (Provider, Person) {
    let provider = at.start().await;
    let browser = provider.browser();
    provider.login(&Request::of(&provider, "web"), &browser).await;
    (provider, browser)
}

/// Changes of a request that each make it wrong, and how.
const WRONGS: [(&str, &str, &str); 14] = [
    ("response_type", "", "invalid_request"),
    ("response_type", "token", "unsupported_response_type"),
    ("response_type", "id_token", "unsupported_response_type"),
    ("response_type", "code id_token", "unsupported_response_type"),
    ("response_type", "none", "unsupported_response_type"),
    ("scope", "", "invalid_request"),
    ("scope", "email", "invalid_scope"),
    ("scope", "openid launch/patient", "invalid_scope"),
    ("prompt", "none login", "invalid_request"),
    ("prompt", "maybe", "invalid_request"),
    ("max_age", "-1", "invalid_request"),
    ("max_age", "soon", "invalid_request"),
    ("registration", "{}", "registration_not_supported"),
    ("id_token_hint", "x", "invalid_request"),
];

async fn p04_errors_travel_by_form_post_when_response_type_is_missing(at: Place) {
    let provider = at.start().await;
    let signed_in = provider.browser();
    provider.login(&Request::of(&provider, "web"), &signed_in).await;
    for browser in [provider.browser(), signed_in] {
        let request = Request::of(&provider, "web")
            .without("response_type")
            .with("response_mode", "form_post");
        let page = request.open(&provider, &browser).await;
        assert_eq!((page.status, &page.location), (200, &None), "{page:?}");
        let answer = Answer::on(&page).expect("an answer");
        checks::error(&provider, &request, &answer);
        assert_eq!((answer.way, answer.error()), (Way::FormPost, "invalid_request"));
    }
}

async fn p04_every_error_goes_back_by_the_requested_mode(at: Place) {
    let (provider, browser) = signed_in(at).await;
    for mode in MODES {
        for (name, value, error) in WRONGS {
            let request =
                Request::of(&provider, "web").but(&[("response_mode", mode), (name, value)]);
            let answer = request.answer_unasked(&provider, &browser).await;
            checks::error(&provider, &request, &answer);
            assert_eq!(answer.error(), error, "{name}={value} by {mode}");
        }
    }
}

async fn p04_the_answer_has_exactly_its_parameters_each_once(at: Place) {
    let (provider, browser) = signed_in(at).await;
    for mode in MODES {
        let request = Request::of(&provider, "web").with("response_mode", mode);
        let names = async |request: Request| {
            let answer = request.answer_unasked(&provider, &browser).await;
            answer.names().join(" ")
        };
        assert_eq!(names(request.clone()).await, "code iss state");
        assert_eq!(names(request.clone().without("state")).await, "code iss");
        let wrong = request.without("response_type");
        assert_eq!(names(wrong.clone()).await, "error error_description iss state");
        assert_eq!(names(wrong.without("state")).await, "error error_description iss");
    }
}

async fn p04_the_form_has_no_charset_and_nothing_is_in_the_url(at: Place) {
    let (provider, browser) = signed_in(at).await;
    for change in [("extra", "1"), ("response_type", ""), ("scope", "openid nonsense")] {
        let request = Request::of(&provider, "web").but(&[("response_mode", "form_post"), change]);
        let page = request.open(&provider, &browser).await;
        assert_eq!((page.status, &page.location), (200, &None), "{change:?}");
        // Without either attribute, and on a page in UTF-8, browsers send the plain content type.
        assert_eq!(header(&page, "content-type"), "text/html; charset=utf-8");
        let tag = page.body.split("<form").nth(1).and_then(|rest| rest.split('>').next());
        let tag = tag.expect("a form").to_lowercase();
        assert!(!tag.contains("enctype") && !tag.contains("accept-charset"), "{tag}");
        let form = page.form();
        assert_eq!((form.action.as_str(), form.method.as_str()), (WEB_URI, "post"));
        assert!(form.buttons.is_empty(), "a button with a name would be one parameter more");
        assert!(page.body.contains("<button"), "without JavaScript a person sends it");
    }
}

async fn p04_every_answer_names_its_issuer(at: Place) {
    let (provider, browser) = signed_in(at).await;
    assert_eq!(provider.metadata["authorization_response_iss_parameter_supported"], true);
    for mode in MODES {
        for change in [("extra", "1"), ("response_type", ""), ("prompt", "none login")] {
            let request = Request::of(&provider, "web").but(&[("response_mode", mode), change]);
            let answer = request.answer_unasked(&provider, &browser).await;
            assert_eq!(answer.get("iss"), Some(provider.issuer.as_str()), "{change:?} by {mode}");
        }
    }
}

/// States of this length that clients send, and that attackers would.
fn states(length: usize) -> Vec<String> {
    let printable: String = (' '..='~').collect();
    [
        "abcXYZ019-._~",
        &printable,
        "\"'<>&+%20 ;=#?/\\",
        "%2B%20+ %",
        "&amp;&#34;&quot;",
        "\"><script>",
    ]
    .map(|text| text.chars().cycle().take(length).collect())
    .to_vec()
}

async fn assert_intact(at: Place, states: Vec<String>) {
    let (provider, browser) = signed_in(at).await;
    for mode in MODES {
        for state in &states {
            for change in [("extra", "1"), ("response_type", "")] {
                let request = Request::of(&provider, "web").but(&[
                    ("response_mode", mode),
                    ("state", state),
                    change,
                ]);
                let answer = request.answer_unasked(&provider, &browser).await;
                assert_eq!(answer.get("state"), Some(state.as_str()), "{mode} {change:?}");
            }
        }
    }
}

async fn p04_state_of_128_characters_is_intact(at: Place) {
    assert_intact(at, states(128)).await;
}

async fn p04_state_of_1024_characters_is_intact(at: Place) {
    let mut states = states(1024);
    states.extend(
        ["x", " at both ends ", "\u{2028}\u{202e}evil\u{2069}", "ünïcode ☃ 🂡"].map(str::to_owned),
    );
    assert_intact(at, states).await;
}

async fn p04_state_survives_signing_in_and_consenting(at: Place) {
    let provider = at.start().await;
    for state in states(1024) {
        for client in ["stranger", "cli"] {
            let request = Request::of(&provider, client).but(&[
                ("state", &state),
                ("response_mode", "form_post"),
                ("prompt", "consent"),
            ]);
            let answer = request.answer(&provider, &provider.browser()).await;
            checks::success(&provider, &request, &answer);
        }
    }
}

async fn p04_nothing_in_error_description_is_outside_the_allowed_characters(at: Place) {
    let (provider, browser) = signed_in(at).await;
    let nasty = "\"\\\r\n\t\u{7f}ü☃<b>";
    for name in [
        "response_type",
        "response_mode",
        "scope",
        "prompt",
        "max_age",
        "code_challenge",
        "code_challenge_method",
        "id_token_hint",
        "request",
        "request_uri",
        "registration",
        nasty,
    ] {
        for value in [nasty, &format!("openid {nasty}"), &nasty.repeat(50)] {
            let request = Request::of(&provider, "web").with(name, value);
            let page = request.open(&provider, &browser).await;
            let answer = Answer::on(&page).expect("an answer");
            if answer.get("error").is_some() {
                checks::error(&provider, &request.without("response_mode"), &answer);
            }
        }
        let twice = format!("{}&{name}=1&{name}=2", Request::of(&provider, "web").url(&provider));
        let answer = Answer::on(&browser.visit(&twice).await).expect("an answer");
        assert!(answer.get("error").is_some(), "{name}");
        checks::description(answer.get("error_description").expect("a description"));
    }
    for (name, value, error) in WRONGS {
        let request = Request::of(&provider, "web").but(&[(name, value)]);
        let answer = request.answer_unasked(&provider, &browser).await;
        checks::error(&provider, &request, &answer);
        assert_eq!(answer.error(), error);
    }
}

async fn p08_query_fragment_form_post_and_the_jarm_four_are_what_discovery_lists(at: Place) {
    let (provider, browser) = signed_in(at).await;
    let modes: Vec<_> = MODES.into_iter().chain(SIGNED).collect();
    assert_eq!(provider.metadata["response_modes_supported"], serde_json::json!(modes));
    for mode in modes {
        let request = Request::of(&provider, "web").with("response_mode", mode);
        let answer = request.answer_unasked(&provider, &browser).await;
        checks::success(&provider, &request, &answer);
        provider.tokens(&provider.redeem(&request, &answer).await);
    }
    let request = Request::of(&provider, "web");
    let answer = request.answer_unasked(&provider, &browser).await;
    assert_eq!(answer.way, Way::Query, "the default of response_type=code");
}

async fn p08_a_signed_answer_is_one_parameter_for_errors_too(at: Place) {
    let (provider, browser) = signed_in(at).await;
    for mode in SIGNED {
        for state in states(1024) {
            for change in [("extra", "1"), ("response_type", ""), ("scope", "openid nonsense")] {
                let request = Request::of(&provider, "web").but(&[
                    ("response_mode", mode),
                    ("state", &state),
                    change,
                ]);
                let page = request.open(&provider, &browser).await;
                let answer = Answer::on(&page).expect("an answer");
                assert_eq!(answer.names(), ["response"], "{mode}");
                let opened = answer.opened(&provider, "web").await;
                match change.0 {
                    "extra" => checks::success(&provider, &request, &opened),
                    _ => checks::error(&provider, &request, &opened),
                }
            }
        }
    }
}

async fn p08_allowed_modes_are_a_setting_of_the_client(at: Place) {
    let only = |setup: &mut crate::support::server::Setup| {
        setup.clients[0].response_modes = vec![ResponseMode::FormPost];
    };
    let provider = at.start_with(only).await;
    let browser = provider.browser();
    for mode in ["query", "fragment"] {
        let request = Request::of(&provider, "web").with("response_mode", mode);
        let answer = request.answer_unasked(&provider, &browser).await;
        assert_eq!((answer.way, answer.error()), (Way::FormPost, "invalid_request"));
    }
    let request = Request::of(&provider, "web").with("state", fresh("only"));
    let answer = request.answer(&provider, &browser).await;
    assert_eq!(answer.way, Way::FormPost, "without response_mode it is the only one there is");
}

async fn p08_an_unknown_mode_is_refused_by_the_usual_one(at: Place) {
    let provider = at.start().await;
    let request = Request::of(&provider, "web").with("response_mode", "carrier_pigeon");
    let answer = request.answer_unasked(&provider, &provider.browser()).await;
    assert_eq!((answer.way, answer.error()), (Way::Query, "invalid_request"));
}
