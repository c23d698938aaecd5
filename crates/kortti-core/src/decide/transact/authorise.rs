use std::sync::Arc;

use super::{
    Context, Outcome, Payer, Refusal, Subject, alone, checks, checks::Checks, limits, limits::Addition,
};
use crate::{
    calendar::Windows,
    limit::UsageTypes,
    reference::Mcc,
    time::{DAY_MS, Timestamp},
    transaction::{
        Advice, Authorisation, Authorise, Book, CheckKind, Checked, Counted, Facts, Posting, Reason, Request,
        Transaction, TransactionType,
    },
    usage::Used,
    view::View,
};

/// What an authorisation is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// Money is to be held.
    Hold,
    /// Is the card good? There is no amount.
    Verify,
    /// How much can be spent?
    Inquire,
    /// Money is for the holder; it comes with its clearing.
    Credit,
}

impl Purpose {
    fn of(request: &Authorise, amount: i64) -> Self {
        match request.transaction_type {
            TransactionType::BalanceInquiry => Self::Inquire,
            kind if kind.is_credit() => Self::Credit,
            _ if amount == 0 => Self::Verify,
            _ => Self::Hold,
        }
    }
}

/// Decides on an authorisation request.
pub(super) fn decide(
    request: &Arc<Authorise>,
    context: Context,
    view: &impl View,
) -> Result<Transaction, Refusal> {
    let mut checks = Checks::new();
    checks::not_reversed(&mut checks, context, view);
    let Some(subject) = request.card.and_then(|card| Subject::find(card, context, view)) else {
        checks.add(CheckKind::CardKnown, Checked::Fail(Reason::CardUnknown), None);
        return Ok(unknown(request, checks));
    };
    checks.add(CheckKind::CardKnown, Checked::Pass, None);
    let payer = Payer::find(subject.card.account, context, view)?;
    let amount = payer.billed(request.amount, request.billing)?;
    // What costs something is billed. Only verifications and inquiries are about nothing.
    if amount == 0 && request.amount.minor != 0 {
        return Err(Refusal::NoAmount);
    }
    let decision = Decider { request, subject: &subject, payer: &payer, amount, context };
    let outcome = decision.decide(checks);
    let request = Request::Authorise(Arc::clone(request));
    Ok(outcome.transaction(request, Some((subject.card.id, subject.activity())), &payer))
}

/// The answer to a number that belongs to no card.
fn unknown(request: &Arc<Authorise>, checks: Checks) -> Transaction {
    let reason = checks.failure().unwrap_or(Reason::CardUnknown);
    let request = Request::Authorise(Arc::clone(request));
    Transaction { checks: checks.into_list(), ..alone(request, false, reason) }
}

struct Decider<'a> {
    request: &'a Authorise,
    subject: &'a Subject,
    payer: &'a Payer,
    amount: i64,
    context: Context,
}

impl Decider<'_> {
    fn decide(&self, mut checks: Checks) -> Outcome {
        let purpose = Purpose::of(self.request, self.amount);
        let windows = Windows::at(self.subject.product.zone(), self.context.now);
        checks::expiry(&mut checks, self.request.expiry, self.subject, self.context);
        checks::card_status(&mut checks, self.subject, self.context);
        checks::account_status(&mut checks, self.payer);
        checks::blocks(&mut checks, self.request, self.subject);
        if purpose != Purpose::Inquire {
            checks::controls(&mut checks, self.request, self.subject, &windows);
        }
        let approved = if purpose == Purpose::Hold {
            let addition =
                Addition { kinds: self.kinds(), this: Used { amount: self.amount, count: 1 }, total: None };
            limits::of_card(&mut checks, &addition, self.subject, &windows, self.context);
            limits::of_account(&mut checks, &addition, self.payer, self.context);
            let approved = self.funds(&mut checks);
            if approved < self.amount {
                checks.use_part(approved, self.amount);
            }
            approved
        } else {
            checks.skip(CheckKind::Funds);
            self.amount
        };
        if let Some(advice) = &self.request.advice {
            return self.advised(advice, purpose, checks);
        }
        let reason = match (checks.failure(), purpose) {
            (Some(reason), _) => return Outcome::declined(reason, checks.into_list()),
            (None, Purpose::Verify) => Reason::Verified,
            (None, _) if approved < self.amount => Reason::PartiallyApproved,
            (None, _) => Reason::Approved,
        };
        self.approved(reason, purpose, approved, checks)
    }

    fn kinds(&self) -> UsageTypes {
        self.request.transaction_type.kinds(self.request.entry_mode)
    }

    /// Whether there is enough, or enough for a part. What can be approved of the amount.
    fn funds(&self, checks: &mut Checks) -> i64 {
        let available = self.payer.available();
        let facts = Facts::Funds(available, self.amount);
        if available >= self.amount {
            checks.add(CheckKind::Funds, Checked::Pass, facts);
            return self.amount;
        }
        // An advice granted what it says: no part is granted here.
        let may_part = self.request.partial_capable && self.request.advice.is_none();
        if checks.failure().is_none() && may_part && available > 0 {
            checks.add(CheckKind::Funds, Checked::Skipped, facts);
            checks.add(CheckKind::PartialApproval, Checked::Pass, Facts::Funds(available, self.amount));
            return available;
        }
        checks.add(CheckKind::Funds, Checked::Fail(Reason::NotEnoughFunds), facts);
        self.amount
    }

    /// What was decided elsewhere: recorded as it was, together with what would have been decided here. If it has been reversed
    /// already nothing may be held for it.
    fn advised(&self, advice: &Advice, purpose: Purpose, mut checks: Checks) -> Outcome {
        checks.add(CheckKind::Advice, Checked::Pass, None);
        if checks.failure() == Some(Reason::ReversedBefore) {
            return Outcome::declined(Reason::ReversedBefore, checks.into_list());
        }
        if advice.approved {
            self.approved(Reason::Advised, purpose, self.amount, checks)
        } else {
            Outcome::declined(Reason::AdvisedDeclined, checks.into_list())
        }
    }

    fn approved(&self, reason: Reason, purpose: Purpose, amount: i64, checks: Checks) -> Outcome {
        let outcome = Outcome { checks: checks.into_list(), ..Outcome::done(reason, amount) };
        if purpose != Purpose::Hold {
            let amount = if purpose == Purpose::Credit { amount } else { 0 };
            return Outcome { amount, ..outcome };
        }
        let Context { now, .. } = self.context;
        let kinds = self.kinds();
        let authorisation = Authorisation {
            card: Some(self.subject.card.id),
            account: self.payer.account.id,
            approved_at: now,
            expires_at: hold_end(self.subject, self.request.merchant.mcc, now),
            mcc: self.request.merchant.mcc,
            counted: Counted { kinds, amount, once: true },
            approved: amount,
            held: amount,
            cleared: 0,
            reversed: 0,
            end: None,
            transaction_type: self.request.transaction_type,
        };
        Outcome {
            postings: Posting::pair(Book::Reserve, Book::Held, amount),
            counted: Some(Used { amount, count: 1 }),
            authorisation: Some(authorisation),
            ..outcome
        }
    }
}

/// When what is held at a merchant of a category is released by itself.
pub(super) fn hold_end(subject: &Subject, mcc: Mcc, now: Timestamp) -> Timestamp {
    now.plus_ms(i64::from(subject.product.hold_days(mcc)).saturating_mul(DAY_MS))
}
