//! kubectl as the caller: the credential, the kubeconfig entry, and a real kubectl against a server
//! that wants a bearer token.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::issuer::{Character, Issuer};
use crate::person;
use crate::program::{Detached, Folder, OnTerminal, binary, environment};
use crate::tls::Identity;

const NAMESPACE: &str = "/api/v1/namespaces/harbour";

fn info(version: &str) -> (&'static str, String) {
    let info =
        json!({"kind": "ExecCredential", "apiVersion": version, "spec": {"interactive": true}});
    ("KUBERNETES_EXEC_INFO", info.to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn exec_credential() {
    let (issuer, home) = (Issuer::start(Character::default()), Folder::new());
    let arguments = ["login", "--issuer", &issuer.url, "--format", "exec-credential"];
    let v1 = "client.authentication.k8s.io/v1";
    let mut login = Detached::doorstep(&arguments, environment(&home));
    assert_eq!(person::sign_in(&issuer, &login.link().await).post().await.status, 303);
    let (code, output, errors) = login.end().await;
    assert_eq!(code, 0, "{errors}");
    let credential: Value = serde_json::from_str(&output).unwrap();
    assert_eq!(
        (&credential["apiVersion"], &credential["kind"]),
        (&json!(v1), &json!("ExecCredential"))
    );
    assert_eq!(
        credential["status"]["token"].as_str().unwrap().split('.').count(),
        3,
        "it is the ID token"
    );
    assert!(credential["status"]["expirationTimestamp"].as_str().unwrap().ends_with('Z'));
    for version in [v1, "client.authentication.k8s.io/v1beta1"] {
        let mut environment = environment(&home);
        environment.push(info(version));
        let (_, output, _) = Detached::doorstep(&arguments, environment).end().await;
        let answer: Value = serde_json::from_str(&output).unwrap();
        assert_eq!(answer["apiVersion"], version);
        assert_eq!(answer["status"], credential["status"]);
    }
    let mut environment = environment(&home);
    environment.push(info("client.authentication.k8s.io/v1alpha1"));
    let (code, output, errors) = Detached::doorstep(&arguments, environment).end().await;
    assert_eq!((code, output.as_str()), (2, ""), "{errors}");
}

/// An API server that knows one namespace, and who asks by the bearer token.
async fn api_server(identity: &Identity) -> (String, Arc<Mutex<Vec<String>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let data = web::Data::from(Arc::clone(&seen));
    let server = HttpServer::new(move || {
        App::new().app_data(data.clone()).default_service(web::to(namespace))
    });
    let server = server.workers(1).disable_signals().shutdown_timeout(0);
    let server = server.bind_rustls_0_23("127.0.0.1:0", identity.for_servers()).unwrap();
    let url = format!("https://localhost:{}", server.addrs()[0].port());
    tokio::spawn(server.run());
    (url, seen)
}

async fn namespace(seen: web::Data<Mutex<Vec<String>>>, request: HttpRequest) -> HttpResponse {
    let bearer = request.headers().get("authorization").and_then(|value| value.to_str().ok());
    let Some(token) = bearer.and_then(|value| value.strip_prefix("Bearer ")) else {
        return HttpResponse::Unauthorized().finish();
    };
    seen.lock().unwrap().push(token.to_owned());
    HttpResponse::Ok()
        .json(json!({"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": "harbour"}}))
}

fn kubeconfig(server: &str, identity: &Identity) -> String {
    format!(
        "apiVersion: v1\nkind: Config\nclusters:\n- name: port\n  cluster:\n    server: {server}\n    \
         certificate-authority: {}\ncontexts:\n- name: port\n  context: {{cluster: port, user: old, namespace: harbour}}\n\
         current-context: port\nusers:\n- name: old\n  user: {{token: old-token}}\n",
        identity.certificate.display()
    )
}

/// A kubeconfig whose context signs in by `doorstep login`, made by `doorstep kubeconfig`.
async fn configured(issuer: &Issuer, home: &Folder, server: &str, identity: &Identity) -> String {
    let config = home.path().join("config").display().to_string();
    std::fs::write(&config, kubeconfig(server, identity)).unwrap();
    let scope = ["--scope", "openid offline_access,x"];
    let rest = ["--file", &config, "--context", "port"];
    let arguments = [&["kubeconfig", &issuer.url], &scope[..], &rest[..]].concat();
    for _ in 0..2 {
        let (code, output, errors) = Detached::doorstep(&arguments, environment(home)).end().await;
        assert_eq!((code, output.as_str()), (0, ""), "{errors}");
    }
    config
}

#[tokio::test(flavor = "multi_thread")]
async fn kubectl_end_to_end() {
    let (issuer, home) = (Issuer::start(Character::default()), Folder::new());
    let identity = Identity::generate();
    let (server, seen) = api_server(&identity).await;
    let config = configured(&issuer, &home, &server, &identity).await;
    let text = std::fs::read_to_string(&config).unwrap();
    for kept in
        ["old-token", "namespace: harbour", "current-context: port", "interactiveMode: IfAvailable"]
    {
        assert!(text.contains(kept), "{kept} is missing:\n{text}");
    }
    assert_eq!(text.matches("--scope=openid offline_access,x").count(), 1, "{text}");
    assert!(text.contains(&format!("command: {}", binary())), "{text}");

    let mut kubectl = Command::new("setsid");
    kubectl.args(["--wait", "kubectl", "--kubeconfig", &config, "get", "--raw", NAMESPACE]);
    kubectl.env_clear().envs(environment(&home));
    let mut kubectl = Detached::spawn(kubectl);
    assert_eq!(person::sign_in(&issuer, &kubectl.link().await).post().await.status, 303);
    let (code, output, errors) = kubectl.end().await;
    assert_eq!(code, 0, "{errors}");
    assert!(output.contains("harbour"), "{output}");
    let token = seen.lock().unwrap().pop().unwrap();
    assert_eq!(token.split('.').count(), 3, "kubectl sent the ID token");
}

#[tokio::test(flavor = "multi_thread")]
async fn kubectl_on_a_terminal_takes_a_paste() {
    let (issuer, home) = (Issuer::start(Character::default()), Folder::new());
    let identity = Identity::generate();
    let (server, _) = api_server(&identity).await;
    let config = configured(&issuer, &home, &server, &identity).await;
    let arguments = ["--kubeconfig", &config, "get", "--raw", NAMESPACE];
    let kubectl = OnTerminal::run("kubectl", &arguments, environment(&home), None);
    let answer = person::sign_in(&issuer, &kubectl.link().await);
    assert_eq!(answer.request["handoff"], "paste");
    kubectl.enter(&format!("{}\r", answer.code));
    let (status, output, shown) = kubectl.end().await;
    assert!(status.success() && output.contains("harbour"), "{shown}");
}

/// kubectl ends at once and hands the terminal to the shell, whatever its plugin is still doing.
#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_under_kubectl_leaves_the_shell_its_terminal() {
    let (issuer, home) = (Issuer::start(Character::default()), Folder::new());
    let identity = Identity::generate();
    let (server, _) = api_server(&identity).await;
    let config = configured(&issuer, &home, &server, &identity).await;
    let shell = OnTerminal::run("bash", &["--norc", "-i"], environment(&home), None);
    shell.enter(&format!("kubectl --kubeconfig {config} get --raw {NAMESPACE}\r"));
    shell.link().await;
    shell.enter("\x03");
    tokio::time::sleep(Duration::from_millis(500)).await;
    shell.enter("stty -a >&2\r");
    shell.wait_for(" icanon ").await;
    shell.wait_for(" echo ").await;
    shell.enter("exit\r");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_printed_entry_is_a_kubeconfig() {
    let (issuer, home) = (Issuer::start(Character::default()), Folder::new());
    let run = |arguments: &[&str]| Detached::doorstep(arguments, environment(&home)).end();
    let (code, text, errors) =
        run(&["kubeconfig", &issuer.url, "--user", "it's: me", "--file", "-"]).await;
    assert_eq!(code, 0, "{errors}");
    let config = home.path().join("config");
    std::fs::write(&config, text).unwrap();
    let mut kubectl = Command::new("kubectl");
    kubectl.arg("--kubeconfig").arg(&config).args(["config", "view", "-o", "json"]);
    let output = kubectl.env_clear().envs(environment(&home)).output().await.unwrap();
    let read: Value = serde_json::from_slice(&output.stdout).unwrap();
    let exec = &read["users"][0]["user"]["exec"];
    assert_eq!(read["users"][0]["name"], "it's: me");
    assert_eq!(exec["apiVersion"], "client.authentication.k8s.io/v1");
    assert_eq!(
        (&exec["interactiveMode"], &exec["provideClusterInfo"]),
        (&json!("IfAvailable"), &json!(false))
    );
    assert!(exec["args"].as_array().unwrap().contains(&json!(format!("--issuer={}", issuer.url))));
    let (code, ..) = run(&["kubeconfig", &issuer.url, "--context", "port"]).await;
    assert_eq!(code, 2);
}
