//! Things and commands that a test changes one member of.

use crate::{
    account::{Account, AccountStatus, AccountStatusRecord},
    card::{AccountTemplate, Blocks, CardRole, CardTemplate, MaskedNumber},
    controls::Controls,
    customer::{Customer, CustomerKind},
    decide::{
        CreateCustomer, IssueCard, OpenAccount, PersonalUpdate, UpdateAccount, UpdateCard, UpdateCustomer,
        tests::world::{ANN, ANNS, CARD},
    },
    embossing::Alphabet,
    id::{AccountId, BlindIndex, CardId, CustomerId, InstitutionId, PanIndex, ProductId, ReferenceNumber},
    limit::Limits,
    personal::Sealed,
    product::Product,
    reference::{Country, Currency},
    time::Timestamp,
};

pub fn sealed(owner: CustomerId, revision: u32) -> Sealed {
    Sealed { revision, bytes: vec![0xc0, 0xde], owner }
}

/// The encrypted part sealed anew, as read at `revision`.
pub fn resealed(owner: CustomerId, revision: u32) -> Option<PersonalUpdate> {
    Some(PersonalUpdate { based_on: revision, sealed: sealed(owner, revision + 1) })
}

pub fn customer(id: CustomerId, institution: InstitutionId) -> Customer {
    Customer {
        id,
        institution,
        kind: CustomerKind::Private,
        number: format!("C-{id}").into(),
        registration: BlindIndex([id.0 as u8; 16]),
        personal_revision: 1,
    }
}

pub fn account(
    id: AccountId,
    institution: InstitutionId,
    customer: CustomerId,
    template: AccountTemplate,
    currency: &str,
) -> Account {
    let status = AccountStatusRecord {
        status: AccountStatus::Ok,
        since: Timestamp(0),
        reason: None,
        closure_reason: None,
    };
    Account {
        id,
        institution,
        customer,
        template,
        number: format!("A-{id}").into(),
        currency: Currency::parse(currency).unwrap(),
        product: None,
        status,
        opening_balance: 0,
        opening_held: 0,
        credit_limit: 0,
        segment: None,
        parent: None,
        limits: Limits::default(),
        opened_at: Timestamp(0),
        personal_revision: 1,
        zone: None,
    }
}

pub fn product(id: ProductId, institution: InstitutionId, template: CardTemplate) -> Product {
    Product {
        id,
        institution,
        code: format!("PRODUCT_{id}").into(),
        template,
        default: false,
        ranges: vec!["400000".into()],
        digits: 16,
        validity_months: 36,
        alphabet: Alphabet::Embossed,
        home: Country::parse("FIN").unwrap(),
        pin_tries: 3,
        limits: Limits::default(),
        blocks: Blocks::default(),
        layout_code: Some("default".into()),
        terms: None,
    }
}

/// The product of a template in a [`World::new`].
pub fn product_of(template: CardTemplate) -> ProductId {
    let place = CardTemplate::ALL.iter().position(|other| *other == template).unwrap();
    ProductId(u32::try_from(place).unwrap() + 1)
}

/// A virtual Visa card for Ann on her first account.
pub fn issue() -> IssueCard {
    IssueCard {
        id: CARD,
        customer: ANN,
        account: ANNS,
        role: CardRole::Main,
        product: product_of(CardTemplate::VisaVirtual),
        number: MaskedNumber { first: 40_000_012, last: 4285, digits: 16 },
        pan_index: PanIndex([7; 16]),
        reference: ReferenceNumber(1_234_567_890_123_456),
        expiration: None,
        segment: None,
        pin_status: None,
        layout_code: None,
        closing: None,
        card_delivery: None,
        pin_delivery: None,
        controls: Controls::default(),
        personal: sealed(ANN, 1),
    }
}

/// An update that asks for nothing.
pub fn update(id: CardId) -> UpdateCard {
    UpdateCard::of(id)
}

pub fn open() -> OpenAccount {
    OpenAccount {
        id: AccountId(2100),
        customer: ANN,
        template: AccountTemplate::Credit,
        number: "A-NEW".into(),
        currency: Currency::parse("EUR").unwrap(),
        product: None,
        credit_limit: None,
        balance: 0,
        segment: None,
        parent: None,
        zone: None,
        personal: sealed(ANN, 1),
    }
}

pub fn update_account(id: AccountId, template: AccountTemplate) -> UpdateAccount {
    UpdateAccount {
        id,
        template,
        customer: None,
        status: None,
        reason: None,
        closure_reason: None,
        credit_limit: None,
        segment: None,
        parent: None,
        limits: Vec::new(),
        personal: None,
    }
}

pub fn create_customer() -> CreateCustomer {
    CreateCustomer {
        id: CustomerId(1100),
        kind: CustomerKind::Private,
        number: "C-NEW".into(),
        registration: BlindIndex([99; 16]),
        personal: sealed(CustomerId(1100), 1),
    }
}

pub fn update_customer(id: CustomerId) -> UpdateCustomer {
    UpdateCustomer { id, kind: CustomerKind::Private, number: None, registration: None, personal: None }
}
