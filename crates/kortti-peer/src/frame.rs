//! Frames, and the task that writes them.

use bytes::{BufMut, Bytes, BytesMut};
use futures_util::{Sink, SinkExt};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::mpsc,
    task::yield_now,
};
use tokio_util::codec::{FramedRead, FramedWrite, LengthDelimitedCodec};

/// The largest frame, in bytes.
const MOST: usize = 8 * 1024 * 1024;
/// How many bytes the number of a question takes.
const NUMBER: usize = 8;

/// A question or an answer on its way.
pub(crate) struct Frame {
    pub number: u64,
    pub body: Vec<u8>,
}

fn codec() -> LengthDelimitedCodec {
    LengthDelimitedCodec::builder().max_frame_length(MOST).new_codec()
}

/// The frames that come in.
pub(crate) fn incoming<R: AsyncRead>(from: R) -> FramedRead<R, LengthDelimitedCodec> {
    FramedRead::new(from, codec())
}

/// Takes a frame apart; none when it is too short to be one.
pub(crate) fn parse(mut bytes: BytesMut) -> Option<Frame> {
    if bytes.len() < NUMBER {
        return None;
    }
    let body = bytes.split_off(NUMBER).to_vec();
    let number = bytes.as_ref().try_into().ok().map(u64::from_be_bytes)?;
    Some(Frame { number, body })
}

/// Writes what is handed over until nobody can hand anything over any more. What has gathered goes out together.
pub(crate) async fn write<W: AsyncWrite + Send + Unpin>(
    to: W,
    mut frames: mpsc::Receiver<Frame>,
) -> std::io::Result<()> {
    let mut framed = FramedWrite::new(to, codec());
    let to: &mut (dyn Sink<Bytes, Error = std::io::Error> + Unpin + Send) = &mut framed;
    while let Some(frame) = frames.recv().await {
        to.feed(bytes_of(&frame)).await?;
        // Whoever is about to hand something over as well has its turn first. Otherwise this task would run as soon as it is
        // woken, and of many answers that come at once each would go out alone.
        yield_now().await;
        while let Ok(frame) = frames.try_recv() {
            to.feed(bytes_of(&frame)).await?;
        }
        to.flush().await?;
    }
    to.close().await
}

fn bytes_of(frame: &Frame) -> Bytes {
    let mut bytes = BytesMut::with_capacity(NUMBER + frame.body.len());
    bytes.put_u64(frame.number);
    bytes.put_slice(&frame.body);
    bytes.freeze()
}

#[cfg(test)]
mod tests;
