//! Journal events in responses: what happened, by whom, and every changed member before and after.

use kortti_app::{JournalEvent, Personal};
use kortti_core::{
    entry::Entry,
    event::{AccountChange, CardChange, Cause, Changed, CustomerChange, Event, KeyPurpose},
    personal::{AccountPersonal, CardPersonal, CustomerPersonal},
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    address::{AddressView, PhoneView},
    codes::{Code, CustomerKindCode, PinStatusCode, SegmentCode},
    embossing::EmbossingView,
    event_values as values,
    pairs::PairView,
    transaction_values,
};

/// An event of the journal.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "event")]
pub struct EventView<'a> {
    /// The stream it is in.
    stream: u32,
    /// Its place in the stream, which has no gaps: what is missing here concerns another institution.
    sequence: u64,
    /// What kind of event it is.
    r#type: &'static str,
    /// When it happened.
    #[schemars(extend("format" = "date-time"))]
    at: String,
    /// The id of the customer, account, card, product, client or key that it is about; of a transaction the card, or
    /// the account where there is no card.
    subject_id: String,
    /// The API client, or `kortti` where the system or its operator did it.
    client: &'a str,
    /// The person or system that the client named; the command or job where there was no client.
    audit_user: &'a str,
    /// The request.
    #[schemars(extend("format" = "uuid"))]
    request_id: Option<String>,
    /// Why a card changed.
    cause: Option<&'static str>,
    /// What changed. Members of persons are null on both sides once the person has been erased.
    changes: Vec<ChangeView>,
    /// SHA-256 of the entry before it, in hexadecimal.
    previous_hash: String,
    /// SHA-256 of this entry, in hexadecimal.
    hash: String,
}

/// A changed member.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "eventChange")]
pub struct ChangeView {
    /// Its name, such as `status` or `embossing.firstName`.
    field: String,
    /// What it was; null where there was nothing.
    before: Value,
    /// What it is; null where there is nothing.
    after: Value,
}

impl<'a> EventView<'a> {
    /// The view of an event.
    #[must_use]
    pub fn of(event: &'a JournalEvent) -> Self {
        let Entry { origin, .. } = &event.entry;
        let mut changes = changes(&event.entry.event);
        changes.extend(event.personal.iter().flat_map(personal));
        Self {
            stream: event.entry.stream,
            sequence: event.entry.sequence,
            r#type: kind(&event.entry.event),
            at: event.entry.at.rfc3339(),
            subject_id: event.entry.event.subject().to_string(),
            client: &origin.client,
            audit_user: &origin.audit_user,
            request_id: origin.request.map(|id| Uuid::from_bytes(id.0).to_string()),
            cause: cause(&event.entry.event),
            changes,
            previous_hash: hex(&event.entry.previous),
            hash: hex(&event.hash),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn kind(event: &Event) -> &'static str {
    match event {
        Event::CustomerCreated(..) => "CUSTOMER_CREATED",
        Event::CustomerUpdated(..) => "CUSTOMER_UPDATED",
        Event::AccountOpened(..) => "ACCOUNT_OPENED",
        Event::AccountUpdated(..) => "ACCOUNT_UPDATED",
        Event::CardIssued(..) => "CARD_ISSUED",
        Event::CardUpdated(..) => "CARD_UPDATED",
        Event::ProductDefined(_) => "PRODUCT_DEFINED",
        Event::ClientAdded(_) => "CLIENT_ADDED",
        Event::ClientRevoked(_) => "CLIENT_REVOKED",
        Event::KeyAdded(..) => "KEY_ADDED",
        Event::ClockMoved(_) => "CLOCK_MOVED",
        Event::Transacted(transaction) => transaction_values::kind(transaction),
    }
}

const fn cause(event: &Event) -> Option<&'static str> {
    match event {
        Event::CardUpdated(_, cause, _) => Some(match cause {
            Cause::Request => "REQUEST",
            Cause::ScheduledClosing => "SCHEDULED_CLOSING",
            Cause::Expiry => "EXPIRY",
            Cause::AccountClosing => "ACCOUNT_CLOSING",
        }),
        _ => None,
    }
}

/// The members in clear that an event changed.
fn changes(event: &Event) -> Vec<ChangeView> {
    match event {
        Event::CustomerCreated(customer, _) => created(json!({
            "customerNumber": customer.number,
            "role": CustomerKindCode::spell(customer.kind),
        })),
        Event::AccountOpened(account, _) => created(values::account(account)),
        Event::CardIssued(card, _) => created(values::card(card)),
        Event::ProductDefined(product) => created(values::product(product)),
        Event::ClientAdded(client) => created(json!({
            "name": client.name,
            "institution": client.institution.0,
            "scopes": client.scopes.iter().map(kortti_core::access::Scope::name).collect::<Vec<_>>(),
        })),
        Event::ClientRevoked(_) => vec![change("revoked", false.into(), true.into())],
        Event::KeyAdded(_, purpose) => created(json!({ "purpose": match purpose {
            KeyPurpose::Data => "data",
            KeyPurpose::Index => "index",
            KeyPurpose::Jwe => "jwe",
        } })),
        Event::ClockMoved(moved) => vec![of("aheadMs", moved, |ms| json!(ms))],
        Event::Transacted(transaction) => created(transaction_values::transaction(transaction)),
        Event::CustomerUpdated(_, changes) => changes.iter().filter_map(customer_change).collect(),
        Event::AccountUpdated(_, changes) => changes.iter().filter_map(account_change).collect(),
        Event::CardUpdated(_, _, changes) => changes.iter().flat_map(card_change).collect(),
    }
}

fn customer_change(change: &CustomerChange) -> Option<ChangeView> {
    match change {
        CustomerChange::Number(number) => Some(of("customerNumber", number, |number| json!(number))),
        // The registration number itself is in the personal part; its index says nothing to anybody.
        CustomerChange::Registration(_) | CustomerChange::Personal(_) => None,
    }
}

fn account_change(change: &AccountChange) -> Option<ChangeView> {
    Some(match change {
        AccountChange::Customer(customer) => of("customerId", customer, |id| json!(id.0)),
        AccountChange::Status(status) => of("status", status, values::account_status),
        AccountChange::CreditLimit(limit) => of("creditLimitMinor", limit, |minor| json!(minor)),
        AccountChange::Segment(segment) => {
            of("segment", segment, |segment| json!(segment.map(SegmentCode::spell)))
        }
        AccountChange::Parent(parent) => of("parentId", parent, |id| json!(id.map(|id| id.0))),
        AccountChange::Limits(limits) => of("usageLimits", limits, values::limits),
        AccountChange::Personal(_) => return None,
    })
}

fn card_change(change: &CardChange) -> Option<ChangeView> {
    Some(match change {
        CardChange::Account(account) => of("accountId", account, |id| json!(id.to_string())),
        CardChange::Customer(customer) => of("customerId", customer, |id| json!(id.to_string())),
        CardChange::Status(status) => of("status", status, values::card_status),
        CardChange::Segment(segment) => {
            of("segment", segment, |segment| json!(segment.map(SegmentCode::spell)))
        }
        CardChange::Limits(limits) => of("usageLimits", limits, values::limits),
        CardChange::PinStatus(status) => {
            of("pinStatus", status, |status| json!(PinStatusCode::spell(*status)))
        }
        CardChange::LayoutCode(code) => of("digitalLayoutCode", code, |code| json!(code)),
        CardChange::Closing(closing) => of("scheduledClosing", closing, values::closing),
        CardChange::Blocks(blocks) => of("regionAndEcommBlocking", blocks, |blocks| values::blocks(*blocks)),
        CardChange::CardDelivery(delivery) => {
            of("cardDeliveryType", delivery, |delivery| values::delivery(*delivery))
        }
        CardChange::PinDelivery(delivery) => {
            of("pinDeliveryType", delivery, |delivery| values::delivery(*delivery))
        }
        CardChange::Controls(changed) => {
            of("controls", changed, |one| transaction_values::controls(one.as_deref()))
        }
        CardChange::Personal(_) => return None,
    })
}

/// The members of persons that an event changed.
fn personal(personal: &Personal) -> Vec<ChangeView> {
    match personal {
        Personal::Card(part) => difference(part.previous.as_ref().map(card_part), card_part(&part.current)),
        Personal::Customer(part) => {
            difference(part.previous.as_ref().map(customer_part), customer_part(&part.current))
        }
        Personal::Account(part) => {
            difference(part.previous.as_ref().map(account_part), account_part(&part.current))
        }
    }
}

fn card_part(part: &CardPersonal) -> Value {
    json!({
        "embossing": EmbossingView::of(&part.embossing),
        "cardAddress": part.card_address.as_deref().map(AddressView::of),
        "pinAddress": part.pin_address.as_deref().map(AddressView::of),
        "additionalValues": PairView::all(part.additional_values.as_ref()),
    })
}

fn account_part(part: &AccountPersonal) -> Value {
    json!({
        "name": part.name,
        "address": part.address.as_ref().map(AddressView::of),
        "additionalValues": PairView::all(part.additional_values.as_ref()),
    })
}

fn customer_part(part: &CustomerPersonal) -> Value {
    let countries =
        part.nationality.as_ref().map(|list| list.iter().map(|one| one.alpha3()).collect::<Vec<_>>());
    json!({
        "locale": part.locale,
        "regNo": part.reg_no,
        "address": AddressView::of(&part.address),
        "name": part.name,
        "firstName": part.first_name,
        "middleName": part.middle_name,
        "lastName": part.last_name,
        "salutation": part.salutation,
        "dateOfBirth": part.date_of_birth,
        "deceasedDate": part.deceased_date,
        "nationality": countries,
        "email": part.email,
        "phoneNumber": part.phone.as_ref().map(PhoneView::of),
        "mobileNumber": part.mobile.as_ref().map(PhoneView::of),
        "customerRepresentative": part.representative,
        "additionalValues": PairView::all(part.additional_values.as_ref()),
    })
}

/// The members of `after`, one level into objects, that differ from those of `before`.
fn difference(before: Option<Value>, after: Value) -> Vec<ChangeView> {
    let before = before.unwrap_or(Value::Null);
    let mut changes = Vec::new();
    for (name, after) in members(after) {
        let before = before.get(&name).cloned().unwrap_or(Value::Null);
        if name == "embossing" {
            let inner = difference(Some(before), after);
            changes.extend(
                inner
                    .into_iter()
                    .map(|change| ChangeView { field: format!("{name}.{}", change.field), ..change }),
            );
        } else if before != after {
            changes.push(change(&name, before, after));
        }
    }
    changes
}

fn created(members_of: Value) -> Vec<ChangeView> {
    difference(None, members_of)
}

fn members(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

fn of<T>(field: &str, changed: &Changed<T>, value: impl Fn(&T) -> Value) -> ChangeView {
    change(field, value(&changed.before), value(&changed.after))
}

fn change(field: &str, before: Value, after: Value) -> ChangeView {
    ChangeView { field: field.to_owned(), before, after }
}
