use super::world::{World, at, now};
use crate::{
    card::{CardRole, CardStatus, CardTemplate, StatusRecord},
    decide::{Refusal, card_due},
    event::{CardChange, Cause, Changed, Event},
    time::{DAY_MS, Timestamp, YearMonth},
};

/// The statuses that a caller can ask for: all but the last.
fn inputs() -> impl Iterator<Item = CardStatus> {
    CardStatus::ALL.into_iter().filter(|status| *status != CardStatus::Expired)
}

/// A card issued in January 2026 that can be used until the end of March.
fn short_lived() -> World {
    World::with_card(|command| command.expiration = YearMonth::new(2026, 3))
}

/// The end of March and 45 days.
fn end_of_life() -> Timestamp {
    at("2026-05-16T00:00:00Z")
}

#[test]
fn any_status_follows_any_other() {
    for from in inputs() {
        for to in inputs() {
            let mut world = World::with_card(|_| {});
            world.update(|c| (c.status, c.reason) = (Some(from), Some("first".into())), now()).unwrap();
            let before = world.card().status.clone();
            let later = now().plus_ms(5_000);
            world.update(|c| (c.status, c.reason) = (Some(to), Some("then".into())), later).unwrap();
            let since = if from == to { before.since } else { later };
            assert_eq!(world.card().status, StatusRecord { status: to, since, reason: Some("then".into()) });
            assert_eq!(world.card().status_at(later).status, to);
        }
    }
}

#[test]
fn same_status_without_a_reason_changes_nothing() {
    let mut world = World::with_card(|_| {});
    let lost = |c: &mut crate::decide::UpdateCard| c.status = Some(CardStatus::Lost);
    world.update(|c| (lost(c), c.reason = Some("in the train".into())).1, now()).unwrap();
    let before = world.clone();
    let events = world.update(lost, now().plus_ms(9)).unwrap();
    assert!(events.iter().all(Event::is_empty));
    assert_eq!(world, before);
}

#[test]
fn status_change_without_a_reason_drops_the_old_reason() {
    let mut world = World::with_card(|_| {});
    let blocked = (Some(CardStatus::Blocked), Some("asked for".into()));
    world.update(|c| (c.status, c.reason) = blocked, now()).unwrap();
    world.update(|c| c.status = Some(CardStatus::Ok), now()).unwrap();
    assert_eq!(world.card().status, StatusRecord { status: CardStatus::Ok, since: now(), reason: None });
}

#[test]
fn reason_alone_keeps_status_and_date() {
    let mut world = World::with_card(|_| {});
    world.update(|c| c.reason = Some("renamed".into()), now().plus_ms(9)).unwrap();
    let expected = StatusRecord { status: CardStatus::Ok, since: now(), reason: Some("renamed".into()) };
    assert_eq!(world.card().status, expected);
}

#[test]
fn card_expires_45_days_after_its_last_month() {
    let world = short_lived();
    assert_eq!(world.card().due(), Some((end_of_life(), crate::card::Due::Expiry)));
    let before = end_of_life().plus_ms(-1);
    assert_eq!(world.card().status_at(before).status, CardStatus::Ok);
    assert_eq!(card_due(world.card(), before), None);
    let after = StatusRecord {
        status: CardStatus::Expired,
        since: end_of_life(),
        reason: Some("Card expired".into()),
    };
    assert_eq!(world.card().status_at(end_of_life().plus_ms(DAY_MS)), after);
    let change = CardChange::Status(Changed { before: world.card().status.clone(), after });
    let expected = Event::CardUpdated(world.card().id, Cause::Expiry, vec![change]);
    assert_eq!(card_due(world.card(), end_of_life()), Some(expected));
}

#[test]
fn only_open_cards_expire() {
    for status in inputs() {
        let mut world = short_lived();
        world.update(|c| c.status = Some(status), now()).unwrap();
        let expires = matches!(status, CardStatus::Ok | CardStatus::NoRenewal);
        assert_eq!(card_due(world.card(), Timestamp::MAX).is_some(), expires);
    }
}

#[test]
fn no_status_follows_expired() {
    let mut world = short_lived();
    let job = card_due(world.card(), end_of_life()).unwrap();
    world.apply(&job, now());
    assert_eq!(world.card().due(), None, "nothing more happens to it");
    for to in inputs() {
        let refusal = world.refused(|c| c.status = Some(to), end_of_life().plus_ms(1));
        assert_eq!(refusal, Refusal::CardExpired);
    }
}

#[test]
fn expired_card_whose_job_is_late_refuses_a_status_too() {
    let mut world = short_lived();
    assert_eq!(world.refused(|c| c.status = Some(CardStatus::Ok), end_of_life()), Refusal::CardExpired);
    let allowed = world.update(|c| c.status = Some(CardStatus::Closed), end_of_life().plus_ms(-1));
    assert!(allowed.is_ok());
}

#[test]
fn update_of_a_card_past_its_life_expires_it_first() {
    let mut world = short_lived();
    let events = world.update(|c| c.segment = Some(crate::card::Segment::B), end_of_life()).unwrap();
    assert_eq!(events.len(), 2);
    assert!(matches!(&events[0], Event::CardUpdated(_, Cause::Expiry, _)));
    assert!(matches!(&events[1], Event::CardUpdated(_, Cause::Request, changes) if changes.len() == 1));
    assert_eq!(world.card().status.status, CardStatus::Expired);
}

#[test]
fn card_opened_after_its_end_expires_when_it_is_opened() {
    let mut world = short_lived();
    world.update(|c| c.status = Some(CardStatus::Blocked), now()).unwrap();
    let opened = end_of_life().plus_ms(DAY_MS);
    world.update(|c| c.status = Some(CardStatus::Ok), opened).unwrap();
    let status = world.card().status_at(opened);
    assert_eq!((status.status, status.since), (CardStatus::Expired, opened));
}

#[test]
fn update_under_another_template_is_refused() {
    let mut world = World::with_card(|_| {});
    for template in CardTemplate::ALL {
        let result = world.update(|c| c.template = Some(template), now());
        let fits = template == CardTemplate::VisaVirtual;
        assert_eq!(result.err(), (!fits).then_some(Refusal::TemplateMismatch));
    }
}

#[test]
fn unknown_and_foreign_cards_are_refused_alike() {
    use super::{given::update, world::CARD, world::THEIRS};
    use crate::{decide::Command, decide::decide, id::CardId};
    let world = World::with_card(|command| command.role = CardRole::Supplementary);
    let unknown = world.decide(&Command::UpdateCard(update(CardId(1))), now());
    assert_eq!(unknown, Err(Refusal::CardUnknown(CardId(1))));
    let foreign = decide(&Command::UpdateCard(update(CARD)), THEIRS, now(), &world);
    assert_eq!(foreign, Err(Refusal::CardUnknown(CARD)));
}
