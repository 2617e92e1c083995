//! Tokens that are kept, renewed, shared and given back.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use serde_json::Value;

use crate::issuer::{Character, Issuer};
use crate::person;
use crate::program::{Detached, Folder, environment};

async fn login(issuer: &Issuer, home: &Folder) -> String {
    let mut login =
        Detached::doorstep(&["login", &issuer.url, "--format", "token"], environment(home));
    let answer = person::sign_in(issuer, &login.link().await);
    assert_eq!(answer.post().await.status, 303);
    let (code, output, errors) = login.end().await;
    assert_eq!(code, 0, "{errors}");
    output
}

async fn run(arguments: &[&str], home: &Folder) -> (i32, String, String) {
    Detached::doorstep(arguments, environment(home)).end().await
}

/// Programs that wait for the login of another.
async fn waiting(count: usize, arguments: &[&str], home: &Folder) -> Vec<Detached> {
    let mut others: Vec<_> =
        (0..count).map(|_| Detached::doorstep(arguments, environment(home))).collect();
    for other in &mut others {
        other.wait_for("Another program is signing in").await;
    }
    others
}

/// The one file of tokens.
fn kept(home: &Folder) -> Vec<PathBuf> {
    let files =
        std::fs::read_dir(home.path().join("tokens")).unwrap().map(|file| file.unwrap().path());
    files.filter(|file| file.extension().is_some_and(|extension| extension == "json")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_processes_at_once_make_one_login() {
    let (issuer, home) = (Issuer::start(Character::default()), Folder::new());
    let arguments = ["login", &issuer.url, "--format", "token"];
    let mut first = Detached::doorstep(&arguments, environment(&home));
    let link = first.link().await;
    let others = waiting(9, &arguments, &home).await;
    assert_eq!(person::sign_in(&issuer, &link).post().await.status, 303);
    let (_, token, _) = first.end().await;
    for other in others {
        let (code, output, errors) = other.end().await;
        assert_eq!((code, output), (0, token.clone()), "{errors}");
        assert!(!errors.contains("/authorize"), "no other link was printed: {errors}");
    }
    assert_eq!(issuer.codes(), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_no_answers_all_who_wait() {
    let (issuer, home) = (Issuer::start(Character::default()), Folder::new());
    let arguments = ["login", &issuer.url, "--format", "token"];
    let mut first = Detached::doorstep(&arguments, environment(&home));
    let link = first.link().await;
    let others = waiting(3, &arguments, &home).await;
    assert_eq!(person::decline(&issuer, &link, "access_denied").post().await.status, 303);
    assert_eq!(first.end().await.0, 3);
    for other in others {
        let (code, output, errors) = other.end().await;
        assert_eq!((code, output.as_str()), (3, ""), "{errors}");
        assert!(errors.contains("declined") && !errors.contains("/authorize"), "{errors}");
    }
    // Who comes later is asked anew.
    login(&issuer, &home).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_kept_for_their_owner_only() {
    let (issuer, home) = (Issuer::start(Character::default()), Folder::new());
    let token = login(&issuer, &home).await;
    let file = kept(&home).pop().unwrap();
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(file.parent().unwrap().metadata().unwrap().permissions().mode() & 0o777, 0o700);
    let (code, output, errors) = run(&["login", &issuer.url, "--format", "token"], &home).await;
    assert_eq!((code, output, errors.as_str()), (0, token, ""), "kept tokens need no words");
    assert_eq!(issuer.codes(), (1, 0));
    let (_, json, _) = run(&["login", &issuer.url, "--format", "json"], &home).await;
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["claims"]["preferred_username"], "ada");
    assert!(json["refresh_token"].as_str().unwrap().starts_with("rt-"));
}

#[tokio::test(flavor = "multi_thread")]
async fn refresh_when_due() {
    let short = Character { lifetime: 2, ..Character::default() };
    let (issuer, home) = (Issuer::start(short), Folder::new());
    let old = login(&issuer, &home).await;
    issuer.change(|character| character.lifetime = 600);
    tokio::time::sleep(std::time::Duration::from_millis(2100)).await;
    let (code, new, errors) = run(&["login", &issuer.url, "--format", "token"], &home).await;
    assert_eq!((code, errors.as_str()), (0, ""));
    assert_ne!(new, old);
    assert_eq!(issuer.ledger().refreshed, 1);
    let (_, again, _) = run(&["login", &issuer.url, "--format", "token"], &home).await;
    assert_eq!(again, new, "renewed tokens are kept");
    assert_eq!(issuer.ledger().refreshed, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issuer_that_is_down_for_a_moment_asks_nobody_to_sign_in_again() {
    let short = Character { lifetime: 1, ..Character::default() };
    let (issuer, home) = (Issuer::start(short), Folder::new());
    login(&issuer, &home).await;
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    issuer.change(|character| character.broken = true);
    let arguments = ["login", &issuer.url, "--format", "token"];
    let (code, output, errors) = run(&arguments, &home).await;
    assert_eq!((code, output.as_str()), (5, ""), "{errors}");
    assert!(
        errors.contains("Something went wrong at the issuer (server_error, request req-503)"),
        "{errors}"
    );
    issuer.change(|character| character.broken = false);
    assert!(run(&arguments, &home).await.1.starts_with("at-"));
    assert_eq!(issuer.ledger().refreshed, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_asked_who_may_not_be() {
    let (issuer, home) = (Issuer::start(Character::default()), Folder::new());
    let arguments = ["login", &issuer.url, "--format", "token", "--never-ask"];
    let (code, output, errors) = run(&arguments, &home).await;
    assert_eq!((code, output.as_str()), (6, ""), "{errors}");
    let token = login(&issuer, &home).await;
    assert_eq!(run(&arguments, &home).await, (0, token, String::new()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_refresh_leads_to_a_sign_in() {
    let short = Character { lifetime: 1, ..Character::default() };
    let (issuer, home) = (Issuer::start(short), Folder::new());
    login(&issuer, &home).await;
    let file = kept(&home).pop().unwrap();
    let mut record: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    record["refresh_token"] = "rt-revoked".into();
    std::fs::write(&file, record.to_string()).unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    login(&issuer, &home).await;
    assert_eq!(issuer.codes(), (2, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_file_is_replaced() {
    let (issuer, home) = (Issuer::start(Character::default()), Folder::new());
    login(&issuer, &home).await;
    std::fs::write(kept(&home).pop().unwrap(), "{\"issuer\":").unwrap();
    login(&issuer, &home).await;
    assert_eq!((issuer.codes(), kept(&home).len()), ((2, 0), 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_without_a_place_for_tokens_can_sign_in() {
    let (issuer, home) = (Issuer::start(Character::default()), Folder::new());
    let file = home.path().join("a-file");
    std::fs::write(&file, "").unwrap();
    let mut environment = environment(&home);
    environment.retain(|(name, _)| *name != "DOORSTEP_CACHE_DIR");
    environment.push(("DOORSTEP_CACHE_DIR", file.join("below").display().to_string()));
    let mut login = Detached::doorstep(&["login", &issuer.url], environment);
    assert_eq!(person::sign_in(&issuer, &login.link().await).post().await.status, 303);
    let (code, output, errors) = login.end().await;
    assert_eq!(code, 0, "{errors}");
    assert!(output.starts_with("at-"), "{errors}");
}

#[tokio::test(flavor = "multi_thread")]
async fn logout_revokes() {
    let (issuer, home) = (Issuer::start(Character::default()), Folder::new());
    login(&issuer, &home).await;
    let record: Value =
        serde_json::from_slice(&std::fs::read(kept(&home).pop().unwrap()).unwrap()).unwrap();
    let (code, output, errors) = run(&["logout", &issuer.url], &home).await;
    assert_eq!((code, output.as_str()), (0, ""), "{errors}");
    assert!(errors.contains("Signed out of"), "{errors}");
    assert_eq!(issuer.ledger().revoked, [record["refresh_token"].as_str().unwrap()]);
    assert!(kept(&home).is_empty());
    let (code, _, errors) = run(&["logout", &issuer.url], &home).await;
    assert!(code == 0 && errors.contains("not signed in"), "{errors}");
}

#[tokio::test(flavor = "multi_thread")]
async fn logout_says_when_the_issuer_was_not_told() {
    let (issuer, home) =
        (Issuer::start(Character { revokes: false, ..Character::default() }), Folder::new());
    login(&issuer, &home).await;
    let (code, _, errors) = run(&["logout", &issuer.url], &home).await;
    assert_eq!(code, 5, "{errors}");
    assert!(errors.contains("stay valid until they expire"), "{errors}");
    assert!(kept(&home).is_empty());
}
