use std::time::Duration;

use axum::{Router, routing::get};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream},
    time::sleep,
};

use super::{ANSWER_PATIENCE, connection};

/// How much of an answer is on its way at most.
const ROOM: usize = 1024;
const LARGE: usize = 20 * ROOM;
const MOMENT: Duration = Duration::from_millis(10);

/// The client's end of a connection on which it has asked for something large. Time passes as soon as nobody has anything to do.
async fn asked() -> DuplexStream {
    let (mut client, server) = tokio::io::duplex(ROOM);
    let router = Router::new().route("/", get(|| async { vec![b'x'; LARGE] }));
    tokio::spawn(connection(server, router));
    client.write_all(b"GET / HTTP/1.1\r\nHost: kortti\r\nConnection: close\r\n\r\n").await.unwrap();
    client
}

/// How much comes when there is this much time before each part is taken.
async fn taken(mut client: DuplexStream, before_each: Duration) -> usize {
    let (mut part, mut all) = ([0; ROOM], 0);
    loop {
        sleep(before_each).await;
        match client.read(&mut part).await.unwrap() {
            0 => return all,
            some => all += some,
        }
    }
}

#[tokio::test(start_paused = true)]
async fn who_takes_an_answer_slowly_gets_all_of_it() {
    let all = taken(asked().await, ANSWER_PATIENCE - MOMENT).await;
    assert!(all > LARGE, "{all}");
}

#[tokio::test(start_paused = true)]
async fn who_takes_nothing_of_an_answer_loses_the_connection() {
    let part = taken(asked().await, ANSWER_PATIENCE + MOMENT).await;
    assert!(part <= ROOM, "{part}");
}
