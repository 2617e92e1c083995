//! The Basic and the Form Post certification plans: when the person is asked, and when not.

use serde_json::Value;

use super::plan::Plan;
use crate::kit::checks;
use crate::kit::request::asks_for_password;

in_both_plans!(
    oidcc_prompt_login,
    oidcc_prompt_none_not_logged_in,
    oidcc_prompt_none_logged_in,
    oidcc_max_age_1,
    oidcc_max_age_10000,
    oidcc_id_token_hint,
);

fn auth_time(claims: &Value) -> i64 {
    claims["auth_time"].as_i64().unwrap_or_else(|| panic!("no auth_time in {claims}"))
}

#[track_caller]
fn assert_same(first: &Value, second: &Value) {
    assert_eq!((auth_time(first), &first["sub"]), (auth_time(second), &second["sub"]));
}

async fn oidcc_prompt_login(plan: Plan) {
    let first = plan.flow(&plan.request()).await.claims();
    plan.provider.clock.advance(1);
    let request = plan.request().with("prompt", "login");
    let page = request.open(&plan.provider, &plan.browser).await;
    assert!(asks_for_password(&page), "{page:?}");
    let second = plan.flow(&request).await.claims();
    assert!(auth_time(&second) > auth_time(&first));
}

async fn oidcc_prompt_none_not_logged_in(plan: Plan) {
    let state: String = "aZ9-._~".chars().cycle().take(128).collect();
    let request = plan.request().but(&[("prompt", "none"), ("state", &state)]);
    let answer = plan.answer_unasked(&request).await;
    checks::error(&plan.provider, &request, &answer);
    assert_eq!(answer.error(), "login_required");
}

async fn oidcc_prompt_none_logged_in(plan: Plan) {
    let first = plan.flow(&plan.request()).await.claims();
    let second = plan.flow_unasked(&plan.request().with("prompt", "none")).await.claims();
    assert_same(&first, &second);
}

async fn oidcc_max_age_1(plan: Plan) {
    let first = plan.flow(&plan.request()).await.claims();
    plan.provider.clock.advance(2);
    let request = plan.request().with("max_age", "1");
    let page = request.open(&plan.provider, &plan.browser).await;
    assert!(asks_for_password(&page), "{page:?}");
    let second = plan.flow(&request).await.claims();
    assert!(auth_time(&second) > auth_time(&first));
    assert!((plan.provider.clock.now().0 - auth_time(&second)).abs() < 300);
}

async fn oidcc_max_age_10000(plan: Plan) {
    let first = plan.flow(&plan.request().with("max_age", "15000")).await.claims();
    plan.provider.clock.advance(1);
    let second = plan.flow_unasked(&plan.request().with("max_age", "10000")).await.claims();
    assert_same(&first, &second);
}

async fn oidcc_id_token_hint(plan: Plan) {
    let first = plan.flow(&plan.request()).await;
    let request = plan.request().but(&[("prompt", "none"), ("id_token_hint", first.id_token())]);
    assert_same(&first.claims(), &plan.flow_unasked(&request).await.claims());
}
