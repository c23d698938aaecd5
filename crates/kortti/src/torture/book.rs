//! What one writer knows from the answers it was given: the expectations that everything is compared with.

mod note;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

pub use self::note::cents;
use super::request::ACCOUNTS;
use kortti_core::time::Timestamp;

/// How long a use counts in the rolling window.
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// How long a message is sure to be known: a day, less what a round takes.
pub const KNOWN_MS: i64 = 23 * 60 * 60 * 1000;

/// By how many seconds a writer moves the clock at most while a round lasts.
pub const MOVED_MAX_S: u64 = 20;

/// A card, and the place of the account that it draws on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CardOn {
    /// The card's id.
    pub id: u64,
    /// The place of its account.
    pub account: usize,
}

/// An authorisation as the answers leave it, in cents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its id.
    pub id: u64,
    /// The message that asked for it.
    message: Box<str>,
    /// Its card.
    pub card: CardOn,
    /// How much was approved.
    pub approved: i64,
    /// How much is held.
    pub held: i64,
    /// How much was cleared.
    pub cleared: i64,
    /// How much was reversed.
    pub reversed: i64,
    /// Whether it counts as a use.
    once: bool,
    /// How many transactions it has.
    pub events: usize,
    /// When it was decided, which is when it counts.
    decided_at: Timestamp,
    /// When its hold runs out, as the server last said.
    pub expires_at: Option<Timestamp>,
}

/// A card of the writer's own, which nobody else changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnCard {
    /// The card.
    pub on: CardOn,
    /// The request that gave it its name.
    pub named_by: u64,
    /// The last update: status and count.
    pub updated: Option<(&'static str, u64)>,
    /// The process that issued it, until all others are known to have heard of it.
    pub known_to: Option<usize>,
}

/// What a card was used for in the last 24 hours: cents, and how often.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Used {
    /// How much.
    pub cents: i64,
    /// How often.
    pub count: i64,
}

/// Where the journal holds a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// It was not answered yet.
    Open,
    /// It was answered; the answer did not say where it stands.
    Somewhere,
    /// Here.
    At(u64),
}

/// How many requests have come to an entry of the journal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Entered {
    /// Those that it names.
    pub named: u64,
    /// Those that moved the clock, of which it does not say who asked.
    pub moved: u64,
}

impl Entered {
    /// All that were answered.
    pub const fn all(self) -> u64 {
        self.named + self.moved
    }
}

/// The book of a writer, who alone touches the authorisations in it and changes the cards in it.
pub struct Book {
    writer: usize,
    /// What the clock showed when the round began.
    now: Timestamp,
    /// By how many seconds the writer has moved the clock since then.
    moved_s: u64,
    shared: Vec<CardOn>,
    cards: Vec<OwnCard>,
    known: Vec<Known>,
    /// By account: what was loaded, refunded and cleared, in cents.
    balance: [i64; ACCOUNTS.len()],
    /// The authorisations that hold money.
    holding: BTreeSet<usize>,
    /// Those that count in the rolling window, the oldest first.
    recent: VecDeque<usize>,
    /// The message that was reversed and has not come yet.
    reversed_before: Option<String>,
    /// Where the journal holds the requests, by number.
    places: Vec<Place>,
    /// What was answered: all, and since the journal was last looked at.
    pub entered: Entered,
    pub entered_since: Entered,
    /// Which authorisations and own cards changed since they were last compared.
    pub touched: BTreeSet<usize>,
    pub touched_cards: BTreeSet<usize>,
}

impl Book {
    /// An empty book; `shared` are the cards that all writers use.
    pub fn new(writer: usize, shared: Vec<CardOn>) -> Self {
        Self {
            writer,
            now: Timestamp::default(),
            moved_s: 0,
            shared,
            cards: Vec::new(),
            known: Vec::new(),
            balance: [0; ACCOUNTS.len()],
            holding: BTreeSet::new(),
            recent: VecDeque::new(),
            reversed_before: None,
            places: Vec::new(),
            entered: Entered::default(),
            entered_since: Entered::default(),
            touched: BTreeSet::new(),
            touched_cards: BTreeSet::new(),
        }
    }

    /// Whose book it is.
    pub const fn writer(&self) -> usize {
        self.writer
    }

    /// A round begins, and the clock shows this.
    pub const fn begin(&mut self, now: Timestamp) {
        (self.now, self.moved_s) = (now, 0);
    }

    /// Whether the clock may be moved by so much more in this round.
    pub const fn may_move_clock(&self, seconds: u64) -> bool {
        self.moved_s + seconds <= MOVED_MAX_S
    }

    /// A number for a request that was never used.
    pub fn next_number(&mut self) -> u64 {
        self.places.push(Place::Open);
        self.places.len() as u64
    }

    /// How many requests there have been.
    pub const fn request_count(&self) -> u64 {
        self.places.len() as u64
    }

    /// How many authorisations there are.
    pub const fn authorisation_count(&self) -> usize {
        self.known.len()
    }

    /// All authorisations.
    pub fn authorisations(&self) -> &[Known] {
        &self.known
    }

    /// The id of an authorisation; zero, which none has, where there is none.
    pub fn authorisation_id(&self, index: usize) -> u64 {
        self.known.get(index).map_or(0, |known| known.id)
    }

    /// The message that asked for an authorisation.
    pub fn message_of(&self, index: usize) -> String {
        self.known.get(index).map(|known| known.message.to_string()).unwrap_or_default()
    }

    /// Whether the processes still know the message that asked for an authorisation.
    pub fn is_message_known(&self, index: usize) -> bool {
        self.known.get(index).is_some_and(|known| known.decided_at.plus_ms(KNOWN_MS) > self.now)
    }

    /// What an authorisation holds.
    pub fn held(&self, index: usize) -> i64 {
        self.known.get(index).map_or(0, |known| known.held)
    }

    /// How many cards of its own the writer has.
    pub const fn card_count(&self) -> usize {
        self.cards.len()
    }

    /// The writer's own cards.
    pub fn cards(&self) -> &[OwnCard] {
        &self.cards
    }

    /// The id of an own card; zero, which none has, where there is none.
    pub fn card_id(&self, card: usize) -> u64 {
        self.cards.get(card).map_or(0, |card| card.on.id)
    }

    /// One of the own or the shared cards.
    pub fn some_card(&self, own: bool, draw: u64) -> CardOn {
        let place = |count: usize| (draw % count.max(1) as u64) as usize;
        let own = self.cards.get(place(self.cards.len())).map(|card| card.on).filter(|_| own);
        let shared = || self.shared.get(place(self.shared.len())).copied();
        own.or_else(shared).unwrap_or(CardOn { id: 0, account: 0 })
    }

    /// Whether a reversal waits for what it reverses.
    pub const fn has_reversed_before(&self) -> bool {
        self.reversed_before.is_some()
    }

    /// The message that was reversed and has not come yet.
    pub fn reversed_before(&self) -> Option<&str> {
        self.reversed_before.as_deref()
    }

    /// Where the journal holds a request; none where there was no such request.
    pub fn place(&mut self, number: u64) -> Option<&mut Place> {
        self.places.get_mut(usize::try_from(number).ok()?.checked_sub(1)?)
    }

    /// What was loaded, refunded and cleared on an account, in cents.
    pub fn balance(&self, account: usize) -> i64 {
        self.balance.get(account).copied().unwrap_or_default()
    }

    /// What is held on an account, in cents.
    pub fn held_on(&self, account: usize) -> i64 {
        let holding = self.holding.iter().filter_map(|index| self.known.get(*index));
        holding.filter(|known| known.card.account == account).map(|known| known.held).sum()
    }

    /// Adds what its cards were used for in the 24 hours before `now`.
    pub fn add_uses(&mut self, now: Timestamp, used: &mut BTreeMap<u64, Used>) {
        let gone = |known: &Known| known.decided_at.plus_ms(DAY_MS) <= now;
        while self.recent.front().and_then(|index| self.known.get(*index)).is_some_and(gone) {
            self.recent.pop_front();
        }
        for known in self.recent.iter().filter_map(|index| self.known.get(*index)) {
            let entry = used.entry(known.card.id).or_default();
            entry.cents += known.counted();
            entry.count += i64::from(known.once);
        }
    }

    /// All processes know all that was answered so far.
    pub fn all_know(&mut self) {
        self.cards.iter_mut().for_each(|card| card.known_to = None);
    }

    /// The only process that is sure to know an own card; none where all are.
    pub fn known_to(&self, card: usize) -> Option<usize> {
        self.cards.get(card).and_then(|card| card.known_to)
    }

    /// The clock was moved to `now`: what holds money no longer releases it. Returns how many that are.
    pub fn move_clock(&mut self, now: Timestamp) -> u64 {
        // Whoever reversed before the clock moved may be forgotten by now.
        self.reversed_before = None;
        let due = |index: &usize| {
            self.known.get(*index).and_then(|known| known.expires_at).is_some_and(|at| at <= now)
        };
        let expired: Vec<usize> = self.holding.iter().copied().filter(due).collect();
        for index in &expired {
            if let Some(known) = self.known.get_mut(*index) {
                known.held = 0;
                known.events += 1;
            }
            self.holding.remove(index);
            self.touched.insert(*index);
        }
        expired.len() as u64
    }

    /// When an authorisation's hold runs out, as the server says.
    pub fn set_expiry(&mut self, index: usize, at: Option<Timestamp>) {
        if let Some(known) = self.known.get_mut(index) {
            known.expires_at = at;
        }
    }

    /// The next instant after `now` at which time alone changes something that is compared: a hold runs out, or a use leaves the
    /// rolling window.
    pub fn next_change(&self, now: Timestamp) -> Option<Timestamp> {
        let holds = self.holding.iter().filter_map(|index| self.known.get(*index)?.expires_at);
        let uses = self.recent.iter().filter_map(|index| self.known.get(*index));
        let uses = uses.map(|known| known.decided_at.plus_ms(DAY_MS));
        holds.chain(uses).filter(|at| *at > now).min()
    }
}

impl Known {
    /// What counts in the limits: what is held and cleared, of what was approved.
    const fn counted(&self) -> i64 {
        if self.approved > 0 { self.held + self.cleared } else { 0 }
    }
}

#[cfg(test)]
mod tests;
