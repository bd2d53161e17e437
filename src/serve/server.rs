//! The server: it listens on the loopback addresses alone, and hands questions to the one thread that makes forecasts.

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, ErrorKind, Read};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tiny_http::{Header, Request, Response, Server};

use super::assets::{self, Asset};
use super::forecaster::Forecaster;
use super::request::{Asked, Head, LONGEST_BODY, Refusal, check};
use super::settings::Question;
use super::turns::Turns;

/// How long one forecast may take.
const LONGEST: Duration = Duration::from_secs(20);
/// Attempts at a port that is free under both addresses.
const ATTEMPTS: usize = 8;

/// Headers of every answer. The page runs its own script and asks its own server, and nothing else.
const HEADERS: [(&str, &str); 7] = [
    (
        "Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'",
    ),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Cache-Control", "no-store"),
];

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Another program has the port.
    #[error("port {0} is in use: choose another with --port N, or --port 0 for any that is free")]
    InUse(u16),
    /// The system gives no port.
    #[error("cannot listen on {address}: {source}")]
    Listening {
        /// Where.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The server cannot be started.
    #[error("cannot start the server: {0}")]
    Starting(String),
}

/// The addresses that the server listens on.
#[derive(Debug)]
pub struct Bound {
    listeners: Vec<TcpListener>,
    port: u16,
}

/// A question, and where its answer goes.
struct Task {
    question: Question,
    stop: Arc<AtomicBool>,
    reply: Sender<Value>,
}

/// Listens on 127.0.0.1, and on `[::1]` where the machine has it; port 0 takes one that is free.
///
/// # Errors
/// When another program has the port, or the system gives none.
pub fn bind(port: u16) -> Result<Bound, ServeError> {
    let mut last = Err(ServeError::InUse(port));
    for _ in 0..if port == 0 { ATTEMPTS } else { 1 } {
        last = bind_both(port);
        if last.is_ok() {
            break;
        }
    }
    last
}

fn bind_both(port: u16) -> Result<Bound, ServeError> {
    let failed = |address: SocketAddr, source: io::Error| match source.kind() {
        ErrorKind::AddrInUse => ServeError::InUse(address.port()),
        _ => ServeError::Listening { address, source },
    };
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let first = TcpListener::bind(address).map_err(|source| failed(address, source))?;
    let port = first.local_addr().map_err(|source| failed(address, source))?.port();
    let mut listeners = vec![first];
    let address = SocketAddr::from((Ipv6Addr::LOCALHOST, port));
    match TcpListener::bind(address) {
        Ok(second) => listeners.push(second),
        // Whoever has this port there would get what a browser sends to `localhost`.
        Err(source) if source.kind() == ErrorKind::AddrInUse => return Err(failed(address, source)),
        // The machine has no IPv6.
        Err(_) => {}
    }
    Ok(Bound { listeners, port })
}

impl Bound {
    /// The address of the page.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    /// Answers requests until the process ends. Forecasts are made on the caller's thread, one after the other.
    ///
    /// # Errors
    /// When the server cannot be started, or when it cannot listen any more.
    pub fn serve(self, forecaster: &Forecaster) -> Result<(), ServeError> {
        let (sender, receiver) = mpsc::channel();
        let turns = Arc::new(Turns::default());
        let start = Arc::new(forecaster.start().to_string());
        for listener in self.listeners {
            let server =
                Server::from_listener(listener, None).map_err(|error| ServeError::Starting(error.to_string()))?;
            let desk =
                Desk { port: self.port, start: Arc::clone(&start), turns: Arc::clone(&turns), tasks: sender.clone() };
            std::thread::spawn(move || take(&server, &desk));
        }
        drop(sender);
        work(forecaster, &receiver);
        Err(ServeError::Starting("the server does not listen any more".into()))
    }
}

/// Makes forecasts as long as anybody can ask for some.
fn work(forecaster: &Forecaster, tasks: &Receiver<Task>) {
    for task in tasks {
        let answer = if task.stop.load(Ordering::Relaxed) {
            superseded()
        } else {
            forecaster.answer(&task.question, &task.stop)
        };
        // Nobody waits for the answer any more where it took too long.
        let _ = task.reply.send(answer);
    }
}

fn superseded() -> Value {
    json!({"superseded": true})
}

/// Takes requests. Each connection with something to answer has a thread of its own, so that a client that neither sends nor reads
/// holds up nobody else. The HTTP library, too, has a thread for each connection.
fn take(server: &Server, desk: &Desk) {
    let waiting = Arc::new(Mutex::new(BTreeMap::new()));
    while let Ok(request) = server.recv() {
        let client = request.remote_addr().copied();
        if let Some(more) = lock(&waiting).get_mut(&client) {
            more.push_back(request);
            continue;
        }
        lock(&waiting).insert(client, VecDeque::new());
        let (desk, others) = (desk.clone(), Arc::clone(&waiting));
        let spawned = std::thread::Builder::new().spawn(move || {
            let mut next = Some(request);
            while let Some(request) = next {
                desk.answer(request);
                next = next_of(&mut lock(&others), client);
            }
        });
        // Where the system gives no thread the request is answered with status 500.
        if spawned.is_err() {
            lock(&waiting).remove(&client);
        }
    }
}

/// The requests of each client that wait until an earlier one is answered; nobody is in it who waits for nothing.
type Waiting = BTreeMap<Option<SocketAddr>, VecDeque<Request>>;

fn lock(waiting: &Mutex<Waiting>) -> MutexGuard<'_, Waiting> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The next request of a client, who is forgotten where there is none.
fn next_of(waiting: &mut Waiting, client: Option<SocketAddr>) -> Option<Request> {
    let next = waiting.get_mut(&client).and_then(VecDeque::pop_front);
    if next.is_none() {
        waiting.remove(&client);
    }
    next
}

/// What a thread needs to answer a request.
#[derive(Clone)]
struct Desk {
    port: u16,
    start: Arc<String>,
    turns: Arc<Turns>,
    tasks: Sender<Task>,
}

impl Desk {
    fn answer(&self, mut request: Request) {
        let response = self.response(&mut request);
        // A browser that has closed the connection needs no answer.
        let _ = request.respond(response);
    }

    fn response(&self, request: &mut Request) -> Response<io::Cursor<Vec<u8>>> {
        let method = request.method().as_str().to_owned();
        let target = request.url().to_owned();
        let headers: Vec<(String, String)> = request
            .headers()
            .iter()
            .map(|header| (header.field.as_str().as_str().to_owned(), header.value.as_str().to_owned()))
            .collect();
        let headers = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        match check(&Head { method: &method, target: &target, headers }, self.port) {
            Ok(Asked::Page) => file(assets::page()),
            Ok(Asked::Style) => file(assets::style()),
            Ok(Asked::Script) => file(assets::script()),
            Ok(Asked::Start) => answer(200, self.start.as_bytes().to_vec(), JSON),
            Ok(Asked::Forecast) => self.forecast(request),
            Err(refusal) => refused(refusal),
        }
    }

    fn forecast(&self, request: &mut Request) -> Response<io::Cursor<Vec<u8>>> {
        let mut body = Vec::new();
        // `check` lets only bodies through that are here already.
        let read = request.as_reader().take(LONGEST_BODY as u64 + 1).read_to_end(&mut body);
        if read.is_err() || body.len() > LONGEST_BODY {
            return refused(Refusal::Length);
        }
        let question = match Question::read(&body) {
            Ok(question) => question,
            Err(message) => return in_json(400, &json!({"error": {"message": message}})),
        };
        let Some(stop) = self.turns.take(&question.page, question.number) else { return in_json(409, &superseded()) };
        let (reply, replies) = mpsc::channel();
        if self.tasks.send(Task { question, stop: Arc::clone(&stop), reply }).is_err() {
            return too_long();
        }
        match replies.recv_timeout(LONGEST) {
            Ok(value) if value["superseded"] == true => in_json(409, &value),
            Ok(value) if value["error"].is_object() => in_json(422, &value),
            Ok(value) => in_json(200, &value),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                stop.store(true, Ordering::Relaxed);
                too_long()
            }
        }
    }
}

const JSON: &str = "application/json";

fn too_long() -> Response<io::Cursor<Vec<u8>>> {
    let seconds = LONGEST.as_secs();
    let message =
        format!("this forecast takes longer than {seconds} s: start rollcast serve with fewer --replications");
    in_json(503, &json!({"error": {"message": message}}))
}

fn in_json(status: u16, value: &Value) -> Response<io::Cursor<Vec<u8>>> {
    answer(status, value.to_string().into_bytes(), JSON)
}

fn file(asset: Asset) -> Response<io::Cursor<Vec<u8>>> {
    answer(200, asset.text.into_bytes(), asset.kind)
}

fn refused(refusal: Refusal) -> Response<io::Cursor<Vec<u8>>> {
    answer(refusal.status(), format!("{refusal}\n").into_bytes(), "text/plain; charset=utf-8")
}

fn answer(status: u16, body: Vec<u8>, kind: &str) -> Response<io::Cursor<Vec<u8>>> {
    let response = Response::from_data(body).with_status_code(status).with_chunked_threshold(usize::MAX);
    HEADERS.iter().copied().chain([("Content-Type", kind)]).fold(response, |response, (name, value)| {
        match Header::from_bytes(name, value) {
            Ok(header) => response.with_header(header),
            // Names and values are constants in ASCII.
            Err(()) => response,
        }
    })
}
