//! Every page a person sees: typed structs, their templates, and what surrounds them.
//!
//! A page is data with a [`Page`] implementation; handlers fill it in and send what `render` and `csp`
//! return. Its words come from [`Messages`], its looks from [`Brand`] and the [`Assets`] made of it, so
//! that both can change without a template changing. Style and script stand in the page itself and are
//! allowed by their hashes: a page never waits for a second request, and works where it was saved.

mod add_factor;
pub mod assets;
pub mod brand;
mod consent;
mod desktop;
mod device;
mod error;
mod factors;
mod faults;
mod gallery;
mod handoff;
mod home;
pub mod languages;
pub mod links;
mod logout;
mod looks;
pub mod messages;
mod passkey;
mod password;
mod policy;
mod provider;
mod qr;
mod result;
mod second_factor;
mod sign_in;
mod sign_ins;
mod stranger;
mod submit;
mod surround;
#[cfg(test)]
mod tests;
mod theme;
mod user_agent;

use std::fmt;
use std::sync::Arc;

pub use add_factor::{AddPasskeyPage, AddTotpPage, EnrolError, EnrolPage, RecoveryCodesPage};
pub use assets::{Assets, FAVICON};
pub use brand::{Brand, Brands};
pub use consent::ConsentPage;
pub use desktop::{DesktopAsked, DesktopPage, DesktopStep};
pub use device::{DeviceAnswer, DeviceConfirmation, DevicePage, DeviceProblem, DeviceStep};
pub use error::{ErrorPage, explanation};
pub use factors::{FactorPage, FactorsPage};
pub use faults::faults_of;
pub use gallery::{Sample, gallery};
pub use handoff::{Delivery, HandoffPage, HandoffState, Start};
pub use home::HomePage;
pub use languages::Languages;
pub use logout::{LogoutPage, SignedOutPage};
pub use looks::Looks;
pub use messages::{Messages, Words};
pub use passkey::PasskeyPrompt;
pub use password::{PasswordError, PasswordPage};
pub use provider::{ProviderPage, ProviderProblem};
pub use result::{Outcome, ResultPage};
pub use second_factor::{SecondFactorError, SecondFactorPage};
pub use sign_in::{SignInError, SignInPage, Way};
pub use sign_ins::{BrowserSignIn, ProgramSignIn, SignInsPage};
pub use submit::SubmitPage;
pub use theme::Theme;

/// What every page has in common. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Whose pages these are.
    pub brand: Arc<Brand>,
    /// The words, in the language of the page.
    pub messages: Arc<Messages>,
    /// The path of the issuer's URL without a slash at the end: empty, or as in `/oidc`.
    pub base: Arc<str>,
    /// Style and script, with their hashes.
    pub assets: Arc<Assets>,
}

impl Frame {
    /// The text of a message that has no placeholders.
    pub fn t(&self, key: &'static str) -> &str {
        self.messages.text(key)
    }

    /// The brand's name for the page's title.
    fn title(&self) -> String {
        Words::verbatim(&self.brand.name).plain()
    }

    /// A message whose placeholders are to be filled in.
    pub fn words(&self, key: &'static str) -> Words<'_> {
        self.messages.words(key)
    }
}

/// A page: HTML and the policies under which a browser may show it.
pub trait Page: fmt::Display {
    /// The value of `Content-Security-Policy` that goes with this page.
    fn csp(&self) -> String;

    /// The value of `Cross-Origin-Opener-Policy` that goes with this page. Apps sign people in in small
    /// windows of their own, and the hand-off page opens one that it must close again: any other policy
    /// on the way, even on a redirect, parts the window from whoever opened it. (WebKit does so under
    /// `same-origin-allow-popups` too.)
    fn opener_policy(&self) -> &'static str {
        "unsafe-none"
    }

    /// The page in every state it has, each with a name: for tests and for looking at a brand.
    fn samples(frame: &Frame) -> Vec<(&'static str, Self)>
    where
        Self: Sized;

    /// The page as HTML.
    fn render(&self) -> String {
        self.to_string()
    }
}
