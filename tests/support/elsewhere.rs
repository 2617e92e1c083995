//! A server of somebody else's, on loopback: it answers as it is told and remembers what it was asked.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, TcpListener};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use doorstep::outgoing::OutgoingSettings;
use doorstep::protocol::client::document::HostPattern;

use super::tls::Identity;

/// What is answered.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
    pub delay: Duration,
}

impl Answer {
    /// A JSON document.
    pub fn json(body: impl ToString) -> Self {
        Self {
            status: 200,
            headers: vec![("content-type", "application/json".into())],
            body: body.to_string(),
            delay: Duration::ZERO,
        }
    }

    /// Nothing but a status.
    pub fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), ..Self::json("") }
    }

    /// The same with another header.
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self.headers.push((name, value.into()));
        self
    }
}

/// What was asked.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: String,
    pub path: String,
    pub headers: HashMap<String, String>,
    pub body: String,
}

#[derive(Clone, Default)]
struct Desk {
    answers: Arc<Mutex<HashMap<String, Answer>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

/// The server.
pub struct Elsewhere {
    /// Its address.
    pub url: String,
    desk: Desk,
    handle: actix_web::dev::ServerHandle,
}

impl Drop for Elsewhere {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

impl Elsewhere {
    /// A server that speaks plain http.
    pub fn start() -> Self {
        Self::listen(None)
    }

    /// A server at `localhost` that speaks https.
    pub fn start_tls(identity: &Identity) -> Self {
        Self::listen(Some(identity))
    }

    fn listen(identity: Option<&Identity>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let desk = Desk::default();
        let data = web::Data::new(desk.clone());
        let server = HttpServer::new(move || {
            App::new().app_data(data.clone()).default_service(web::to(answer))
        });
        let server = server.workers(1).disable_signals();
        let (server, url) = match identity {
            Some(identity) => (
                server.listen_rustls_0_23(listener, identity.for_servers()),
                format!("https://localhost:{port}"),
            ),
            None => (server.listen(listener), format!("http://127.0.0.1:{port}")),
        };
        let server = server.expect("the port is ours").run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Self { url, desk, handle }
    }

    /// Answers like this at `path` from now on, and gives the address.
    pub fn answer(&self, path: &str, answer: Answer) -> String {
        self.desk.answers.lock().expect("a desk").insert(path.into(), answer);
        format!("{}{path}", self.url)
    }

    /// What was asked at `path`, once it was asked `times` times.
    pub async fn await_asked(&self, path: &str, times: usize) -> Vec<Asked> {
        for _ in 0..500 {
            let asked = self.asked(path);
            if asked.len() >= times {
                return asked;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{path} was asked {} times, not {times}", self.asked(path).len());
    }

    /// What was asked at `path` so far.
    pub fn asked(&self, path: &str) -> Vec<Asked> {
        let asked = self.desk.asked.lock().expect("a desk");
        asked.iter().filter(|asked| asked.path == path).cloned().collect()
    }
}

async fn answer(desk: web::Data<Desk>, request: HttpRequest, body: web::Bytes) -> HttpResponse {
    let headers = request
        .headers()
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_owned()));
    desk.asked.lock().expect("a desk").push(Asked {
        method: request.method().to_string(),
        path: request.path().into(),
        headers: headers.collect(),
        body: String::from_utf8_lossy(&body).into_owned(),
    });
    let known = desk.answers.lock().expect("a desk").get(request.path()).cloned();
    let Some(answer) = known else { return HttpResponse::NotFound().finish() };
    tokio::time::sleep(answer.delay).await;
    let status = StatusCode::from_u16(answer.status).expect("a status");
    let mut response = HttpResponse::build(status);
    for header in answer.headers {
        response.insert_header(header);
    }
    response.body(answer.body)
}

/// Settings that allow requests to loopback, by http too.
pub fn loopback_allowed() -> OutgoingSettings {
    let address = IpAddr::V4(Ipv4Addr::LOCALHOST);
    OutgoingSettings {
        allowed_networks: vec![address.into()],
        allow_http: true,
        ..OutgoingSettings::default()
    }
}

/// The same, where servers of this identity are trusted.
pub fn trusting(identity: &Identity) -> OutgoingSettings {
    let pem = std::fs::read(&identity.certificate).expect("a certificate");
    OutgoingSettings { extra_authorities: Some(pem), ..loopback_allowed() }
}

/// Hosts as an admin lists them.
pub fn hosts(listed: &[&str]) -> Vec<HostPattern> {
    listed.iter().map(|host| HostPattern::parse(host).expect("a host")).collect()
}
