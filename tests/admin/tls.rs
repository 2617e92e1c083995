use std::time::Duration;

use rcgen::{CertifiedKey, generate_simple_self_signed};

use super::desk::Desk;

fn certificate() -> (String, String) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    (cert.pem(), signing_key.serialize_pem())
}

/// Whether the server shows this certificate to a new connection.
async fn shows(address: std::net::SocketAddr, certificate: &str) -> bool {
    let client = reqwest::Client::builder()
        .tls_built_in_root_certs(false)
        .add_root_certificate(reqwest::Certificate::from_pem(certificate.as_bytes()).unwrap())
        .resolve("localhost", address)
        .timeout(Duration::from_secs(5))
        .build()
        .unwrap();
    let url = format!("https://localhost:{}/.well-known/openid-configuration", address.port());
    client.get(url).send().await.is_ok_and(|response| response.status() == 200)
}

#[tokio::test]
async fn a_renewed_certificate_is_taken_over_without_a_restart() {
    let desk = Desk::with(
        "issuer = 'https://localhost'\n[tls]\ncertificate = 'tls/cert.pem'\nprivate_key = 'tls/key.pem'",
    );
    std::fs::create_dir(desk.path("tls")).unwrap();
    let (old, old_key) = certificate();
    desk.write("tls/cert.pem", &old);
    desk.write("tls/key.pem", &old_key);
    let server = desk.serve(|_| {});
    assert!(shows(server.address, &old).await);

    let (new, new_key) = certificate();
    desk.write("tls/cert.pem", &new);
    desk.wait_for_log("the certificate that was good stays");
    assert!(shows(server.address, &old).await, "half of a renewal changes nothing");

    desk.write("tls/key.pem", &new_key);
    desk.wait_for_log("the TLS certificate was renewed");
    assert!(shows(server.address, &new).await && !shows(server.address, &old).await);

    desk.write("tls/cert.pem", "nonsense");
    std::fs::remove_file(desk.path("tls/key.pem")).unwrap();
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert!(shows(server.address, &new).await);
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn files_that_cannot_be_used_are_named() {
    let desk = Desk::with(
        "listen = '127.0.0.1:0'\n[tls]\ncertificate = 'cert.pem'\nprivate_key = 'key.pem'",
    );
    let message = desk.run(&["serve"]).failed();
    assert!(message.contains("tls.certificate: cert.pem cannot be used"), "{message}");
    let ((cert, _), (_, other_key)) = (certificate(), certificate());
    desk.write("cert.pem", &cert);
    let message = desk.run(&["serve"]).failed();
    assert!(message.contains("tls.private_key: key.pem cannot be used"), "{message}");
    desk.write("key.pem", &other_key);
    let message = desk.run(&["serve"]).failed();
    assert!(message.contains("cannot be used together"), "{message}");
    desk.write("cert.pem", "");
    let message = desk.run(&["serve"]).failed();
    assert!(message.contains("there is no certificate in cert.pem"), "{message}");
}
