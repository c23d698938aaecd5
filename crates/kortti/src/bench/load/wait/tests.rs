use std::{
    io::Write,
    os::unix::net::UnixStream,
    time::{Duration, Instant},
};

use super::Waiter;

#[test]
fn wait_ends_when_the_moment_has_come_and_not_before() {
    let mut waiter = Waiter::new().unwrap();
    let mut ready = Vec::new();
    for _ in 0..20 {
        let due = Instant::now() + Duration::from_micros(300);
        while Instant::now() < due {
            assert!(waiter.wait(Some(due), &mut ready).unwrap());
            assert!(ready.is_empty());
        }
        assert!(Instant::now() >= due);
    }
}

#[test]
fn wait_ends_for_what_is_received_long_before_the_moment() {
    let mut waiter = Waiter::new().unwrap();
    let (ours, mut theirs) = UnixStream::pair().unwrap();
    waiter.add(&ours, 5).unwrap();
    let mut ready = Vec::new();
    let due = Instant::now() + Duration::from_secs(3600);
    // There is room to send from the start.
    assert!(waiter.wait(Some(due), &mut ready).unwrap());
    theirs.write_all(b"x").unwrap();
    assert!(waiter.wait(Some(due), &mut ready).unwrap());
    assert_eq!(ready, [5]);
}

#[test]
fn moment_that_has_passed_ends_the_wait() {
    let mut waiter = Waiter::new().unwrap();
    assert!(waiter.wait(Some(Instant::now()), &mut Vec::new()).unwrap());
}
