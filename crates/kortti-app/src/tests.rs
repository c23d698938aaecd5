use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use kortti_core::{
    access::Scopes,
    calendar::Zone,
    card::{AccountTemplate, Blocks, CardRole, CardTemplate},
    controls::Controls,
    customer::CustomerKind,
    decide::{OpenAccount, UpdateAccount, UpdateCard},
    embossing::{Alphabet, Embossing},
    event::KeyPurpose,
    id::{AccountId, CardId, CustomerId, InstitutionId, ProductId},
    limit::Limits,
    personal::{AccountPersonal, CardPersonal, CustomerPersonal},
    product::{Product, Terms},
    reference::{Country, Currency},
    view::View,
};
use kortti_crypto::MasterKey;
use kortti_store::StoreError;
use kortti_store_sqlite::{Options, SqliteStore};
use tempfile::TempDir;

use crate::{
    App, AppError, Caller, Clock, CustomerUpdate, Ledger, NewCard, NewCustomer, Personal, keys::Keys,
    sandbox, unsealed,
};

mod faulty;
mod feed;
mod long_reads;
mod queue;
mod rotation;

use faulty::Faulty;

const OURS: InstitutionId = InstitutionId::DEFAULT;

fn ledger(folder: &TempDir) -> Ledger {
    let store = SqliteStore::open(&folder.path().join("kortti.db"), Options::default()).unwrap();
    Ledger::start(Arc::new(store), Clock::machine()).unwrap()
}

fn master() -> MasterKey {
    MasterKey::from_hex(&"5a".repeat(32)).unwrap()
}

async fn app(folder: &TempDir) -> Arc<App> {
    App::open(ledger(folder), master()).await.unwrap()
}

async fn sandbox_app(folder: &TempDir) -> Arc<App> {
    let app = app(folder).await;
    app.fill_sandbox(products()).await.unwrap();
    app
}

fn caller() -> Caller {
    Caller::system(OURS, "tester")
}

fn products() -> Vec<Product> {
    vec![Product {
        id: ProductId(0),
        institution: OURS,
        code: "VISA_VIRTUAL".into(),
        template: CardTemplate::VisaVirtual,
        default: true,
        ranges: vec!["40000010".into()],
        digits: 16,
        validity_months: 36,
        alphabet: Alphabet::Embossed,
        home: Country::parse("FIN").unwrap(),
        pin_tries: 3,
        limits: Limits::default(),
        blocks: Blocks::default(),
        layout_code: None,
        terms: None,
    }]
}

/// A customer like the sandbox's, with numbers of its own.
fn numbered(number: &str) -> NewCustomer {
    let fixture = sandbox::fixture_customer().unwrap();
    let personal = CustomerPersonal { reg_no: number.into(), ..fixture.personal };
    NewCustomer { number: number.into(), personal, ..fixture }
}

/// A card with a company's name on it.
async fn issue(app: &App, company: &str) -> CardId {
    let embossing = Embossing { company_name: Some(company.into()), ..Embossing::default() };
    let new = NewCard {
        customer: CustomerId(1001),
        account: AccountId(2001),
        role: CardRole::Main,
        template: CardTemplate::VisaVirtual,
        product_code: None,
        encrypted_number: None,
        expiration: None,
        segment: None,
        pin_status: None,
        layout_code: None,
        closing: None,
        card_delivery: None,
        pin_delivery: None,
        controls: Controls::default(),
        personal: CardPersonal { embossing, ..CardPersonal::default() },
    };
    CardId(app.issue_card(&caller(), new).await.unwrap().id)
}

async fn company(app: &App, id: CardId) -> Option<String> {
    app.card(OURS, id).await.unwrap().unwrap().personal.embossing.company_name.clone()
}

async fn open_account(app: &App, customer: CustomerId, number: &str) -> Result<AccountId, AppError> {
    let account = OpenAccount {
        id: AccountId(0),
        customer,
        template: AccountTemplate::Prepaid,
        number: number.into(),
        currency: Currency::parse("EUR").unwrap(),
        product: None,
        credit_limit: None,
        balance: 0,
        segment: None,
        parent: None,
        zone: None,
        personal: unsealed(),
    };
    Ok(AccountId(app.open_account(&caller(), account, AccountPersonal::default()).await?.id))
}

/// How many accounts the sandbox's customer has.
async fn account_count(app: &App) -> usize {
    app.accounts_of_customer(OURS, CustomerId(1001), 0, 9).await.unwrap().unwrap().len()
}

#[tokio::test]
async fn first_start_that_was_interrupted_between_keys_is_completed() {
    let folder = TempDir::new().unwrap();
    let interrupted = ledger(&folder);
    Keys::new(master()).add(&interrupted, KeyPurpose::Data, &caller()).await.unwrap();
    interrupted.stop();
    let app = app(&folder).await;
    assert_eq!((app.keys().unwrap().len(), app.certificates().unwrap().len()), (3, 1));
}

#[tokio::test]
async fn sandbox_that_was_interrupted_between_fixtures_is_completed() {
    let folder = TempDir::new().unwrap();
    let app = app(&folder).await;
    app.create_customer(&caller(), sandbox::fixture_customer().unwrap()).await.unwrap();
    app.fill_sandbox(products()).await.unwrap();
    assert_eq!(account_count(&app).await, 3);
    app.fill_sandbox(products()).await.unwrap();
    assert_eq!(account_count(&app).await, 3, "what is there is not made again");
}

#[tokio::test]
async fn accounts_of_a_sandbox_have_the_days_of_its_products() {
    let folder = TempDir::new().unwrap();
    let app = app(&folder).await;
    let zone = Zone::parse("Europe/Helsinki").unwrap();
    let terms = Terms { zone: zone.clone(), ..Terms::default() };
    let with_zone = |product| Product { terms: Some(Box::new(terms.clone())), ..product };
    app.fill_sandbox(products().into_iter().map(with_zone).collect()).await.unwrap();
    for number in ["SANDBOX-2001", "SANDBOX-2002", "SANDBOX-2003"] {
        let state = app.ledger().state();
        let id = state.account_by_number(OURS, number).unwrap();
        assert_eq!(*state.account(id).unwrap().zone(), zone, "{number}");
    }
}

#[tokio::test]
async fn processes_that_start_at_once_make_the_keys_together() {
    let folder = TempDir::new().unwrap();
    // Neither knows what the other has added when it looks for keys.
    let (one, other) = (ledger(&folder), ledger(&folder));
    let one = App::open(one, master()).await.unwrap();
    let other = App::open(other, master()).await.unwrap();
    for app in [one, other] {
        let purposes: Vec<KeyPurpose> = app.keys().unwrap().into_iter().map(|key| key.purpose).collect();
        assert_eq!(purposes, [KeyPurpose::Data, KeyPurpose::Index, KeyPurpose::Jwe]);
    }
}

#[tokio::test]
async fn processes_that_start_at_once_define_all_their_products() {
    let folder = TempDir::new().unwrap();
    let (one, other) = (app(&folder).await, app(&folder).await);
    one.define_products(products()).await.unwrap();
    let named = |code: &str| Product { code: code.into(), default: false, ..products().remove(0) };
    other.define_products(vec![named("OTHER"), named("VISA_VIRTUAL")]).await.unwrap();
    let products = other.ledger().state().products(OURS);
    let known: Vec<_> = products.iter().map(|product| (product.id.0, &*product.code)).collect();
    assert_eq!(known, [(1, "VISA_VIRTUAL"), (2, "OTHER")]);
    assert!(!products[0].default, "the last definition counts");
}

#[tokio::test]
async fn id_that_another_process_has_given_out_is_not_the_callers_affair() {
    let folder = TempDir::new().unwrap();
    let one = sandbox_app(&folder).await;
    let other = app(&folder).await;
    // They do not follow each other until they have something to write.
    let first = one.create_customer(&caller(), numbered("ONE")).await.unwrap();
    let second = other.create_customer(&caller(), numbered("OTHER")).await.unwrap();
    assert_eq!((first.id, second.id), (1002, 1003));
    let one_secret = one.add_client(&caller(), "one", Scopes::all(), None).await.unwrap();
    let other_secret = other.add_client(&caller(), "other", Scopes::all(), None).await.unwrap();
    assert!(other.authenticate("one", &one_secret).await.unwrap().is_some());
    assert!(other.authenticate("other", &other_secret).await.unwrap().is_some());
    let one_key = one.rotate_key(KeyPurpose::Jwe, &caller()).await.unwrap();
    assert_ne!(other.rotate_key(KeyPurpose::Jwe, &caller()).await.unwrap(), one_key);
    assert_eq!(other.keys().unwrap().len(), 5);
}

#[tokio::test]
async fn record_that_another_process_has_changed_is_read_as_it_is_now() {
    let folder = TempDir::new().unwrap();
    let issuer = sandbox_app(&folder).await;
    let card = issue(&issuer, "Old").await;
    let (customer, account) = (CustomerId(1001), AccountId(2001));
    let (one, other) = (app(&folder).await, app(&folder).await);
    // What the other changes stands in the store at once, but not in this one's state.
    let rename = |personal: &mut CardPersonal| personal.embossing.company_name = Some("New".into());
    other.update_card(&caller(), UpdateCard::of(card), rename).await.unwrap();
    assert_eq!(company(&one, card).await.as_deref(), Some("New"));
    let change = |personal: &mut CustomerPersonal| personal.address.city = "Turku".into();
    let update = CustomerUpdate { id: customer, kind: CustomerKind::Private, number: None, change };
    other.update_customer(&caller(), update).await.unwrap();
    assert_eq!(one.customer(OURS, customer).await.unwrap().unwrap().personal.address.city, "Turku");
    let update = UpdateAccount {
        id: account,
        template: AccountTemplate::Prepaid,
        customer: None,
        status: None,
        reason: None,
        closure_reason: None,
        credit_limit: None,
        segment: None,
        parent: None,
        limits: Vec::new(),
        personal: None,
    };
    other.update_account(&caller(), update, |personal| personal.name = Some("Savings".into())).await.unwrap();
    let read = one.account(OURS, account).await.unwrap().unwrap();
    assert_eq!(read.personal.name.as_deref(), Some("Savings"));
}

#[tokio::test]
async fn processes_that_start_at_once_fill_the_sandbox_together() {
    let folder = TempDir::new().unwrap();
    let (one, other) = (app(&folder).await, app(&folder).await);
    let (filled, too) = tokio::join!(one.fill_sandbox(products()), other.fill_sandbox(products()));
    filled.and(too).unwrap();
    other.ledger().catch_up().await.unwrap();
    assert_eq!(other.ledger().state().customer_count(), 1);
    assert_eq!(account_count(&other).await, 3);
}

/// The sandbox is whole in a while.
async fn assert_fills(app: &App) {
    let filled = async {
        while app.ledger().state().account(AccountId(2003)).is_none() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), filled).await.unwrap();
    let (name, secret) = sandbox::CREDENTIALS;
    assert!(app.authenticate(name, secret).await.unwrap().is_some());
    issue(app, "New").await;
}

#[tokio::test]
async fn starting_over_comes_to_its_end_although_nobody_waits() {
    let folder = TempDir::new().unwrap();
    let app = sandbox_app(&folder).await;
    let before = app.ledger().state().lives();
    let wiped = async {
        while app.ledger().state().lives() == before {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        biased;
        () = wiped => {}
        result = app.start_over(products()) => result.unwrap(),
    }
    assert_fills(&app).await;
}

#[tokio::test]
async fn starting_over_comes_to_its_end_although_the_store_goes_in_between() {
    let folder = TempDir::new().unwrap();
    let (store, app) = Faulty::app(&folder).await;
    app.fill_sandbox(products()).await.unwrap();
    issue(&app, "Old").await;
    // All keys are there again, and then two more commands fail.
    let left = AtomicUsize::new(5);
    store.on_append(move || {
        let spent = |left: usize| left.checked_sub(1);
        match left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, spent) {
            Ok(1 | 2) => Err(StoreError::Unavailable { source: "gone".into() }),
            _ => Ok(()),
        }
    });
    let said = app.start_over(products()).await;
    assert!(matches!(said, Err(AppError::Unknown)), "{said:?}");
    assert_fills(&app).await;
}

#[tokio::test]
async fn nothing_of_an_earlier_life_is_kept_for_a_later_one() {
    let folder = TempDir::new().unwrap();
    let app = sandbox_app(&folder).await;
    let other = self::app(&folder).await;
    let old = issue(&app, "Old").await;
    assert_eq!(company(&app, old).await.as_deref(), Some("Old"));
    app.add_client(&caller(), "old", Scopes::all(), Some("secret")).await.unwrap();
    assert!(app.authenticate("old", "secret").await.unwrap().is_some());

    // Another process starts the store over, and gives the same ids out again.
    other.start_over(products()).await.unwrap();
    let new = issue(&other, "New").await;
    assert_eq!(new, old);
    other.add_client(&caller(), "new", Scopes::all(), Some("other")).await.unwrap();
    app.ledger().catch_up().await.unwrap();

    assert_eq!(company(&app, new).await.as_deref(), Some("New"));
    assert!(app.authenticate("old", "secret").await.unwrap().is_none());
    let sealed = issue(&app, "Sealed").await;
    other.ledger().catch_up().await.unwrap();
    assert_eq!(company(&other, sealed).await.as_deref(), Some("Sealed"));
}

#[tokio::test]
async fn account_without_a_number_gets_one_that_is_free() {
    let folder = TempDir::new().unwrap();
    let app = sandbox_app(&folder).await;
    let holder = CustomerId(1001);
    let number = |id| app.ledger().state().account(id).unwrap().number.clone();
    assert_eq!(number(open_account(&app, holder, "2005").await.unwrap()).as_ref(), "2005");
    assert_eq!(number(open_account(&app, holder, "").await.unwrap()).as_ref(), "2006");
    let taken = open_account(&app, holder, "2005").await;
    assert!(matches!(taken, Err(AppError::Refused(kortti_core::decide::Refusal::AccountNumberTaken))));
}

#[tokio::test]
async fn moved_card_takes_nothing_of_the_old_holder_to_the_new_holders_key() {
    let folder = TempDir::new().unwrap();
    let app = sandbox_app(&folder).await;
    let id = issue(&app, "Old Holder").await;
    let new_holder = CustomerId(app.create_customer(&caller(), numbered("NEW")).await.unwrap().id);
    let account = open_account(&app, new_holder, "NEW").await.unwrap();
    let moves = UpdateCard { account: Some(account), customer: Some(new_holder), ..UpdateCard::of(id) };
    app.update_card(&caller(), moves, |personal| personal.embossing.company_name = Some("New Holder".into()))
        .await
        .unwrap();

    let (events, _) = app.events(OURS, 0, 100).await.unwrap();
    let Some(Personal::Card(moved)) = &events.last().unwrap().personal else {
        panic!("the move is the last event")
    };
    assert_eq!(moved.current.embossing.company_name.as_deref(), Some("New Holder"));
    assert!(moved.previous.is_none());
}
