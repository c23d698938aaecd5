//! Several threads and handles at once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::{Fixture, STREAM, append, head, put, record, records};
use crate::{ColdTable, Store, StoreError};

/// How many appenders race, on two handles.
const APPENDERS: u8 = 4;

/// Every sequence is won by exactly one of several racing appenders, whose cold row came with it.
pub fn racing_appenders_take_each_sequence_once(fixture: &dyn Fixture) {
    const SEQUENCES: u64 = 100;
    let handles = [fixture.open(), fixture.open()];
    let won: Vec<Vec<u64>> = thread::scope(|scope| {
        let racers: Vec<_> = (0..APPENDERS)
            .map(|mark| {
                let store = &*handles[usize::from(mark) % handles.len()];
                scope.spawn(move || race(store, mark, SEQUENCES))
            })
            .collect();
        racers.into_iter().map(|racer| racer.join().unwrap()).collect()
    });

    let mut winner_of: Vec<(u64, u8)> = Vec::new();
    for (mark, sequences) in (0..APPENDERS).zip(&won) {
        winner_of.extend(sequences.iter().map(|&sequence| (sequence, mark)));
    }
    winner_of.sort_unstable();
    let expected: Vec<_> = winner_of.iter().map(|&(sequence, mark)| record(sequence, mark)).collect();
    assert_eq!(winner_of.len() as u64, SEQUENCES);
    assert_eq!(handles[0].read(STREAM, 0, usize::MAX).unwrap(), expected);
    for (sequence, mark) in winner_of {
        assert_eq!(handles[1].cold(ColdTable::Key, sequence as i64).unwrap(), Some(vec![mark]));
    }
}

/// Appends one record after another until the stream is full; returns the sequences it won.
fn race(store: &dyn Store, mark: u8, until: u64) -> Vec<u64> {
    let mut won = Vec::new();
    let mut expected = head(store).sequence;
    while expected < until {
        let next = expected + 1;
        let cold = [put(ColdTable::Key, next as i64, &[mark])];
        match append(store, expected, &[record(next, mark)], &cold) {
            Ok(()) => {
                won.push(next);
                expected = next;
            }
            Err(StoreError::Moved { actual }) => expected = actual,
            Err(StoreError::Unavailable { .. }) => thread::yield_now(),
            refused => refused.unwrap(),
        }
    }
    won
}

/// A reader never sees half of an append: neither some of its records nor some of its cold rows.
pub fn readers_see_whole_commits_only(fixture: &dyn Fixture) {
    const BATCH: u64 = 7;
    const BATCHES: u64 = 100;
    let (writer, reader) = (fixture.open(), fixture.open());
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for store in [&*writer, &*reader] {
            let done = &done;
            scope.spawn(move || {
                while !done.load(Ordering::Acquire) {
                    look(store, BATCH);
                }
                look(store, BATCH);
            });
        }
        // The readers stop when this guard goes, also when the writer fails.
        let _stop = Stop(&done);
        for batch in 0..BATCHES {
            let first = batch * BATCH + 1;
            let body = first.to_be_bytes();
            let cold = [1, 2, 3].map(|id| put(ColdTable::CardPan, id, &body));
            append(&*writer, first - 1, &records(first, BATCH, 0), &cold).unwrap();
        }
    });
    assert_eq!(head(&*reader).sequence, BATCH * BATCHES);
}

struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

/// Checks one view of the store that appends of `batch` records each are made to.
fn look(store: &dyn Store, batch: u64) {
    let cold = store.scan_cold(ColdTable::CardPan, None, 10).unwrap();
    assert!(cold.is_empty() || cold.len() == 3);
    assert!(cold.windows(2).all(|pair| pair[0].1 == pair[1].1));

    let sequence = head(store).sequence;
    assert_eq!(sequence % batch, 0);
    if let Some((_, body)) = cold.first() {
        assert!(body.as_slice() < sequence.to_be_bytes().as_slice());
    }

    let records = store.read(STREAM, 0, usize::MAX).unwrap();
    assert_eq!(records.len() as u64 % batch, 0);
    assert!(records.len() as u64 >= sequence);
}
