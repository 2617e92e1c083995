//! The parsers of `doorstep login`, for the fuzz targets alone.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use super::editor::Editor;
use super::{listener, paste};

/// Keys at the terminal.
pub fn keys(bytes: &[u8]) {
    let mut editor = Editor::default();
    for byte in bytes {
        let effect = editor.feed(*byte);
        assert!(effect.echo.chars().all(|c| !c.is_alphanumeric()), "no secret is echoed");
    }
}

/// A text that was pasted.
pub fn paste(text: &str) {
    for doorstep in [true, false] {
        if let Err(fault) = paste::read(text, doorstep) {
            assert!(!fault.to_string().is_empty());
        }
    }
}

/// All that came in over one connection.
pub fn request(bytes: &[u8]) {
    let mut stream = bytes;
    let reading = pin!(listener::read(&mut stream));
    let polled = reading.poll(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(polled, Poll::Ready(_)), "it waits for nothing once all has come");
}
