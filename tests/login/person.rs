//! The person at the browser: follows a link, signs in, and brings the answer where it belongs. This
//! is the one place that would change if another issuer stood in for the one of these tests.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use url::Url;
use url::form_urlencoded::Serializer;

use crate::issuer::{Issuer, Parameters};

/// What the issuer's page holds after the person said yes.
pub struct Answer {
    /// The authorization request that it answers.
    pub request: Parameters,
    /// Where the answer belongs.
    pub door: String,
    pub fields: Vec<(String, String)>,
    pub code: String,
}

/// The HTTP answer of a listener.
#[derive(Debug, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Reply {
    pub fn header(&self, name: &str) -> Option<&str> {
        let line = self.head.lines().find(|line| {
            line.split_once(':').is_some_and(|(found, _)| found.eq_ignore_ascii_case(name))
        })?;
        Some(line.split_once(':')?.1.trim())
    }
}

/// Signs in at `link`.
pub fn sign_in(issuer: &Issuer, link: &str) -> Answer {
    let (request, code) = issuer.authorize(&Url::parse(link).unwrap());
    let fields =
        [("code", code.as_str()), ("state", &request["state"]), ("iss", &issuer.response_iss())];
    let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    Answer { door: request["redirect_uri"].clone(), request, fields, code }
}

/// Says no at `link`.
pub fn decline(issuer: &Issuer, link: &str, error: &str) -> Answer {
    let mut answer = sign_in(issuer, link);
    answer.fields[0] = ("error".into(), error.into());
    answer
        .fields
        .push(("error_description".into(), "\u{1b}[31mnot for the eyes; request id req-9".into()));
    answer
}

impl Answer {
    pub fn encoded(&self) -> String {
        Serializer::new(String::new()).extend_pairs(&self.fields).finish()
    }

    pub fn set(&mut self, name: &str, value: &str) {
        self.fields
            .iter_mut()
            .filter(|(found, _)| found == name)
            .for_each(|(_, old)| *old = value.into());
    }

    /// POSTs the answer to its door, as a browser's top-level form does.
    pub async fn post(&self) -> Reply {
        let body = self.encoded();
        let head = format!(
            "POST / HTTP/1.1\r\nHost: {}\r\nOrigin: null\r\nContent-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: {}\r\n\r\n",
            self.authority(),
            body.len()
        );
        send(&self.authority(), &format!("{head}{body}")).await
    }

    /// Brings the answer in the address.
    pub async fn get(&self) -> Reply {
        self.ask("GET", &format!("/?{}", self.encoded())).await
    }

    /// Any other request to the door.
    pub async fn ask(&self, method: &str, target: &str) -> Reply {
        let request = format!("{method} {target} HTTP/1.1\r\nHost: {}\r\n\r\n", self.authority());
        send(&self.authority(), &request).await
    }

    pub fn authority(&self) -> String {
        let door = Url::parse(&self.door).unwrap();
        format!("{}:{}", door.host_str().unwrap(), door.port().unwrap())
    }
}

async fn send(authority: &str, request: &str) -> Reply {
    let mut stream = TcpStream::connect(authority).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Reply { status, head: head.to_owned(), body: body.to_owned() }
}
