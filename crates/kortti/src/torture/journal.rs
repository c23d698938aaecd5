//! What the journal holds: exactly what was answered, nothing twice, nothing that nobody asked for.

use serde_json::Value;

use super::{
    book::{Book, Entered, Place},
    compare::read,
    difference::Difference,
    request::request_of,
    writer::{Link, Writer},
};

const PAGE: usize = 1000;
const EXPIRED: &str = "HOLD_EXPIRED";
const MOVED: &str = "CLOCK_MOVED";

/// How far the journal was compared, and what must be in it besides the answered requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Journal {
    /// Behind this entry the writers' requests begin.
    begin: u64,
    /// The last entry that was compared.
    pub seen: u64,
    /// All since the beginning, and since the last comparison.
    total: Expected,
    fresh: Expected,
}

/// Entries that no writer asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Expected {
    expired: u64,
    moved: u64,
}

/// An entry, as far as it matters here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub sequence: u64,
    pub kind: String,
    pub user: String,
}

/// What was found so far.
#[derive(Default)]
struct Found {
    last: u64,
    requests: u64,
    others: Expected,
}

impl Journal {
    /// A journal whose writers begin behind entry `begin`.
    pub fn new(begin: u64) -> Self {
        Self { begin, seen: begin, ..Self::default() }
    }

    /// The clock was moved, and so many holds ran out by that.
    pub const fn expect_clock(&mut self, expired: u64) {
        self.fresh.moved += 1;
        self.fresh.expired += expired;
        self.total.moved += 1;
        self.total.expired += expired;
    }

    /// How often the clock was moved, without what writers did.
    pub const fn moved(&self) -> u64 {
        self.total.moved
    }

    /// Compares what came since the last time, or everything.
    ///
    /// # Errors
    /// The first difference.
    pub fn compare(&mut self, writers: &mut [Writer], all: bool, link: &mut Link) -> Result<(), Difference> {
        let (since, expected) = if all { (self.begin, self.total) } else { (self.seen, self.fresh) };
        let mut found = Found { last: since, ..Found::default() };
        loop {
            let page = read(&format!("/kortti/v1/events?after={}&limit={PAGE}", found.last), link)?;
            let events = page.get("events").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
            if events.is_empty() {
                break;
            }
            for event in events {
                found.take(&entry(event), writers)?;
            }
        }
        let entered = |book: &Book| if all { book.entered } else { book.entered_since };
        let entered = || writers.iter().map(|writer| entered(&writer.book));
        let named = entered().map(|entered| entered.named).sum();
        let moved = entered().map(|entered| entered.moved).sum::<u64>();
        found.check(since, named, Expected { moved: expected.moved + moved, ..expected })?;
        self.seen = found.last;
        self.fresh = Expected::default();
        writers.iter_mut().for_each(|writer| writer.book.entered_since = Entered::default());
        Ok(())
    }
}

fn entry(event: &Value) -> Entry {
    let text = |name: &str| event.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let sequence = event.get("sequence").and_then(Value::as_u64).unwrap_or_default();
    Entry { sequence, kind: text("type"), user: text("auditUser") }
}

impl Found {
    /// Takes an entry in. Where it stands for a request, it must be the one that the answer named; of an answer that named none it
    /// is remembered, so that a second one is noticed.
    fn take(&mut self, entry: &Entry, writers: &mut [Writer]) -> Result<(), Difference> {
        let sequence = entry.sequence;
        if sequence != self.last + 1 {
            return Err(Difference::Gap { before: self.last, sequence });
        }
        self.last = sequence;
        match entry.kind.as_str() {
            EXPIRED => self.others.expired += 1,
            MOVED => self.others.moved += 1,
            _ => {
                let request = request_of(&entry.user);
                let place = request.and_then(|(writer, number)| writers.get_mut(writer)?.book.place(number));
                match place {
                    None | Some(Place::Open) => {
                        let (kind, user) = (entry.kind.clone(), entry.user.clone());
                        return Err(Difference::Unasked { sequence, kind, user });
                    }
                    Some(Place::At(expected)) if *expected != sequence => {
                        let (expected, user) = (*expected, entry.user.clone());
                        return Err(Difference::Doubled { sequence, user, expected });
                    }
                    Some(place) => *place = Place::At(sequence),
                }
                self.requests += 1;
            }
        }
        Ok(())
    }

    fn check(&self, since: u64, answered: u64, expected: Expected) -> Result<(), Difference> {
        if self.requests != answered {
            return Err(Difference::Lost { found: self.requests, answered, since });
        }
        let count = |kind, expected, found| {
            if expected == found { Ok(()) } else { Err(Difference::Count { kind, expected, found, since }) }
        };
        count(MOVED, expected.moved, self.others.moved)?;
        count(EXPIRED, expected.expired, self.others.expired)
    }
}

#[cfg(test)]
mod tests;
