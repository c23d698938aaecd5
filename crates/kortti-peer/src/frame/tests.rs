use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use super::*;

/// Counts how often what was written goes out.
#[derive(Clone, Default)]
struct Packets(Arc<AtomicUsize>);

impl AsyncWrite for Packets {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[tokio::test]
async fn answers_that_are_ready_at_once_go_out_together() {
    let packets = Packets::default();
    let (answers, waiting) = mpsc::channel(8);
    let writer = tokio::spawn(write(packets.clone(), waiting));
    tokio::task::yield_now().await;
    // The first wakes the writer before the others have their turn.
    answers.send(Frame { number: 0, body: vec![1] }).await.unwrap();
    for number in 1..5 {
        let answers = answers.clone();
        tokio::spawn(async move { answers.send(Frame { number, body: vec![1] }).await });
    }
    drop(answers);
    writer.await.unwrap().unwrap();
    assert_eq!(packets.0.load(Ordering::Relaxed), 1);
}
