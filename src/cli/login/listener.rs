//! The door on this machine: a listener on 127.0.0.1 that takes the one response this login waits for
//! (RFC 8252 §7.3) and lets strangers go.
//!
//! Whoever knows the `state` is answered with the truth, so the answer waits until the code was
//! redeemed. A second delivery of the same response gets the same answer. Everyone else gets an error
//! page, and the login goes on.

mod answer;
mod request;

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use url::Url;

pub(super) use answer::Verdict;
#[cfg(fuzzing)]
pub(super) use request::read;
use request::{Request, Unread};

use crate::relying_party::Callback;
use crate::secret::{self, Secret};

/// A browser on this machine sends its request at once.
const READ_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the end of the program waits for answers to be written.
const PARTING: Duration = Duration::from_secs(2);
const MOST_CONNECTIONS: usize = 64;

/// Whose responses are taken, and how.
pub(super) struct Expectation {
    /// The `state` of the request.
    pub(super) state: Secret,
    /// Whether responses come in the query of a GET; else only by POST, and no code in a GET is taken.
    pub(super) by_query: bool,
    /// Where the browser goes at the end, if the issuer has a page for that.
    pub(super) result_page: Option<Url>,
}

/// Takes the port: the given one, or any.
pub(super) async fn bind(port: Option<u16>) -> std::io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port.unwrap_or(0))).await
}

/// A listener at work.
pub(super) struct Listener {
    arrivals: mpsc::Receiver<Callback>,
    verdict: watch::Sender<Option<Verdict>>,
    accepting: JoinHandle<()>,
}

impl Listener {
    /// Begins to serve.
    pub(super) fn serve(socket: TcpListener, expectation: Expectation) -> Self {
        let (delivered, arrivals) = mpsc::channel(1);
        let verdict = watch::Sender::new(None);
        let desk = Arc::new(Desk { expectation, delivered, verdict: verdict.clone() });
        Self { arrivals, verdict, accepting: tokio::spawn(accept(socket, desk)) }
    }

    /// The next response that carries the right `state`.
    pub(super) async fn arrival(&mut self) -> Callback {
        match self.arrivals.recv().await {
            Some(callback) => callback,
            None => std::future::pending().await,
        }
    }

    /// Tells the browsers that wait how it ended, and sees that they hear it.
    pub(super) async fn conclude(self, verdict: Verdict) {
        self.accepting.abort();
        self.verdict.send_replace(Some(verdict));
        // Each connection that waits for the verdict holds a receiver until its answer is written.
        let _ = timeout(PARTING, self.verdict.closed()).await;
    }
}

/// What connections share.
struct Desk {
    expectation: Expectation,
    delivered: mpsc::Sender<Callback>,
    verdict: watch::Sender<Option<Verdict>>,
}

async fn accept(socket: TcpListener, desk: Arc<Desk>) {
    let seats = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    loop {
        let Ok(seat) = Arc::clone(&seats).acquire_owned().await else { return };
        let Ok((stream, _)) = socket.accept().await else {
            sleep(Duration::from_millis(50)).await;
            continue;
        };
        let desk = Arc::clone(&desk);
        tokio::spawn(async move {
            desk.attend(stream).await;
            drop(seat);
        });
    }
}

impl Desk {
    async fn attend(&self, mut stream: TcpStream) {
        let read = timeout(READ_TIMEOUT, request::read(&mut stream)).await;
        match read.unwrap_or(Err(Unread::Malformed)).map(|request| self.judge(&request)) {
            Ok(Judgement::Mine(callback)) => {
                let mut verdict = self.verdict.subscribe();
                // Full means that a response is being dealt with already: the answer will be the same.
                let _ = self.delivered.try_send(callback);
                let verdict =
                    verdict.wait_for(Option::is_some).await.ok().and_then(|verdict| *verdict);
                let page = self.expectation.result_page.as_ref();
                write(&mut stream, &answer::verdict(verdict.unwrap_or(Verdict::Failed), page))
                    .await;
            }
            Ok(Judgement::Other(answer)) => write(&mut stream, &answer).await,
            Err(fault) => write(&mut stream, &unread(fault)).await,
        }
    }

    fn judge(&self, request: &Request) -> Judgement {
        let callback = match (request.method.as_str(), request.path.as_str()) {
            ("OPTIONS", _) => {
                return Judgement::Other(answer::bare(
                    "204 No Content",
                    "Allow: GET, POST, OPTIONS\r\n",
                ));
            }
            ("POST", "/") if request.is_form => Callback::parse(&request.body),
            ("GET", "/") if self.expectation.by_query => Callback::parse(request.query.as_bytes()),
            ("GET", "/") => return Judgement::Other(waiting()),
            ("GET" | "POST", _) => return Judgement::Other(nothing_here()),
            _ => {
                return Judgement::Other(answer::bare(
                    "405 Method Not Allowed",
                    "Allow: GET, POST, OPTIONS\r\n",
                ));
            }
        };
        let mine = callback
            .state
            .as_deref()
            .is_some_and(|state| secret::equal(state, self.expectation.state.expose()));
        match mine {
            true => Judgement::Mine(callback),
            false if callback == Callback::default() => Judgement::Other(waiting()),
            false => Judgement::Other(strange()),
        }
    }
}

enum Judgement {
    Mine(Callback),
    Other(Vec<u8>),
}

async fn write(stream: &mut TcpStream, answer: &[u8]) {
    if stream.write_all(answer).await.is_ok() && stream.shutdown().await.is_ok() {
        // Closing with bytes unread would reset the connection and might take the answer with it.
        let mut rest = tokio::io::sink();
        let _ = timeout(
            Duration::from_millis(200),
            tokio::io::copy(&mut stream.take(1 << 20), &mut rest),
        )
        .await;
    }
}

fn waiting() -> Vec<u8> {
    answer::page(
        "200 OK",
        "A sign-in is waiting here",
        "Please go on in the tab where you began to sign in.",
    )
}

fn nothing_here() -> Vec<u8> {
    answer::page(
        "404 Not Found",
        "There is nothing here",
        "This address only takes the answer of a sign-in.",
    )
}

fn strange() -> Vec<u8> {
    let words = "It was not used, and the sign-in in the terminal goes on.";
    answer::page("400 Bad Request", "This answer belongs to another sign-in", words)
}

fn unread(fault: Unread) -> Vec<u8> {
    let status = match fault {
        Unread::Malformed => "400 Bad Request",
        Unread::TooLarge => "413 Content Too Large",
        Unread::NoLength => "411 Length Required",
    };
    answer::page(status, "This request could not be read", "The sign-in in the terminal goes on.")
}
