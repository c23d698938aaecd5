use kortti_core::{
    card::{CardRole, CardTemplate, DeliveryType, MaskedNumber, PinStatus, Segment},
    controls::Controls,
    customer::CustomerKind,
    decide::{Command, IssueCard, Refusal, find_product},
    embossing::{Embossing, LINE_LENGTH, names_from_customer},
    id::{AccountId, CardId, CustomerId, PanIndex, ReferenceNumber},
    personal::CardPersonal,
    product::Product,
    time::{Timestamp, YearMonth},
};
use kortti_crypto::{KeyRing, Pan, Place, SubjectKey, random};
use kortti_ledger::Outcome;
use kortti_store::{ColdTable, ColdWrite};

use crate::{
    App, AppError, Caller,
    customers::CustomerDetails,
    retry::until_current,
    vault::{self, FIRST_REVISION},
};

/// A card to issue. What is absent is decided by the product.
#[derive(Debug)]
pub struct NewCard {
    /// Who holds it.
    pub customer: CustomerId,
    /// Which account it draws on.
    pub account: AccountId,
    /// Main or supplementary.
    pub role: CardRole,
    /// By which template it is made.
    pub template: CardTemplate,
    /// Of which of the template's products.
    pub product_code: Option<String>,
    /// Its number, encrypted to one of our certificates; one is made when absent.
    pub encrypted_number: Option<String>,
    /// The last month in which it may be used.
    pub expiration: Option<YearMonth>,
    /// The group it is put in.
    pub segment: Option<Segment>,
    /// How its PIN comes about.
    pub pin_status: Option<PinStatus>,
    /// Its wallet artwork.
    pub layout_code: Option<Box<str>>,
    /// When it closes by itself.
    pub closing: Option<Timestamp>,
    /// How the plastic is sent.
    pub card_delivery: Option<DeliveryType>,
    /// How the PIN is sent.
    pub pin_delivery: Option<DeliveryType>,
    /// Where and how it may be used.
    pub controls: Controls,
    /// Names, addresses, additional values.
    pub personal: CardPersonal,
}

impl App {
    /// Issues a card.
    ///
    /// # Errors
    /// When a rule refuses it, its number cannot be used, or nothing can be written.
    pub async fn issue_card(&self, caller: &Caller, mut new: NewCard) -> Result<Outcome, AppError> {
        if let Some(outcome) = self.repeated(caller).await? {
            return Ok(outcome);
        }
        let _open = self.gate.read().await;
        let life = self.ledger.state().lives();
        let chosen = match new.encrypted_number.take() {
            Some(encrypted) => Some(self.open_card_number(encrypted).await?),
            None => None,
        };
        let holder = self.customer(caller.institution, new.customer).await?;
        let holder = holder.ok_or(Refusal::CustomerUnknown(new.customer))?;
        let code = new.product_code.as_deref();
        let product = find_product(caller.institution, new.template, code, self.ledger.state())?;
        let delivers = new.card_delivery.is_some() || new.pin_delivery.is_some();
        if (delivers || has_addresses(&new.personal)) && !new.template.is_physical() {
            return Err(Refusal::NoPlastic.into());
        }
        complete(&mut new.personal.embossing, &holder, &product)?;
        if chosen.as_ref().is_some_and(|number| !is_in_range(number, &product)) {
            return Err(Refusal::NumberOutOfRange.into());
        }
        let ring = self.ring()?;
        let subject = self.vault.subject(&self.ledger, &ring, new.customer)?;
        let outcome = until_current(|| async {
            let id = CardId(self.ledger.state().ids().cards.take());
            let (command, cold) = self.prepare(id, &new, &product, chosen.as_ref(), &ring, &subject)?;
            match self.submit(caller, Command::IssueCard(command), cold).await {
                // Others are drawn.
                Err(AppError::Refused(Refusal::NumberTaken)) if chosen.is_none() => {
                    Err(Refusal::Stale.into())
                }
                Err(AppError::Refused(Refusal::ReferenceTaken)) => Err(Refusal::Stale.into()),
                result => result,
            }
        })
        .await?;
        if !outcome.repeated {
            self.vault.remember(life, outcome.id, FIRST_REVISION, new.personal);
        }
        Ok(outcome)
    }

    /// Draws what is random about a card and seals what is secret.
    fn prepare(
        &self,
        id: CardId,
        new: &NewCard,
        product: &Product,
        chosen: Option<&Pan>,
        ring: &KeyRing,
        subject: &SubjectKey,
    ) -> Result<(IssueCard, Vec<ColdWrite>), AppError> {
        let generated = match chosen {
            Some(_) => None,
            None => Some(generate(product)?),
        };
        let pan = chosen.or(generated.as_ref()).ok_or(AppError::Missing("a card number"))?;
        let (personal, personal_row) =
            vault::seal(new.customer, subject, id.0, FIRST_REVISION, new.personal.clone(), None)?;
        let pan_row =
            ColdWrite { table: ColdTable::CardPan, id: id.0, body: Some(ring.seal_pan(pan_place(id), pan)?) };
        let digits = u8::try_from(pan.digits()).unwrap_or(u8::MAX);
        let command = IssueCard {
            id,
            customer: new.customer,
            account: new.account,
            role: new.role,
            product: product.id,
            number: MaskedNumber::of(pan.first8(), pan.last4(), digits),
            pan_index: PanIndex(ring.pan_index(pan)),
            reference: ReferenceNumber(random::digits::<16>()),
            expiration: new.expiration,
            segment: new.segment,
            pin_status: new.pin_status,
            layout_code: new.layout_code.clone(),
            closing: new.closing,
            card_delivery: new.card_delivery,
            pin_delivery: new.pin_delivery,
            controls: new.controls.clone(),
            personal,
        };
        Ok((command, vec![pan_row, personal_row]))
    }
}

/// Whether plastic or PIN are to be sent somewhere.
pub(super) const fn has_addresses(personal: &CardPersonal) -> bool {
    personal.card_address.is_some() || personal.pin_address.is_some()
}

/// Where a card's number is kept.
pub(crate) fn pan_place(card: CardId) -> Place {
    Place { table: ColdTable::CardPan.name(), row: card.0, column: "number" }
}

fn generate(product: &Product) -> Result<Pan, AppError> {
    let prefix = product.ranges.first().ok_or(AppError::Missing("the product's number range"))?;
    Pan::generate(prefix, usize::from(product.digits))
        .map_err(|_| AppError::Missing("the product's number range"))
}

fn is_in_range(number: &Pan, product: &Product) -> bool {
    number.digits() == usize::from(product.digits)
        && product.ranges.iter().any(|range| number.starts_with(range))
}

/// Fills in the names and checks the whole against the product.
fn complete(embossing: &mut Embossing, holder: &CustomerDetails, product: &Product) -> Result<(), Refusal> {
    if embossing.physical.is_none() {
        embossing.physical = Some(product.template.is_physical());
    }
    let person = &holder.personal;
    match holder.customer.kind {
        CustomerKind::Private if embossing.first_name.is_none() && embossing.last_name.is_none() => {
            let names = person.first_name.as_deref().zip(person.last_name.as_deref());
            let names = names.and_then(|(first, last)| names_from_customer(first, last, product.alphabet));
            (embossing.first_name, embossing.last_name) = names.unzip();
        }
        CustomerKind::Corporate if embossing.company_name.is_none() => {
            let fits = |name: &&String| name.chars().count() <= LINE_LENGTH && product.alphabet.spells(name);
            embossing.company_name = person.name.as_ref().filter(fits).cloned();
        }
        _ => {}
    }
    Ok(embossing.check(product.alphabet)?)
}
