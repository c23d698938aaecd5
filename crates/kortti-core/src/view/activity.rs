//! How transactions change what cards and accounts have done.
//!
//! A state may be newer than the entry that is applied, when a snapshot was taken while the journal went on: what an activity
//! has seen already it does not take in again.

use super::{Dangling, Place, State};
use crate::{
    account::Account,
    calendar::Windows,
    event::Changed,
    id::TransactionId,
    limit::Limits,
    time::Timestamp,
    transaction::{
        Authorisation, Book, CheckKind, KnownAuthorisation, Original, Posting, Reason, Request, Transaction,
    },
    usage::{Activity, Owner, Use, UseChange, Used},
};

/// Takes the uses that are gone by `now` out of the rolling window.
pub fn expire_uses(now: Timestamp, state: &mut impl State) {
    while let Some(gone) = state.pop_use(now) {
        change(Owner::Account(gone.account), state, |activity| activity.expire(&gone));
        if let Some(card) = gone.card {
            change(Owner::Card(card), state, |activity| activity.expire(&gone));
        }
    }
}

/// An account may be opened with money on it, which has come from somewhere.
pub(super) fn open_account(account: &Account, place: Place, state: &mut impl State) {
    if account.opening_balance == 0 && account.opening_held == 0 {
        return;
    }
    let mut postings = Posting::pair(Book::Funding, Book::Balance, account.opening_balance);
    postings.extend(Posting::pair(Book::Reserve, Book::Held, account.opening_held));
    for posting in &postings {
        state.post(account.institution, account.currency, *posting);
    }
    change(Owner::Account(account.id), state, |activity| {
        if activity.version < place.id {
            postings.iter().for_each(|posting| activity.funds.post(*posting));
            activity.version = place.id;
        }
    });
}

/// Forgives what was used of the limits that were reset.
pub(super) fn reset(owner: Owner, limits: &Changed<Limits>, place: Place, state: &mut impl State) {
    let before = |period, usage| limits.before.find(period, usage).and_then(|limit| limit.counts_from);
    let resets = limits.after.as_slice().iter().filter(|limit| {
        limit.counts_from.is_some() && limit.counts_from != before(limit.period, limit.usage)
    });
    let resets: Vec<_> = resets.map(|limit| (limit.period, limit.usage)).collect();
    if resets.is_empty() {
        return;
    }
    change(owner, state, |activity| {
        if activity.version < place.id {
            resets.iter().for_each(|(period, usage)| activity.reset(*period, *usage, place.id));
        }
    });
}

/// Puts a transaction into effect.
pub(super) fn transact(
    transaction: &Transaction,
    place: Place,
    state: &mut impl State,
) -> Result<(), Dangling> {
    expire_uses(place.at, state);
    if let Request::Reverse(reverse) = &transaction.request
        && let (Original::Message(message), Reason::ReversalNoted) = (reverse.original, transaction.reason)
    {
        state.note_reversal(message, place.at);
    }
    let Some(id) = transaction.account else { return Ok(()) };
    let account = state.account(id).ok_or(Dangling { what: "account", id: id.0 })?;
    for posting in &transaction.postings {
        state.post(account.institution, account.currency, *posting);
    }
    let first = transaction.first.unwrap_or(place.id);
    let in_rolling = rolling(transaction, first, place, state);
    let zone = account.zone().clone();
    change(Owner::Account(id), state, |activity| {
        if activity.version < place.id {
            transaction.postings.iter().for_each(|posting| activity.funds.post(*posting));
            take_in(transaction, place, first, in_rolling, &Windows::at(&zone, place.at), activity);
            activity.advance(transaction.account_step.unwrap_or(activity.trail.next()), place.id);
        }
    });
    if let Some(id) = transaction.card {
        let card = state.card(id).ok_or(Dangling { what: "card", id: id.0 })?;
        let product = state.product(card.product);
        let product = product.ok_or(Dangling { what: "product", id: card.product.0.into() })?;
        change(Owner::Card(id), state, |activity| {
            if activity.version < place.id {
                take_in(
                    transaction,
                    place,
                    first,
                    in_rolling,
                    &Windows::at(product.zone(), place.at),
                    activity,
                );
                let locks = transaction.checks.iter().any(|check| check.kind == CheckKind::MerchantLock);
                if locks {
                    note_merchant(transaction, activity);
                }
                activity.advance(transaction.card_step.unwrap_or(activity.trail.next()), place.id);
            }
        });
    }
    if let Some(authorisation) = &transaction.authorisation {
        state.put_authorisation(first, KnownAuthorisation { last: place.id, state: **authorisation });
    }
    Ok(())
}

/// Brings the rolling window to what a transaction counts. Whether the use is in it.
fn rolling(transaction: &Transaction, first: TransactionId, place: Place, state: &mut impl State) -> bool {
    let (Some(used), Some(authorisation)) = (transaction.counted, &transaction.authorisation) else {
        return false;
    };
    let Authorisation { card, account, counted, .. } = **authorisation;
    if transaction.first.is_some() {
        return state.set_use(first, Used { amount: counted.amount, count: counted.once.into() });
    }
    state.push_use(Use { id: first, at: place.at, card, account, kinds: counted.kinds, used });
    true
}

/// Counts what a transaction counts.
fn take_in(
    transaction: &Transaction,
    place: Place,
    first: TransactionId,
    in_rolling: bool,
    windows: &Windows,
    activity: &mut Activity,
) {
    let (Some(used), Some(authorisation)) = (transaction.counted, &transaction.authorisation) else { return };
    let approved_at = if transaction.first.is_some() { authorisation.approved_at } else { place.at };
    let kinds = authorisation.counted.kinds;
    activity.count(&UseChange { id: first, approved_at, kinds, change: used }, windows, in_rolling);
}

/// Notes the merchant of the first use, to which a card with a lock is locked from then on. Whether it has one the decision tells:
/// the card may have changed since.
pub fn note_merchant(transaction: &Transaction, activity: &mut Activity) {
    if let (Request::Authorise(request), Some(_), None) =
        (&transaction.request, &transaction.authorisation, &activity.merchant)
    {
        activity.merchant.clone_from(&request.merchant.id);
    }
}

fn change(owner: Owner, state: &mut impl State, change: impl FnOnce(&mut Activity)) {
    change(match owner {
        Owner::Card(id) => state.card_activity_mut(id),
        Owner::Account(id) => state.account_activity_mut(id),
    });
}
