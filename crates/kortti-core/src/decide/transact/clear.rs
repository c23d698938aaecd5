use super::{Context, Outcome, Payer, Refusal, Subject, checks::Checks, known};
use crate::{
    id::CardId,
    transaction::{
        Authorisation, Book, CheckKind, Checked, Clear, End, Facts, Posting, Reason, Refund, Request,
        Transaction, TransactionType,
    },
    usage::Used,
    view::View,
};

/// Posts what a merchant presents. What is owed is owed: only a card that has expired for good stops it, or a reversal of the
/// very message that came first.
pub(super) fn clear(request: &Clear, context: Context, view: &impl View) -> Result<Transaction, Refusal> {
    let Some(first) = request.authorisation else { return clear_alone(request, context, view) };
    let (known, payer) = known(first, context, view)?;
    let amount = payer.moved(request.amount, request.billing)?;
    let subject = known.state.card.and_then(|card| Subject::find(card, context, view));
    let is_credit = request.transaction_type.is_some_and(TransactionType::is_credit);
    let outcome = match stopped(subject.as_ref(), context, view) {
        Some(outcome) => Outcome { authorisation: Some(known.state), ..outcome },
        None if is_credit && !known.state.is_credit() => {
            Outcome { authorisation: Some(known.state), ..credited(amount, Reason::Posted) }
        }
        None => {
            let tolerance =
                subject.as_ref().map_or(0, |subject| subject.product.tolerance_percent(known.state.mcc));
            matched(&known.state, amount, request.last, tolerance)
        }
    };
    let card = subject.as_ref().map(|subject| (subject.card.id, subject.activity()));
    let request = Request::Clear(Box::new(request.clone()));
    Ok(outcome.transaction(request, card, &payer).following(first, &known))
}

/// A clearing of an authorisation. What the two differ by is counted in the limits, so that what counts is always what is held
/// and cleared.
fn matched(state: &Authorisation, amount: i64, last: bool, tolerance_percent: u16) -> Outcome {
    if state.is_credit() {
        return matched_credit(state, amount, last, tolerance_percent);
    }
    let mut after = *state;
    after.cleared = state.cleared.saturating_add(amount);
    let release = if last { state.held } else { state.held.min(amount) };
    after.held = state.held.saturating_sub(release);
    let change = amount.saturating_sub(release);
    after.counted.amount = state.counted.amount.saturating_add(change);
    let counts = !state.counted.kinds.is_empty();
    // A use that was taken back and is paid all the same was one.
    let is_again = counts && !state.counted.once;
    after.counted.once |= is_again;
    if after.held == 0 {
        after.end = state.end.or(Some(End::Cleared));
    }
    let mut postings = Posting::pair(Book::Held, Book::Reserve, release);
    postings.extend(Posting::pair(Book::Balance, Book::Settlement, amount));
    Outcome {
        postings,
        counted: counts.then_some(Used { amount: change, count: is_again.into() }),
        authorisation: Some(after),
        ..Outcome::done(how(state, &after, last, tolerance_percent), amount)
    }
}

/// A clearing of money for the holder, for which nothing was held and nothing counts.
fn matched_credit(state: &Authorisation, amount: i64, last: bool, tolerance_percent: u16) -> Outcome {
    let mut after = *state;
    after.cleared = state.cleared.saturating_add(amount);
    if last || after.credit_due() == 0 {
        after.end_credit(End::Cleared);
    }
    Outcome { authorisation: Some(after), ..credited(amount, how(state, &after, last, tolerance_percent)) }
}

/// How a clearing compares with its authorisation.
fn how(state: &Authorisation, after: &Authorisation, last: bool, tolerance_percent: u16) -> Reason {
    match state.end {
        Some(End::Expired) => return Reason::PostedAfterExpiry,
        Some(End::Reversed) => return Reason::PostedAfterReversal,
        Some(End::Declined) => return Reason::PostedAfterDecline,
        Some(End::Cleared) => return Reason::PostedAfterClearing,
        Some(End::NothingHeld | End::CreditDue) | None => {}
    }
    let approved = state.approved.saturating_sub(state.reversed);
    let above = after.cleared.saturating_sub(approved);
    if above > 0 {
        let allowed = i128::from(approved) * i128::from(tolerance_percent) / 100;
        let within = i128::from(above) <= allowed;
        return if within { Reason::PostedAbove } else { Reason::PostedAboveTolerance };
    }
    if last && above < 0 { Reason::PostedBelow } else { Reason::Posted }
}

fn clear_alone(request: &Clear, context: Context, view: &impl View) -> Result<Transaction, Refusal> {
    let card = request.card.ok_or(Refusal::CardUnknown(CardId(0)))?;
    let (subject, payer) = of_card(card, context, view)?;
    let amount = payer.moved(request.amount, request.billing)?;
    let outcome = stopped(Some(&subject), context, view).unwrap_or_else(|| {
        let reason = Reason::PostedWithoutAuthorisation;
        if request.transaction_type.is_some_and(TransactionType::is_credit) {
            return credited(amount, reason);
        }
        let postings = Posting::pair(Book::Balance, Book::Settlement, amount);
        Outcome { postings, ..Outcome::done(reason, amount) }
    });
    let request = Request::Clear(Box::new(request.clone()));
    Ok(outcome.transaction(request, Some((card, subject.activity())), &payer))
}

/// Posts what a merchant gives back.
pub(super) fn refund(request: &Refund, context: Context, view: &impl View) -> Result<Transaction, Refusal> {
    let (subject, payer) = of_card(request.card, context, view)?;
    let amount = payer.moved(request.amount, request.billing)?;
    let outcome = stopped(Some(&subject), context, view).unwrap_or_else(|| credited(amount, Reason::Posted));
    let card = Some((request.card, subject.activity()));
    Ok(outcome.transaction(Request::Refund(Box::new(request.clone())), card, &payer))
}

/// Money for the holder. It touches no hold: nothing was held for it.
fn credited(amount: i64, reason: Reason) -> Outcome {
    let postings = Posting::pair(Book::Settlement, Book::Balance, amount);
    Outcome { postings, ..Outcome::done(reason, amount) }
}

/// A card and the account it draws on now.
pub(super) fn of_card(card: CardId, context: Context, view: &impl View) -> Result<(Subject, Payer), Refusal> {
    let subject = Subject::find(card, context, view).ok_or(Refusal::CardUnknown(card))?;
    let payer = Payer::find(subject.card.account, context, view)?;
    Ok((subject, payer))
}

/// The answer where nothing is posted: the message was taken back before it came, or the card has expired for good. Only what
/// stops it is listed.
fn stopped(subject: Option<&Subject>, context: Context, view: &impl View) -> Option<Outcome> {
    let mut checks = Checks::default();
    if context.message.is_some_and(|message| view.is_reversed_before(message, context.now)) {
        checks.add(CheckKind::NotReversed, Checked::Fail(Reason::ReversedBefore), None);
    }
    let status = subject.map(|subject| subject.card.status_at(context.now));
    if let Some(record) = status.filter(|record| record.status.blocks_clearing()) {
        let facts = Facts::CardStatus(record.status, record.since);
        checks.add(CheckKind::CardStatus, Checked::Fail(Reason::CardExpired), facts);
    }
    checks.failure().map(|reason| Outcome::declined(reason, checks.into_list()))
}
