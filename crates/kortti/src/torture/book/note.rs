//! Taking down what was answered, which must be what follows from the answers before it.

use kortti_core::time::Timestamp;
use serde_json::Value;

use super::{Book, CardOn, Known, OwnCard, Place};
use crate::torture::{difference::Difference, mix::Act, request::Request};

/// An answer to a request, and what is said where it is wrong.
struct Reading<'a> {
    request: &'a Request,
    answer: &'a Value,
}

impl Book {
    /// Takes down the answer to a request that `process` gave.
    ///
    /// # Errors
    /// When it does not follow from the answers before it.
    pub fn note(&mut self, request: &Request, answer: &Value, process: usize) -> Result<(), Difference> {
        let reading = Reading { request, answer };
        let place = match request.act {
            Act::Issue { account } => {
                let on = CardOn { id: reading.number("id")?, account };
                self.touched_cards.insert(self.cards.len());
                let named_by = request.number;
                self.cards.push(OwnCard { on, named_by, updated: None, known_to: Some(process) });
                Place::Somewhere
            }
            Act::Update { card, status, count } => {
                reading.check(reading.number("id")? == self.card_id(card), "another card")?;
                if let Some(card) = self.cards.get_mut(card) {
                    (card.named_by, card.updated) = (request.number, Some((status, count)));
                }
                self.touched_cards.insert(card);
                Place::Somewhere
            }
            Act::Load { account, cents } => {
                self.add_balance(account, cents);
                Place::At(reading.number("id")?)
            }
            Act::MoveClock { seconds } => {
                reading.check(Timestamp::parse(reading.text("now")).is_some(), "the clock shows no time")?;
                self.moved_s += seconds;
                Place::Somewhere
            }
            _ => {
                self.note_transaction(&reading)?;
                Place::At(reading.number("transactionId")?)
            }
        };
        let slot = self.place(request.number);
        let slot = slot.filter(|slot| **slot == Place::Open);
        *slot.ok_or_else(|| reading.unsound("it was answered before"))? = place;
        for entered in [&mut self.entered, &mut self.entered_since] {
            match request.act {
                Act::MoveClock { .. } => entered.moved += 1,
                _ => entered.named += 1,
            }
        }
        Ok(())
    }

    fn note_transaction(&mut self, reading: &Reading) -> Result<(), Difference> {
        let request = reading.request;
        match request.act {
            Act::Authorise { card, reversed_before } => {
                self.note_authorisation(card, reversed_before, reading)
            }
            Act::ReverseBefore => {
                reading.check(reading.text("reason") == "REVERSAL_NOTED", "nothing was there to reverse")?;
                self.reversed_before.clone_from(&request.reverses);
                Ok(())
            }
            Act::Refund { card, cents } => {
                reading.check(reading.cents("amount")? == cents, "another amount")?;
                self.add_balance(card.account, cents);
                Ok(())
            }
            Act::Increment { index, .. } | Act::Reverse { index, .. } | Act::Clear { index, .. } => {
                reading.check(
                    reading.number("authorizationId")? == self.authorisation_id(index),
                    "another authorisation",
                )?;
                self.note_following(index, reading)
            }
            Act::Issue { .. } | Act::Update { .. } | Act::Load { .. } | Act::MoveClock { .. } => Ok(()),
        }
    }

    fn note_authorisation(
        &mut self,
        card: CardOn,
        reversed_before: bool,
        reading: &Reading,
    ) -> Result<(), Difference> {
        let approved = reading.cents("approvedAmount")?;
        reading.check(reading.answer.get("approved") == Some(&(approved > 0).into()), "not as approved")?;
        let was_reversed = reading.text("reason") == "REVERSED_BEFORE";
        reading.check(was_reversed == reversed_before, "reversed before it came, or not")?;
        let decided_at = Timestamp::parse(reading.text("decidedAt"));
        let decided_at = decided_at.ok_or_else(|| reading.unsound("it was decided at no time"))?;
        self.reversed_before.take_if(|_| reversed_before);
        let index = self.known.len();
        self.known.push(Known {
            id: reading.number("authorizationId")?,
            message: reading.request.key.as_str().into(),
            card,
            approved,
            held: approved,
            cleared: 0,
            reversed: 0,
            once: approved > 0,
            events: 1,
            decided_at,
            expires_at: None,
        });
        self.recent.push_back(index);
        self.settle(index);
        Ok(())
    }

    fn note_following(&mut self, index: usize, reading: &Reading) -> Result<(), Difference> {
        let Some(known) = self.known.get_mut(index) else {
            return Err(reading.unsound("of no authorisation"));
        };
        let mut taken = None;
        match reading.request.act {
            Act::Increment { cents, .. } => {
                let more = reading.cents("approvedAmount")?;
                reading.check(more == 0 || (more == cents && known.held > 0), "another amount")?;
                known.approved += more;
                known.held += more;
            }
            Act::Reverse { cents, .. } => {
                let back = reading.cents("reversedAmount")?;
                reading.check(back == cents.unwrap_or(known.held).min(known.held), "another amount")?;
                known.reversed += back;
                known.held -= back;
                // A use of which nothing remains because it was taken back was none.
                known.once &= back == 0 || known.held > 0 || known.cleared > 0;
            }
            Act::Clear { cents, last, .. } => {
                reading.check(reading.cents("amount")? == cents, "another amount")?;
                known.cleared += cents;
                // One that was taken back and is paid all the same is one again.
                known.once |= known.approved > 0;
                known.held -= if last { known.held } else { known.held.min(cents) };
                taken = Some((known.card.account, cents));
            }
            _ => {}
        }
        known.events += 1;
        if let Some((account, cents)) = taken {
            self.add_balance(account, -cents);
        }
        self.settle(index);
        Ok(())
    }

    fn add_balance(&mut self, account: usize, cents: i64) {
        if let Some(balance) = self.balance.get_mut(account) {
            *balance += cents;
        }
    }

    /// An authorisation has changed.
    fn settle(&mut self, index: usize) {
        self.touched.insert(index);
        if self.held(index) > 0 {
            self.holding.insert(index);
        } else {
            self.holding.remove(&index);
        }
    }
}

impl Reading<'_> {
    fn unsound(&self, why: &'static str) -> Difference {
        Difference::Unsound { key: self.request.key.clone(), why, answer: self.answer.clone() }
    }

    fn check(&self, holds: bool, why: &'static str) -> Result<(), Difference> {
        if holds { Ok(()) } else { Err(self.unsound(why)) }
    }

    fn text(&self, name: &str) -> &str {
        self.answer.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    fn number(&self, name: &str) -> Result<u64, Difference> {
        self.text(name).parse().map_err(|_| self.unsound("an id is missing"))
    }

    fn cents(&self, name: &str) -> Result<i64, Difference> {
        self.answer.get(name).and_then(cents).ok_or_else(|| self.unsound("an amount is missing"))
    }
}

/// An amount as it is shown, in cents; none where it is no amount. Its decimals are read as they are written.
pub fn cents(amount: &Value) -> Option<i64> {
    let text = amount.is_number().then(|| amount.to_string())?;
    let (sign, text) = text.strip_prefix('-').map_or((1, text.as_str()), |text| (-1, text));
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let part: i64 = match part.len() {
        1 => 10 * part.parse::<i64>().ok()?,
        2 => part.parse().ok()?,
        _ => return None,
    };
    Some(sign * (whole.parse::<i64>().ok()?.checked_mul(100)? + part))
}
