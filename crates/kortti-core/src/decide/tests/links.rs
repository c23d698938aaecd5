use super::{
    given::resealed,
    world::{ANN, ANNS, ANNS_DEBIT, ANNS_OTHER, ANNS_YEN, BOB, BOBS, STRANGER, STRANGERS, World, now},
};
use crate::{
    account::AccountStatus,
    card::CardRole,
    decide::Refusal,
    event::{CardChange, Changed, Event},
    id::{AccountId, CustomerId},
};

fn main_card() -> World {
    World::with_card(|_| {})
}

fn supplementary() -> World {
    World::with_card(|command| command.role = CardRole::Supplementary)
}

#[test]
fn card_moves_to_another_account_of_its_holder() {
    let mut world = main_card();
    let events = world.update(|c| c.account = Some(ANNS_OTHER), now()).unwrap();
    assert!(matches!(&events[..], [Event::CardUpdated(_, _, changes)]
        if changes[..] == [CardChange::Account(Changed { before: ANNS, after: ANNS_OTHER })]));
    assert_eq!((world.card().customer, world.card().account), (ANN, ANNS_OTHER));
}

#[test]
fn main_card_moves_only_together_with_its_holder() {
    let mut world = main_card();
    assert_eq!(world.refused(|c| c.account = Some(BOBS), now()), Refusal::AccountOfOther);
    let alone = world.refused(|c| (c.customer, c.personal) = (Some(BOB), resealed(BOB, 1)), now());
    assert_eq!(alone, Refusal::AccountOfOther);
    let both = |c: &mut crate::decide::UpdateCard| {
        (c.customer, c.account, c.personal) = (Some(BOB), Some(BOBS), resealed(BOB, 1));
    };
    world.update(both, now()).unwrap();
    assert_eq!((world.card().customer, world.card().account), (BOB, BOBS));
    assert_eq!(world.card().personal_revision, 2);
}

#[test]
fn supplementary_card_moves_freely() {
    let mut world = supplementary();
    world.update(|c| c.account = Some(BOBS), now()).unwrap();
    assert_eq!((world.card().customer, world.card().account), (ANN, BOBS));
    world.update(|c| (c.customer, c.personal) = (Some(BOB), resealed(BOB, 1)), now()).unwrap();
    assert_eq!((world.card().customer, world.card().account), (BOB, BOBS));
}

#[test]
fn new_holder_needs_the_record_sealed_anew() {
    let mut world = supplementary();
    assert_eq!(world.refused(|c| c.customer = Some(BOB), now()), Refusal::Stale);
    let old = world.refused(|c| (c.customer, c.personal) = (Some(BOB), resealed(BOB, 0)), now());
    assert_eq!(old, Refusal::Stale, "it was changed since it was read");
}

#[test]
fn record_changed_in_between_is_refused() {
    let mut world = main_card();
    assert_eq!(world.refused(|c| c.personal = resealed(ANN, 2), now()), Refusal::Stale);
    let events = world.update(|c| c.personal = resealed(ANN, 1), now()).unwrap();
    assert!(!events[0].is_empty());
    assert_eq!(world.card().personal_revision, 2);
    assert_eq!(world.refused(|c| c.personal = resealed(ANN, 1), now()), Refusal::Stale);
}

#[test]
fn unknown_and_foreign_targets_are_refused_alike() {
    let mut world = supplementary();
    let (nothing, nobody) = (AccountId(1), CustomerId(1));
    for account in [nothing, STRANGERS] {
        assert_eq!(world.refused(|c| c.account = Some(account), now()), Refusal::AccountUnknown(account));
    }
    for customer in [nobody, STRANGER] {
        let change = (Some(customer), resealed(customer, 1));
        let refusal = world.refused(|c| (c.customer, c.personal) = change.clone(), now());
        assert_eq!(refusal, Refusal::CustomerUnknown(customer));
    }
}

#[test]
fn account_of_another_kind_or_currency_is_refused() {
    let mut world = main_card();
    assert_eq!(world.refused(|c| c.account = Some(ANNS_DEBIT), now()), Refusal::AccountKind);
    assert_eq!(world.refused(|c| c.account = Some(ANNS_YEN), now()), Refusal::CurrencyDiffers);
}

#[test]
fn closing_account_takes_no_cards_and_a_blocked_one_does() {
    for (status, refused) in
        [(AccountStatus::Blocked, None), (AccountStatus::ToClose, Some(Refusal::AccountClosing))]
    {
        let mut world = main_card();
        world.update_account(ANNS_OTHER, |c| c.status = Some(status), now()).unwrap();
        assert_eq!(world.update(|c| c.account = Some(ANNS_OTHER), now()).err(), refused);
    }
}

#[test]
fn naming_the_present_links_changes_nothing_even_on_a_closing_account() {
    let mut world = main_card();
    world.update_account(ANNS, |c| c.status = Some(AccountStatus::ToClose), now()).unwrap();
    let events = world.update(|c| (c.account, c.customer) = (Some(ANNS), Some(ANN)), now()).unwrap();
    assert!(events[0].is_empty());
}
