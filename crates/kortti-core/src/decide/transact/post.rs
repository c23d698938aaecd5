use super::{Context, Outcome, Payer, Refusal, clear::of_card};
use crate::{
    id::{AccountId, CardId},
    transaction::{Book, Fee, Post, Posting, Reason, Request, Transaction},
    usage::{Activity, SharedActivity},
    view::View,
};

/// Posts a movement that the institution makes itself, such as a load.
pub(super) fn post(request: &Post, context: Context, view: &impl View) -> Result<Transaction, Refusal> {
    let (from, to) = if request.kind.is_credit() {
        (Book::Funding, Book::Balance)
    } else {
        (Book::Balance, Book::Funding)
    };
    let place = Place::find(request.card, request.account, context, view)?;
    let amount = place.payer.moved(request.amount, None)?;
    Ok(place.transaction(Request::Post(Box::new(request.clone())), (from, to), amount))
}

/// Charges a fee, also where there is not enough for it.
pub(super) fn fee(request: &Fee, context: Context, view: &impl View) -> Result<Transaction, Refusal> {
    let place = Place::find(request.card, request.account, context, view)?;
    let amount = place.payer.moved(request.amount, None)?;
    Ok(place.transaction(Request::Fee(request.clone()), (Book::Balance, Book::Fees), amount))
}

/// Where something is posted: on an account, perhaps in a card's name.
struct Place {
    card: Option<(CardId, Option<SharedActivity>)>,
    payer: Payer,
}

impl Place {
    fn find(
        card: Option<CardId>,
        account: Option<AccountId>,
        context: Context,
        view: &impl View,
    ) -> Result<Self, Refusal> {
        let Some(card) = card else {
            let account = account.ok_or(Refusal::AccountUnknown(AccountId(0)))?;
            return Ok(Self { card: None, payer: Payer::find(account, context, view)? });
        };
        let (subject, payer) = of_card(card, context, view)?;
        Ok(Self { card: Some((card, subject.activity)), payer })
    }

    fn transaction(&self, request: Request, (from, to): (Book, Book), amount: i64) -> Transaction {
        let outcome =
            Outcome { postings: Posting::pair(from, to, amount), ..Outcome::done(Reason::Posted, amount) };
        let card =
            self.card.as_ref().map(|(id, activity)| (*id, activity.as_deref().unwrap_or(Activity::none())));
        outcome.transaction(request, card, &self.payer)
    }
}
