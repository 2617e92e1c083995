//! The connection itself: the certificate, and the clock at the other end.

use actix_web::http::header::HttpDate;
use openidconnect::http::header;
use openssl::asn1::Asn1Time;
use openssl::x509::X509;
use reqwest::tls::TlsInfo;
use url::Url;

use super::probe::Answer;
use super::report::Report;
use crate::clock::Timestamp;

const TLS: &str = "TLS";
const CLOCK: &str = "clock";
/// Days before its end in which a certificate should have been renewed.
const RENEW_BEFORE: i32 = 14;
/// Seconds that clocks may differ by without anybody noticing, and beyond which tokens are refused.
const CLOSE: u64 = 30;
const APART: u64 = 300;

/// Looks at how the first answer came.
pub fn check(report: &mut Report, issuer: &Url, answer: &Answer, now: Timestamp) {
    match answer.0.extensions().get::<TlsInfo>().and_then(TlsInfo::peer_certificate) {
        Some(certificate) => check_certificate(report, certificate, now),
        None if issuer.scheme() == "https" => report.warn(
            TLS,
            "The certificate could not be looked at.",
            "Look at it with `openssl s_client`.",
        ),
        None => report.ok(TLS, "Plain http on this machine needs no certificate."),
    }
    check_clock(report, answer.header(header::DATE), now);
}

/// Chain and name were checked when the connection was made; what is left is how long it will last.
fn check_certificate(report: &mut Report, der: &[u8], now: Timestamp) {
    let left = X509::from_der(der).ok().and_then(|certificate| {
        let now = Asn1Time::from_unix(now.0).ok()?;
        Some((now.diff(certificate.not_after()).ok()?.days, certificate.not_after().to_string()))
    });
    match left {
        Some((days, until)) if days < RENEW_BEFORE => report.warn(
            TLS,
            format!("The certificate is trusted and ends soon, on {until}."),
            "Renew it now, and see to it that it renews itself.",
        ),
        Some((days, _)) => {
            report.ok(TLS, format!("The certificate is trusted, and good for {days} more days."));
        }
        None => report.warn(TLS, "The certificate cannot be read.", "Look at it yourself."),
    }
}

/// Says why no connection came about, where the certificate is the reason.
pub fn advice(cause: &str) -> &'static str {
    let cause = cause.to_ascii_lowercase();
    if cause.contains("expired") {
        "Renew the certificate."
    } else if cause.contains("unknownissuer") || cause.contains("unknown issuer") {
        "Let the server send the whole chain, or name its authority with --ca-file."
    } else if cause.contains("notvalidforname") || cause.contains("not valid for name") {
        "Get a certificate for this host name, or use the name that the certificate has."
    } else if cause.contains("not speak tls") {
        "Write http:// for a server on this machine that has no certificate, else correct the port or give the \
         server one."
    } else if cause.contains("refused") {
        "Start the issuer, or correct the port."
    } else if cause.contains("lookup") || cause.contains("resolve") || cause.contains("name") {
        "Correct the host name, or its entry in the DNS."
    } else {
        "See whether the address is right, and whether the network lets you through."
    }
}

fn check_clock(report: &mut Report, date: &str, now: Timestamp) {
    let Some(there) = moment(date) else {
        report.warn(
            CLOCK,
            "The answer says no time, so the clocks cannot be compared.",
            "Let the server, or the proxy before it, send the header Date.",
        );
        return;
    };
    let apart = now.since(there).unsigned_abs();
    let text = format!("Its clock and the one here are {apart} s apart.");
    let fix = "Set both by NTP: tokens of the future and of the past are refused.";
    if apart <= CLOSE {
        report.ok(CLOCK, text);
    } else if apart <= APART {
        report.warn(CLOCK, text, fix);
    } else {
        report.problem(CLOCK, text, fix);
    }
}

fn moment(date: &str) -> Option<Timestamp> {
    let date: HttpDate = date.parse().ok()?;
    let elapsed = std::time::SystemTime::from(date).duration_since(std::time::UNIX_EPOCH).ok()?;
    i64::try_from(elapsed.as_secs()).ok().map(Timestamp)
}

#[cfg(test)]
mod tests {
    use super::super::report::State;
    use super::*;

    #[test]
    fn clocks_are_compared() {
        let now = Timestamp(784_111_777);
        for (date, state) in [
            ("Sun, 06 Nov 1994 08:49:37 GMT", State::Ok),
            ("Sun, 06 Nov 1994 08:50:07 GMT", State::Ok),
            ("Sun, 06 Nov 1994 08:48:00 GMT", State::Warning),
            ("Sun, 06 Nov 1994 09:49:37 GMT", State::Problem),
            ("", State::Warning),
        ] {
            let mut report = Report::default();
            check_clock(&mut report, date, now);
            assert_eq!(report.of(state).len(), 1, "{date}: {report}");
        }
    }

    #[test]
    fn a_certificate_that_ends_soon_is_told() {
        let pem = rcgen::generate_simple_self_signed(vec!["id.example".into()]).unwrap();
        let der = pem.cert.der();
        for (now, state) in [(1_800_000_000, State::Ok), (67_090_000_000, State::Warning)] {
            let mut report = Report::default();
            check_certificate(&mut report, der, Timestamp(now));
            assert_eq!(report.of(state).len(), 1, "{report}");
        }
    }
}
