use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;

#[test]
fn plain_http_is_for_this_machine_only() {
    let http = Http::new(&HttpSettings::default()).unwrap();
    let permitted = |url: &str| http.permit(&Url::parse(url).unwrap(), "It").is_ok();
    for url in [
        "https://id.example",
        "http://localhost:8080",
        "http://127.8.0.1",
        "http://[::1]/",
        "http://a.localhost",
    ] {
        assert!(permitted(url), "{url}");
    }
    for url in
        ["http://id.example", "http://10.0.0.1", "http://localhost.example", "file:///etc/passwd"]
    {
        assert!(!permitted(url), "{url}");
    }
    let lenient = Http::new(&HttpSettings { allow_http: true, ..HttpSettings::default() }).unwrap();
    assert!(lenient.permit(&Url::parse("http://id.example").unwrap(), "It").is_ok());
    assert!(lenient.permit(&Url::parse("javascript:alert(1)").unwrap(), "It").is_err());
}

#[test]
fn a_ca_file_must_hold_certificates() {
    for pem in [&b"nothing"[..], b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
    {
        let settings =
            HttpSettings { extra_authorities: Some(pem.to_vec()), ..HttpSettings::default() };
        assert!(matches!(Http::new(&settings), Err(Error::Misconfigured(_))), "{pem:?}");
    }
}

/// Answers one request with this text and then closes; hands out where it listens.
async fn answering(answer: Vec<u8>) -> Url {
    let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", socket.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = socket.accept().await.unwrap();
        let mut request = [0; 4096];
        let _ = stream.read(&mut request).await;
        let _ = stream.write_all(&answer).await;
        // An empty answer stands for a server that never gives one.
        if answer.is_empty() {
            std::future::pending::<()>().await;
        }
    });
    Url::parse(&url).unwrap()
}

async fn get(url: &Url) -> Result<HttpResponse, Error> {
    let settings = HttpSettings { timeout: Duration::from_millis(500), ..HttpSettings::default() };
    let request = openidconnect::http::Request::get(url.as_str()).body(Vec::new()).unwrap();
    Http::new(&settings).unwrap().send(request).await
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_not_followed() {
    let trap = answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".into()).await;
    let moved =
        format!("HTTP/1.1 307 Temporary Redirect\r\nLocation: {trap}\r\nContent-Length: 0\r\n\r\n");
    assert_eq!(
        get(&answering(moved.into()).await).await.unwrap().status(),
        StatusCode::TEMPORARY_REDIRECT
    );
}

#[tokio::test]
async fn a_flood_and_a_silence_end() {
    let mut flood = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".to_vec();
    flood.resize(2 * LARGEST_ANSWER, b'x');
    assert!(matches!(get(&answering(flood).await).await, Err(Error::Misconfigured(_))));
    assert!(matches!(get(&answering(Vec::new()).await).await, Err(Error::TimedOut { .. })));
}
