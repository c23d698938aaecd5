use super::{
    Context, Outcome, Payer, Refusal, Subject, alone, authorise::hold_end, checks, checks::Checks, known,
    limits, limits::Addition,
};
use crate::{
    calendar::Windows,
    id::TransactionId,
    transaction::{
        Authorisation, Book, CheckKind, Checked, End, Facts, Increment, KnownAuthorisation, Original,
        Posting, Reason, Request, Reverse, Transaction,
    },
    usage::{Activity, Used},
    view::View,
};

/// Decides whether an authorisation may hold more. It is checked like a use of its own, save that it is none: it adds to the
/// amount, not to the number.
pub(super) fn increment(
    request: &Increment,
    context: Context,
    view: &impl View,
) -> Result<Transaction, Refusal> {
    let first = request.authorisation;
    let (known, payer) = known(first, context, view)?;
    let card = known.state.card.ok_or(Refusal::AuthorisationUnknown(first))?;
    let subject = Subject::find(card, context, view).ok_or(Refusal::AuthorisationUnknown(first))?;
    let amount = payer.moved(request.amount, request.billing)?;
    let state = known.state;
    let mut checks = Checks::new();
    checks::not_reversed(&mut checks, context, view);
    let ended = Checked::unless(state.end.is_some(), Reason::AuthorisationEnded);
    checks.add(CheckKind::AuthorisationOpen, ended, Facts::Held(state.held));
    checks::expiry(&mut checks, None, &subject, context);
    checks::card_status(&mut checks, &subject, context);
    checks::account_status(&mut checks, &payer);
    let windows = Windows::at(subject.product.zone(), context.now);
    let addition = Addition {
        kinds: state.counted.kinds,
        this: Used { amount, count: 0 },
        total: Some(state.approved.saturating_sub(state.reversed).saturating_add(amount)),
    };
    limits::of_card(&mut checks, &addition, &subject, &windows, context);
    limits::of_account(&mut checks, &addition, &payer, context);
    let available = payer.available();
    let enough = Checked::unless(available < amount, Reason::NotEnoughFunds);
    checks.add(CheckKind::Funds, enough, Facts::Funds(available, amount));
    let outcome = match checks.failure() {
        Some(reason) => {
            Outcome { authorisation: Some(state), ..Outcome::declined(reason, checks.into_list()) }
        }
        None => {
            let mut after = state;
            after.approved = after.approved.saturating_add(amount);
            after.held = after.held.saturating_add(amount);
            after.counted.amount = after.counted.amount.saturating_add(amount);
            after.expires_at = after.expires_at.max(hold_end(&subject, state.mcc, context.now));
            Outcome {
                checks: checks.into_list(),
                postings: Posting::pair(Book::Reserve, Book::Held, amount),
                counted: Some(Used { amount, count: 0 }),
                authorisation: Some(after),
                ..Outcome::done(Reason::Approved, amount)
            }
        }
    };
    let request = Request::Increment(Box::new(request.clone()));
    let card = Some((card, subject.activity()));
    Ok(outcome.transaction(request, card, &payer).following(first, &known))
}

/// Gives back what an authorisation holds. Reversals are always honoured: of what is not held any more nothing is given back,
/// and of what has not arrived yet it is noted that it is not to be held.
pub(super) fn reverse(request: &Reverse, context: Context, view: &impl View) -> Result<Transaction, Refusal> {
    let first = match request.original {
        Original::Authorisation(first) => first,
        Original::Message(message) => match view.message(message, context.now) {
            Some(first) => first,
            // It came before what it reverses, of which nothing at all may be held then.
            None if request.amount.is_some() => return Err(Refusal::OriginalUnknown),
            None => return Ok(alone(Request::Reverse(*request), true, Reason::ReversalNoted)),
        },
    };
    let (known, payer) = known(first, context, view)?;
    let state = known.state;
    let wanted = request.amount.map(|amount| payer.moved(amount, None)).transpose()?;
    // Nothing is held for a credit, but it is due until it is taken back.
    let left = if state.is_credit() { state.credit_due() } else { state.held };
    let amount = wanted.map_or(left, |wanted| wanted.min(left));
    let outcome = if amount == 0 {
        Outcome { authorisation: Some(state), ..Outcome::done(Reason::NothingToReverse, 0) }
    } else if state.is_credit() {
        credit_reversed(state, amount)
    } else {
        let after = Authorisation { reversed: state.reversed.saturating_add(amount), ..state };
        Outcome { amount, ..released(after, amount, Reason::Reversed, End::Reversed) }
    };
    Ok(finish(outcome, Request::Reverse(*request), first, &known, &payer, view))
}

/// Takes back `amount` of the money for the holder that is due; what is due no more has ended.
fn credit_reversed(state: Authorisation, amount: i64) -> Outcome {
    let mut after = Authorisation { reversed: state.reversed.saturating_add(amount), ..state };
    if after.credit_due() == 0 {
        after.end_credit(if state.cleared > 0 { End::Cleared } else { End::Reversed });
    }
    Outcome { authorisation: Some(after), ..Outcome::done(Reason::Reversed, amount) }
}

/// Releases what an authorisation still holds when its time is over. The use stays counted, its amount does not.
pub(super) fn expire(
    first: TransactionId,
    context: Context,
    view: &impl View,
) -> Result<Transaction, Refusal> {
    let (known, payer) = known(first, context, view)?;
    let state = known.state;
    let outcome = released(state, state.held, Reason::HoldExpired, End::Expired);
    Ok(finish(outcome, Request::ExpireHold(first), first, &known, &payer, view))
}

/// Lets go of `amount`; what is held no more ends the authorisation.
fn released(state: Authorisation, amount: i64, reason: Reason, end: End) -> Outcome {
    let mut after = state;
    after.held = state.held.saturating_sub(amount);
    let mut counted = Used { amount: amount.saturating_neg(), count: 0 };
    after.counted.amount = state.counted.amount.saturating_add(counted.amount);
    if after.held == 0 {
        after.end = state.end.or(Some(if state.cleared > 0 { End::Cleared } else { end }));
        // A use of which nothing remains because it was taken back was none.
        if end == End::Reversed && state.cleared == 0 && state.counted.once {
            after.counted.once = false;
            counted.count = -1;
        }
    }
    Outcome {
        postings: Posting::pair(Book::Held, Book::Reserve, amount),
        counted: Some(counted),
        authorisation: Some(after),
        ..Outcome::done(reason, amount)
    }
}

/// The transaction on the card of an authorisation, whatever has become of the card.
fn finish(
    outcome: Outcome,
    request: Request,
    first: TransactionId,
    known: &KnownAuthorisation,
    payer: &Payer,
    view: &impl View,
) -> Transaction {
    let activity = known.state.card.and_then(|card| view.card_activity(card));
    let activity = activity.as_deref().unwrap_or(Activity::none());
    let card = known.state.card.map(|card| (card, activity));
    outcome.transaction(request, card, payer).following(first, known)
}
