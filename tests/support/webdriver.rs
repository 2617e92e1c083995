//! The little of WebDriver (W3C Recommendation) that the tests speak. Plain JSON over HTTP: every
//! engine's own commands go through the same two methods as the standard's.

use std::time::Duration;

use serde_json::{Value, json};

/// What a driver refused, or how talking to it failed.
#[derive(Debug)]
pub struct Error(pub String);

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<reqwest::Error> for Error {
    fn from(error: reqwest::Error) -> Self {
        Self(format!("the driver does not answer: {error}"))
    }
}

/// The outcome of one command.
pub type Result<T> = std::result::Result<T, Error>;

/// The key under which drivers hand out elements (WebDriver §12).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// An open session of a driver.
pub struct Session {
    http: reqwest::Client,
    base: String,
}

impl Session {
    /// Opens a session at the driver that listens on the loopback `port`.
    pub async fn open(port: u16, capabilities: Value) -> Result<Self> {
        let http =
            reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(60)).build()?;
        let mut session = Self { http, base: format!("http://127.0.0.1:{port}/session") };
        let opened =
            session.post("", json!({"capabilities": {"alwaysMatch": capabilities}})).await?;
        let id =
            opened["sessionId"].as_str().ok_or_else(|| Error(format!("no session in {opened}")))?;
        session.base = format!("{}/{id}", session.base);
        Ok(session)
    }

    /// Asks for something.
    pub async fn get(&self, path: &str) -> Result<Value> {
        answer(self.http.get(format!("{}{path}", self.base)).send().await?).await
    }

    /// Commands something.
    pub async fn post(&self, path: &str, body: Value) -> Result<Value> {
        let request = self.http.post(format!("{}{path}", self.base));
        answer(
            request
                .header("content-type", "application/json")
                .body(body.to_string())
                .send()
                .await?,
        )
        .await
    }

    /// Ends or removes something.
    pub async fn delete(&self, path: &str) -> Result<Value> {
        answer(self.http.delete(format!("{}{path}", self.base)).send().await?).await
    }

    /// The path of the first element that matches a CSS selector.
    pub async fn find(&self, css: &str) -> Result<String> {
        let found = self.post("/element", json!({"using": "css selector", "value": css})).await?;
        let id = found[ELEMENT].as_str().ok_or_else(|| Error(format!("no element in {found}")))?;
        Ok(format!("/element/{id}"))
    }
}

async fn answer(response: reqwest::Response) -> Result<Value> {
    let succeeded = response.status().is_success();
    let body: Value =
        serde_json::from_slice(&response.bytes().await?).map_err(|e| Error(e.to_string()))?;
    let value = &body["value"];
    if succeeded {
        Ok(value.clone())
    } else {
        Err(Error(format!("{}: {}", value["error"], value["message"])))
    }
}
