//! Answering.

use std::{collections::VecDeque, io, net::SocketAddr, sync::Arc, time::Duration};

use futures_util::StreamExt;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::mpsc,
    task::{AbortHandle, JoinSet},
    time::timeout,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use crate::{
    frame::{self, Frame},
    identity::Identity,
    socket,
};

/// How long somebody may take to prove who it is.
const HANDSHAKE: Duration = Duration::from_secs(5);
/// How many may be about to prove it. It may be anybody, and each takes a file descriptor; for one more the one that has taken
/// longest has to go, which is nobody who knows the key.
const STRANGERS_MAX: usize = 256;
/// How long to wait when no connection can be accepted, as when there are no file descriptors left.
const PAUSE: Duration = Duration::from_millis(50);
/// How many answers may wait to be written; then whoever has the next one waits, too.
const WAITING: usize = 1024;

/// Answers every question of every process of the installation, until it is dropped.
pub async fn serve<F, R>(listener: TcpListener, identity: Identity, answer: F)
where
    F: Fn(Vec<u8>) -> R + Clone + Send + Sync + 'static,
    R: Future<Output = Vec<u8>> + Send + 'static,
{
    let acceptor = TlsAcceptor::from(Arc::clone(&identity.server));
    let (mut strangers, mut connections) = (Strangers::default(), JoinSet::new());
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, from)) => strangers.add(stream, from, acceptor.clone()),
                Err(error) => {
                    tracing::warn!(%error, "a connection of another process cannot be accepted");
                    tokio::time::sleep(PAUSE).await;
                }
            },
            Some((stream, from)) = strangers.next() => {
                let conversation = converse(stream, answer.clone());
                connections.spawn(async move {
                    if let Err(error) = conversation.await {
                        tracing::debug!(%from, %error, "a connection of another process has ended");
                    }
                });
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

/// Who has connected and not proved yet who it is.
#[derive(Default)]
struct Strangers {
    greetings: JoinSet<Option<(TlsStream<TcpStream>, SocketAddr)>>,
    /// In the order in which they came, with some who are none any more.
    order: VecDeque<AbortHandle>,
}

impl Strangers {
    fn add(&mut self, stream: TcpStream, from: SocketAddr, acceptor: TlsAcceptor) {
        self.order.retain(|stranger| !stranger.is_finished());
        if self.order.len() >= STRANGERS_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            oldest.abort();
        }
        let greeting = self.greetings.spawn(async move {
            let greeted = greet(stream, acceptor).await;
            let refused = |error: &io::Error| tracing::debug!(%from, %error, "a stranger is not listened to");
            greeted.inspect_err(refused).ok().map(|stream| (stream, from))
        });
        self.order.push_back(greeting);
    }

    /// The next that has proved who it is; none when there are no strangers.
    async fn next(&mut self) -> Option<(TlsStream<TcpStream>, SocketAddr)> {
        while let Some(greeted) = self.greetings.join_next().await {
            if let Ok(Some(known)) = greeted {
                return Some(known);
            }
        }
        None
    }
}

/// The connection, when the other side has proved who it is.
async fn greet(stream: TcpStream, acceptor: TlsAcceptor) -> io::Result<TlsStream<TcpStream>> {
    socket::prepare(&stream)?;
    timeout(HANDSHAKE, acceptor.accept(stream)).await?
}

async fn converse<F, R>(stream: TlsStream<TcpStream>, answer: F) -> io::Result<()>
where
    F: Fn(Vec<u8>) -> R + Clone + Send + Sync + 'static,
    R: Future<Output = Vec<u8>> + Send + 'static,
{
    let (from, to) = tokio::io::split(stream);
    let (answers, waiting) = mpsc::channel(WAITING);
    let mut questions = frame::incoming(from);
    // They all end with this connection.
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let _ = frame::write(to, waiting).await;
    });
    loop {
        tokio::select! {
            question = questions.next() => {
                let Some(bytes) = question.transpose()? else { return Ok(()) };
                let Some(Frame { number, body }) = frame::parse(bytes) else {
                    return Err(io::ErrorKind::InvalidData.into());
                };
                let (answered, answers) = (answer(body), answers.clone());
                tasks.spawn(async move {
                    // Nobody waits for it when the connection has ended.
                    let _ = answers.send(Frame { number, body: answered.await }).await;
                });
            }
            Some(_) = tasks.join_next() => {}
        }
    }
}
