//! One keep-alive connection of HTTP/1.1 and nothing around it, so that a driver takes no more of the
//! machine than it must.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A connection to a loopback port.
pub struct KeepAlive {
    stream: TcpStream,
    received: Vec<u8>,
}

/// What came back; it lies in the connection's buffer until the next request.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// HTTP status.
    pub status: u16,
    /// The headers as they came.
    pub head: &'a str,
    /// The body.
    pub body: &'a str,
}

impl KeepAlive {
    /// Connects.
    pub async fn open(port: u16) -> io::Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, received: Vec::with_capacity(16_384) })
    }

    /// Sends a whole request and reads the whole answer.
    pub async fn exchange(&mut self, request: &str) -> io::Result<Answer<'_>> {
        self.send(request).await?;
        self.receive().await
    }

    /// Sends a whole request.
    pub async fn send(&mut self, request: &str) -> io::Result<()> {
        self.received.clear();
        self.stream.write_all(request.as_bytes()).await
    }

    /// Reads the whole answer.
    pub async fn receive(&mut self) -> io::Result<Answer<'_>> {
        let (head, whole) = loop {
            if let Some(head) = self.received.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                let length = headers(text(&self.received[..head])?, "content-length").next();
                break (head, head + 4 + length.and_then(|value| value.parse().ok()).unwrap_or(0));
            }
            self.read().await?;
        };
        while self.received.len() < whole {
            self.read().await?;
        }
        let head_text = text(&self.received[..head])?;
        let status = head_text.get(9..12).and_then(|status| status.parse().ok());
        let status = status.ok_or(io::ErrorKind::InvalidData)?;
        Ok(Answer { status, head: head_text, body: text(&self.received[head + 4..whole])? })
    }

    async fn read(&mut self) -> io::Result<()> {
        match self.stream.read_buf(&mut self.received).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}

impl<'a> Answer<'a> {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        headers(self.head, name).next()
    }

    /// The values of a header that may be there several times.
    pub fn headers(&self, name: &str) -> impl Iterator<Item = &'a str> {
        headers(self.head, name)
    }

    /// A text of the JSON in the body; only for texts without escapes, as tokens are.
    pub fn json_text(&self, name: &str) -> Option<&'a str> {
        let (_, rest) = self.body.split_once(&format!("\"{name}\":\""))?;
        rest.split('"').next()
    }
}

/// A GET with these headers, each ended by CRLF.
pub fn get(path: &str, headers: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n{headers}\r\n")
}

/// A POST of a form that is encoded already, with these headers.
pub fn post(path: &str, headers: &str, form: &str) -> String {
    let length = form.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-www-form-urlencoded\r\n\
         content-length: {length}\r\n{headers}\r\n{form}"
    )
}

fn headers<'a>(head: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    head.split("\r\n").skip(1).filter_map(move |line| {
        let (found, value) = line.split_once(':')?;
        found.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

fn text(bytes: &[u8]) -> io::Result<&str> {
    std::str::from_utf8(bytes).map_err(|_| io::ErrorKind::InvalidData.into())
}
