use minicbor::{Decode, Encode};

use std::sync::Arc;

use super::{Decision, Refusal, account::known_customer, unused};
use crate::{
    account::Account,
    card::{
        Card, CardRole, CardStatus, CardTemplate, DeliveryType, MaskedNumber, PinStatus, ScheduledClosing,
        Segment, StatusRecord,
    },
    controls::Controls,
    event::Event,
    id::{AccountId, CardId, CustomerId, InstitutionId, PanIndex, ProductId, ReferenceNumber},
    limit::Limits,
    personal::Sealed,
    product::Product,
    time::{Timestamp, YearMonth},
    view::View,
};

/// Issue a card.
#[derive(Clone, Debug, Encode, Decode)]
pub struct IssueCard {
    /// The id it gets.
    #[n(0)]
    pub id: CardId,
    /// Who holds it.
    #[n(1)]
    pub customer: CustomerId,
    /// Which account it draws on.
    #[n(2)]
    pub account: AccountId,
    /// Main or supplementary.
    #[n(3)]
    pub role: CardRole,
    /// Of which product; it settles the template.
    #[n(4)]
    pub product: ProductId,
    /// The first and last digits of its number.
    #[n(5)]
    pub number: MaskedNumber,
    /// The keyed index of its number.
    #[n(6)]
    pub pan_index: PanIndex,
    /// Its reference number.
    #[n(7)]
    pub reference: ReferenceNumber,
    /// The last month in which it may be used; the product decides when absent.
    #[n(8)]
    pub expiration: Option<YearMonth>,
    /// The group it is put in.
    #[n(9)]
    pub segment: Option<Segment>,
    /// How its PIN comes about; generated when absent.
    #[n(10)]
    pub pin_status: Option<PinStatus>,
    /// Its wallet artwork; the product's when absent.
    #[n(11)]
    pub layout_code: Option<Box<str>>,
    /// When it closes by itself.
    #[n(12)]
    pub closing: Option<Timestamp>,
    /// How the plastic is sent.
    #[n(13)]
    pub card_delivery: Option<DeliveryType>,
    /// How the PIN is sent.
    #[n(14)]
    pub pin_delivery: Option<DeliveryType>,
    /// Where and how it may be used.
    #[n(15)]
    pub controls: Controls,
    /// Its encrypted part.
    #[n(16)]
    pub personal: Sealed,
}

/// The product that a request means: the one it names, or the institution's default for the template.
///
/// # Errors
/// When there is none, or it is one of another template.
pub fn find_product(
    institution: InstitutionId,
    template: CardTemplate,
    code: Option<&str>,
    view: &impl View,
) -> Result<Arc<Product>, Refusal> {
    let products = view.products(institution);
    let Some(code) = code else {
        let mut fitting =
            products.into_iter().filter(|product| product.template == template).collect::<Vec<_>>();
        fitting.sort_by_key(|product| (!product.default, product.id));
        return fitting.into_iter().next().ok_or(Refusal::NoProduct(template));
    };
    let product =
        products.into_iter().find(|product| &*product.code == code).ok_or(Refusal::ProductUnknown)?;
    if product.template == template { Ok(product) } else { Err(Refusal::ProductMismatch) }
}

impl IssueCard {
    pub(super) fn decide(
        &self,
        institution: InstitutionId,
        now: Timestamp,
        view: &impl View,
    ) -> Result<Decision, Refusal> {
        unused(view.card(self.id).as_ref())?;
        known_customer(self.customer, institution, view)?;
        let product = view
            .product(self.product)
            .filter(|product| product.institution == institution)
            .ok_or(Refusal::ProductUnknown)?;
        let link = Link { institution, customer: self.customer, role: self.role, template: product.template };
        link.check(self.account, view)?;
        self.check(institution, now, view)?;
        let card = self.card(&product, institution, now);
        Ok(Decision { events: vec![Event::CardIssued(card, self.personal.clone())], id: self.id.0 })
    }

    fn check(&self, institution: InstitutionId, now: Timestamp, view: &impl View) -> Result<(), Refusal> {
        if self.expiration.is_some_and(|month| month.end() <= now) {
            return Err(Refusal::ExpirationPast);
        }
        if self.closing.is_some_and(|at| at <= now) {
            return Err(Refusal::ClosingPast);
        }
        if self.pin_status == Some(PinStatus::Set) {
            return Err(Refusal::PinAbsent);
        }
        if view.card_by_number(institution, self.pan_index).is_some() {
            return Err(Refusal::NumberTaken);
        }
        if view.card_by_reference(self.reference).is_some() {
            return Err(Refusal::ReferenceTaken);
        }
        Ok(())
    }

    fn card(&self, product: &Product, institution: InstitutionId, now: Timestamp) -> Card {
        Card {
            id: self.id,
            institution,
            customer: self.customer,
            account: self.account,
            product: product.id,
            template: product.template,
            role: self.role,
            number: self.number,
            pan_index: self.pan_index,
            reference: self.reference,
            expiration: self.expiration.unwrap_or_else(|| now.month().plus_months(product.validity_months)),
            status: StatusRecord { status: CardStatus::Ok, since: now, reason: None },
            segment: self.segment,
            pin_status: self.pin_status.unwrap_or(PinStatus::Generate),
            pin_failures: 0,
            layout_code: self.layout_code.clone().or_else(|| product.layout_code.clone()),
            closing: self.closing.map(|at| ScheduledClosing { at, done: false }),
            blocks: product.blocks,
            limits: Limits::default(),
            card_delivery: self.card_delivery,
            pin_delivery: self.pin_delivery,
            opened_at: now,
            personal_revision: self.personal.revision,
            controls: Controls::patched(None, &self.controls),
        }
    }
}

/// The link between a card and an account, as it is to be.
pub(super) struct Link {
    pub institution: InstitutionId,
    pub customer: CustomerId,
    pub role: CardRole,
    pub template: CardTemplate,
}

impl Link {
    /// The account, if the card can draw on it.
    pub fn check(&self, account: AccountId, view: &impl View) -> Result<Arc<Account>, Refusal> {
        let account = view
            .account(account)
            .filter(|found| found.institution == self.institution)
            .ok_or(Refusal::AccountUnknown(account))?;
        if !account.status.status.takes_cards() {
            return Err(Refusal::AccountClosing);
        }
        if !self.template.fits(account.template) {
            return Err(Refusal::AccountKind);
        }
        if self.role == CardRole::Main && account.customer != self.customer {
            return Err(Refusal::AccountOfOther);
        }
        Ok(account)
    }
}
