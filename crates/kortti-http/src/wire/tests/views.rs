use std::sync::Arc;

use kortti_app::Usage;
use kortti_core::{
    account::{Account, AccountStatus, AccountStatusRecord},
    calendar::{Windows, Zone},
    card::{
        AccountTemplate, Block, Blocks, Card, CardRole, CardStatus, CardTemplate, DeliveryType, MaskedNumber,
        NumberMask, PinStatus, ScheduledClosing, Segment, StatusRecord,
    },
    customer::{Customer, CustomerKind},
    embossing::{Alphabet, Embossing},
    id::{
        AccountId, BlindIndex, CardId, CustomerId, InstitutionId, PanIndex, ProductId, ReferenceNumber,
        TransactionId,
    },
    limit::{Bounds, LimitChange, Limits, Period, Rule, UsageType},
    personal::{AccountPersonal, AdditionalValue, Address, CardPersonal, CustomerPersonal, Phone},
    product::Product,
    reference::{Country, Currency},
    time::{Timestamp, YearMonth},
    usage::{Activity, Funds, UseChange, Used},
};
use serde_json::value::RawValue;

use crate::wire::{
    AccountParts, AccountView, CardListItem, CardListItemV3, CardParts, CardView, CardViewV3, CustomerView,
};

const SINCE: &str = "2020-05-12T13:18:05Z";

fn since() -> Timestamp {
    Timestamp::parse(SINCE).unwrap()
}

fn country(code: &str) -> Country {
    Country::parse(code).unwrap()
}

fn eur() -> Currency {
    Currency::parse("EUR").unwrap()
}

fn limits(rules: &[(Period, UsageType, Rule)]) -> Limits {
    let change = |(period, usage, rule): &(Period, UsageType, Rule)| LimitChange {
        period: *period,
        usage: *usage,
        rule: Some(*rule),
        reset: false,
    };
    Limits::default().merged(&rules.iter().map(change).collect::<Vec<_>>(), since())
}

fn within(single: Option<i64>, sum: Option<i64>, count: Option<u32>) -> Rule {
    Rule::Within(Bounds { single, sum, count })
}

fn product() -> Product {
    Product {
        id: ProductId(1),
        institution: InstitutionId::DEFAULT,
        code: "VISA_VIRTUAL_1".into(),
        template: CardTemplate::VisaVirtual,
        default: true,
        ranges: vec!["400000".into()],
        digits: 16,
        validity_months: 48,
        alphabet: Alphabet::Embossed,
        home: country("FIN"),
        pin_tries: 3,
        limits: Limits::default(),
        blocks: Blocks::default(),
        layout_code: None,
        terms: None,
    }
}

fn card() -> Card {
    Card {
        id: CardId(3001),
        institution: InstitutionId::DEFAULT,
        customer: CustomerId(1001),
        account: AccountId(2001),
        product: ProductId(1),
        template: CardTemplate::VisaVirtual,
        role: CardRole::Main,
        number: MaskedNumber { first: 12_345_678, last: 4285, digits: 16 },
        pan_index: PanIndex([0; 16]),
        reference: ReferenceNumber(1_111_110_999_723_837),
        expiration: YearMonth::new(2031, 7).unwrap(),
        status: StatusRecord { status: CardStatus::Ok, since: since(), reason: None },
        segment: None,
        pin_status: PinStatus::Generate,
        pin_failures: 0,
        layout_code: None,
        closing: None,
        blocks: Blocks::default(),
        limits: Limits::default(),
        card_delivery: None,
        pin_delivery: None,
        opened_at: since(),
        personal_revision: 1,
        controls: None,
    }
}

fn parts<'a>(
    card: &'a Card,
    personal: &'a CardPersonal,
    product: &'a Product,
    usage: &'a Usage,
) -> CardParts<'a> {
    CardParts { card, status: &card.status, personal, product, currency: eur(), mask: NumberMask::Six, usage }
}

/// Nothing has been used.
fn unused() -> Usage {
    Usage { activity: None, windows: Windows::at(Zone::utc(), since()) }
}

/// So much and so often in the present week, by uses of every kind.
fn used_this_week(amount: i64, count: i64) -> Usage {
    let windows = Windows::at(Zone::utc(), since());
    let kinds = [UsageType::All].into_iter().collect();
    let (approved_at, change) = (windows.week.start, Used { amount, count });
    let mut activity = Activity::default();
    activity.count(&UseChange { id: TransactionId(1), approved_at, kinds, change }, &windows, false);
    Usage { activity: Some(Arc::new(activity)), windows }
}

/// JSON without the blanks that make it readable, in the order in which it stands.
fn compact(text: &str) -> String {
    text.lines().map(str::trim).collect()
}

fn address() -> Address {
    Address {
        lines: [Some("Kings street 12".to_owned()), None, None, None],
        city: "Mariehamn".to_owned(),
        country: country("FIN"),
        zip_code: "22100".to_owned(),
        region: Some("Åland Islands".to_owned()),
    }
}

const ADDRESS: &str = r#"{"address1":"Kings street 12","address2":null,"address3":null,"address4":null,"city":"Mariehamn","country":"FIN","zipCode":"22100","region":"Åland Islands"}"#;

#[test]
fn fresh_card_shows_every_member_in_order() {
    let (card, personal, product, usage) = (card(), CardPersonal::default(), product(), unused());
    let json = serde_json::to_string(&CardView::of(parts(&card, &personal, &product, &usage))).unwrap();
    let expected = compact(
        r#"{"id":"3001","customerId":"1001","accountId":"2001","cardRole":"MAIN","template":"VISA_VIRTUAL",
        "productCode":"VISA_VIRTUAL_1","status":"CARD_OK","statusDate":"2020-05-12T13:18:05","reason":null,
        "maskedCardNumber":"123456______4285","referenceNumber":"1111110999723837",
        "expiration":{"year":2031,"month":7},"segment":null,"digitalLayoutCode":null,"pinStatus":"D",
        "pinAttempts":{"counter":0,"max":3},
        "embossing":{"additionalField1":null,"additionalField2":null,"additionalField3":null,
        "additionalField4":null,"additionalField5":null,"companyName":null,"externalLayoutCode":null,
        "firstName":null,"lastName":null,"additionalEmbossingName":null,"manufacturer":null,"physical":null},
        "cardAddress":null,"pinAddress":null,"cardDeliveryType":null,"pinDeliveryType":null,
        "regionAndEcommBlocking":{"ecomm":false,"africa":false,"asia":false,"europe":false,"home":false,
        "northAmerica":false,"oceania":false,"southAmerica":false},
        "scheduledClosing":null,"additionalValues":null,
        "usageLimits":[{"code":"WEEKLY","values":null},{"code":"DAILY","values":null},
        {"code":"24H","values":null},{"code":"MONTHLY","values":null}],"controls":null}"#,
    );
    assert_eq!(json, expected);
}

fn full_card() -> (Card, CardPersonal) {
    let card = Card {
        role: CardRole::Supplementary,
        template: CardTemplate::DebitMc,
        reference: ReferenceNumber(123_456_789_123_456),
        status: StatusRecord { status: CardStatus::Closed, since: since(), reason: Some("moved".into()) },
        segment: Some(Segment::F),
        pin_status: PinStatus::Wait,
        pin_failures: 2,
        layout_code: Some("blue".into()),
        closing: Some(ScheduledClosing {
            at: Timestamp::parse("2099-12-31T03:00:00Z").unwrap(),
            done: false,
        }),
        blocks: Blocks::default().with(Block::Ecomm, true).with(Block::SouthAmerica, true),
        card_delivery: Some(DeliveryType::Courier),
        pin_delivery: Some(DeliveryType::Epin),
        ..card()
    };
    let personal = CardPersonal {
        embossing: Embossing {
            additional_fields: [None, Some("two".to_owned()), None, None, None],
            company_name: Some("Acme".to_owned()),
            first_name: Some("Monica \"M\"".to_owned()),
            physical: Some(true),
            ..Embossing::default()
        },
        card_address: Some(Box::new(address())),
        pin_address: None,
        additional_values: Some(vec![AdditionalValue { key: Some("k".to_owned()), value: None }]),
    };
    (card, personal)
}

#[test]
fn full_card_in_the_third_version() {
    let ((card, personal), product, usage) = (full_card(), product(), unused());
    let parts = CardParts { mask: NumberMask::Eight, ..parts(&card, &personal, &product, &usage) };
    let json = serde_json::to_string(&CardViewV3::of(parts)).unwrap();
    let expected = compact(
        r#"{"id":"3001","customerId":"1001","accountId":"2001","cardRole":"SUPPLEMENTARY","cardTemplate":"DEBIT_MC",
        "productCode":"VISA_VIRTUAL_1","status":"CARD_CLOSED","statusDate":"2020-05-12T13:18:05","reason":"moved",
        "truncatedCardNumber":"12345678____4285","referenceNumber":"0123456789123456",
        "expiration":{"year":2031,"month":7},"segment":"SEGMENT_F","digitalLayoutCode":"blue","pinStatus":"W",
        "pinAttempts":{"counter":2,"max":3},
        "embossing":{"additionalField1":null,"additionalField2":"two","additionalField3":null,
        "additionalField4":null,"additionalField5":null,"companyName":"Acme","externalLayoutCode":null,
        "firstName":"Monica \"M\"","lastName":null,"additionalEmbossingName":null,"manufacturer":null,"physical":true},
        "cardAddress":@ADDRESS@,"pinAddress":null,"cardDeliveryType":"COURIER","pinDeliveryType":"EPIN",
        "regionAndEcommBlocking":{"ecomm":true,"africa":false,"asia":false,"europe":false,"home":false,
        "northAmerica":false,"oceania":false,"southAmerica":true},
        "scheduledClosing":{"time":"2099-12-31T03:00:00.000Z","type":"TIMEBASED"},
        "additionalValues":[{"key":"k","value":null}],
        "usageLimits":[{"code":"WEEKLY","values":null},{"code":"DAILY","values":null},
        {"code":"24H","values":null},{"code":"MONTHLY","values":null}],"controls":null}"#,
    );
    assert_eq!(json, expected.replace("@ADDRESS@", ADDRESS));
}

#[test]
fn lists_show_the_short_view() {
    let ((card, personal), product, usage) = (full_card(), product(), unused());
    let parts = parts(&card, &personal, &product, &usage);
    let expected = r#"{"customerId":"1001","id":"3001","template":"DEBIT_MC","accountId":"2001","cardRole":"SUPPLEMENTARY","status":"CARD_CLOSED","maskedCardNumber":"123456______4285","statusDate":"2020-05-12T13:18:05","embossing":{"companyName":"Acme","firstName":"Monica \"M\"","lastName":null},"productCode":"VISA_VIRTUAL_1"}"#;
    assert_eq!(serde_json::to_string(&CardListItem::of(parts)).unwrap(), expected);
    let v3 = expected.replace("template", "cardTemplate").replace("maskedCardNumber", "truncatedCardNumber");
    assert_eq!(serde_json::to_string(&CardListItemV3::of(parts)).unwrap(), v3);
}

#[test]
fn status_that_holds_now_is_shown_and_not_the_stored_one() {
    let (card, personal, product, usage) = (card(), CardPersonal::default(), product(), unused());
    let expired =
        StatusRecord { status: CardStatus::Expired, since: since(), reason: Some("Card expired".into()) };
    let parts = CardParts { status: &expired, ..parts(&card, &personal, &product, &usage) };
    let json = serde_json::to_string(&CardView::of(parts)).unwrap();
    assert!(
        json.contains(
            r#""status":"CARD_EXPIRED","statusDate":"2020-05-12T13:18:05","reason":"Card expired""#
        ),
        "{json}"
    );
}

/// The usage limits of a card with limits, and those of its product.
fn usage_limits(own: Limits, of_product: Limits, currency: &str, usage: Usage) -> Vec<String> {
    #[derive(serde::Deserialize)]
    struct Limited<'a> {
        #[serde(borrow, rename = "usageLimits")]
        usage_limits: Vec<&'a RawValue>,
    }

    let card = Card { limits: own, ..card() };
    let product = Product { limits: of_product, ..product() };
    let personal = CardPersonal::default();
    let currency = Currency::parse(currency).unwrap();
    let parts = CardParts { currency, ..parts(&card, &personal, &product, &usage) };
    let json = serde_json::to_string(&CardView::of(parts)).unwrap();
    let limited: Limited<'_> = serde_json::from_str(&json).unwrap();
    limited.usage_limits.iter().map(|period| period.get().to_owned()).collect()
}

const UNLIMITED: &str = r#""reset":null,"singleAmount":null,"count":9999999,"sumAmount":null,"availableAmount":null,"availableCount":9999999,"usedAmount":0,"usedCount":0}"#;

#[test]
fn period_with_a_limit_shows_all_types() {
    let own = limits(&[(Period::Monthly, UsageType::Atm, within(None, Some(100_000), Some(10)))]);
    let shown = usage_limits(own, Limits::default(), "EUR", unused());
    assert_eq!(
        shown[..3],
        [
            r#"{"code":"WEEKLY","values":null}"#,
            r#"{"code":"DAILY","values":null}"#,
            r#"{"code":"24H","values":null}"#,
        ]
    );
    let atm = r#"{"code":"ATM","reset":null,"singleAmount":null,"count":10,"sumAmount":1000,"availableAmount":1000,"availableCount":10,"usedAmount":0,"usedCount":0}"#;
    assert_eq!(
        shown[3],
        format!(
            r#"{{"code":"MONTHLY","values":[{{"code":"ALL",{UNLIMITED},{atm},{{"code":"RETAIL",{UNLIMITED}]}}"#
        )
    );
}

#[test]
fn product_limits_stand_in_where_the_card_has_none() {
    let own = limits(&[(Period::Daily, UsageType::Atm, Rule::UNLIMITED)]);
    let of_product = limits(&[
        (Period::Daily, UsageType::Atm, within(Some(5), None, None)),
        (Period::Daily, UsageType::Retail, within(Some(1_234), None, None)),
    ]);
    let shown = usage_limits(own, of_product, "EUR", unused());
    let retail = r#"{"code":"RETAIL","reset":null,"singleAmount":12.34,"count":9999999,"sumAmount":null,"availableAmount":null,"availableCount":9999999,"usedAmount":0,"usedCount":0}"#;
    assert_eq!(
        shown[1],
        format!(
            r#"{{"code":"DAILY","values":[{{"code":"ALL",{UNLIMITED},{{"code":"ATM",{UNLIMITED},{retail}]}}"#
        )
    );
}

#[test]
fn use_that_is_switched_off_shows_three_zeros() {
    let own = limits(&[(Period::Rolling24Hours, UsageType::All, Rule::Off)]);
    let shown = usage_limits(own, Limits::default(), "EUR", unused());
    let off = r#"{"code":"24H","values":[{"code":"ALL","reset":null,"singleAmount":0,"count":0,"sumAmount":0,"availableAmount":0,"availableCount":0,"usedAmount":0,"usedCount":0},"#;
    assert!(shown[2].starts_with(off), "{}", shown[2]);
}

#[test]
fn reset_without_a_rule_is_no_limit() {
    let change = LimitChange { period: Period::Weekly, usage: UsageType::All, rule: None, reset: true };
    let own = Limits::default().merged(&[change], since());
    let shown = usage_limits(own, Limits::default(), "EUR", unused());
    assert_eq!(shown[0], r#"{"code":"WEEKLY","values":null}"#);
}

#[test]
fn what_was_used_is_taken_from_what_is_available() {
    let own = limits(&[(Period::Weekly, UsageType::All, within(Some(10_000), Some(20_050), Some(5)))]);
    let usage = used_this_week(7_525, 2);
    let shown = usage_limits(own.clone(), Limits::default(), "EUR", usage);
    let all = r#"{"code":"WEEKLY","values":[{"code":"ALL","reset":null,"singleAmount":100,"count":5,"sumAmount":200.5,"availableAmount":125.25,"availableCount":3,"usedAmount":75.25,"usedCount":2},"#;
    assert!(shown[0].starts_with(all), "{}", shown[0]);

    let overdrawn = used_this_week(30_000, 9);
    let shown = usage_limits(own, Limits::default(), "EUR", overdrawn);
    assert!(
        shown[0].contains(r#""availableAmount":0,"availableCount":0,"usedAmount":300,"usedCount":9"#),
        "{}",
        shown[0]
    );
}

#[test]
fn amounts_have_the_decimals_of_their_currency() {
    for (currency, shown) in [("JPY", "123456"), ("EUR", "1234.56"), ("BHD", "123.456")] {
        let own = limits(&[(Period::Daily, UsageType::All, within(Some(123_456), None, None))]);
        let json = &usage_limits(own, Limits::default(), currency, unused())[1];
        assert!(json.contains(&format!(r#""singleAmount":{shown},"#)), "{json}");
    }
    let large = limits(&[(Period::Daily, UsageType::All, within(Some(i64::MAX), None, None))]);
    let json = &usage_limits(large, Limits::default(), "EUR", unused())[1];
    assert!(json.contains(r#""singleAmount":92233720368547758.07,"#), "{json}");
}

const FUNDS: Funds = Funds { balance: -12_345, held: 100 };

fn account() -> Account {
    Account {
        id: AccountId(2002),
        institution: InstitutionId::DEFAULT,
        customer: CustomerId(1001),
        template: AccountTemplate::Credit,
        number: "A-1".into(),
        currency: eur(),
        product: Some("CARD_EUR_FI".into()),
        status: AccountStatusRecord {
            status: AccountStatus::ToClose,
            since: since(),
            reason: Some("moved".into()),
            closure_reason: Some(2),
        },
        opening_balance: 0,
        opening_held: 0,
        credit_limit: 500_000,
        segment: Some(Segment::A),
        parent: Some(AccountId(2000)),
        limits: Limits::default(),
        opened_at: since(),
        personal_revision: 1,
        zone: None,
    }
}

#[test]
fn credit_account_shows_every_member_in_order() {
    let personal = AccountPersonal {
        name: Some("Travel".to_owned()),
        address: Some(address()),
        additional_values: None,
    };
    let (account, usage) = (account(), unused());
    let view =
        AccountView::of(AccountParts { account: &account, personal: &personal, funds: FUNDS, usage: &usage });
    let expected = compact(
        r#"{"id":2002,"parentId":2000,"customerId":1001,"number":"A-1","name":"Travel","status":"ACCOUNT_TO_CLOSE",
        "currency":"EUR","balance":-123.45,"available":4875.55,"creditLimit":5000,"template":"CREDIT",
        "productCode":"CARD_EUR_FI","segment":"SEGMENT_A","usageLimits":[{"code":"WEEKLY","values":null},
        {"code":"DAILY","values":null},{"code":"24H","values":null},{"code":"MONTHLY","values":null}],
        "closureReason":"CLOSED2","reason":"moved","address":@ADDRESS@,"additionalValues":null}"#,
    );
    assert_eq!(serde_json::to_string(&view).unwrap(), expected.replace("@ADDRESS@", ADDRESS));
}

#[test]
fn prepaid_account_has_no_credit_limit() {
    let (personal, usage) = (AccountPersonal::default(), unused());
    let account = Account { template: AccountTemplate::Prepaid, credit_limit: 0, parent: None, ..account() };
    let view =
        AccountView::of(AccountParts { account: &account, personal: &personal, funds: FUNDS, usage: &usage });
    let json = serde_json::to_string(&view).unwrap();
    assert!(json.contains(r#""creditLimit":null,"template":"PREPAID""#), "{json}");
    assert!(json.starts_with(r#"{"id":2002,"parentId":null,"#), "{json}");
}

#[test]
fn account_limits_are_shown_with_all_types() {
    let (personal, usage) = (AccountPersonal::default(), unused());
    let limits = limits(&[(Period::Daily, UsageType::Retail, Rule::Off)]);
    let account = Account { limits, ..account() };
    let view =
        AccountView::of(AccountParts { account: &account, personal: &personal, funds: FUNDS, usage: &usage });
    let json = serde_json::to_string(&view).unwrap();
    assert!(json.contains(&format!(r#"{{"code":"DAILY","values":[{{"code":"ALL",{UNLIMITED},"#)), "{json}");
}

fn customer(kind: CustomerKind) -> (Customer, CustomerPersonal) {
    let customer = Customer {
        id: CustomerId(151_077_912),
        institution: InstitutionId::DEFAULT,
        kind,
        number: "C-1".into(),
        registration: BlindIndex([0; 16]),
        personal_revision: 1,
    };
    let personal = CustomerPersonal {
        locale: "fi_FI".to_owned(),
        reg_no: "1234567-8".to_owned(),
        address: address(),
        name: Some("Acme".to_owned()),
        first_name: Some("Monica".to_owned()),
        middle_name: None,
        last_name: Some("Liikamaa".to_owned()),
        salutation: None,
        date_of_birth: Some("1980-02-29".to_owned()),
        deceased_date: None,
        nationality: Some(vec![country("FIN"), country("QZZ")]),
        email: None,
        phone: Some(Phone { country: Some(country("FIN")), number: "+358".to_owned() }),
        mobile: Some(Phone { country: None, number: "1".to_owned() }),
        representative: None,
        additional_values: None,
    };
    (customer, personal)
}

#[test]
fn person_shows_what_persons_have() {
    let (customer, personal) = customer(CustomerKind::Private);
    let json = serde_json::to_string(&CustomerView::of(&customer, &personal)).unwrap();
    let expected = compact(
        r#"{"id":151077912,"role":"PRIVATE","customerNumber":"C-1","locale":"fi_FI","regNo":"1234567-8",
        "address":@ADDRESS@,"firstName":"Monica","lastName":"Liikamaa","middleName":null,"salutation":null,
        "dateOfBirth":"1980-02-29","deceasedDate":null,"nationality":["FIN","QZZ"],"email":null,
        "phoneNumber":{"country":"FIN","number":"+358"},"mobileNumber":{"country":null,"number":"1"},
        "additionalValues":null}"#,
    );
    assert_eq!(json, expected.replace("@ADDRESS@", ADDRESS));
}

#[test]
fn company_shows_what_companies_have() {
    let (customer, personal) = customer(CustomerKind::Corporate);
    let json = serde_json::to_string(&CustomerView::of(&customer, &personal)).unwrap();
    let expected = compact(
        r#"{"id":151077912,"role":"CORPORATE","customerNumber":"C-1","locale":"fi_FI","regNo":"1234567-8",
        "address":@ADDRESS@,"name":"Acme","customerRepresentative":null,"email":null,
        "phoneNumber":{"country":"FIN","number":"+358"},"mobileNumber":{"country":null,"number":"1"},
        "additionalValues":null}"#,
    );
    assert_eq!(json, expected.replace("@ADDRESS@", ADDRESS));
}
