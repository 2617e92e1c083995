//! One HTTP/1.1 request, read with a limit on everything (RFC 9112). Responses come as a form of known
//! length or in a query; what else HTTP can do is refused.

use tokio::io::{AsyncRead, AsyncReadExt};

/// The most that is read: a head, and a body after it.
const LARGEST: usize = 64 * 1024;
const MOST_HEADERS: usize = 64;

/// What a listener needs to know of a request.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::cli::login) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: String,
    /// Whether the body says that it is a form.
    pub(super) is_form: bool,
    pub(super) body: Vec<u8>,
}

/// Why a request was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli::login) enum Unread {
    /// It is not HTTP, or ended early.
    Malformed,
    /// A head or body over the limit.
    TooLarge,
    /// A body of unknown length.
    NoLength,
}

/// Reads one request.
pub(in crate::cli::login) async fn read(
    stream: &mut (impl AsyncRead + Unpin),
) -> Result<Request, Unread> {
    let mut bytes = Vec::new();
    let (mut request, head, length) = loop {
        if let Some(parsed) = parse_head(&bytes)? {
            break parsed;
        }
        read_some(stream, &mut bytes).await?;
    };
    while bytes.len() < head + length {
        read_some(stream, &mut bytes).await?;
    }
    request.body = bytes[head..head + length].to_vec();
    Ok(request)
}

async fn read_some(
    stream: &mut (impl AsyncRead + Unpin),
    bytes: &mut Vec<u8>,
) -> Result<(), Unread> {
    if bytes.len() >= 2 * LARGEST {
        return Err(Unread::TooLarge);
    }
    match stream.read_buf(bytes).await {
        Ok(count) if count > 0 => Ok(()),
        _ => Err(Unread::Malformed),
    }
}

/// The request without its body, where the body begins and how long it is; `None` while the head goes on.
fn parse_head(bytes: &[u8]) -> Result<Option<(Request, usize, usize)>, Unread> {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut parsed = httparse::Request::new(&mut headers);
    let head = match parsed.parse(bytes) {
        Ok(httparse::Status::Complete(head)) if head <= LARGEST => head,
        Ok(httparse::Status::Partial) if bytes.len() <= LARGEST => return Ok(None),
        Ok(_) | Err(httparse::Error::TooManyHeaders) => return Err(Unread::TooLarge),
        Err(_) => return Err(Unread::Malformed),
    };
    let (path, query) = parsed
        .path
        .unwrap_or_default()
        .split_once('?')
        .unwrap_or((parsed.path.unwrap_or_default(), ""));
    let content_type = header(parsed.headers, "content-type").unwrap_or_default();
    let request = Request {
        method: parsed.method.unwrap_or_default().to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        is_form: content_type.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded"),
        body: Vec::new(),
    };
    Ok(Some((request, head, length(parsed.headers)?)))
}

fn length(headers: &[httparse::Header<'_>]) -> Result<usize, Unread> {
    if header(headers, "transfer-encoding").is_some() {
        return Err(Unread::NoLength);
    }
    match header(headers, "content-length").map(str::parse) {
        None => Ok(0),
        Some(Ok(length)) if length <= LARGEST => Ok(length),
        Some(Ok(_)) => Err(Unread::TooLarge),
        Some(Err(_)) => Err(Unread::Malformed),
    }
}

fn header<'a>(headers: &[httparse::Header<'a>], name: &str) -> Option<&'a str> {
    let header = headers.iter().find(|header| header.name.eq_ignore_ascii_case(name))?;
    std::str::from_utf8(header.value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read_all(text: &str) -> Result<Request, Unread> {
        read(&mut text.as_bytes()).await
    }

    #[tokio::test]
    async fn a_form_post_is_read() {
        let request = read_all(concat!(
            "POST /?a=b HTTP/1.1\r\nHost: 127.0.0.1:1\r\nOrigin: null\r\n",
            "content-type: application/x-www-form-urlencoded\r\nContent-Length: 6\r\n\r\ncode=c"
        ));
        let request = request.await.unwrap();
        assert_eq!(
            (request.method.as_str(), request.path.as_str(), request.query.as_str()),
            ("POST", "/", "a=b")
        );
        assert!(request.is_form);
        assert_eq!(request.body, b"code=c");
    }

    #[tokio::test]
    async fn what_is_not_a_plain_request_is_refused() {
        for (text, fault) in [
            ("", Unread::Malformed),
            ("GET / HTTP/1.1\r\n", Unread::Malformed),
            ("\u{16}\u{3}\u{1} TLS hello\r\n\r\n", Unread::Malformed),
            ("POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\ncode=c", Unread::Malformed),
            ("POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", Unread::Malformed),
            ("POST / HTTP/1.1\r\nContent-Length: 65537\r\n\r\n", Unread::TooLarge),
            ("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", Unread::NoLength),
        ] {
            assert_eq!(read_all(text).await, Err(fault), "{text}");
        }
        let long = format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(LARGEST));
        assert_eq!(read_all(&long).await, Err(Unread::TooLarge));
        let many = format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(MOST_HEADERS + 1));
        assert_eq!(read_all(&many).await, Err(Unread::TooLarge));
    }
}
