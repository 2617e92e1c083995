//! `kubeconfig`: a file for kubectl, of a person who is still let in. It has kubectl sign in by itself, by
//! `doorstep login`, or holds an ID token, which is soon over.

use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::{HttpRequest, HttpResponse, web};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::session::Current;
use super::{App, genuine, session, tokens};
use crate::web::failure::Failure;

/// `GET kubeconfig`.
///
/// # Errors
/// JSON.
pub async fn download(app: web::Data<App>, request: HttpRequest) -> Result<HttpResponse, Failure> {
    genuine::check_origin(&app, &request)?;
    app.admit(&request)?;
    let (current, _) = session::renewable(&app, &request).await?.ok_or_else(session::nobody)?;
    let current = tokens::renew(&app, current).await?;
    app.audit(&request, "kubeconfig_downloaded", current.kept.subject(), json!({})).await;
    // JSON is YAML, and nothing that somebody is called can break out of it.
    let text = serde_json::to_string_pretty(&kubeconfig(&app, &current)).unwrap_or_default();
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/yaml"))
        .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"kubeconfig\""))
        .body(format!("{text}\n")))
}

fn kubeconfig(app: &App, current: &Current) -> Value {
    let settings = &app.settings;
    let profile = current.kept.profile();
    let user = profile.get("preferred_username").and_then(Value::as_str).unwrap_or_default();
    let name = &settings.kubeconfig_cluster;
    let mut cluster = json!({ "server": settings.kubeconfig_server });
    if let Some(pem) = &app.cluster_ca {
        cluster["certificate-authority-data"] = STANDARD.encode(pem).into();
    }
    json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{ "name": name, "cluster": cluster }],
        "users": [{ "name": user, "user": credential(app, current) }],
        "contexts": [{ "name": name, "context": { "cluster": name, "user": user } }],
        "current-context": name,
    })
}

/// How kubectl proves who it is.
fn credential(app: &App, current: &Current) -> Value {
    let settings = &app.settings;
    if settings.kubeconfig_client_id.is_empty() {
        let token = current.kept.id_token();
        return json!({ "token": token.as_ref().map(|token| token.expose()) });
    }
    json!({ "exec": {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": "doorstep",
        "args": [
            "login",
            "--format=exec-credential",
            format!("--issuer={}", settings.issuer),
            format!("--client-id={}", settings.kubeconfig_client_id),
        ],
        "interactiveMode": "IfAvailable",
        "provideClusterInfo": false,
    } })
}
