use super::world::{World, now};
use crate::{
    card::{CardStatus, Due, ScheduledClosing, StatusRecord},
    decide::{Refusal, card_due},
    event::{CardChange, Cause, Changed, Event},
    time::Timestamp,
};

fn closing() -> Timestamp {
    now().plus_ms(60_000)
}

fn disposable() -> World {
    World::with_card(|command| command.closing = Some(closing()))
}

fn closed() -> StatusRecord {
    StatusRecord { status: CardStatus::Closed, since: closing(), reason: Some("Scheduled closing".into()) }
}

/// A disposable card whose job has run.
fn used_up() -> World {
    let mut world = disposable();
    let job = card_due(world.card(), closing()).unwrap();
    world.apply(&job, now());
    world
}

#[test]
fn closing_can_be_put_off_only_where_there_was_one() {
    let mut world = World::with_card(|_| {});
    assert_eq!(world.refused(|c| c.closing = Some(closing()), now()), Refusal::ClosingAbsent);
    let mut world = disposable();
    let later = closing().plus_ms(1);
    world.update(|c| c.closing = Some(later), now()).unwrap();
    assert_eq!(world.card().closing, Some(ScheduledClosing { at: later, done: false }));
    assert_eq!(world.card().due(), Some((later, Due::Closing)));
}

#[test]
fn closing_cannot_be_put_into_the_past() {
    let mut world = disposable();
    for at in [now(), now().plus_ms(-1)] {
        assert_eq!(world.refused(|c| c.closing = Some(at), now()), Refusal::ClosingPast);
    }
}

#[test]
fn card_is_closed_at_its_time_before_the_job_ran() {
    let world = disposable();
    assert_eq!(world.card().status_at(closing().plus_ms(-1)).status, CardStatus::Ok);
    assert_eq!(world.card().status_at(closing()), closed());
    assert_eq!(world.card().status_at(closing().plus_ms(99)), closed());
}

#[test]
fn job_closes_the_card_as_of_its_time_and_once() {
    let mut world = disposable();
    assert_eq!(card_due(world.card(), closing().plus_ms(-1)), None);
    let job = card_due(world.card(), closing().plus_ms(99)).unwrap();
    let status = CardChange::Status(Changed { before: world.card().status.clone(), after: closed() });
    let after = world.card().closing.map(|old| ScheduledClosing { done: true, ..old });
    let done = CardChange::Closing(Changed { before: world.card().closing, after });
    assert_eq!(job, Event::CardUpdated(world.card().id, Cause::ScheduledClosing, vec![status, done]));
    world.apply(&job, now());
    assert_eq!(card_due(world.card(), Timestamp::MAX), None);
}

#[test]
fn job_leaves_cards_that_are_closed_for_a_reason() {
    for status in CardStatus::ALL.into_iter().filter(|status| *status != CardStatus::Expired) {
        let mut world = disposable();
        world.update(|c| c.status = Some(status), now()).unwrap();
        let open = [CardStatus::Ok, CardStatus::NoRenewal, CardStatus::Blocked, CardStatus::SuspectedFraud];
        let closes = open.contains(&status);
        assert_eq!(card_due(world.card(), closing()).is_some(), closes);
        let after = if closes { CardStatus::Closed } else { status };
        assert_eq!(world.card().status_at(closing()).status, after);
    }
}

#[test]
fn update_past_the_time_meets_a_closed_card() {
    let mut world = disposable();
    let later = closing().plus_ms(5);
    let events = world.update(|c| c.reason = Some("afterwards".into()), later).unwrap();
    assert!(matches!(
        &events[..],
        [Event::CardUpdated(_, Cause::ScheduledClosing, _), Event::CardUpdated(_, Cause::Request, _)]
    ));
    let reason = Some("afterwards".into());
    assert_eq!(world.card().status, StatusRecord { reason, ..closed() });
}

#[test]
fn refused_update_past_the_time_changes_nothing() {
    let mut world = disposable();
    assert_eq!(world.refused(|c| c.closing = Some(closing()), closing()), Refusal::ClosingPast);
}

#[test]
fn card_opened_after_its_closing_stays_open() {
    for mut world in [used_up(), disposable()] {
        let later = closing().plus_ms(5);
        world.update(|c| c.status = Some(CardStatus::Ok), later).unwrap();
        assert_eq!(world.card().status.since, later);
        assert_eq!(world.card().status_at(later.plus_ms(1_000_000)).status, CardStatus::Ok);
        assert!(world.card().due().is_some_and(|(_, due)| due == Due::Expiry));
    }
}

#[test]
fn lost_card_found_after_its_closing_stays_open() {
    let mut world = disposable();
    world.update(|c| c.status = Some(CardStatus::Lost), now()).unwrap();
    let later = closing().plus_ms(5);
    world.update(|c| c.status = Some(CardStatus::Ok), later).unwrap();
    assert_eq!(world.card().status_at(later).status, CardStatus::Ok);
    assert_eq!(world.card().closing, Some(ScheduledClosing { at: closing(), done: true }));
}

#[test]
fn lost_card_found_before_its_closing_still_closes() {
    let mut world = disposable();
    world.update(|c| c.status = Some(CardStatus::Lost), now()).unwrap();
    world.update(|c| c.status = Some(CardStatus::Ok), closing().plus_ms(-1)).unwrap();
    assert_eq!(world.card().status_at(closing()), closed());
}

#[test]
fn closing_that_has_happened_can_be_set_again() {
    let mut world = used_up();
    let (opened, again) = (closing().plus_ms(5), closing().plus_ms(90));
    world.update(|c| (c.status, c.closing) = (Some(CardStatus::Ok), Some(again)), opened).unwrap();
    assert_eq!(world.card().closing, Some(ScheduledClosing { at: again, done: false }));
    assert_eq!(world.card().status_at(again).since, again);
    assert_eq!(world.card().status_at(again).status, CardStatus::Closed);
}

#[test]
fn closing_after_the_end_of_life_never_happens() {
    let late = super::world::at("2030-01-01T00:00:00Z");
    let world = World::with_card(|command| command.closing = Some(late));
    assert_eq!(world.card().status_at(late).status, CardStatus::Expired);
}
