//! Whether the issuer's address and the place that is listened on go together.

use url::Url;

use super::{Config, Misfit};
use crate::protocol::issuer_url::is_loopback;

impl Config {
    /// Names the issuer when nobody has: this machine, by the scheme and at the port that are served.
    pub(super) fn name_issuer(&mut self) {
        let scheme = if self.tls.certificate.is_some() { "https" } else { "http" };
        let port = self.listen.port();
        let is_usual = matches!((scheme, port), ("http", 80) | ("https", 443));
        let port = if is_usual { String::new() } else { format!(":{port}") };
        self.issuer = format!("{scheme}://localhost{port}");
    }

    /// With a certificate of its own, Doorstep speaks nothing but https.
    pub(super) fn check_scheme(&self) -> Result<(), Misfit> {
        if self.tls.certificate.is_some() && !self.issuer.starts_with("https://") {
            let reason = "should start with https:// when the section [tls] has a certificate";
            return Err(Misfit::new("issuer", reason));
        }
        Ok(())
    }

    /// What an admin should hear whose issuer leads to another port of this machine than the one that
    /// Doorstep listens on. A proxy may stand between the two, and a container's ports may be published as
    /// others; in a container every address is listened on.
    pub fn issuer_warning(&self) -> Option<String> {
        let issuer = Url::parse(&self.issuer).ok()?;
        let leads_here = issuer.port_or_known_default() == Some(self.listen.port());
        let is_plain = issuer.scheme() == "http" && is_loopback(&issuer);
        let is_direct = self.listen.ip().is_loopback() && self.proxy.trusted.0.is_empty();
        (is_plain && is_direct && !leads_here).then(|| {
            format!(
                "the issuer is {}, and Doorstep listens on {}: unless a proxy leads from one to the other, nobody \
                 reaches it (issuer, listen)",
                self.issuer, self.listen
            )
        })
    }
}
