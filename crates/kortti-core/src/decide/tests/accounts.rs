use super::{
    given::{account, open, resealed, sealed, update_account},
    world::{ANN, ANNS, ANNS_OTHER, ANNS_YEN, BOB, CARD, OURS, STRANGER, STRANGERS, THEIRS, World, now},
};
use crate::{
    account::AccountStatus,
    card::{AccountTemplate, CardStatus, Segment},
    decide::{Command, LimitRequest, OpenAccount, Refusal, RequestedRule, decide},
    event::{CardChange, Cause, Event},
    id::{AccountId, CustomerId},
    limit::{Period, Rule, UsageType},
    money::{AmountError, Decimal},
    reference::Currency,
    usage::Funds,
    view::State,
};

fn open_refusal(world: &World, change: impl FnOnce(&mut OpenAccount)) -> Refusal {
    let mut command = open();
    change(&mut command);
    world.decide(&Command::OpenAccount(command), now()).unwrap_err()
}

fn to_close(command: &mut crate::decide::UpdateAccount) {
    command.status = Some(AccountStatus::ToClose);
}

#[test]
fn opened_account_stands_as_requested() {
    let mut world = World::new();
    let credit_limit = Some(Decimal::parse("1500.50").unwrap());
    let command = OpenAccount { credit_limit, parent: Some(ANNS), segment: Some(Segment::A), ..open() };
    let events = world.run(Command::OpenAccount(command), now()).unwrap();
    let account = &*world.accounts[&AccountId(2100)];
    assert_eq!(events, [Event::AccountOpened(account.clone(), sealed(ANN, 1))]);
    assert_eq!((account.credit_limit, Funds::default().available(account.credit_limit)), (150_050, 150_050));
    assert_eq!((account.parent, account.segment), (Some(ANNS), Some(Segment::A)));
    assert_eq!((account.status.status, account.status.since), (AccountStatus::Ok, now()));
}

#[test]
fn account_is_not_opened_for_what_does_not_exist() {
    let world = World::new();
    for nobody in [CustomerId(1), STRANGER] {
        assert_eq!(open_refusal(&world, |c| c.customer = nobody), Refusal::CustomerUnknown(nobody));
    }
    for parent in [AccountId(1), STRANGERS, AccountId(2100)] {
        assert_eq!(open_refusal(&world, |c| c.parent = Some(parent)), Refusal::ParentInvalid);
    }
}

#[test]
fn account_number_and_id_are_given_once() {
    let mut world = World::new();
    let number = world.accounts[&ANNS].number.clone();
    assert_eq!(open_refusal(&world, |c| c.number = number), Refusal::AccountNumberTaken);
    assert_eq!(open_refusal(&world, |c| c.id = ANNS), Refusal::Stale);
    world.put_account(account(AccountId(5), THEIRS, STRANGER, AccountTemplate::Prepaid, "EUR"));
    let command = OpenAccount { number: "A-5".into(), ..open() };
    assert!(world.run(Command::OpenAccount(command), now()).is_ok(), "another institution's number is free");
}

#[test]
fn credit_limit_must_fit_the_currency() {
    let half = Decimal::parse("0.5").unwrap();
    let yen = Currency::parse("JPY").unwrap();
    let precision = Refusal::CreditLimit(AmountError::Precision { allowed: 0 });
    let refusal = open_refusal(&World::new(), |c| (c.currency, c.credit_limit) = (yen, Some(half)));
    assert_eq!(refusal, precision);
    let mut world = World::new();
    let before = world.clone();
    assert_eq!(world.update_account(ANNS_YEN, |c| c.credit_limit = Some(half), now()), Err(precision));
    assert_eq!(world, before);
    world.update_account(ANNS, |c| c.credit_limit = Some(half), now()).unwrap();
    assert_eq!(world.accounts[&ANNS].credit_limit, 50);
}

#[test]
fn account_to_close_blocks_its_open_cards_only() {
    for status in CardStatus::ALL.into_iter().filter(|status| *status != CardStatus::Expired) {
        let mut world = World::with_card(|_| {});
        world.update(|c| c.status = Some(status), now()).unwrap();
        let before = world.card().status.clone();
        let later = now().plus_ms(3);
        let events = world.update_account(ANNS, to_close, later).unwrap();
        if status == CardStatus::Ok {
            assert!(matches!(&events[1], Event::CardUpdated(CARD, Cause::AccountClosing, changes)
                if matches!(changes[..], [CardChange::Status(_)])));
            let after = &world.card().status;
            assert_eq!((after.status, after.since), (CardStatus::Blocked, later));
            assert_eq!(after.reason.as_deref(), Some("Account to be closed"));
        } else {
            assert_eq!((events.len(), &world.card().status), (1, &before));
        }
    }
}

#[test]
fn account_to_close_leaves_the_cards_of_others() {
    let mut world = World::with_card(|_| {});
    assert_eq!(world.update_account(ANNS_OTHER, to_close, now()).unwrap().len(), 1);
    assert_eq!(world.card().status.status, CardStatus::Ok);
}

#[test]
fn account_to_close_leaves_a_card_that_time_has_closed() {
    let mut world = World::with_card(|command| command.closing = Some(now().plus_ms(5)));
    assert_eq!(world.update_account(ANNS, to_close, now().plus_ms(5)).unwrap().len(), 1);
    let status = world.card().status_at(now().plus_ms(5));
    assert_eq!((status.status, status.since), (CardStatus::Closed, now().plus_ms(5)));
}

#[test]
fn account_to_close_again_leaves_a_card_that_was_opened_since() {
    let mut world = World::with_card(|_| {});
    world.update_account(ANNS, to_close, now()).unwrap();
    world.update(|c| c.status = Some(CardStatus::Ok), now()).unwrap();
    let events = world.update_account(ANNS, to_close, now()).unwrap();
    assert!(events.iter().all(Event::is_empty));
    assert_eq!(world.card().status.status, CardStatus::Ok);
}

#[test]
fn account_status_keeps_its_date_while_it_stays() {
    let mut world = World::new();
    let later = now().plus_ms(9);
    let blocked = |c: &mut crate::decide::UpdateAccount| {
        (c.status, c.reason) = (Some(AccountStatus::Blocked), Some("asked for".into()));
    };
    world.update_account(ANNS, blocked, now()).unwrap();
    world
        .update_account(ANNS, |c| (c.reason, c.closure_reason) = (Some("why".into()), Some(3)), later)
        .unwrap();
    let status = &world.accounts[&ANNS].status;
    assert_eq!((status.status, status.since), (AccountStatus::Blocked, now()));
    assert_eq!((status.reason.as_deref(), status.closure_reason), (Some("why"), Some(3)));
    world.update_account(ANNS, |c| c.status = Some(AccountStatus::Ok), later).unwrap();
    assert_eq!(world.accounts[&ANNS].status.since, later);
}

#[test]
fn what_explained_an_account_s_status_goes_with_it() {
    let mut world = World::new();
    let blocked = |c: &mut crate::decide::UpdateAccount| {
        to_close(c);
        (c.reason, c.closure_reason) = (Some("why".into()), Some(3));
    };
    world.update_account(ANNS, blocked, now()).unwrap();
    world.update_account(ANNS, |c| c.status = Some(AccountStatus::Ok), now()).unwrap();
    let status = &world.accounts[&ANNS].status;
    assert_eq!((status.reason.as_deref(), status.closure_reason), (None, None));
    let reason = |c: &mut crate::decide::UpdateAccount| {
        (c.status, c.reason) = (Some(AccountStatus::Blocked), Some("because".into()));
    };
    world.update_account(ANNS, reason, now()).unwrap();
    assert_eq!(world.accounts[&ANNS].status.reason.as_deref(), Some("because"));
}

#[test]
fn credit_limit_goes_no_further_than_any_figure() {
    let mut world = World::new();
    let limit = |text: &str| Some(Decimal::parse(text).unwrap());
    let too_large = Refusal::CreditLimit(AmountError::TooLarge);
    assert_eq!(open_refusal(&world, |c| c.credit_limit = limit("10000000000000.01")), too_large);
    let updated = world.update_account(ANNS, |c| c.credit_limit = limit("10000000000000.01"), now());
    assert_eq!(updated, Err(too_large));
    world.update_account(ANNS, |c| c.credit_limit = limit("10000000000000"), now()).unwrap();
}

#[test]
fn account_moves_to_another_customer_with_its_record() {
    let mut world = World::new();
    let stale = world.update_account(ANNS, |c| c.customer = Some(BOB), now());
    assert_eq!(stale, Err(Refusal::Stale));
    let stale = world.update_account(ANNS, |c| c.personal = resealed(ANN, 2), now());
    assert_eq!(stale, Err(Refusal::Stale));
    let nobody = world.update_account(ANNS, |c| c.customer = Some(STRANGER), now());
    assert_eq!(nobody, Err(Refusal::CustomerUnknown(STRANGER)));
    world.update_account(ANNS, |c| (c.customer, c.personal) = (Some(BOB), resealed(BOB, 1)), now()).unwrap();
    let account = &world.accounts[&ANNS];
    assert_eq!((account.customer, account.personal_revision), (BOB, 2));
}

#[test]
fn account_parent_must_be_another_account_of_the_institution() {
    let mut world = World::new();
    for parent in [ANNS, STRANGERS, AccountId(1)] {
        let result = world.update_account(ANNS, |c| c.parent = Some(parent), now());
        assert_eq!(result, Err(Refusal::ParentInvalid));
    }
    world.update_account(ANNS, |c| c.parent = Some(ANNS_OTHER), now()).unwrap();
    assert_eq!(world.accounts[&ANNS].parent, Some(ANNS_OTHER));
    // Nor may it be above itself through another one.
    let circle = world.update_account(ANNS_OTHER, |c| c.parent = Some(ANNS), now());
    assert_eq!(circle, Err(Refusal::ParentInvalid));
}

#[test]
fn account_limits_merge_in_its_currency() {
    let mut world = World::new();
    let rule = Some(RequestedRule::Within { single: None, sum: Decimal::parse("7.5").ok(), count: None });
    let field = "usageLimits[0].values[0]".into();
    let limit = LimitRequest { period: Period::Daily, usage: UsageType::All, rule, reset: false, field };
    let error = AmountError::Precision { allowed: 0 };
    let field = "usageLimits[0].values[0].sumAmount".into();
    let yen = world.update_account(ANNS_YEN, |c| c.limits = vec![limit.clone()], now());
    assert_eq!(yen, Err(Refusal::LimitAmount { field, error }));
    world.update_account(ANNS, |c| c.limits = vec![limit.clone()], now()).unwrap();
    let found = world.accounts[&ANNS].limits.find(Period::Daily, UsageType::All).copied().unwrap();
    assert!(matches!(found.rule, Some(Rule::Within(bounds)) if bounds.sum == Some(750)));
}

#[test]
fn account_of_another_kind_or_institution_is_refused() {
    let world = World::new();
    let mismatch = update_account(ANNS, AccountTemplate::Credit);
    let refused = world.decide(&Command::UpdateAccount(mismatch), now());
    assert_eq!(refused, Err(Refusal::AccountTemplateMismatch));
    let foreign = update_account(ANNS, AccountTemplate::Prepaid);
    let refused = decide(&Command::UpdateAccount(foreign), THEIRS, now(), &world);
    assert_eq!(refused, Err(Refusal::AccountUnknown(ANNS)));
    assert_eq!(world.accounts[&ANNS].institution, OURS);
}

#[test]
fn available_is_balance_less_holds_plus_credit() {
    assert_eq!(Funds { balance: 10_000, held: 1_000 }.available(500), 9_500);
}
