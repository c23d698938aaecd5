//! Waiting with open eyes: what is found, and when it is given up.

use std::cell::Cell;

use tokio::sync::oneshot;

use crate::eager::{answered, look};

#[test]
fn what_is_there_is_found_at_the_first_look() {
    let mut looks = 0;
    let found = look(|| {
        looks += 1;
        Some(looks)
    });
    assert_eq!((found, looks), (Some(1), 1));
}

#[test]
fn what_does_not_come_is_given_up() {
    assert_eq!(look(|| None::<()>), None);
}

#[tokio::test]
async fn who_waits_gets_the_answer_alone_or_not() {
    for alone in [true, false] {
        let (reply, answer) = oneshot::channel();
        let answering = tokio::spawn(async move { reply.send(7) });
        assert_eq!(answered(answer, || alone).await, Some(7), "alone: {alone}");
        assert_eq!(answering.await.unwrap(), Ok(()));
    }
}

#[tokio::test]
async fn who_looks_for_too_long_is_woken() {
    let (reply, answer) = oneshot::channel();
    let looks = Cell::new(0);
    let is_alone = || looks.replace(looks.get() + 1) < 2;
    let late = async {
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        reply.send(7)
    };
    assert_eq!(tokio::join!(answered(answer, is_alone), late), (Some(7), Ok(())));
}

#[tokio::test]
async fn nobody_waits_for_an_answer_that_will_not_come() {
    for alone in [true, false] {
        let (reply, answer) = oneshot::channel::<()>();
        drop(reply);
        assert_eq!(answered(answer, || alone).await, None, "alone: {alone}");
    }
}
