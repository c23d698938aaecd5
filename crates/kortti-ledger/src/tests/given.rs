//! Commands that are accepted in a furnished place unless a test changes them.

use kortti_core::{
    account::AccountStatus,
    card::{AccountTemplate, Blocks, CardRole, CardStatus, CardTemplate, MaskedNumber},
    controls::Controls,
    customer::CustomerKind,
    decide::{
        Command, CreateCustomer, DefineProduct, IssueCard, OpenAccount, UpdateAccount, UpdateCard,
        UpdateCustomer,
    },
    embossing::Alphabet,
    entry::Origin,
    id::{
        AccountId, BlindIndex, CardId, CustomerId, IdempotencyKey, InstitutionId, PanIndex, ProductId,
        ReferenceNumber,
    },
    limit::Limits,
    personal::Sealed,
    product::Product,
    reference::{Country, Currency},
    time::Timestamp,
};
use kortti_store::{ColdTable, ColdWrite};

pub const OURS: InstitutionId = InstitutionId(1);
pub const ANN: CustomerId = CustomerId(1001);
pub const ACCOUNT: AccountId = AccountId(2001);
/// 2026-03-15T12:00:00Z, where the clock of a test stands at first.
pub const START: Timestamp = Timestamp(1_773_576_000_000);
pub const HOUR_MS: i64 = 3_600_000;

pub fn origin() -> Origin {
    Origin {
        institution: Some(OURS),
        client: "shop".into(),
        audit_user: "tester".into(),
        request: None,
        idempotency: None,
    }
}

pub fn keyed(key: u8) -> Origin {
    Origin { idempotency: Some(IdempotencyKey([key; 16])), ..origin() }
}

fn sealed(owner: CustomerId) -> Sealed {
    Sealed { revision: 1, bytes: vec![0xc0, 0xde], owner }
}

pub fn product() -> Command {
    Command::DefineProduct(DefineProduct(Product {
        id: ProductId(1),
        institution: OURS,
        code: "VISA_VIRTUAL".into(),
        template: CardTemplate::VisaVirtual,
        default: true,
        ranges: vec!["400000".into()],
        digits: 16,
        validity_months: 36,
        alphabet: Alphabet::Embossed,
        home: Country::parse("FIN").unwrap(),
        pin_tries: 3,
        limits: Limits::default(),
        blocks: Blocks::default(),
        layout_code: None,
        terms: None,
    }))
}

pub fn customer(id: CustomerId, number: &str) -> Command {
    let mut registration = [0; 16];
    registration[..8].copy_from_slice(&id.0.to_be_bytes());
    Command::CreateCustomer(CreateCustomer {
        id,
        kind: CustomerKind::Private,
        number: number.into(),
        registration: BlindIndex(registration),
        personal: sealed(id),
    })
}

pub fn renamed(id: CustomerId, number: &str) -> Command {
    Command::UpdateCustomer(UpdateCustomer {
        id,
        kind: CustomerKind::Private,
        number: Some(number.into()),
        registration: None,
        personal: None,
    })
}

pub fn account() -> Command {
    Command::OpenAccount(OpenAccount {
        id: ACCOUNT,
        customer: ANN,
        template: AccountTemplate::Prepaid,
        number: "A-1".into(),
        currency: Currency::parse("EUR").unwrap(),
        product: None,
        credit_limit: None,
        balance: 0,
        segment: None,
        parent: None,
        zone: None,
        personal: sealed(ANN),
    })
}

pub fn account_to_close() -> Command {
    Command::UpdateAccount(UpdateAccount {
        id: ACCOUNT,
        template: AccountTemplate::Prepaid,
        customer: None,
        status: Some(AccountStatus::ToClose),
        reason: None,
        closure_reason: None,
        credit_limit: None,
        segment: None,
        parent: None,
        limits: Vec::new(),
        personal: None,
    })
}

/// The card of an id, with a number and a reference number of its own.
pub fn issue(id: i64) -> IssueCard {
    let mut pan_index = [0; 16];
    pan_index[..8].copy_from_slice(&id.to_be_bytes());
    IssueCard {
        id: CardId(id),
        customer: ANN,
        account: ACCOUNT,
        role: CardRole::Main,
        product: ProductId(1),
        number: MaskedNumber { first: 40_000_012, last: 4285, digits: 16 },
        pan_index: PanIndex(pan_index),
        reference: ReferenceNumber(id.unsigned_abs()),
        expiration: None,
        segment: None,
        pin_status: None,
        layout_code: None,
        closing: None,
        card_delivery: None,
        pin_delivery: None,
        controls: Controls::default(),
        personal: sealed(ANN),
    }
}

pub fn card(id: i64) -> Command {
    Command::IssueCard(issue(id))
}

/// A card that closes by itself.
pub fn disposable(id: i64, closing: Timestamp) -> Command {
    Command::IssueCard(IssueCard { closing: Some(closing), ..issue(id) })
}

pub fn set_status(id: i64, status: Option<CardStatus>) -> Command {
    Command::UpdateCard(UpdateCard { status, ..UpdateCard::of(CardId(id)) })
}

/// A cold row of a card.
pub fn row(id: i64, body: &[u8]) -> Vec<ColdWrite> {
    vec![ColdWrite { table: ColdTable::CardPan, id, body: Some(body.to_vec()) }]
}
