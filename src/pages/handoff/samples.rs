//! The hand-off page in every state it has. All names in it are invented.

use super::{Delivery, HandoffPage, HandoffState, Start};
use crate::clock::Timestamp;
use crate::pages::Frame;
use crate::protocol::client::Stranger;
use crate::protocol::code::Code;

type Sample = (&'static str, HandoffPage);

pub(super) fn all(frame: &Frame) -> Vec<Sample> {
    [questions(frame), codes(frame), outcomes(frame)].concat()
}

fn questions(frame: &Frame) -> Vec<Sample> {
    let page = confirm(frame);
    vec![
        ("confirm", page.clone()),
        (
            "confirm-phrase",
            HandoffPage { match_phrase: Some("eagle cinema 79".into()), ..page.clone() },
        ),
        (
            "confirm-document",
            HandoffPage {
                stranger: Some(Stranger::Document("cli.example".into())),
                ..page.clone()
            },
        ),
        ("confirm-paste", HandoffPage { start: Start::Paste, ..page.clone() }),
        ("confirm-no-paste", HandoffPage { paste_allowed: false, ..page.clone() }),
        (
            "confirm-manual",
            HandoffPage { delivery: Delivery::Manual, action: OOB.into(), ..page.clone() },
        ),
        ("confirm-redirect", HandoffPage { delivery: Delivery::Redirect, ..page }),
    ]
}

fn codes(frame: &Frame) -> Vec<Sample> {
    let page = ready(frame);
    vec![
        ("ready", page.clone()),
        (
            "ready-phrase",
            HandoffPage { match_phrase: Some("eagle cinema 79".into()), ..page.clone() },
        ),
        ("ready-auto", HandoffPage { auto_start: true, ..page.clone() }),
        (
            "ready-manual",
            HandoffPage { delivery: Delivery::Manual, action: OOB.into(), ..page.clone() },
        ),
        ("ready-no-paste", HandoffPage { paste_allowed: false, code: None, ..page }),
    ]
}

fn outcomes(frame: &Frame) -> Vec<Sample> {
    let ended = |state| HandoffPage { state, fields: Vec::new(), code: None, ..ready(frame) };
    let denied = vec![field("error", "access_denied"), field("state", "af0ifjsldkj")];
    let refused = HandoffPage { fields: denied, handle: None, ..ended(HandoffState::Refused) };
    let error =
        ("invalid_scope".to_owned(), "The client may not ask for the scope groups.".to_owned());
    vec![
        ("redeemed", ended(HandoffState::Redeemed)),
        ("expired", ended(HandoffState::Expired)),
        ("misused", ended(HandoffState::Misused)),
        ("cancelled", refused.clone()),
        ("failed", HandoffPage { error: Some(error), ..refused }),
    ]
}

const OOB: &str = "urn:ietf:wg:oauth:2.0:oob";

fn confirm(frame: &Frame) -> HandoffPage {
    HandoffPage {
        frame: frame.clone(),
        state: HandoffState::Confirm,
        client_name: "kubectl".into(),
        client_uri: Some("https://kubernetes.example/".into()),
        stranger: None,
        account: "alice".into(),
        address: "203.0.113.7".into(),
        asked_at: Timestamp(1_777_901_820),
        match_phrase: None,
        csrf: "sample".into(),
        request: "client_id=kubectl&response_mode=form_post".into(),
        delivery: Delivery::FormPost,
        action: "http://127.0.0.1:8000/".into(),
        fields: Vec::new(),
        code: None,
        handle: None,
        expires_in: 300,
        paste_allowed: true,
        start: Start::Loopback,
        auto_start: false,
        error: None,
        restart: Some(format!(
            "{}/authorize?client_id=kubectl&response_mode=form_post",
            frame.base
        )),
        switch_account: true,
    }
}

fn ready(frame: &Frame) -> HandoffPage {
    let code = Code::from_bits(&std::array::from_fn(|i| (i * 37 + 11) as u8));
    HandoffPage {
        state: HandoffState::Ready,
        fields: vec![field("code", code.expose()), field("state", "af0ifjsldkj")],
        code: Some(code.grouped()),
        handle: Some("sample".into()),
        ..confirm(frame)
    }
}

fn field(name: &str, value: &str) -> (String, String) {
    (name.into(), value.into())
}
