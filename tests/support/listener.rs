//! The door of a command-line program: a listener on loopback that awaits a form, in each mood that a
//! browser can meet.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// How the program at the door behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// Takes the form and sends the browser on to the issuer's result page.
    Alive,
    /// Nobody listens.
    Refused,
    /// Accepts the connection and never answers.
    Hanging,
    /// Answers 400 to everything, as a program does that awaits another login's `state`.
    Answers400,
    /// Closes the connection without an answer.
    Closes,
}

impl Mood {
    /// Every mood.
    pub const ALL: [Self; 5] =
        [Self::Alive, Self::Refused, Self::Hanging, Self::Answers400, Self::Closes];
}

/// One POST that arrived.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The head of the request, as it came.
    pub head: String,
    /// The fields of the form.
    pub fields: Vec<(String, String)>,
}

impl Delivery {
    /// The value of the one field of this name.
    ///
    /// # Panics
    /// When it came twice.
    pub fn field(&self, name: &str) -> Option<&str> {
        let mut values =
            self.fields.iter().filter(|(field, _)| field == name).map(|(_, value)| value.as_str());
        let value = values.next();
        assert!(values.next().is_none(), "the form has {name} twice");
        value
    }
}

/// A listener on a random loopback port; it stops when it is dropped.
pub struct Listener {
    /// Its port; a closed one for [`Mood::Refused`].
    pub port: u16,
    deliveries: mpsc::UnboundedReceiver<Delivery>,
    task: Option<JoinHandle<()>>,
}

impl Listener {
    /// Opens the door. In [`Mood::Alive`] browsers are sent on to `result_page`.
    pub async fn open(mood: Mood, result_page: &str) -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").await.expect("a loopback port");
        let port = socket.local_addr().expect("it has an address").port();
        let (sender, deliveries) = mpsc::unbounded_channel();
        let answer = answer(mood, result_page);
        let task =
            (mood != Mood::Refused).then(|| tokio::spawn(accept(socket, mood, answer, sender)));
        Self { port, deliveries, task }
    }

    /// The address that the program registers and asks for.
    pub fn redirect_uri(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    /// The next form that arrives within `patience`.
    pub async fn next(&mut self, patience: Duration) -> Option<Delivery> {
        tokio::time::timeout(patience, self.deliveries.recv()).await.ok().flatten()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

fn answer(mood: Mood, result_page: &str) -> String {
    match mood {
        Mood::Alive => format!(
            "HTTP/1.1 303 See Other\r\nLocation: {result_page}\r\nContent-Length: 0\r\n\r\n"
        ),
        Mood::Answers400 => concat!(
            "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n",
            "Content-Length: 13\r\n\r\nnot my login\n"
        )
        .into(),
        Mood::Refused | Mood::Hanging | Mood::Closes => String::new(),
    }
}

async fn accept(
    socket: TcpListener,
    mood: Mood,
    answer: String,
    sender: mpsc::UnboundedSender<Delivery>,
) {
    let mut held = tokio::task::JoinSet::new();
    while let Ok((stream, _)) = socket.accept().await {
        held.spawn(serve(stream, mood, answer.clone(), sender.clone()));
    }
}

async fn serve(
    mut stream: TcpStream,
    mood: Mood,
    answer: String,
    sender: mpsc::UnboundedSender<Delivery>,
) {
    let Some((head, body)) = read_request(&mut stream).await else { return };
    if head.starts_with("POST ") {
        let fields = url::form_urlencoded::parse(&body).into_owned().collect();
        let _ = sender.send(Delivery { head, fields });
    }
    if mood == Mood::Hanging {
        std::future::pending::<()>().await;
    }
    let _ = stream.write_all(answer.as_bytes()).await;
    let _ = stream.shutdown().await;
}

/// Reads one request; `None` for a connection that a browser opened in advance and never used.
async fn read_request(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    loop {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
        let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        if bytes.len() >= end + 4 + content_length(&head) {
            return Some((head, bytes.split_off(end + 4)));
        }
    }
}

fn content_length(head: &str) -> usize {
    let lines = head.lines().filter_map(|line| line.split_once(':'));
    let mut lengths = lines.filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    lengths.next().and_then(|(_, value)| value.trim().parse().ok()).unwrap_or(0)
}
