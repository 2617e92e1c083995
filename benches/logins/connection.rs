//! One kept-alive HTTP connection. What measures has to cost less than what it measures, so this knows
//! nothing but `Content-Length`.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The connection, and what was read of it.
pub struct Connection {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Connection {
    /// Connects to a loopback port.
    pub async fn open(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).await.expect("the server listens");
        stream.set_nodelay(true).expect("a socket");
        Self { stream, read: Vec::with_capacity(16 * 1024) }
    }

    /// Sends a request and gives the body of its answer.
    ///
    /// # Panics
    /// When the answer is not 200.
    pub async fn exchange(&mut self, request: &str) -> &str {
        self.stream.write_all(request.as_bytes()).await.expect("sent");
        self.read.clear();
        loop {
            let read = self.stream.read_buf(&mut self.read).await.expect("an answer");
            assert!(read > 0, "the server hung up");
            let Some(end) = self.read.windows(4).position(|window| window == b"\r\n\r\n") else {
                continue;
            };
            let head = std::str::from_utf8(&self.read[..end]).expect("ASCII");
            assert!(head.starts_with("HTTP/1.1 200"), "{head}");
            if self.read.len() == end + 4 + content_length(head) {
                return std::str::from_utf8(&self.read[end + 4..]).expect("UTF-8");
            }
        }
    }
}

fn content_length(head: &str) -> usize {
    let mut lines = head.lines().filter_map(|line| line.split_once(": "));
    let length = lines.find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    length.and_then(|(_, value)| value.parse().ok()).expect("answers have a length")
}
