//! Answering.

use std::{sync::Arc, time::Duration};

use futures_util::StreamExt;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, mpsc},
    task::JoinSet,
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
/// How many may be about to prove it; more wait. It may be anybody, and each takes a file descriptor.
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
    let mut connections = JoinSet::new();
    let strangers = Arc::new(Semaphore::new(STRANGERS_MAX));
    let accept = async || {
        let place = Arc::clone(&strangers).acquire_owned().await;
        listener.accept().await.map(|(stream, from)| (stream, from, place))
    };
    loop {
        tokio::select! {
            accepted = accept() => match accepted {
                Ok((stream, from, place)) => {
                    let (acceptor, answer) = (acceptor.clone(), answer.clone());
                    connections.spawn(async move {
                        let greeted = greet(stream, acceptor).await;
                        drop(place);
                        let ended = match greeted {
                            Ok(stream) => converse(stream, answer).await,
                            Err(error) => Err(error),
                        };
                        if let Err(error) = ended {
                            tracing::debug!(%from, %error, "a connection of another process has ended");
                        }
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection of another process cannot be accepted");
                    tokio::time::sleep(PAUSE).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

/// The connection, when the other side has proved who it is.
async fn greet(stream: TcpStream, acceptor: TlsAcceptor) -> std::io::Result<TlsStream<TcpStream>> {
    socket::prepare(&stream)?;
    timeout(HANDSHAKE, acceptor.accept(stream)).await?
}

async fn converse<F, R>(stream: TlsStream<TcpStream>, answer: F) -> std::io::Result<()>
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
                    return Err(std::io::ErrorKind::InvalidData.into());
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
