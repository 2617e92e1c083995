//! Pages full of what strangers might write: none of it may become markup or turn the text around it.

use std::path::PathBuf;

use super::html::Document;
use super::{Rendered, rendered, samples};
use crate::pages::brand::{Link, Markdown, NamedLink, Picture};
use crate::pages::*;

/// What somebody might call a program: markup, quotes, an entity, a line separator, a turn of direction.
const HOSTILE: &str = "</title><script>alert('1')</script>\"'&amp;\u{2028}{client}\u{202e}<!--";

/// A brand with this text wherever it is plain.
fn brand_saying(text: &str, has_logo: bool) -> Brand {
    let link = NamedLink {
        text: text.into(),
        url: Link::try_from(format!("https://acme.example/{text}")).unwrap(),
    };
    let logo = has_logo.then(|| Picture::try_from(PathBuf::from("static/favicon.svg")).unwrap());
    Brand {
        name: text.into(),
        support_text: Some(text.into()),
        logo_text: has_logo.then(|| text.into()),
        logo,
        links: vec![link],
        ..Brand::default()
    }
}

/// The same pages with [`HOSTILE`] wherever a text comes from outside.
fn hostile_samples(brand: Brand) -> Vec<Rendered> {
    let frame = Looks::new(brand, "/oidc").frame(None, []);
    let text = || HOSTILE.to_owned();
    let prompt = || PasskeyPrompt { options: text(), ticket: text() };
    let fields =
        |fields: &[(String, String)]| fields.iter().map(|_| (text(), text())).collect::<Vec<_>>();
    [
        rendered(
            "sign-in",
            changed(SignInPage::samples(&frame), |page| {
                (page.csrf, page.next) = (text(), text());
                page.client_name = page.client_name.take().map(|_| text());
                page.passkey = page.passkey.take().map(|_| prompt());
                if !page.username.is_empty() {
                    page.username = text();
                }
            }),
        ),
        rendered(
            "handoff",
            changed(HandoffPage::samples(&frame), |page| {
                (page.client_name, page.account, page.address) = (text(), text(), text());
                (page.csrf, page.request, page.action) = (text(), text(), text());
                page.client_uri = Some(format!("https://kubernetes.example/{HOSTILE}"));
                page.fields = fields(&page.fields);
                page.error = page.error.take().map(|_| (text(), text()));
                page.restart = Some(text());
            }),
        ),
        rendered(
            "consent",
            changed(ConsentPage::samples(&frame), |page| {
                (page.csrf, page.next, page.client_name, page.account) =
                    (text(), text(), text(), text());
                page.client_uri = Some(format!("https://notes.example/{HOSTILE}"));
            }),
        ),
        rendered(
            "device",
            changed(DevicePage::samples(&frame), |page| match &mut page.step {
                DeviceStep::Enter { typed, .. } if typed.is_empty() => {}
                DeviceStep::Enter { typed, .. } => *typed = text(),
                DeviceStep::Confirm(asked) => {
                    (asked.csrf, asked.shown, asked.client_name) = (text(), text(), text());
                    (asked.account, asked.address) = (text(), text());
                    asked.switch_account = text();
                    asked.client_uri = Some(format!("https://tv.example/{HOSTILE}"));
                }
                DeviceStep::Decided(_) => {}
            }),
        ),
        rendered(
            "submit",
            changed(SubmitPage::samples(&frame), |page| {
                (page.client_name, page.action) = (text(), text());
                page.fields = fields(&page.fields);
            }),
        ),
        rendered(
            "error",
            changed(ErrorPage::samples(&frame), |page| {
                page.request_id = text();
                if !page.detail.is_empty() {
                    page.detail = text();
                }
            }),
        ),
        rendered(
            "logout",
            changed(LogoutPage::samples(&frame), |page| {
                (page.csrf, page.request, page.account) = (text(), text(), text());
            }),
        ),
        rendered(
            "signed-out",
            changed(SignedOutPage::samples(&frame), |page| {
                page.client = page.client.take().map(|_| (text(), text()));
            }),
        ),
        rendered(
            "home",
            changed(HomePage::samples(&frame), |page| {
                page.account = page.account.take().map(|_| text());
            }),
        ),
        rendered(
            "second-factor",
            changed(SecondFactorPage::samples(&frame), |page| {
                (page.csrf, page.next, page.account) = (text(), text(), text());
                page.passkey = page.passkey.take().map(|_| prompt());
            }),
        ),
        rendered(
            "enrol",
            changed(EnrolPage::samples(&frame), |page| {
                page.account = text();
                page.totp = page.totp.take().map(|_| text());
                page.passkey = page.passkey.take().map(|_| text());
            }),
        ),
        rendered(
            "add-totp",
            changed(AddTotpPage::samples(&frame), |page| {
                (page.csrf, page.action, page.next, page.ticket) = (text(), text(), text(), text());
                page.name = text();
            }),
        ),
        rendered(
            "add-passkey",
            changed(AddPasskeyPage::samples(&frame), |page| {
                (page.csrf, page.action, page.next, page.account) =
                    (text(), text(), text(), text());
                page.prompt = prompt();
                page.otherwise = page.otherwise.take().map(|_| text());
            }),
        ),
        rendered(
            "recovery-codes",
            changed(RecoveryCodesPage::samples(&frame), |page| {
                (page.account, page.onward) = (text(), text());
            }),
        ),
        rendered(
            "factors",
            changed(FactorsPage::samples(&frame), |page| {
                (page.csrf, page.account) = (text(), text());
                page.factors.iter_mut().for_each(|factor| factor.name = text());
            }),
        ),
        rendered(
            "factor",
            changed(FactorPage::samples(&frame), |page| {
                (page.csrf, page.factor.name, page.factor.id) = (text(), text(), text());
            }),
        ),
        rendered(
            "sign-ins",
            changed(SignInsPage::samples(&frame), |page| {
                (page.csrf, page.account) = (text(), text());
                for browser in &mut page.browsers {
                    (browser.id, browser.address) = (text(), text());
                    browser.user_agent = format!("{HOSTILE}{}", browser.user_agent);
                }
                for program in page.terminals.iter_mut().chain(&mut page.apps) {
                    (program.id, program.name, program.address) = (text(), text(), text());
                    program.elsewhere = program.elsewhere.take().map(|_| text());
                }
            }),
        ),
        rendered(
            "password",
            changed(PasswordPage::samples(&frame), |page| {
                (page.csrf, page.action, page.next, page.username) =
                    (text(), text(), text(), text());
            }),
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn changed<P>(
    mut pages: Vec<(&'static str, P)>,
    change: impl Fn(&mut P),
) -> Vec<(&'static str, P)> {
    pages.iter_mut().for_each(|(_, page)| change(page));
    pages
}

#[test]
fn hostile_texts_stay_texts() {
    for has_logo in [false, true] {
        let friendly =
            samples(&Looks::new(brand_saying("Help", has_logo), "/oidc").frame(None, []));
        for Rendered { name, html, .. } in hostile_samples(brand_saying(HOSTILE, has_logo)) {
            let document =
                Document::parse(&html).unwrap_or_else(|wrong| panic!("{name}: {wrong}\n{html}"));
            let tame = &friendly.iter().find(|page| page.name == name).expect(&name).html;
            assert_eq!(document.shape(), Document::parse(tame).unwrap().shape(), "{name}");
            document
                .check_isolation(HOSTILE)
                .unwrap_or_else(|wrong| panic!("{name}: {wrong}\n{html}"));
        }
    }
    assert!(Markdown::try_from(HOSTILE.to_owned()).is_err());
}
