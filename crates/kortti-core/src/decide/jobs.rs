use crate::{
    card::{Card, Due, ScheduledClosing},
    event::{CardChange, Cause, Changed, Event},
    time::Timestamp,
};

/// What time alone has done to a card by `now`, if its job has not run yet.
#[must_use]
pub fn card_due(card: &Card, now: Timestamp) -> Option<Event> {
    let (at, due) = card.due().filter(|(at, _)| *at <= now)?;
    let status = CardChange::Status(Changed { before: card.status.clone(), after: due.record(at) });
    match due {
        Due::Expiry => Some(Event::CardUpdated(card.id, Cause::Expiry, vec![status])),
        Due::Closing => {
            let after = card.closing.map(|closing| ScheduledClosing { done: true, ..closing });
            let closing = CardChange::Closing(Changed { before: card.closing, after });
            Some(Event::CardUpdated(card.id, Cause::ScheduledClosing, vec![status, closing]))
        }
    }
}
