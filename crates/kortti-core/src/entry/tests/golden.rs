//! The bytes of one entry of each kind. The hash chain of every journal runs over such bytes: when this test fails, journals
//! written until now can no longer be read or verified, and the encoding must be put back, not the test.

use std::fmt::Write;

use super::samples::{entry, events};
use crate::{entry::Entry, event::Event};

/// One line for each kind of event: its name and its entry's bytes in hexadecimal.
const GOLDEN: &str = include_str!("golden.txt");

/// A kind that is added needs a name here, a sample and a line of bytes.
const fn name(event: &Event) -> &'static str {
    match event {
        Event::CustomerCreated(..) => "CustomerCreated",
        Event::CustomerUpdated(..) => "CustomerUpdated",
        Event::AccountOpened(..) => "AccountOpened",
        Event::AccountUpdated(..) => "AccountUpdated",
        Event::CardIssued(..) => "CardIssued",
        Event::CardUpdated(..) => "CardUpdated",
        Event::ProductDefined(..) => "ProductDefined",
        Event::ClientAdded(..) => "ClientAdded",
        Event::ClientRevoked(..) => "ClientRevoked",
        Event::KeyAdded(..) => "KeyAdded",
        Event::ClockMoved(..) => "ClockMoved",
        Event::Transacted(..) => "Transacted",
    }
}

fn line(event: Event) -> String {
    let name = name(&event);
    entry(event).encode().iter().fold(format!("{name} "), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

#[test]
fn encoding_never_changes() {
    let lines: Vec<String> = events().into_iter().map(line).collect();
    assert!(lines.iter().map(String::as_str).eq(GOLDEN.lines()), "now it is:\n{}", lines.join("\n"));
}

#[test]
fn bytes_written_until_now_can_be_read() {
    for (event, golden) in events().into_iter().zip(GOLDEN.lines()) {
        let (_, hex) = golden.split_once(' ').unwrap();
        let bytes: Vec<u8> = (0..hex.len())
            .step_by(2)
            .map(|place| u8::from_str_radix(&hex[place..place + 2], 16).unwrap())
            .collect();
        assert_eq!(Entry::decode(&bytes).unwrap(), entry(event));
    }
}
