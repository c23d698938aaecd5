//! One event of each kind and one change of each kind, with every optional member there.

pub mod transactions;

use crate::{
    access::{Client, Scope, Scopes},
    account::{Account, AccountStatus, AccountStatusRecord},
    card::{
        AccountTemplate, Block, Blocks, Card, CardRole, CardStatus, CardTemplate, DeliveryType, MaskedNumber,
        PinStatus, ScheduledClosing, Segment, StatusRecord,
    },
    controls::{Controls, List},
    customer::{Customer, CustomerKind},
    embossing::Alphabet,
    entry::{Entry, Origin, VERSION},
    event::{AccountChange, CardChange, Cause, Changed, CustomerChange, Event, KeyPurpose},
    id::{
        AccountId, BlindIndex, CardId, ClientId, CustomerId, IdempotencyKey, InstitutionId, KeyId, PanIndex,
        ProductId, ReferenceNumber, RequestId,
    },
    limit::{Bounds, LimitChange, Limits, Period, Rule, UsageType},
    personal::Sealed,
    product::Product,
    reference::{Country, Currency, MccRange},
    time::{Timestamp, YearMonth},
};

const AT: Timestamp = Timestamp(1_773_576_000_000);

pub fn entry(event: Event) -> Entry {
    let origin = Origin {
        institution: Some(InstitutionId(1)),
        client: "shop".into(),
        audit_user: "Äiti".into(),
        request: Some(RequestId([0x11; 16])),
        idempotency: Some(IdempotencyKey([0x22; 16])),
    };
    Entry { version: VERSION, stream: 0, sequence: 70_000, previous: [0x33; 32], at: AT, origin, event }
}

/// One event of each kind.
pub fn events() -> Vec<Event> {
    vec![
        Event::CustomerCreated(customer(), sealed()),
        Event::CustomerUpdated(CustomerId(1001), customer_changes()),
        Event::AccountOpened(account(), sealed()),
        Event::AccountUpdated(AccountId(2001), account_changes()),
        Event::CardIssued(card(), sealed()),
        Event::CardUpdated(CardId(3001), Cause::Request, card_changes()),
        Event::ProductDefined(product()),
        Event::ClientAdded(client()),
        Event::ClientRevoked(ClientId(7)),
        Event::KeyAdded(KeyId(2), KeyPurpose::Index),
        Event::ClockMoved(Changed { before: 0, after: 86_400_000 }),
        Event::Transacted(Box::new(transactions::approved())),
    ]
}

/// An event for each single change and cause, to see them apart.
pub fn changes() -> Vec<Event> {
    let card = |cause, changes| Event::CardUpdated(CardId(3001), cause, changes);
    let causes = [Cause::Request, Cause::ScheduledClosing, Cause::Expiry, Cause::AccountClosing];
    let purposes = [KeyPurpose::Data, KeyPurpose::Index, KeyPurpose::Jwe];
    let mut events: Vec<Event> =
        card_changes().into_iter().map(|change| card(Cause::Request, vec![change])).collect();
    events.extend(causes.map(|cause| card(cause, Vec::new())));
    events.extend(purposes.map(|purpose| Event::KeyAdded(KeyId(1), purpose)));
    let account = |change| Event::AccountUpdated(AccountId(2001), vec![change]);
    events.extend(account_changes().into_iter().map(account));
    let customer = |change| Event::CustomerUpdated(CustomerId(1001), vec![change]);
    events.extend(customer_changes().into_iter().map(customer));
    events
        .push(card(Cause::Request, vec![CardChange::Controls(Changed { before: None, after: controls() })]));
    events.extend(transactions::all().into_iter().map(|one| Event::Transacted(Box::new(one))));
    events
}

fn sealed() -> Sealed {
    Sealed { revision: 2, bytes: vec![0xc0, 0xff, 0xee], owner: CustomerId(1001) }
}

fn customer() -> Customer {
    Customer {
        id: CustomerId(1001),
        institution: InstitutionId(1),
        kind: CustomerKind::Corporate,
        number: "C-1".into(),
        registration: BlindIndex([0x44; 16]),
        personal_revision: 1,
    }
}

fn customer_changes() -> Vec<CustomerChange> {
    vec![
        CustomerChange::Number(Changed { before: "C-1".into(), after: "C-2".into() }),
        CustomerChange::Registration(Changed {
            before: BlindIndex([0x44; 16]),
            after: BlindIndex([0x45; 16]),
        }),
        CustomerChange::Personal(sealed()),
    ]
}

fn limits() -> Limits {
    let bounds = Bounds { single: Some(1_000), sum: Some(2_000), count: Some(3) };
    let change = |period, usage, rule, reset| LimitChange { period, usage, rule, reset };
    let changes = [
        change(Period::Rolling24Hours, UsageType::Atm, Some(Rule::Within(bounds)), true),
        change(Period::Weekly, UsageType::All, Some(Rule::Off), false),
        change(Period::Monthly, UsageType::Retail, None, true),
        change(Period::Daily, UsageType::All, Some(Rule::UNLIMITED), false),
    ];
    Limits::default().merged(&changes, AT)
}

fn account() -> Account {
    Account {
        id: AccountId(2001),
        institution: InstitutionId(1),
        customer: CustomerId(1001),
        template: AccountTemplate::Debit,
        number: "A-1".into(),
        currency: Currency::parse("EUR").unwrap(),
        product: Some("CARD_EUR_FI".into()),
        status: account_status(),
        opening_balance: -100,
        opening_held: 5,
        credit_limit: 1_000,
        segment: Some(Segment::F),
        parent: Some(AccountId(2000)),
        limits: limits(),
        opened_at: AT,
        personal_revision: 1,
        zone: None,
    }
}

fn account_status() -> AccountStatusRecord {
    let (status, reason) = (AccountStatus::ToClose, Some("moved away".into()));
    AccountStatusRecord { status, since: AT, reason, closure_reason: Some(5) }
}

fn account_changes() -> Vec<AccountChange> {
    let open = AccountStatusRecord {
        status: AccountStatus::Ok,
        since: Timestamp(0),
        reason: None,
        closure_reason: None,
    };
    vec![
        AccountChange::Customer(Changed { before: CustomerId(1001), after: CustomerId(1002) }),
        AccountChange::Status(Changed { before: open, after: account_status() }),
        AccountChange::CreditLimit(Changed { before: 0, after: 1_000 }),
        AccountChange::Segment(Changed { before: None, after: Some(Segment::A) }),
        AccountChange::Parent(Changed { before: None, after: Some(AccountId(2000)) }),
        AccountChange::Limits(Changed { before: Limits::default(), after: limits() }),
        AccountChange::Personal(sealed()),
    ]
}

fn controls() -> Option<Box<Controls>> {
    let finland = Country::parse("FIN").unwrap();
    Some(Box::new(Controls {
        mcc: Some(List { allow: vec![MccRange::parse("5411").unwrap()], block: Vec::new() }),
        merchants: Some(List { allow: Vec::new(), block: vec!["M-1".into()] }),
        countries: Some(List { allow: vec![finland], block: Vec::new() }),
        first_merchant_lock: Some(true),
        single_use: Some(false),
    }))
}

fn card_status() -> StatusRecord {
    StatusRecord { status: CardStatus::Stolen, since: AT, reason: Some("in the train".into()) }
}

fn card() -> Card {
    Card {
        id: CardId(3001),
        institution: InstitutionId(1),
        customer: CustomerId(1001),
        account: AccountId(2001),
        product: ProductId(1),
        template: CardTemplate::DebitVisaVirtual,
        role: CardRole::Supplementary,
        number: MaskedNumber { first: 40_000_012, last: 4285, digits: 16 },
        pan_index: PanIndex([0x55; 16]),
        reference: ReferenceNumber(1_234_567_890_123_456),
        expiration: YearMonth::new(2029, 3).unwrap(),
        status: card_status(),
        segment: Some(Segment::B),
        pin_status: PinStatus::Wait,
        pin_failures: 1,
        layout_code: Some("gold".into()),
        closing: Some(ScheduledClosing { at: AT, done: true }),
        blocks: Blocks::default().with(Block::Ecomm, true).with(Block::SouthAmerica, true),
        limits: limits(),
        card_delivery: Some(DeliveryType::Courier),
        pin_delivery: Some(DeliveryType::Epin),
        opened_at: AT,
        personal_revision: 1,
        controls: None,
    }
}

fn card_changes() -> Vec<CardChange> {
    let open = StatusRecord { status: CardStatus::Ok, since: Timestamp(0), reason: None };
    let closing = ScheduledClosing { at: AT, done: false };
    let blocks = Blocks::default().with(Block::Home, true);
    vec![
        CardChange::Account(Changed { before: AccountId(2001), after: AccountId(2002) }),
        CardChange::Customer(Changed { before: CustomerId(1001), after: CustomerId(1002) }),
        CardChange::Status(Changed { before: open, after: card_status() }),
        CardChange::Segment(Changed { before: None, after: Some(Segment::E) }),
        CardChange::Limits(Changed { before: Limits::default(), after: limits() }),
        CardChange::PinStatus(Changed { before: PinStatus::Generate, after: PinStatus::Set }),
        CardChange::LayoutCode(Changed { before: None, after: Some("gold".into()) }),
        CardChange::Closing(Changed { before: Some(closing), after: None }),
        CardChange::Blocks(Changed { before: Blocks::default(), after: blocks }),
        CardChange::CardDelivery(Changed { before: None, after: Some(DeliveryType::Custom1) }),
        CardChange::PinDelivery(Changed { before: None, after: Some(DeliveryType::Mail) }),
        CardChange::Personal(sealed()),
    ]
}

fn product() -> Product {
    Product {
        id: ProductId(1),
        institution: InstitutionId(1),
        code: "VISA_VIRTUAL".into(),
        template: CardTemplate::VisaVirtual,
        default: true,
        ranges: vec!["400000".into(), "4000011234".into()],
        digits: 16,
        validity_months: 36,
        alphabet: Alphabet::Printed,
        home: Country::parse("FIN").unwrap(),
        pin_tries: 3,
        limits: limits(),
        blocks: Blocks::default().with(Block::Asia, true),
        layout_code: Some("default".into()),
        terms: None,
    }
}

fn client() -> Client {
    let scopes: Scopes = [Scope::CardsRead, Scope::Sandbox].into_iter().collect();
    let (id, institution) = (ClientId(7), InstitutionId(1));
    Client { id, institution, name: "shop".into(), scopes, revoked: true }
}
