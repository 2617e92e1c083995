//! `doorstep doctor` and certificates.

use rcgen::{CertifiedKey, generate_simple_self_signed};

use super::desk::Desk;

#[test]
fn a_certificate_is_looked_at_and_one_that_nobody_trusts_is_told() {
    let desk = Desk::with(
        "issuer = 'https://localhost'\n[tls]\ncertificate = 'cert.pem'\nprivate_key = 'key.pem'",
    );
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    desk.write("cert.pem", &cert.pem());
    desk.write("key.pem", &signing_key.serialize_pem());
    let server = desk.serve(|_| {});
    let url = format!("https://localhost:{}", server.address.port());
    let trusted = desk.run(&["doctor", &url, "--ca-file", "cert.pem"]);
    assert!(trusted.out.contains("✓ The certificate is trusted, and good for"), "{trusted:?}");
    assert!(trusted.out.contains("✗ The issuer calls itself https://localhost"), "{trusted:?}");
    let strange = desk.run(&["doctor", &url]);
    assert_eq!(strange.code, Some(2), "{strange:?}");
    assert!(strange.out.contains("name its authority with --ca-file"), "{strange:?}");
    let other = format!("https://127.0.0.1:{}", server.address.port());
    let misnamed = desk.run(&["doctor", &other, "--ca-file", "cert.pem"]);
    assert!(misnamed.out.contains("Get a certificate for this host name"), "{misnamed:?}");
    let own = desk.run(&["doctor"]).ok();
    assert!(own.contains("✓ Certificate and private key fit together."), "{own}");
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn a_key_file_is_tried_on_the_database() {
    let desk = Desk::new();
    desk.serve(|_| {}).stop();
    let told = desk.run(&["doctor"]).ok();
    assert!(told.contains("✓ It opens what is sealed in the database."), "{told}");
    let move_key = |from: &str, to: &str| std::fs::rename(desk.path(from), desk.path(to)).unwrap();
    move_key("doorstep.key", "saved.key");
    let told = desk.run(&["doctor"]);
    assert!(
        told.code == Some(1) && told.out.contains("✗ the key file doorstep.key is not there"),
        "{told:?}"
    );
    assert!(!desk.path("doorstep.key").exists(), "nothing is made");
    let other = Desk::new();
    other.run(&["keys", "list"]).ok();
    std::fs::copy(other.path("doorstep.key"), desk.path("doorstep.key")).unwrap();
    let told = desk.run(&["doctor"]);
    assert!(told.code == Some(1) && told.out.contains("the key file is not the one"), "{told:?}");
}
