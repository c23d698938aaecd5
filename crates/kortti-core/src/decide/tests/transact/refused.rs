//! What makes no sense is refused, and leaves no trace.

use std::sync::Arc;

use super::{
    super::world::{ANNS_YEN, CARD, THEIRS, now},
    script::{Script, euros, parse::Words},
};
use crate::{
    decide::{Command, Refusal, Transact, decide},
    id::{AccountId, CardId, TransactionId},
    money::Money,
    reference::Currency,
    transaction::{Advice, Authorise, Clear, Increment, Original, Post, PostKind, Refund, Request, Reverse},
};

fn purchase() -> Authorise {
    Words::new("RETAIL CHIP 5").authorise(Some(CARD))
}

fn refusal(request: Request) -> Refusal {
    let mut script = Script::new("refused");
    let before = script.world.clone();
    let refusal =
        script.world.run(Command::Transact(Transact { request, message: None }), now()).unwrap_err();
    assert_eq!(script.world, before);
    refusal
}

fn authorised(change: impl FnOnce(&mut Authorise)) -> Refusal {
    let mut request = purchase();
    change(&mut request);
    refusal(Request::Authorise(Arc::new(request)))
}

fn yen(minor: i64) -> Money {
    Money { minor, currency: Currency::parse("JPY").unwrap() }
}

#[test]
fn other_currency_needs_the_billed_amount_in_the_accounts() {
    let euro = euros(0).currency;
    assert_eq!(authorised(|request| request.amount = yen(1)), Refusal::BillingRequired(euro));
    assert_eq!(authorised(|request| request.billing = Some(yen(1))), Refusal::BillingCurrency(euro));
}

#[test]
fn same_currency_has_one_amount() {
    let differs = Refusal::BillingDiffers;
    let billing = Some(euros(1));
    assert_eq!(authorised(|request| request.billing = billing), differs);
    assert_eq!(authorised(|request| (request.amount, request.billing) = (euros(0), billing)), differs);
    let refund = Refund { card: CARD, amount: euros(2), billing, merchant: None, details: None };
    assert_eq!(refusal(Request::Refund(Box::new(refund))), differs);
    let clear = Words::new("alone 2").clear(CARD, |_| TransactionId(0));
    assert_eq!(refusal(Request::Clear(Box::new(Clear { billing, ..clear }))), differs);
    let mut script = Script::new("refused");
    script.line("at 2026-03-16T10:00:00Z auth RETAIL CHIP 5 as=A -> approved");
    let authorisation = TransactionId::of(0, script.world.entries.0);
    let increment = Increment { authorisation, amount: euros(2), billing };
    let request = Request::Increment(Box::new(increment));
    let command = Command::Transact(Transact { request, message: None });
    assert_eq!(script.world.run(command, now()), Err(differs));
}

#[test]
fn amounts_below_nothing_or_beyond_all_money_are_refused() {
    assert_eq!(authorised(|request| request.amount = euros(-1)), Refusal::NoAmount);
    assert_eq!(authorised(|request| request.amount = euros(i64::MAX)), Refusal::AmountTooLarge);
    assert_eq!(authorised(|request| request.amount = euros(i64::MIN)), Refusal::NoAmount);
    for advice in [None, Some(Advice { approved: true, response_code: None })] {
        let nothing_billed = authorised(|request| {
            request.billing = Some(euros(0));
            request.advice = advice;
        });
        assert_eq!(nothing_billed, Refusal::NoAmount);
    }
    let refund =
        |minor| Refund { card: CARD, amount: euros(minor), billing: None, merchant: None, details: None };
    assert_eq!(refusal(Request::Refund(Box::new(refund(0)))), Refusal::NoAmount);
    assert_eq!(refusal(Request::Refund(Box::new(refund(-1)))), Refusal::NoAmount);
}

#[test]
fn figures_of_an_account_never_leave_what_is_exact() {
    let mut script = Script::new("full");
    let most = 1_000_000_000_000_000;
    let load = |minor| {
        let account = Some(super::super::world::ANNS);
        let post = Post { card: None, account, kind: PostKind::Deposit, amount: euros(minor), details: None };
        Command::Transact(Transact { request: Request::Post(Box::new(post)), message: None })
    };
    let there = script.activity(super::super::world::ANNS).funds.balance;
    script.world.run(load(most - there), now()).unwrap();
    assert_eq!(script.world.run(load(1), now()), Err(Refusal::AmountTooLarge));
    assert_eq!(script.activity(super::super::world::ANNS).funds.balance, most);
}

#[test]
fn what_nobody_knows_is_refused() {
    let nowhere = TransactionId(99_999);
    let unknown = Refusal::AuthorisationUnknown(nowhere);
    let increment = Increment { authorisation: nowhere, amount: euros(1), billing: None };
    assert_eq!(refusal(Request::Increment(Box::new(increment))), unknown);
    let reverse = Reverse { original: Original::Authorisation(nowhere), amount: None };
    assert_eq!(refusal(Request::Reverse(reverse)), unknown);
    assert_eq!(refusal(Request::ExpireHold(nowhere)), unknown);
    let card = CardId(9);
    let refund = Refund { card, amount: euros(1), billing: None, merchant: None, details: None };
    assert_eq!(refusal(Request::Refund(Box::new(refund))), Refusal::CardUnknown(card));
    let account = AccountId(9);
    let post = Words::new("5").post(account, PostKind::Debit);
    assert_eq!(refusal(Request::Post(Box::new(post))), Refusal::AccountUnknown(account));
    let post = Words::new("5").post(ANNS_YEN, PostKind::Debit);
    let yen = yen(0).currency;
    assert_eq!(refusal(Request::Post(Box::new(post))), Refusal::BillingRequired(yen));
}

#[test]
fn other_institution_sees_neither_card_nor_authorisation() {
    let mut script = Script::new("theirs");
    script.line("at 2026-03-16T10:00:00Z auth RETAIL CHIP 5 as=A -> approved");
    let first = TransactionId::of(0, script.world.entries.0);
    let theirs = |request| {
        decide(&Command::Transact(Transact { request, message: None }), THEIRS, now(), &script.world)
    };
    let reverse = Reverse { original: Original::Authorisation(first), amount: None };
    assert_eq!(theirs(Request::Reverse(reverse)), Err(Refusal::AuthorisationUnknown(first)));
    let events = theirs(Request::Authorise(Arc::new(purchase()))).unwrap().events;
    assert_eq!(super::script::failures(super::script::only(&events)), ["CARD_UNKNOWN"]);
}
