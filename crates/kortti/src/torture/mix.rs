//! What is asked: kinds of requests, each with its own probability.

use super::{
    book::{Book, CardOn},
    request::ACCOUNTS,
};
use crate::random::Random;

/// What a card can be put to; half of the time to what lets it pay.
const STATUSES: [&str; 4] = ["CARD_OK", "CARD_OK", "CARD_BLOCKED", "CARD_LOST"];
/// Amounts are up to this, in cents.
pub const AUTHORISED_MAX: u64 = 6000;
const FOLLOWING_MAX: u64 = 4000;
const REFUNDED_MAX: u64 = 500;
/// More than is spent, on average, so that the accounts do not run dry.
const LOADED_MAX: u64 = 9000;
/// By how much the clock is moved at most under load.
const SECONDS_MAX: u64 = 5;
/// How many of the newest authorisations most messages are about.
const NEWEST: usize = 6;

/// What a request is for. Authorisations and own cards are named by their place in the writer's book; amounts are in cents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Issue a card on an account.
    Issue { account: usize },
    /// Change several members of a card at once, so that half a change would be seen.
    Update { card: usize, status: &'static str, count: u64 },
    /// Ask for an authorisation; `reversed_before` where its reversal came first.
    Authorise { card: CardOn, reversed_before: bool },
    /// Ask for more.
    Increment { index: usize, cents: i64 },
    /// Take a part back, or all.
    Reverse { index: usize, cents: Option<i64>, by_message: bool },
    /// Take back what has not come yet.
    ReverseBefore,
    /// Present an authorisation for payment.
    Clear { index: usize, cents: i64, last: bool },
    /// Give money back to a card.
    Refund { card: CardOn, cents: i64 },
    /// Put money on an account.
    Load { account: usize, cents: i64 },
    /// Move the sandbox's clock on.
    MoveClock { seconds: u64 },
}

/// The kinds of requests and how often each is chosen, in percent. What an authorisation is needed for becomes one while there
/// is none.
const MIX: [(Kind, u64); 11] = [
    (Kind::Authorise, 30),
    (Kind::Increment, 10),
    (Kind::ReversePart, 7),
    (Kind::ReverseAll, 7),
    (Kind::ReverseBefore, 3),
    (Kind::Clear, 16),
    (Kind::Refund, 5),
    (Kind::Load, 8),
    (Kind::Issue, 4),
    (Kind::Update, 8),
    (Kind::MoveClock, 2),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Authorise,
    Increment,
    ReversePart,
    ReverseAll,
    ReverseBefore,
    Clear,
    Refund,
    Load,
    Issue,
    Update,
    MoveClock,
}

impl Act {
    /// What a writer with this book asks next.
    pub fn draw(book: &Book, random: &mut Random) -> Self {
        let kind = draw_kind(random);
        let card = draw_card(book, random);
        let authorise = Self::Authorise { card, reversed_before: book.has_reversed_before() };
        let account = random.below(ACCOUNTS.len() as u64) as usize;
        match kind {
            Kind::Authorise => return authorise,
            Kind::ReverseBefore if book.has_reversed_before() => return authorise,
            Kind::ReverseBefore => return Self::ReverseBefore,
            Kind::Refund => return Self::Refund { card, cents: cents(REFUNDED_MAX, random) },
            Kind::Load => return Self::Load { account, cents: cents(LOADED_MAX, random) },
            Kind::Issue => return Self::Issue { account },
            Kind::Update if book.card_count() == 0 => return Self::Issue { account },
            Kind::Update => {
                let card = random.below(book.card_count() as u64) as usize;
                let status = STATUSES.get(random.below(STATUSES.len() as u64) as usize);
                return Self::Update {
                    card,
                    status: status.copied().unwrap_or("CARD_OK"),
                    count: 1 + random.below(1000),
                };
            }
            Kind::MoveClock => {
                let seconds = 1 + random.below(SECONDS_MAX);
                return if book.may_move_clock(seconds) { Self::MoveClock { seconds } } else { authorise };
            }
            Kind::Increment | Kind::ReversePart | Kind::ReverseAll | Kind::Clear => {}
        }
        let Some(index) = draw_authorisation(book, random) else { return authorise };
        let amount = cents(FOLLOWING_MAX, random);
        let by_message = random.below(2) == 0 && book.is_message_known(index);
        match kind {
            Kind::Increment => Self::Increment { index, cents: amount },
            Kind::ReversePart => Self::Reverse { index, cents: Some(amount), by_message },
            Kind::ReverseAll => Self::Reverse { index, cents: None, by_message },
            _ => draw_clearing(index, book.held(index), random),
        }
    }

    /// Whether its body carries a message id; the others have an idempotency key in the header.
    pub const fn is_message(self) -> bool {
        !matches!(self, Self::Issue { .. } | Self::Update { .. } | Self::Load { .. } | Self::MoveClock { .. })
    }

    /// Whether its repetition is answered with the same bytes. A clock shows what time it is by then.
    pub const fn is_answered_alike(self) -> bool {
        !matches!(self, Self::MoveClock { .. })
    }

    /// The status of an answer to it.
    pub const fn status(self) -> u16 {
        match self {
            Self::Issue { .. } | Self::Load { .. } => 201,
            _ => 200,
        }
    }
}

fn draw_kind(random: &mut Random) -> Kind {
    let mut left = random.below(MIX.iter().map(|(_, percent)| percent).sum());
    for (kind, percent) in MIX {
        match left.checked_sub(percent) {
            Some(rest) => left = rest,
            None => return kind,
        }
    }
    Kind::Authorise
}

/// Mostly one of the cards that all share, sometimes one of the writer's own.
fn draw_card(book: &Book, random: &mut Random) -> CardOn {
    let own = random.below(3) == 0;
    book.some_card(own, random.draw())
}

/// Mostly one of the newest, sometimes one that ended long ago.
fn draw_authorisation(book: &Book, random: &mut Random) -> Option<usize> {
    let count = book.authorisation_count();
    let among = if random.below(8) == 0 { count } else { count.min(NEWEST) };
    let back = random.below(among as u64) as usize;
    count.checked_sub(1 + back)
}

/// A clearing of what is held, of less, of more, or of a part with others to follow.
fn draw_clearing(index: usize, held: i64, random: &mut Random) -> Act {
    let some = cents(FOLLOWING_MAX, random);
    let (cents, last) = match random.below(4) {
        0 => (held, true),
        1 => (some.min(held), true),
        2 => (held.saturating_add(some), true),
        _ => (some, false),
    };
    Act::Clear { index, cents: cents.max(1), last }
}

fn cents(max: u64, random: &mut Random) -> i64 {
    1 + random.below(max).cast_signed()
}

#[cfg(test)]
mod tests;
