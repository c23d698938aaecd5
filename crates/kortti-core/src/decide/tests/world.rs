//! A small state for tests, and commands that are accepted in it unless a test changes them.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use super::given::{account, customer, issue, product, update, update_account};
use crate::{
    access::Client,
    account::Account,
    card::{AccountTemplate, Card, CardTemplate},
    customer::Customer,
    decide::{Command, Decision, IssueCard, Refusal, Transact, UpdateAccount, UpdateCard, decide},
    event::{AccountChange, CardChange, CustomerChange, Event},
    id::{
        AccountId, BlindIndex, CardId, ClientId, CustomerId, IdempotencyKey, InstitutionId, KeyId, PanIndex,
        ProductId, ReferenceNumber, TransactionId,
    },
    product::Product,
    reference::Currency,
    time::{DAY_MS, Timestamp},
    transaction::{Book, KnownAuthorisation, Posting},
    usage::{Activity, SharedActivity, Use, Used},
    view::{Place, State, View, apply, expire_uses},
};

pub const OURS: InstitutionId = InstitutionId(1);
pub const THEIRS: InstitutionId = InstitutionId(2);
pub const ANN: CustomerId = CustomerId(1001);
pub const BOB: CustomerId = CustomerId(1002);
pub const STRANGER: CustomerId = CustomerId(1901);
pub const ANNS: AccountId = AccountId(2001);
pub const ANNS_OTHER: AccountId = AccountId(2002);
pub const ANNS_YEN: AccountId = AccountId(2003);
pub const ANNS_DEBIT: AccountId = AccountId(2004);
pub const BOBS: AccountId = AccountId(2005);
pub const STRANGERS: AccountId = AccountId(2901);
pub const CARD: CardId = CardId(3001);

/// 2026-03-15T12:00:00Z
pub fn now() -> Timestamp {
    at("2026-03-15T12:00:00Z")
}

pub fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

/// How many entries there have been. Entries that change nothing leave two worlds equal.
#[derive(Clone, Copy, Debug, Default)]
pub struct Entries(pub u64);

impl PartialEq for Entries {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Entries {}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct World {
    pub cards: BTreeMap<CardId, Arc<Card>>,
    pub accounts: BTreeMap<AccountId, Arc<Account>>,
    pub customers: BTreeMap<CustomerId, Arc<Customer>>,
    pub products: BTreeMap<ProductId, Arc<Product>>,
    pub clients: BTreeMap<ClientId, Arc<Client>>,
    pub keys: Vec<KeyId>,
    pub clock_ahead_ms: i64,
    pub entries: Entries,
    pub card_activities: BTreeMap<CardId, Arc<Activity>>,
    pub account_activities: BTreeMap<AccountId, Arc<Activity>>,
    pub authorisations: BTreeMap<TransactionId, KnownAuthorisation>,
    pub messages: BTreeMap<IdempotencyKey, (Timestamp, TransactionId)>,
    pub reversed_before: BTreeMap<IdempotencyKey, Timestamp>,
    pub books: BTreeMap<(InstitutionId, &'static str, Book), i64>,
    pub uses: VecDeque<Use>,
}

impl World {
    /// Two customers with five accounts, one of another institution, a product for each template, no cards.
    pub fn new() -> Self {
        let mut world = Self::default();
        for (id, institution) in [(ANN, OURS), (BOB, OURS), (STRANGER, THEIRS)] {
            world.put_customer(customer(id, institution));
        }
        for (id, holder, template, currency) in [
            (ANNS, ANN, AccountTemplate::Prepaid, "EUR"),
            (ANNS_OTHER, ANN, AccountTemplate::Credit, "EUR"),
            (ANNS_YEN, ANN, AccountTemplate::Prepaid, "JPY"),
            (ANNS_DEBIT, ANN, AccountTemplate::Debit, "EUR"),
            (BOBS, BOB, AccountTemplate::Prepaid, "EUR"),
            (STRANGERS, STRANGER, AccountTemplate::Prepaid, "EUR"),
        ] {
            let institution = if holder == STRANGER { THEIRS } else { OURS };
            world.put_account(account(id, institution, holder, template, currency));
        }
        for (number, template) in (1..).zip(CardTemplate::ALL) {
            world.put_product(product(ProductId(number), OURS, template));
        }
        world
    }

    /// The same with one card, [`CARD`], made by `change` of the usual command.
    pub fn with_card(change: impl FnOnce(&mut IssueCard)) -> Self {
        let mut world = Self::new();
        let mut command = issue();
        change(&mut command);
        world.run(Command::IssueCard(command), now()).unwrap();
        world
    }

    pub fn card(&self) -> &Card {
        &self.cards[&CARD]
    }

    pub fn decide(&self, command: &Command, now: Timestamp) -> Result<Decision, Refusal> {
        decide(command, OURS, now, self)
    }

    /// Decides and applies; every change must start from what was there.
    pub fn run(&mut self, command: Command, now: Timestamp) -> Result<Vec<Event>, Refusal> {
        expire_uses(now, self);
        let decision = self.decide(&command, now)?;
        assert_eq!(self.decide(&command, now).as_ref(), Ok(&decision), "deciding twice gives two decisions");
        for event in &decision.events {
            self.check_before(event);
            let place = self.apply(event, now);
            if let Command::Transact(Transact { message: Some(message), .. }) = command {
                self.messages.entry(message).or_insert((now, place.id));
            }
        }
        Ok(decision.events)
    }

    /// Puts an event into effect at `at`.
    pub fn apply(&mut self, event: &Event, at: Timestamp) -> Place {
        let place = self.next_place(at);
        self.entries.0 += 1;
        apply(event, place, self).unwrap();
        // What holds nothing is not kept by events; a ledger finds it in its journal.
        if let Event::Transacted(transaction) = event
            && let (None, None) = (&transaction.authorisation, transaction.first)
            && let Some(known) = transaction.leaves(place.id, at)
        {
            self.put_authorisation(place.id, known);
        }
        place
    }

    /// Where the next entry will stand.
    pub fn next_place(&self, at: Timestamp) -> Place {
        Place { id: TransactionId::of(0, self.entries.0 + 1), at }
    }

    pub fn update(
        &mut self,
        change: impl FnOnce(&mut UpdateCard),
        now: Timestamp,
    ) -> Result<Vec<Event>, Refusal> {
        let mut command = update(CARD);
        change(&mut command);
        self.run(Command::UpdateCard(command), now)
    }

    pub fn update_account(
        &mut self,
        id: AccountId,
        change: impl FnOnce(&mut UpdateAccount),
        now: Timestamp,
    ) -> Result<Vec<Event>, Refusal> {
        let mut command = update_account(id, self.accounts[&id].template);
        change(&mut command);
        self.run(Command::UpdateAccount(command), now)
    }

    /// The refusal of an update, which must have left no trace.
    pub fn refused(&mut self, change: impl FnOnce(&mut UpdateCard), now: Timestamp) -> Refusal {
        let before = self.clone();
        let refusal = self.update(change, now).unwrap_err();
        assert_eq!(*self, before);
        refusal
    }

    fn check_before(&self, event: &Event) {
        match event {
            Event::CardUpdated(id, _, changes) => {
                let card = &self.cards[id];
                changes.iter().for_each(|change| assert!(card_starts_from(card, change)));
            }
            Event::AccountUpdated(id, changes) => {
                let account = &self.accounts[id];
                changes.iter().for_each(|change| assert!(account_starts_from(account, change)));
            }
            Event::CustomerUpdated(id, changes) => {
                let customer = &self.customers[id];
                changes.iter().for_each(|change| assert!(customer_starts_from(customer, change)));
            }
            Event::ClockMoved(change) => assert_eq!(change.before, self.clock_ahead_ms),
            _ => {}
        }
    }
}

fn card_starts_from(card: &Card, change: &CardChange) -> bool {
    match change {
        CardChange::Account(change) => change.before == card.account,
        CardChange::Customer(change) => change.before == card.customer,
        CardChange::Status(change) => change.before == card.status,
        CardChange::Segment(change) => change.before == card.segment,
        CardChange::Limits(change) => change.before == card.limits,
        CardChange::PinStatus(change) => change.before == card.pin_status,
        CardChange::LayoutCode(change) => change.before == card.layout_code,
        CardChange::Closing(change) => change.before == card.closing,
        CardChange::Blocks(change) => change.before == card.blocks,
        CardChange::CardDelivery(change) => change.before == card.card_delivery,
        CardChange::PinDelivery(change) => change.before == card.pin_delivery,
        CardChange::Personal(sealed) => sealed.revision == card.personal_revision + 1,
        CardChange::Controls(change) => change.before == card.controls,
    }
}

fn account_starts_from(account: &Account, change: &AccountChange) -> bool {
    match change {
        AccountChange::Customer(change) => change.before == account.customer,
        AccountChange::Status(change) => change.before == account.status,
        AccountChange::CreditLimit(change) => change.before == account.credit_limit,
        AccountChange::Segment(change) => change.before == account.segment,
        AccountChange::Parent(change) => change.before == account.parent,
        AccountChange::Limits(change) => change.before == account.limits,
        AccountChange::Personal(sealed) => sealed.revision == account.personal_revision + 1,
    }
}

fn customer_starts_from(customer: &Customer, change: &CustomerChange) -> bool {
    match change {
        CustomerChange::Number(change) => change.before == customer.number,
        CustomerChange::Registration(change) => change.before == customer.registration,
        CustomerChange::Personal(sealed) => sealed.revision == customer.personal_revision + 1,
    }
}

impl View for World {
    fn card(&self, id: CardId) -> Option<Arc<Card>> {
        self.cards.get(&id).cloned()
    }
    fn account(&self, id: AccountId) -> Option<Arc<Account>> {
        self.accounts.get(&id).cloned()
    }
    fn customer(&self, id: CustomerId) -> Option<Arc<Customer>> {
        self.customers.get(&id).cloned()
    }
    fn product(&self, id: ProductId) -> Option<Arc<Product>> {
        self.products.get(&id).cloned()
    }
    fn client(&self, id: ClientId) -> Option<Arc<Client>> {
        self.clients.get(&id).cloned()
    }
    fn products(&self, institution: InstitutionId) -> Vec<Arc<Product>> {
        self.products.values().filter(|product| product.institution == institution).cloned().collect()
    }
    fn card_by_number(&self, institution: InstitutionId, number: PanIndex) -> Option<CardId> {
        self.cards
            .values()
            .find(|card| (card.institution, card.pan_index) == (institution, number))
            .map(|card| card.id)
    }
    fn card_by_reference(&self, reference: ReferenceNumber) -> Option<CardId> {
        self.cards.values().find(|card| card.reference == reference).map(|card| card.id)
    }
    fn cards_of_account(&self, account: AccountId) -> Vec<CardId> {
        self.cards.values().filter(|card| card.account == account).map(|card| card.id).collect()
    }
    fn customer_by_number(&self, institution: InstitutionId, number: &str) -> Option<CustomerId> {
        let found = self.customers.values().find(|c| (c.institution, &*c.number) == (institution, number));
        found.map(|customer| customer.id)
    }
    fn customer_by_registration(&self, institution: InstitutionId, index: BlindIndex) -> Option<CustomerId> {
        let found = self.customers.values().find(|c| (c.institution, c.registration) == (institution, index));
        found.map(|customer| customer.id)
    }
    fn account_by_number(&self, institution: InstitutionId, number: &str) -> Option<AccountId> {
        let found = self.accounts.values().find(|a| (a.institution, &*a.number) == (institution, number));
        found.map(|account| account.id)
    }
    fn client_by_name(&self, name: &str) -> Option<ClientId> {
        self.clients.values().find(|client| &*client.name == name).map(|client| client.id)
    }
    fn has_key(&self, id: KeyId) -> bool {
        self.keys.contains(&id)
    }
    fn clock_ahead_ms(&self) -> i64 {
        self.clock_ahead_ms
    }
    fn card_activity(&self, id: CardId) -> Option<SharedActivity> {
        self.card_activities.get(&id).cloned()
    }
    fn account_activity(&self, id: AccountId) -> Option<SharedActivity> {
        self.account_activities.get(&id).cloned()
    }
    fn authorisation(&self, first: TransactionId) -> Option<KnownAuthorisation> {
        self.authorisations.get(&first).copied()
    }
    fn message(&self, message: IdempotencyKey, now: Timestamp) -> Option<TransactionId> {
        let (at, id) = self.messages.get(&message)?;
        (now < at.plus_ms(DAY_MS)).then_some(*id)
    }
    fn is_reversed_before(&self, message: IdempotencyKey, now: Timestamp) -> bool {
        self.reversed_before.get(&message).is_some_and(|at| now < at.plus_ms(DAY_MS))
    }
}

impl State for World {
    fn put_card(&mut self, card: Card) {
        self.cards.insert(card.id, Arc::new(card));
    }
    fn put_account(&mut self, account: Account) {
        self.accounts.insert(account.id, Arc::new(account));
    }
    fn put_customer(&mut self, customer: Customer) {
        self.customers.insert(customer.id, Arc::new(customer));
    }
    fn put_product(&mut self, product: Product) {
        self.products.insert(product.id, Arc::new(product));
    }
    fn put_client(&mut self, client: Client) {
        self.clients.insert(client.id, Arc::new(client));
    }
    fn put_key(&mut self, key: KeyId) {
        self.keys.push(key);
    }
    fn set_clock_ahead_ms(&mut self, ahead_ms: i64) {
        self.clock_ahead_ms = ahead_ms;
    }
    fn card_activity_mut(&mut self, id: CardId) -> &mut Activity {
        Arc::make_mut(self.card_activities.entry(id).or_default())
    }
    fn account_activity_mut(&mut self, id: AccountId) -> &mut Activity {
        Arc::make_mut(self.account_activities.entry(id).or_default())
    }
    fn put_authorisation(&mut self, first: TransactionId, known: KnownAuthorisation) {
        self.authorisations.insert(first, known);
    }
    fn note_reversal(&mut self, message: IdempotencyKey, at: Timestamp) {
        self.reversed_before.insert(message, at);
    }
    fn post(&mut self, institution: InstitutionId, currency: Currency, posting: Posting) {
        *self.books.entry((institution, currency.code(), posting.book)).or_default() += posting.minor;
    }
    fn push_use(&mut self, entered: Use) {
        self.uses.push_back(entered);
    }
    fn set_use(&mut self, id: TransactionId, used: Used) -> bool {
        let found = self.uses.iter_mut().find(|one| one.id == id);
        found.map(|found| found.used = used).is_some()
    }
    fn pop_use(&mut self, now: Timestamp) -> Option<Use> {
        self.uses.pop_front_if(|oldest| oldest.is_gone(now))
    }
}
