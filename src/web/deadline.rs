//! A time limit for the body of a request, so that nobody holds a connection by sending it slowly. Headers and
//! the TLS handshake have their limits in the server that Doorstep runs in.

use std::cell::{Cell, RefCell};
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::HttpMessage as _;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest};
use actix_web::error::PayloadError;
use actix_web::web::Bytes;
use futures_util::{FutureExt as _, StreamExt as _, stream};

/// How long a body may take: a few forms of the size that is accepted, over a poor line.
const PATIENCE: Duration = Duration::from_secs(10);

/// The body of a request.
pub struct Body(Rc<State>);

struct State {
    payload: RefCell<Payload>,
    is_late: Cell<bool>,
}

impl Body {
    /// Ends the body of a request once it has taken too long. Most are there at once, and cost no timer.
    pub fn watch(request: &mut ServiceRequest) -> Option<Self> {
        let payload = request.take_payload();
        if matches!(payload, Payload::None) {
            return None;
        }
        let body =
            Self(Rc::new(State { payload: RefCell::new(payload), is_late: Cell::default() }));
        let (state, mut end) = (Rc::clone(&body.0), Box::pin(tokio::time::sleep(PATIENCE)));
        let watched = stream::poll_fn(move |context| {
            match state.payload.borrow_mut().poll_next_unpin(context) {
                Poll::Pending if end.poll_unpin(context).is_ready() => {
                    state.is_late.set(true);
                    let error = io::ErrorKind::TimedOut.into();
                    Poll::Ready(Some(Err(PayloadError::Io(error))))
                }
                part => part,
            }
        });
        request.set_payload(Payload::Stream { payload: Box::pin(watched) });
        Some(body)
    }

    /// Whether it was ended.
    pub fn is_late(&self) -> bool {
        self.0.is_late.get()
    }
}

/// The body of an answer, and of the request that it is to. The server closes the connection of a request that
/// is not read to its end, but only while somebody holds it: else it would read on, for as long as chunks come.
pub struct Answer {
    /// What is sent.
    pub body: BoxBody,
    /// What is held until then.
    #[expect(dead_code, reason = "it is there to be dropped with the answer")]
    pub request: Body,
}

impl MessageBody for Answer {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(context)
    }
}
