//! People of an LDAP directory sign in with their passwords there.

use doorstep::accounts::Account;
use doorstep::accounts::ldap::LdapSettings;
use doorstep::accounts::linking::Admission;
use serde_json::json;

use crate::kit::*;
use crate::person::{Page, Person};
use crate::server::{Server, Setup};
use crate::support::ldap::{ADA, Directory, PASSWORD};

async fn with(settings: LdapSettings) -> Server {
    Setup { ldap: Some(settings), ..Setup::default() }.start().await
}

async fn server(directory: &Directory, change: impl FnOnce(&mut LdapSettings)) -> Server {
    let mut settings = directory.settings();
    change(&mut settings);
    with(settings).await
}

/// Types this into the sign-in page, in a browser of its own.
async fn attempt(server: &Server, username: &str, password: &str) -> (Person, Page) {
    let person = server.browser();
    let page = person.visit(&format!("{}/login", server.url)).await;
    let values = [("username", username), ("password", password)];
    let page = person.submit(&page.form_to("/login"), None, &values).await;
    (person, page)
}

async fn account(server: &Server, username: &str) -> Option<Account> {
    server.db.find_account_by_username(username).await.unwrap().map(|(account, _)| account)
}

#[actix_web::test]
async fn a_person_of_the_directory_signs_in() {
    let directory = Directory::start().await;
    let server = server(&directory, |_| {}).await;
    let (_, page) = attempt(&server, " Ada ", PASSWORD).await;
    assert_eq!(page.status, 303, "{page:?}");
    let ada = account(&server, "ada").await.expect("an account");
    assert_eq!(
        json!(ada.claims.as_map()),
        json!({"name": "Ada Example", "given_name": "ada", "family_name": "Example",
            "email": "ada@example.org", "email_verified": true, "groups": ["staff", "builders"]})
    );
    let link = &server.db.links_of(&ada.id).await.unwrap()[0];
    assert_eq!(
        (link.issuer.as_str(), link.subject.as_str()),
        ("ldap:ou=people,dc=example,dc=org", ADA)
    );
    // The whole way, with tokens at the end.
    let person = server.browser();
    let page = person.sign_in(&authorize_url(&server, "web", &[]), "ada", PASSWORD).await;
    let tokens = redeem(&server, "web", &response(&page)["code"]).await.json();
    assert_eq!(id_token(&tokens)["amr"], json!(["pwd"]));
    assert_eq!(id_token(&tokens)["sub"], ada.id);
    // A name with everything that means something to LDAP finds its groups too.
    assert_eq!(attempt(&server, "zoe", PASSWORD).await.1.status, 303);
    assert_eq!(account(&server, "zoe").await.unwrap().claims.as_map()["groups"], json!(["staff"]));
}

#[actix_web::test]
async fn whoever_is_not_let_in_hears_one_sentence() {
    let directory = Directory::start().await;
    let server = server(&directory, |_| {}).await;
    let long = "x".repeat(1025);
    for (username, password) in [
        ("ada", "wrong"),
        ("ada", ""),
        ("", ""),
        ("nobody", PASSWORD),
        ("*", PASSWORD),
        ("ad*", PASSWORD),
        ("ada)(uid=*", PASSWORD),
        ("ada)(|(objectClass=*)", PASSWORD),
        ("cn=finder,dc=example,dc=org", "finders keepers"),
        ("ada\u{0}", PASSWORD),
        ("twin", PASSWORD),
        ("alice", crate::server::PASSWORD),
        ("ada", &long),
    ] {
        // Time goes by, so that nobody is slowed down for guessing.
        server.clock.advance(3600);
        let (person, page) = attempt(&server, username, password).await;
        assert_eq!(page.status, 401, "{username:?} {password:?}");
        assert!(text(&page).contains("do not go together"), "{username:?}");
        assert_eq!(person.cookie("doorstep-session"), None);
    }
    assert!(account(&server, "ada").await.is_none());
}

#[actix_web::test]
async fn guessing_slows_down() {
    let directory = Directory::start().await;
    let server = server(&directory, |_| {}).await;
    let mut statuses = Vec::new();
    for name in ["ada", "ADA", " ada", "\u{ff41}da", "ada", "ad\u{1d41a}"] {
        statuses.push(attempt(&server, name, "wrong").await.1.status);
    }
    assert_eq!(statuses, [401, 401, 401, 401, 401, 429]);
}

#[actix_web::test]
async fn required_groups_and_known_people() {
    let directory = Directory::start().await;
    let builders = server(&directory, |settings| {
        settings.required_groups = vec!["builders".into()];
    })
    .await;
    assert_eq!(attempt(&builders, "ada", PASSWORD).await.1.status, 303);
    assert_eq!(attempt(&builders, "zoe", PASSWORD).await.1.status, 401);
    let known = server(&directory, |settings| settings.accounts = Admission::Known).await;
    assert_eq!(attempt(&known, "ada", PASSWORD).await.1.status, 401);
    let by_hand = server(&directory, |settings| settings.group_filter = None).await;
    assert_eq!(attempt(&by_hand, "ada", PASSWORD).await.1.status, 303);
    assert_eq!(account(&by_hand, "ada").await.unwrap().claims.as_map().get("groups"), None);
}

#[actix_web::test]
async fn a_user_name_that_somebody_has_is_not_shared() {
    let directory = Directory::start().await;
    let server = server(&directory, |settings| settings.username_attribute = "cn".into()).await;
    // "Ada Example" is no user name by the strict rule.
    assert_eq!(attempt(&server, "ada", PASSWORD).await.1.status, 401);
    let server = self::server(&directory, |settings| {
        settings.filter = "(&(objectClass=person)(givenName={username}))".into();
    })
    .await;
    let mut taken = crate::server::person("ada");
    taken.id = "somebody-else".into();
    assert!(server.db.insert_account(&taken, None).await.unwrap());
    assert_eq!(attempt(&server, "ada", PASSWORD).await.1.status, 401);
    assert_eq!(server.db.links_of("somebody-else").await.unwrap(), []);
}

#[actix_web::test]
async fn the_connection_is_tls_to_a_directory_that_is_trusted() {
    let directory = Directory::start().await;
    let ca_file = Some(directory.identity.certificate.clone());
    for (url, starttls, ca_file, good) in [
        (format!("ldaps://localhost:{}", directory.tls_port), false, ca_file.clone(), true),
        (format!("ldap://localhost:{}", directory.port), true, ca_file.clone(), true),
        (format!("ldaps://localhost:{}", directory.tls_port), false, None, false),
        (format!("ldap://localhost:{}", directory.port), true, None, false),
        // Another name than the certificate's.
        (format!("ldaps://127.0.0.1:{}", directory.tls_port), false, ca_file, false),
    ] {
        let server = server(&directory, |settings| {
            settings.url = url.parse().ok();
            settings.starttls = starttls;
            settings.ca_file = ca_file;
        })
        .await;
        let (_, page) = attempt(&server, "ada", PASSWORD).await;
        assert_eq!(page.status, if good { 303 } else { 503 }, "{url} {page:?}");
    }
}

#[actix_web::test]
async fn a_directory_that_cannot_be_asked_is_our_fault_not_the_persons() {
    let directory = Directory::start().await;
    let mut settings = directory.settings();
    settings.bind_password = Some(doorstep::secret::Secret::new("wrong"));
    let server = with(settings).await;
    assert_eq!(attempt(&server, "ada", PASSWORD).await.1.status, 503);
    let settings = directory.settings();
    drop(directory);
    let server = with(settings).await;
    let (_, page) = attempt(&server, "ada", PASSWORD).await;
    assert_eq!(page.status, 503, "{page:?}");
    // One that accepts and says nothing.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let directory = Directory::start().await;
    let server = self::server(&directory, |settings| {
        settings.url = format!("ldap://{}", silent.local_addr().unwrap()).parse().ok();
        settings.timeout = 1;
    })
    .await;
    assert_eq!(attempt(&server, "ada", PASSWORD).await.1.status, 503);
}
