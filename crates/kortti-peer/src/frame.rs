//! Frames, and the task that writes them.

use std::io;

use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt},
    sync::mpsc,
    task::yield_now,
};
use tokio_util::codec::{FramedRead, LengthDelimitedCodec};

/// The largest frame, in bytes.
const MOST: usize = 8 * 1024 * 1024;
/// How many bytes the number of a question takes.
const NUMBER: usize = 8;
/// When so many bytes have gathered they go out, whatever else there is.
const ENOUGH: usize = 64 * 1024;

/// A question or an answer on its way. What it says becomes bytes when it is written.
pub(crate) struct Frame<B> {
    pub number: u64,
    pub body: B,
}

/// The frames that come in.
pub(crate) fn incoming<R: AsyncRead>(from: R) -> FramedRead<R, LengthDelimitedCodec> {
    FramedRead::new(from, LengthDelimitedCodec::builder().max_frame_length(MOST).new_codec())
}

/// Takes a frame apart; none when it is too short to be one.
pub(crate) fn parse(bytes: &[u8]) -> Option<Frame<&[u8]>> {
    let (number, body) = bytes.split_first_chunk::<NUMBER>()?;
    Some(Frame { number: u64::from_be_bytes(*number), body })
}

/// Writes what is handed over until nobody can hand anything over any more. What has gathered goes out together.
pub(crate) async fn write<W, B>(mut to: W, mut frames: mpsc::Receiver<Frame<B>>) -> io::Result<()>
where
    W: AsyncWrite + Unpin,
    B: Into<Vec<u8>>,
{
    let mut gathered = Vec::new();
    while let Some(frame) = frames.recv().await {
        frame.put(&mut gathered)?;
        // Whoever is about to hand something over as well has its turn first. Otherwise this task would run as soon as it is
        // woken, and of many answers that come at once each would go out alone.
        yield_now().await;
        while gathered.len() < ENOUGH
            && let Ok(frame) = frames.try_recv()
        {
            frame.put(&mut gathered)?;
        }
        to.write_all(&gathered).await?;
        to.flush().await?;
        gathered.clear();
    }
    to.shutdown().await
}

impl<B: Into<Vec<u8>>> Frame<B> {
    fn put(self, to: &mut Vec<u8>) -> io::Result<()> {
        let body = self.body.into();
        let length = NUMBER + body.len();
        if length > MOST {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let length = u32::try_from(length).map_err(io::Error::other)?;
        to.extend_from_slice(&length.to_be_bytes());
        to.extend_from_slice(&self.number.to_be_bytes());
        to.extend_from_slice(&body);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
