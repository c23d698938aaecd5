use minicbor::{Decode, Encode};

use super::{
    Decision, LimitRequest, PersonalUpdate, Refusal, card_update, push_change, transact::AMOUNT_MAX_MINOR,
    unused,
};
use crate::{
    account::{Account, AccountStatus, AccountStatusRecord},
    calendar::Zone,
    card::{AccountTemplate, CardStatus, Segment, StatusRecord},
    event::{AccountChange, CardChange, Cause, Changed, Event},
    id::{AccountId, CustomerId, InstitutionId},
    limit::Limits,
    money::{AmountError, Decimal},
    personal::Sealed,
    reference::Currency,
    time::Timestamp,
    view::View,
};

/// How far up an account is looked for above itself. Journals may hold circles, which were not refused once.
const LEVELS: usize = 100;

/// Open an account.
#[derive(Clone, Debug, Encode, Decode)]
pub struct OpenAccount {
    /// The id it gets.
    #[n(0)]
    pub id: AccountId,
    /// Who holds it.
    #[n(1)]
    pub customer: CustomerId,
    /// Credit, prepaid or debit.
    #[n(2)]
    pub template: AccountTemplate,
    /// The institution's number for it.
    #[n(3)]
    pub number: Box<str>,
    /// Its currency.
    #[n(4)]
    pub currency: Currency,
    /// The account product, if the request named one.
    #[n(5)]
    pub product: Option<Box<str>>,
    /// What the holder may owe, in major units.
    #[n(6)]
    pub credit_limit: Option<Decimal>,
    /// What is on it from the start, in minor units; only fixtures have that.
    #[n(7)]
    pub balance: i64,
    /// The group it is put in.
    #[n(8)]
    pub segment: Option<Segment>,
    /// The account above it.
    #[n(9)]
    pub parent: Option<AccountId>,
    /// Where the days, weeks and months of its limits begin and end; UTC when absent.
    #[n(10)]
    pub zone: Option<Zone>,
    /// Its encrypted part.
    #[n(11)]
    pub personal: Sealed,
}

/// Update an account. What is absent stays.
#[derive(Clone, Debug, Encode, Decode)]
pub struct UpdateAccount {
    /// Which one.
    #[n(0)]
    pub id: AccountId,
    /// Its kind, as the caller believes.
    #[n(1)]
    pub template: AccountTemplate,
    /// A new holder.
    #[n(2)]
    pub customer: Option<CustomerId>,
    /// A new status.
    #[n(3)]
    pub status: Option<AccountStatus>,
    /// Why.
    #[n(4)]
    pub reason: Option<Box<str>>,
    /// Under which heading it is closed, 1 to 5.
    #[n(5)]
    pub closure_reason: Option<u8>,
    /// A new credit limit, in major units.
    #[n(6)]
    pub credit_limit: Option<Decimal>,
    /// A new group.
    #[n(7)]
    pub segment: Option<Segment>,
    /// A new account above it.
    #[n(8)]
    pub parent: Option<AccountId>,
    /// Changes of its limits.
    #[n(9)]
    pub limits: Vec<LimitRequest>,
    /// Its encrypted part, changed.
    #[n(10)]
    pub personal: Option<PersonalUpdate>,
}

impl OpenAccount {
    pub(super) fn decide(
        &self,
        institution: InstitutionId,
        now: Timestamp,
        view: &impl View,
    ) -> Result<Decision, Refusal> {
        unused(view.account(self.id).as_ref())?;
        known_customer(self.customer, institution, view)?;
        if view.account_by_number(institution, &self.number).is_some() {
            return Err(Refusal::AccountNumberTaken);
        }
        known_parent(self.parent, self.id, institution, view)?;
        let credit_limit = self.credit_limit.map_or(Ok(0), |limit| credit_limit(limit, self.currency))?;
        let status =
            AccountStatusRecord { status: AccountStatus::Ok, since: now, reason: None, closure_reason: None };
        let account = Account {
            id: self.id,
            institution,
            customer: self.customer,
            template: self.template,
            number: self.number.clone(),
            currency: self.currency,
            product: self.product.clone(),
            status,
            opening_balance: self.balance,
            opening_held: 0,
            credit_limit,
            segment: self.segment,
            parent: self.parent,
            limits: Limits::default(),
            opened_at: now,
            personal_revision: self.personal.revision,
            zone: self.zone.clone().map(Box::new),
        };
        Ok(Decision { events: vec![Event::AccountOpened(account, self.personal.clone())], id: self.id.0 })
    }
}

impl UpdateAccount {
    pub(super) fn decide(
        &self,
        institution: InstitutionId,
        now: Timestamp,
        view: &impl View,
    ) -> Result<Decision, Refusal> {
        let account = view
            .account(self.id)
            .filter(|account| account.institution == institution)
            .ok_or(Refusal::AccountUnknown(self.id))?;
        if account.template != self.template {
            return Err(Refusal::AccountTemplateMismatch);
        }
        let mut changes = Vec::new();
        if let Some(customer) = self.customer {
            known_customer(customer, institution, view)?;
            if customer != account.customer && self.personal.is_none() {
                return Err(Refusal::Stale);
            }
            push_change(&mut changes, AccountChange::Customer, account.customer, customer);
        }
        known_parent(self.parent, self.id, institution, view)?;
        if let Some(parent) = self.parent {
            push_change(&mut changes, AccountChange::Parent, account.parent, Some(parent));
        }
        push_change(&mut changes, AccountChange::Status, account.status.clone(), self.status(&account, now));
        if let Some(limit) = self.credit_limit {
            let limit = credit_limit(limit, account.currency)?;
            push_change(&mut changes, AccountChange::CreditLimit, account.credit_limit, limit);
        }
        if let Some(segment) = self.segment {
            push_change(&mut changes, AccountChange::Segment, account.segment, Some(segment));
        }
        let limits = card_update::merged_limits(&account.limits, &self.limits, account.currency, now)?;
        push_change(&mut changes, AccountChange::Limits, account.limits.clone(), limits);
        if let Some(personal) = &self.personal {
            changes.push(AccountChange::Personal(personal.checked(account.personal_revision)?));
        }
        let closes =
            self.status == Some(AccountStatus::ToClose) && account.status.status != AccountStatus::ToClose;
        let mut events = vec![Event::AccountUpdated(self.id, changes)];
        if closes {
            events.extend(block_open_cards(self.id, now, view));
        }
        Ok(Decision { events, id: self.id.0 })
    }

    fn status(&self, account: &Account, now: Timestamp) -> AccountStatusRecord {
        let old = &account.status;
        let status = self.status.unwrap_or(old.status);
        // What explained the old status does not explain the new one.
        let stays = status == old.status;
        AccountStatusRecord {
            status,
            since: if stays { old.since } else { now },
            reason: self.reason.clone().or_else(|| old.reason.clone().filter(|_| stays)),
            closure_reason: self.closure_reason.or(old.closure_reason.filter(|_| stays)),
        }
    }
}

/// The customer, if the institution has it.
pub(super) fn known_customer(
    id: CustomerId,
    institution: InstitutionId,
    view: &impl View,
) -> Result<(), Refusal> {
    let known = view.customer(id).is_some_and(|customer| customer.institution == institution);
    if known { Ok(()) } else { Err(Refusal::CustomerUnknown(id)) }
}

fn known_parent(
    parent: Option<AccountId>,
    own: AccountId,
    institution: InstitutionId,
    view: &impl View,
) -> Result<(), Refusal> {
    let known = |id| view.account(id).filter(|account| account.institution == institution);
    let Some(parent) = parent else { return Ok(()) };
    // Nobody is above itself, be it through others.
    let above = |id: &AccountId| known(*id).and_then(|account| account.parent);
    let is_circle = std::iter::successors(Some(parent), above).take(LEVELS).any(|id| id == own);
    if known(parent).is_some() && !is_circle { Ok(()) } else { Err(Refusal::ParentInvalid) }
}

fn credit_limit(limit: Decimal, currency: Currency) -> Result<i64, Refusal> {
    let minor = limit.minor(currency).map_err(Refusal::CreditLimit)?;
    if minor > AMOUNT_MAX_MINOR { Err(Refusal::CreditLimit(AmountError::TooLarge)) } else { Ok(minor) }
}

/// Closing an account blocks the cards that are open on it.
fn block_open_cards(account: AccountId, now: Timestamp, view: &impl View) -> impl Iterator<Item = Event> {
    let cards = view.cards_of_account(account).into_iter().filter_map(|id| view.card(id));
    cards.filter(move |card| card.status_at(now).status == CardStatus::Ok).map(move |card| {
        let reason = Some("Account to be closed".into());
        let after = StatusRecord { status: CardStatus::Blocked, since: now, reason };
        let change = CardChange::Status(Changed { before: card.status.clone(), after });
        Event::CardUpdated(card.id, Cause::AccountClosing, vec![change])
    })
}
