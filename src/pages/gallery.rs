//! Every page in every state it has, from samples: for tests, and for looking at a brand.

use super::*;

/// A page in one state.
#[derive(Clone, Debug)]
pub struct Sample {
    /// The page, as in `sign-in`.
    pub page: &'static str,
    /// Its state, as in `wrong`.
    pub state: &'static str,
    /// The page as HTML.
    pub html: String,
    /// Its `Content-Security-Policy`.
    pub csp: String,
}

/// Renders all of them.
pub fn gallery(frame: &Frame) -> Vec<Sample> {
    [
        samples::<SignInPage>("sign-in", frame),
        samples::<HandoffPage>("handoff", frame),
        samples::<ConsentPage>("consent", frame),
        samples::<DesktopPage>("desktop", frame),
        samples::<DevicePage>("device", frame),
        samples::<SubmitPage>("submit", frame),
        samples::<ResultPage>("result", frame),
        samples::<ErrorPage>("error", frame),
        samples::<ProviderPage>("provider", frame),
        samples::<LogoutPage>("logout", frame),
        samples::<SignedOutPage>("signed-out", frame),
        samples::<HomePage>("home", frame),
        samples::<SecondFactorPage>("second-factor", frame),
        samples::<EnrolPage>("enrol", frame),
        samples::<AddTotpPage>("add-totp", frame),
        samples::<AddPasskeyPage>("add-passkey", frame),
        samples::<RecoveryCodesPage>("recovery-codes", frame),
        samples::<FactorsPage>("factors", frame),
        samples::<FactorPage>("factor", frame),
        samples::<SignInsPage>("sign-ins", frame),
        samples::<PasswordPage>("password", frame),
    ]
    .concat()
}

fn samples<P: Page>(page: &'static str, frame: &Frame) -> Vec<Sample> {
    let sample = |(state, shown): (&'static str, P)| Sample {
        page,
        state,
        html: Page::render(&shown),
        csp: shown.csp(),
    };
    P::samples(frame).into_iter().map(sample).collect()
}
