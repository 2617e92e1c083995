//! How to use what lets programs in that no admin has entered, and how it is refused where it is off.

use serde_json::{Value, json};

use super::clients::Walk;
use crate::kit::checks;
use crate::kit::registration::{client, public, register};
use crate::kit::request::{CLI_URI, Request, WEB_URI};
use crate::kit::tokens::redemption;
use crate::support::elsewhere::Answer;

/// A program registers itself and signs somebody in.
pub async fn registration(walk: &Walk) {
    let said = json!({"redirect_uris": [WEB_URI], "token_endpoint_auth_method": "none"});
    let page = register(&walk.provider, None, &said).await;
    assert_eq!(page.status, 201, "{page:?}");
    sign_in(walk, Request::of_client(&client(&page.json()))).await;
}

/// A program that is described by a document signs somebody in, or is nobody.
pub async fn document(walk: &Walk, on: bool) {
    assert!(on, "what is off is not in discovery");
    sign_in(walk, Request::of_client(&public(&publish(walk), CLI_URI))).await;
}

/// Without documents, their addresses are nobody's ids.
pub async fn no_document(walk: &Walk) {
    let id = publish(walk);
    let request = Request::of_client(&public(&id, CLI_URI));
    let page = request.open(&walk.provider, &walk.browser).await;
    checks::told_to_the_person(&page, "not registered");
    assert!(walk.web_server.asked("/client.json").is_empty());
}

fn publish(walk: &Walk) -> String {
    let id = format!("{}/client.json", walk.web_server.url);
    let document: Value = json!({"client_id": id, "redirect_uris": ["http://127.0.0.1/"]});
    walk.web_server.answer("/client.json", Answer::json(document))
}

async fn sign_in(walk: &Walk, request: Request) {
    let answer = request.answer(&walk.provider, &walk.browser).await;
    let fields =
        [&[("client_id", request.client_id())], &*redemption(&request, answer.code())].concat();
    let page = walk.provider.post_with("token_endpoint", None, &fields).await;
    walk.provider.check_id_token(&request, &walk.provider.tokens(&page)).await;
}
