use super::{
    given::{resealed, update},
    world::{ANN, ANNS_YEN, BOB, World, now},
};
use crate::{
    card::{Block, CardStatus, DeliveryType, PinStatus, Segment},
    decide::{LimitRequest, Refusal, RequestedRule, UpdateCard},
    event::Event,
    limit::{Period, UsageType},
    money::{AmountError, Decimal},
};

/// Every member that a virtual card accepts.
fn everything() -> UpdateCard {
    UpdateCard {
        status: Some(CardStatus::Blocked),
        reason: Some("all at once".into()),
        segment: Some(Segment::D),
        limits: vec![limit("10")],
        pin_status: Some(PinStatus::Wait),
        layout_code: Some("gold".into()),
        closing: Some(now().plus_ms(500)),
        blocks: vec![(Block::Home, true)],
        personal: resealed(ANN, 1),
        ..update(super::world::CARD)
    }
}

fn limit(single: &str) -> LimitRequest {
    let rule = RequestedRule::Within { single: Decimal::parse(single).ok(), sum: None, count: None };
    let (period, usage) = (Period::Daily, UsageType::All);
    LimitRequest { period, usage, rule: Some(rule), reset: false, field: "f".into() }
}

fn disposable() -> World {
    World::with_card(|command| command.closing = Some(now().plus_ms(100)))
}

#[test]
fn all_members_change_together() {
    let mut world = disposable();
    let events = world.update(|c| *c = everything(), now()).unwrap();
    assert!(matches!(&events[..], [Event::CardUpdated(_, _, changes)] if changes.len() == 8));
}

#[test]
fn one_bad_member_refuses_all_the_others() {
    type Spoil = fn(&mut UpdateCard);
    let precision = AmountError::Precision { allowed: 2 };
    let bad_amount = Refusal::LimitAmount { field: "f.singleAmount".into(), error: precision };
    let bad: [(Spoil, Refusal); 7] = [
        (|c| c.account = Some(ANNS_YEN), Refusal::CurrencyDiffers),
        (|c| c.customer = Some(BOB), Refusal::AccountOfOther),
        (|c| c.limits.push(limit("0.001")), bad_amount),
        (|c| c.pin_status = Some(PinStatus::Set), Refusal::PinAbsent),
        (|c| c.closing = Some(now()), Refusal::ClosingPast),
        (|c| c.card_delivery = Some(DeliveryType::Mail), Refusal::NoPlastic),
        (|c| c.personal = resealed(ANN, 9), Refusal::Stale),
    ];
    for (spoil, refusal) in bad {
        let mut command = everything();
        spoil(&mut command);
        assert_eq!(disposable().refused(|c| *c = command, now()), refusal);
    }
}

#[test]
fn update_of_nothing_changes_nothing() {
    let mut world = disposable();
    let before = world.clone();
    let events = world.update(|_| {}, now().plus_ms(50)).unwrap();
    assert!(events.iter().all(Event::is_empty));
    assert_eq!(world, before);
}

#[test]
fn update_repeated_changes_nothing_more() {
    let mut world = disposable();
    world.update(|c| *c = everything(), now()).unwrap();
    let before = world.clone();
    let events = world.update(|c| (*c = everything(), c.personal = None).1, now()).unwrap();
    assert!(events.iter().all(Event::is_empty));
    assert_eq!(world, before);
}
