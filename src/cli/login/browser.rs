//! Opening a browser, on a thread of its own: some openers return only when the browser is closed.

use tokio::sync::oneshot;
use url::Url;

/// Hears whether a browser could be opened; `None` when nobody tried.
pub(super) struct Opening(Option<oneshot::Receiver<bool>>);

impl Opening {
    /// Nothing is opened.
    pub(super) fn nothing() -> Self {
        Self(None)
    }

    /// Opens `link` in the person's browser, the one that `BROWSER` names if it is set.
    pub(super) fn of(link: &Url) -> Self {
        let (report, opened) = oneshot::channel();
        let link = link.to_string();
        std::thread::spawn(move || report.send(webbrowser::open(&link).is_ok()));
        Self(Some(opened))
    }

    /// Returns once it is known that no browser opened, and never otherwise.
    pub(super) async fn failed(&mut self) {
        if let Some(report) = &mut self.0 {
            let opened = report.await;
            self.0 = None;
            if opened == Ok(false) {
                return;
            }
        }
        std::future::pending().await
    }
}
