//! Answering.

use std::{collections::VecDeque, io, net::SocketAddr, sync::Arc, time::Duration};

use futures_util::StreamExt;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::mpsc::{self, OwnedPermit},
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
/// How many questions of a connection may be open, answers that are not written yet among them; nothing more is read then. That
/// is for whoever asks and does not take the answers. What is too much for whoever answers is to be refused long before:
/// where nothing is read the other side soon takes the connection for lost (`socket.rs`).
const OPEN: usize = 32 * 1024;

/// A question's way back. The answer has to be given: whoever asks waits for it as long as the connection lasts.
pub struct Way<A> {
    number: u64,
    place: OwnedPermit<Frame<A>>,
}

impl<A> Way<A> {
    /// Gives the answer. Any thread may do that, and need not wait; the answer becomes bytes when it is written.
    pub fn give(self, answer: A) {
        self.place.send(Frame { number: self.number, body: answer });
    }
}

/// Answers every question of every process of the installation, until it is dropped. `answer` gets the question and the way
/// back for the answer, and returns without waiting for that: the next question is read after it.
pub async fn serve<F, A>(listener: TcpListener, identity: Identity, answer: F)
where
    F: Fn(&[u8], Way<A>) + Clone + Send + Sync + 'static,
    A: Into<Vec<u8>> + Send + 'static,
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
                let conversation = converse(stream, OPEN, answer.clone());
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

/// Answers the questions on a connection until it ends.
async fn converse<S, F, A>(stream: S, open: usize, answer: F) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Send + 'static,
    F: Fn(&[u8], Way<A>),
    A: Into<Vec<u8>> + Send + 'static,
{
    let (from, to) = tokio::io::split(stream);
    let (answers, waiting) = mpsc::channel(open);
    // It ends with this connection.
    let mut writer = JoinSet::new();
    writer.spawn(frame::write(to, waiting));
    tokio::select! {
        heard = listen(from, answers, answer) => heard,
        Some(written) = writer.join_next() => written?,
    }
}

async fn listen<R, F, A>(from: R, answers: mpsc::Sender<Frame<A>>, answer: F) -> io::Result<()>
where
    R: AsyncRead + Unpin,
    F: Fn(&[u8], Way<A>),
{
    let mut questions = frame::incoming(from);
    while let Some(bytes) = questions.next().await.transpose()? {
        let Frame { number, body } = frame::parse(&bytes).ok_or(io::ErrorKind::InvalidData)?;
        let place = answers.clone().reserve_owned().await.map_err(io::Error::other)?;
        answer(body, Way { number, place });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
