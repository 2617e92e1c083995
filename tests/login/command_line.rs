//! What is written on the command line counts, and mistakes in it are told.

use crate::issuer::{Character, Issuer};
use crate::person;
use crate::program::{Detached, Folder, OnTerminal, environment};

#[tokio::test(flavor = "multi_thread")]
async fn scopes_are_asked_for_as_they_are_typed() {
    let issuer = Issuer::start(Character::default());
    let home = Folder::new();
    let scope = "openid profile deploy";
    let login = OnTerminal::doorstep(&["login", &issuer.url, "--scope", scope], &home);
    let answer = person::sign_in(&issuer, &login.link().await);
    assert_eq!(answer.request["scope"], scope, "an issuer need not list every scope");
    answer.post().await;
    assert!(login.end().await.0.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_issuers_are_one_too_many() {
    let one = "http://localhost:1";
    for command in ["login", "logout", "kubeconfig"] {
        let arguments = [command, one, "--issuer", "http://localhost:2"];
        let (code, _, errors) =
            Detached::doorstep(&arguments, environment(&Folder::new())).end().await;
        assert_eq!(code, 2, "{errors}");
        assert!(errors.contains("two issuers are named, http://localhost:1 and"), "{errors}");
    }
    let home = Folder::new();
    let mut environment = environment(&home);
    environment.push(("DOORSTEP_ISSUER", "http://localhost:2".into()));
    let (code, out, errors) = Detached::doorstep(&["kubeconfig", one], environment).end().await;
    assert!(code == 0 && out.contains(one), "the address wins over the variable: {errors}");
}
