//! Pages travel compressed (RFC 9110 §8.4.1.3) to browsers that take that: half of the bytes of a first visit.
//!
//! The length of a compressed page could tell what is secret on it, piece by piece, to whoever can make a
//! browser ask for it again and again with texts of their choice. There is nothing to learn: tokens of forms
//! are others in each answer, and a page with a code on it has no text from the request that asks for it.

use std::io::{self, Write};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::http::header::{
    AcceptEncoding, CONTENT_ENCODING, CONTENT_TYPE, Encoding, Header, HeaderValue, VARY,
};
use actix_web::{HttpRequest, HttpResponse};
use flate2::Compression;
use flate2::write::GzEncoder;

/// Compresses a page that is worth it, if the browser takes it.
pub fn compress(request: &HttpRequest, response: HttpResponse) -> HttpResponse {
    let is_page = response
        .headers()
        .get(CONTENT_TYPE)
        .is_some_and(|media_type| media_type.as_bytes().starts_with(b"text/html"));
    if !is_page || response.headers().contains_key(CONTENT_ENCODING) {
        return response;
    }
    let (head, body) = response.into_parts();
    let page = match body.try_into_bytes() {
        Ok(page) => page,
        Err(body) => return head.set_body(body),
    };
    let mut response = match takes_gzip(request).then(|| gzip(&page)) {
        Some(Ok(compressed)) => {
            let mut response = head.set_body(BoxBody::new(compressed));
            response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            response
        }
        _ => head.set_body(BoxBody::new(page)),
    };
    response.headers_mut().append(VARY, HeaderValue::from_static("accept-encoding"));
    response
}

fn takes_gzip(request: &HttpRequest) -> bool {
    let accepted = AcceptEncoding::parse(request);
    accepted.is_ok_and(|accepted| {
        accepted.negotiate([Encoding::gzip()].iter()) == Some(Encoding::gzip())
    })
}

fn gzip(page: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(page.len() / 2), Compression::fast());
    encoder.write_all(page)?;
    encoder.finish()
}
