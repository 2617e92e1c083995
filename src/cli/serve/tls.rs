//! TLS with certificates that are renewed while the server runs.
//!
//! The files are looked at every few seconds. New ones are taken over for new connections; if they do
//! not fit together, because only one of them has been replaced yet for example, the certificate that
//! was good stays and the log says why.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock, Weak};
use std::time::{Duration, SystemTime};

use rustls::ServerConfig;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use crate::cli::Failure;
use crate::config::Tls;

/// How often the files are looked at.
const EVERY: Duration = Duration::from_secs(2);

/// The TLS settings of the server; `None` when it is to speak plain http.
pub fn server_config(tls: &Tls) -> Result<Option<ServerConfig>, Failure> {
    let (Some(certificate), Some(private_key)) = (&tls.certificate, &tls.private_key) else {
        return Ok(None);
    };
    let files = Files { certificate: certificate.clone(), private_key: private_key.clone() };
    let provider = Arc::new(ring::default_provider());
    let stamp = files.stamp();
    let current = files.load(&provider).map_err(Failure::new)?;
    let certificate = Arc::new(Certificate { current: RwLock::new(Arc::new(current)) });
    tokio::spawn(follow(Arc::downgrade(&certificate), files, stamp, provider.clone()));
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Failure::new(format!("tls: {error}")))?
        .with_no_client_auth()
        .with_cert_resolver(certificate);
    Ok(Some(config))
}

/// The certificate that new connections get.
struct Certificate {
    current: RwLock<Arc<CertifiedKey>>,
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Certificate")
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current.read().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

/// Takes over new files until the server is gone.
async fn follow(
    certificate: Weak<Certificate>,
    files: Files,
    mut seen: Stamp,
    provider: Arc<CryptoProvider>,
) {
    loop {
        tokio::time::sleep(EVERY).await;
        let Some(certificate) = certificate.upgrade() else { return };
        let stamp = files.stamp();
        if stamp == seen {
            continue;
        }
        seen = stamp;
        match files.load(&provider) {
            Ok(renewed) => {
                *certificate.current.write().unwrap_or_else(PoisonError::into_inner) =
                    Arc::new(renewed);
                tracing::info!("the TLS certificate was renewed");
            }
            Err(reason) => tracing::error!("{reason}; the certificate that was good stays"),
        }
    }
}

struct Files {
    certificate: PathBuf,
    private_key: PathBuf,
}

/// What changes when a file does: time and length of each.
type Stamp = [Option<(SystemTime, u64)>; 2];

impl Files {
    fn stamp(&self) -> Stamp {
        [&self.certificate, &self.private_key].map(|path| {
            let metadata = std::fs::metadata(path).ok()?;
            Some((metadata.modified().ok()?, metadata.len()))
        })
    }

    fn load(&self, provider: &CryptoProvider) -> Result<CertifiedKey, String> {
        let chain = CertificateDer::pem_file_iter(&self.certificate)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|error| unreadable("tls.certificate", &self.certificate, &error))?;
        if chain.is_empty() {
            return Err(format!(
                "tls.certificate: there is no certificate in {}",
                self.certificate.display()
            ));
        }
        let key = PrivateKeyDer::from_pem_file(&self.private_key)
            .map_err(|error| unreadable("tls.private_key", &self.private_key, &error))?;
        CertifiedKey::from_der(chain, key, provider).map_err(|error| {
            let (certificate, key) = (self.certificate.display(), self.private_key.display());
            format!("tls: the certificate in {certificate} and the key in {key} cannot be used together: {error}")
        })
    }
}

fn unreadable(key: &str, path: &Path, error: &dyn fmt::Display) -> String {
    format!("{key}: {} cannot be used: {error}", path.display())
}
