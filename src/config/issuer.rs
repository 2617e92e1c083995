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

#[cfg(test)]
mod tests {
    use super::*;

    fn load(variables: &[(&str, &str)]) -> Result<Config, String> {
        let own = |(name, text): &(&str, &str)| (format!("DOORSTEP_{name}"), (*text).to_owned());
        let config = Config::from_parts(None, variables.iter().map(own));
        config.map_err(|error| error.to_string())
    }

    const TLS: [(&str, &str); 2] = [("TLS_CERTIFICATE", "c.pem"), ("TLS_PRIVATE_KEY", "k.pem")];

    #[test]
    fn the_issuer_is_where_it_is_listened_unless_it_is_named() {
        let named = ("ISSUER", "http://localhost:8080");
        for (variables, issuer) in [
            (vec![("LISTEN", "0.0.0.0:18111")], "http://localhost:18111"),
            (vec![("LISTEN", "[::1]:80")], "http://localhost"),
            (vec![("LISTEN", "[::1]:80"), named], "http://localhost:8080"),
            ([&TLS[..], &[("LISTEN", "0.0.0.0:18111")]].concat(), "https://localhost:18111"),
            ([&TLS[..], &[("LISTEN", "0.0.0.0:443")]].concat(), "https://localhost"),
        ] {
            assert_eq!(load(&variables).unwrap().issuer_url().as_str(), issuer, "{variables:?}");
        }
    }

    #[test]
    fn a_certificate_and_a_plain_issuer_do_not_go_together() {
        let variables = [&TLS[..], &[("ISSUER", "http://localhost:8080")]].concat();
        assert_eq!(
            load(&variables).unwrap_err(),
            "DOORSTEP_ISSUER: issuer should start with https:// when the section [tls] has a certificate"
        );
    }
}
