//! A connection without what proves who is at its other end.

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;

/// How many bytes a frame takes that says nothing.
const FRAME: usize = 12;

fn frame(number: u64) -> Vec<u8> {
    [&8_u32.to_be_bytes()[..], &number.to_be_bytes()].concat()
}

#[tokio::test]
async fn nothing_more_is_read_while_as_many_questions_are_open_as_may_be() {
    let (mut near, far) = tokio::io::duplex(1024);
    let (ask, mut asked) = mpsc::unbounded_channel();
    let answer = move |_: &[u8], way: Way<Vec<u8>>| drop(ask.send(way));
    // All that can be read is there before anybody reads.
    near.write_all(&(0..10).flat_map(frame).collect::<Vec<_>>()).await.unwrap();
    let _conversation = tokio::spawn(converse(far, 3, answer));
    let mut open = VecDeque::new();
    for number in 0..10 {
        open.push_back(asked.recv().await.unwrap());
        if open.len() < 3 {
            continue;
        }
        assert!(asked.is_empty());
        // The one that was asked last before the others.
        open.pop_back().unwrap().give(Vec::new());
        let mut answered = [0; FRAME];
        near.read_exact(&mut answered).await.unwrap();
        assert_eq!(answered[..], frame(number));
    }
    open.into_iter().for_each(|way| way.give(Vec::new()));
    let mut last = [0; 2 * FRAME];
    near.read_exact(&mut last).await.unwrap();
    assert_eq!(last[..], [frame(0), frame(1)].concat());
}
