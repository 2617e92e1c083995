//! A certificate for the host names of the tests, signed by itself.

use std::path::PathBuf;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// The issuer's host name in browser and client tests; `scripts/test` puts it into `/etc/hosts`.
pub const ISSUER_HOST: &str = "issuer.doorstep.test";

/// A certificate and its key, in memory and as PEM files.
pub struct Identity {
    /// The certificate's file, which clients are told to trust.
    pub certificate: PathBuf,
    /// The private key's file.
    pub key: PathBuf,
    pair: CertifiedKey<rcgen::KeyPair>,
    _folder: tempfile::TempDir,
}

impl Identity {
    /// Makes a fresh certificate for [`ISSUER_HOST`] and `localhost`.
    pub fn generate() -> Self {
        let pair = generate_simple_self_signed([ISSUER_HOST.into(), "localhost".into()])
            .expect("a certificate");
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (certificate, key) =
            (folder.path().join("certificate.pem"), folder.path().join("key.pem"));
        std::fs::write(&certificate, pair.cert.pem()).expect("the certificate is written");
        std::fs::write(&key, pair.signing_key.serialize_pem()).expect("the key is written");
        Self { certificate, key, pair, _folder: folder }
    }

    /// What a client trusts.
    pub fn for_clients(&self) -> reqwest::Certificate {
        reqwest::Certificate::from_der(self.pair.cert.der()).expect("a certificate")
    }

    /// What a server in this process needs to speak TLS.
    pub fn for_servers(&self) -> ServerConfig {
        let chain = vec![CertificateDer::from(self.pair.cert.der().to_vec())];
        let key =
            PrivateKeyDer::try_from(self.pair.signing_key.serialize_der()).expect("a PKCS#8 key");
        ServerConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
            .with_safe_default_protocol_versions()
            .expect("ring has every protocol version")
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .expect("the key belongs to the certificate")
    }
}
