use minicbor::{Decode, Encode};

use std::sync::Arc;

use super::{Decision, PersonalUpdate, Refusal, account::known_customer, card::Link, jobs, push_change};
use crate::{
    card::{
        Block, Blocks, Card, CardStatus, CardTemplate, DeliveryType, PinStatus, ScheduledClosing, Segment,
        StatusRecord,
    },
    controls::Controls,
    event::{CardChange, Cause, Event},
    id::{AccountId, CardId, CustomerId, InstitutionId},
    limit::{Bounds, LimitChange, Limits, Period, Rule, UsageType},
    money::Decimal,
    reference::Currency,
    time::Timestamp,
    view::View,
};

/// Update a card. What is absent stays.
#[derive(Clone, Debug, Encode, Decode)]
pub struct UpdateCard {
    /// Which one.
    #[n(0)]
    pub id: CardId,
    /// By which template it was made, as the caller believes.
    #[n(1)]
    pub template: Option<CardTemplate>,
    /// A new account.
    #[n(2)]
    pub account: Option<AccountId>,
    /// A new holder.
    #[n(3)]
    pub customer: Option<CustomerId>,
    /// A new status.
    #[n(4)]
    pub status: Option<CardStatus>,
    /// Why.
    #[n(5)]
    pub reason: Option<Box<str>>,
    /// A new group.
    #[n(6)]
    pub segment: Option<Segment>,
    /// Changes of its limits.
    #[n(7)]
    pub limits: Vec<LimitRequest>,
    /// How its PIN comes about.
    #[n(8)]
    pub pin_status: Option<PinStatus>,
    /// A new wallet artwork.
    #[n(9)]
    pub layout_code: Option<Box<str>>,
    /// A new time for its scheduled closing.
    #[n(10)]
    pub closing: Option<Timestamp>,
    /// Blocks to put or lift.
    #[n(11)]
    pub blocks: BlocksPatch,
    /// How the plastic is sent.
    #[n(12)]
    pub card_delivery: Option<DeliveryType>,
    /// How the PIN is sent.
    #[n(13)]
    pub pin_delivery: Option<DeliveryType>,
    /// Controls to put in place of its own.
    #[n(14)]
    pub controls: Controls,
    /// Its encrypted part, changed.
    #[n(15)]
    pub personal: Option<PersonalUpdate>,
}

/// Blocks to put or lift; those not named stay.
pub type BlocksPatch = Vec<(Block, bool)>;

/// A change of one limit as requested, before the currency is known.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct LimitRequest {
    /// Over which window.
    #[n(0)]
    pub period: Period,
    /// Which uses.
    #[n(1)]
    pub usage: UsageType,
    /// The new rule; none keeps the old one.
    #[n(2)]
    pub rule: Option<RequestedRule>,
    /// Whether the used figures start again at zero.
    #[n(3)]
    pub reset: bool,
    /// Which members of the request this is, as `usageLimits[0].values[1]`.
    #[n(4)]
    pub field: Box<str>,
}

/// A rule with amounts in major units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum RequestedRule {
    /// Switched off.
    #[n(0)]
    Off,
    /// Allowed within bounds; those that are absent do not limit.
    #[n(1)]
    Within {
        /// The most for one use.
        #[n(0)]
        single: Option<Decimal>,
        /// The most for the period.
        #[n(1)]
        sum: Option<Decimal>,
        /// The most uses in the period.
        #[n(2)]
        count: Option<u32>,
    },
}

impl UpdateCard {
    /// An update of a card that asks for nothing yet.
    #[must_use]
    pub fn of(id: CardId) -> Self {
        Self {
            id,
            template: None,
            account: None,
            customer: None,
            status: None,
            reason: None,
            segment: None,
            limits: Vec::new(),
            pin_status: None,
            layout_code: None,
            closing: None,
            blocks: Vec::new(),
            card_delivery: None,
            pin_delivery: None,
            controls: Controls::default(),
            personal: None,
        }
    }

    pub(super) fn decide(
        &self,
        institution: InstitutionId,
        now: Timestamp,
        view: &impl View,
    ) -> Result<Decision, Refusal> {
        let stored = view
            .card(self.id)
            .filter(|card| card.institution == institution)
            .ok_or(Refusal::CardUnknown(self.id))?;
        if self.template.is_some_and(|template| template != stored.template) {
            return Err(Refusal::TemplateMismatch);
        }
        // What time has done to the card comes first: the request meets the card as it is now, not as the last job left it.
        let mut events: Vec<Event> = jobs::card_due(&stored, now).into_iter().collect();
        let mut card = Arc::unwrap_or_clone(stored);
        for event in &events {
            if let Event::CardUpdated(_, _, changes) = event {
                changes.iter().for_each(|change| change.apply(&mut card));
            }
        }
        let changes = self.changes(&card, now, view)?;
        events.push(Event::CardUpdated(self.id, Cause::Request, changes));
        Ok(Decision { events, id: self.id.0 })
    }

    fn changes(&self, card: &Card, now: Timestamp, view: &impl View) -> Result<Vec<CardChange>, Refusal> {
        let mut changes = Vec::new();
        let currency = self.links(card, view, &mut changes)?;
        push_change(&mut changes, CardChange::Status, card.status.clone(), self.status(card, now)?);
        if let Some(segment) = self.segment {
            push_change(&mut changes, CardChange::Segment, card.segment, Some(segment));
        }
        let limits = merged_limits(&card.limits, &self.limits, currency, now)?;
        push_change(&mut changes, CardChange::Limits, card.limits.clone(), limits);
        if let Some(pin_status) = self.pin_status {
            if pin_status == PinStatus::Set && card.pin_status != PinStatus::Set {
                return Err(Refusal::PinAbsent);
            }
            push_change(&mut changes, CardChange::PinStatus, card.pin_status, pin_status);
        }
        if let Some(code) = &self.layout_code {
            push_change(&mut changes, CardChange::LayoutCode, card.layout_code.clone(), Some(code.clone()));
        }
        push_change(&mut changes, CardChange::Closing, card.closing, self.closing(card, now)?);
        push_change(&mut changes, CardChange::Blocks, card.blocks, self.blocks(card.blocks));
        let controls = Controls::patched(card.controls.as_deref(), &self.controls);
        push_change(&mut changes, CardChange::Controls, card.controls.clone(), controls);
        self.deliveries(card, &mut changes)?;
        if let Some(personal) = &self.personal {
            changes.push(CardChange::Personal(personal.checked(card.personal_revision)?));
        }
        Ok(changes)
    }

    /// Checks and notes the card's links; the currency of the account it ends up with.
    fn links(
        &self,
        card: &Card,
        view: &impl View,
        changes: &mut Vec<CardChange>,
    ) -> Result<Currency, Refusal> {
        let (customer, account) =
            (self.customer.unwrap_or(card.customer), self.account.unwrap_or(card.account));
        let present = view.account(card.account).ok_or(Refusal::AccountUnknown(card.account))?;
        if (customer, account) == (card.customer, card.account) {
            return Ok(present.currency);
        }
        known_customer(customer, card.institution, view)?;
        let link = Link { institution: card.institution, customer, role: card.role, template: card.template };
        let target = link.check(account, view)?;
        if target.currency != present.currency {
            return Err(Refusal::CurrencyDiffers);
        }
        // The encrypted part is under the holder's key: without it being sealed anew the new holder's could not read it.
        if customer != card.customer && self.personal.is_none() {
            return Err(Refusal::Stale);
        }
        push_change(changes, CardChange::Account, card.account, account);
        push_change(changes, CardChange::Customer, card.customer, customer);
        Ok(target.currency)
    }

    fn status(&self, card: &Card, now: Timestamp) -> Result<StatusRecord, Refusal> {
        let old = &card.status;
        let Some(status) = self.status else {
            let reason = self.reason.clone().or_else(|| old.reason.clone());
            return Ok(StatusRecord { reason, ..old.clone() });
        };
        if old.status == CardStatus::Expired {
            return Err(Refusal::CardExpired);
        }
        if status == old.status {
            let reason = self.reason.clone().or_else(|| old.reason.clone());
            return Ok(StatusRecord { reason, ..old.clone() });
        }
        Ok(StatusRecord { status, since: now, reason: self.reason.clone() })
    }

    fn closing(&self, card: &Card, now: Timestamp) -> Result<Option<ScheduledClosing>, Refusal> {
        let Some(at) = self.closing else {
            // A time that went by while the card was closed anyway is over: a card that is opened again stays open.
            let changes = self.status.is_some_and(|status| status != card.status.status);
            let over = |old: ScheduledClosing| old.done || (changes && old.at <= now);
            return Ok(card.closing.map(|old| ScheduledClosing { done: over(old), ..old }));
        };
        let old = card.closing.ok_or(Refusal::ClosingAbsent)?;
        if at <= now {
            return Err(Refusal::ClosingPast);
        }
        // A closing that has happened and is put off again is due again.
        let done = old.done && at == old.at;
        Ok(Some(ScheduledClosing { at, done }))
    }

    fn blocks(&self, old: Blocks) -> Blocks {
        self.blocks.iter().fold(old, |blocks, (block, blocked)| blocks.with(*block, *blocked))
    }

    fn deliveries(&self, card: &Card, changes: &mut Vec<CardChange>) -> Result<(), Refusal> {
        let wanted = self.card_delivery.is_some() || self.pin_delivery.is_some();
        if wanted && !card.template.is_physical() {
            return Err(Refusal::NoPlastic);
        }
        let card_delivery = self.card_delivery.or(card.card_delivery);
        let pin_delivery = self.pin_delivery.or(card.pin_delivery);
        push_change(changes, CardChange::CardDelivery, card.card_delivery, card_delivery);
        push_change(changes, CardChange::PinDelivery, card.pin_delivery, pin_delivery);
        Ok(())
    }
}

/// The limits after the requested changes, in minor units of `currency`.
pub(super) fn merged_limits(
    old: &Limits,
    requests: &[LimitRequest],
    currency: Currency,
    now: Timestamp,
) -> Result<Limits, Refusal> {
    let changes = requests.iter().map(|request| request.change(currency)).collect::<Result<Vec<_>, _>>()?;
    Ok(old.merged(&changes, now))
}

impl LimitRequest {
    /// The change in minor units of `currency`.
    ///
    /// # Errors
    /// When an amount is none in that currency.
    pub fn change(&self, currency: Currency) -> Result<LimitChange, Refusal> {
        let amount = |amount: Option<Decimal>, name: &str| match amount {
            None => Ok(None),
            Some(amount) => amount.minor(currency).map(Some).map_err(|error| Refusal::LimitAmount {
                field: format!("{}.{name}", self.field).into(),
                error,
            }),
        };
        let rule = match self.rule {
            None => None,
            Some(RequestedRule::Off) => Some(Rule::Off),
            Some(RequestedRule::Within { single, sum, count }) => Some(Rule::Within(Bounds {
                single: amount(single, "singleAmount")?,
                sum: amount(sum, "sumAmount")?,
                count,
            })),
        };
        Ok(LimitChange { period: self.period, usage: self.usage, rule, reset: self.reset })
    }
}
