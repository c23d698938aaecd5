//! Asking.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::StreamExt;
use parking_lot::Mutex;
use tokio::{
    net::TcpStream,
    sync::{mpsc, oneshot},
    task::JoinHandle,
    time::timeout,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::{
    frame::{self, Frame},
    identity::Identity,
    socket,
};

/// How long it may take to reach a process, and both to prove who they are.
const CONNECT: Duration = Duration::from_secs(1);
/// So long after it could not be reached nobody tries again.
const AFTER_FAILURE: Duration = Duration::from_millis(100);
/// How many questions may wait to be written.
const WAITING: usize = 1024;

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// There is no connection, so the question was not sent.
    #[error("the other process cannot be reached")]
    Unreachable,
    /// The connection has ended, and the question may have arrived before.
    #[error("the connection to the other process was lost")]
    Lost,
}

/// The connections to other processes, made when they are first needed.
pub struct Peers {
    identity: Identity,
    lines: Mutex<HashMap<String, Arc<Line>>>,
}

/// The way to one process.
#[derive(Default)]
struct Line {
    state: tokio::sync::Mutex<State>,
}

#[derive(Default)]
enum State {
    #[default]
    Unused,
    Open(Arc<Connection>),
    FailedAt(Instant),
}

/// The answers that are waited for; none any more when the connection has ended.
type Pending = Mutex<Option<HashMap<u64, oneshot::Sender<Vec<u8>>>>>;

struct Connection {
    questions: mpsc::Sender<Frame<Vec<u8>>>,
    pending: Arc<Pending>,
    next: AtomicU64,
    tasks: [JoinHandle<()>; 2],
}

impl Peers {
    /// No connection yet.
    #[must_use]
    pub fn new(identity: Identity) -> Self {
        Self { identity, lines: Mutex::default() }
    }

    /// Asks the process at `address`, which is `host:port`.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn ask(&self, address: &str, question: Vec<u8>) -> Result<Vec<u8>, AskError> {
        let line = self.line(address);
        let connection = self.connection(&line, address).await?;
        connection.ask(question).await
    }

    fn line(&self, address: &str) -> Arc<Line> {
        let mut lines = self.lines.lock();
        if let Some(line) = lines.get(address) {
            return Arc::clone(line);
        }
        // One process at a time is asked as a rule; lines to those that are gone are not kept.
        lines.retain(|_, line| Arc::strong_count(line) > 1 || line.is_open());
        let line = Arc::new(Line::default());
        lines.insert(address.to_owned(), Arc::clone(&line));
        line
    }

    async fn connection(&self, line: &Line, address: &str) -> Result<Arc<Connection>, AskError> {
        let mut state = line.state.lock().await;
        match &*state {
            State::Open(connection) if connection.is_open() => return Ok(Arc::clone(connection)),
            State::FailedAt(at) if at.elapsed() < AFTER_FAILURE => return Err(AskError::Unreachable),
            _ => {}
        }
        let connected = timeout(CONNECT, connect(&self.identity, address)).await;
        match connected.map_err(std::io::Error::from).flatten() {
            Ok(stream) => {
                let connection = Arc::new(Connection::over(stream));
                *state = State::Open(Arc::clone(&connection));
                Ok(connection)
            }
            Err(error) => {
                tracing::warn!(address, %error, "another process cannot be reached");
                *state = State::FailedAt(Instant::now());
                Err(AskError::Unreachable)
            }
        }
    }
}

impl Line {
    fn is_open(&self) -> bool {
        self.state.try_lock().is_ok_and(|state| matches!(&*state, State::Open(open) if open.is_open()))
    }
}

async fn connect(identity: &Identity, address: &str) -> std::io::Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(address).await?;
    socket::prepare(&stream)?;
    TlsConnector::from(Arc::clone(&identity.client)).connect(identity.name.clone(), stream).await
}

impl Connection {
    fn over(stream: TlsStream<TcpStream>) -> Self {
        let (from, to) = tokio::io::split(stream);
        let (questions, waiting) = mpsc::channel(WAITING);
        let pending: Arc<Pending> = Arc::new(Mutex::new(Some(HashMap::new())));
        let (read, written) = (Arc::clone(&pending), Arc::clone(&pending));
        let reader = tokio::spawn(async move {
            let mut answers = frame::incoming(from);
            while let Some(Ok(bytes)) = answers.next().await {
                let Some(Frame { number, body }) = frame::parse(&bytes) else { break };
                let asked = read.lock().as_mut().and_then(|pending| pending.remove(&number));
                // Whoever asked may have gone away.
                asked.map(|asked| asked.send(body.to_vec()));
            }
            // Whoever waits hears that there will be no answer.
            *read.lock() = None;
        });
        let writer = tokio::spawn(async move {
            let _ = frame::write(to, waiting).await;
            *written.lock() = None;
        });
        Self { questions, pending, next: AtomicU64::new(0), tasks: [reader, writer] }
    }

    fn is_open(&self) -> bool {
        self.pending.lock().is_some()
    }

    async fn ask(&self, body: Vec<u8>) -> Result<Vec<u8>, AskError> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let (asked, answer) = oneshot::channel();
        match &mut *self.pending.lock() {
            Some(pending) => drop(pending.insert(number, asked)),
            None => return Err(AskError::Unreachable),
        }
        let _forgotten = Forgotten { pending: &self.pending, number };
        if self.questions.send(Frame { number, body }).await.is_err() {
            return Err(AskError::Lost);
        }
        answer.await.map_err(|_| AskError::Lost)
    }
}

/// A question that nobody waits for any more, when it is dropped.
struct Forgotten<'a> {
    pending: &'a Pending,
    number: u64,
}

impl Drop for Forgotten<'_> {
    fn drop(&mut self) {
        if let Some(pending) = &mut *self.pending.lock() {
            pending.remove(&self.number);
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}
