//! Values of the domain as they stand in journal events. Amounts are minor units there: an event is read long after the
//! product and the account it speaks of have changed.

use kortti_core::{
    account::{Account, AccountStatusRecord},
    card::{Block, Blocks, Card, DeliveryType, NumberMask, ScheduledClosing, StatusRecord},
    limit::{Limits, Rule},
    product::{ByMcc, Product},
};
use serde_json::{Map, Value, json};

use super::codes::{
    AccountStatusCode, AccountTemplateCode, CardRoleCode, CardStatusCode, CardTemplateCode, Code, PeriodCode,
    PinDeliveryCode, PinStatusCode, SegmentCode, UsageCode,
};
use super::transaction_values::controls;

pub fn card(card: &Card) -> Value {
    json!({
        "customerId": card.customer.to_string(),
        "accountId": card.account.to_string(),
        "productId": card.product.0,
        "template": CardTemplateCode::spell(card.template),
        "cardRole": CardRoleCode::spell(card.role),
        "maskedCardNumber": card.number.text(NumberMask::Six),
        "referenceNumber": card.reference.to_string(),
        "expiration": { "year": card.expiration.year(), "month": card.expiration.month() },
        "status": card_status(&card.status),
        "segment": card.segment.map(SegmentCode::spell),
        "pinStatus": PinStatusCode::spell(card.pin_status),
        "digitalLayoutCode": card.layout_code,
        "scheduledClosing": closing(&card.closing),
        "regionAndEcommBlocking": blocks(card.blocks),
        "usageLimits": limits(&card.limits),
        "cardDeliveryType": delivery(card.card_delivery),
        "pinDeliveryType": delivery(card.pin_delivery),
        "controls": controls(card.controls.as_deref()),
    })
}

pub fn account(account: &Account) -> Value {
    json!({
        "customerId": account.customer.0,
        "template": AccountTemplateCode::spell(account.template),
        "number": account.number,
        "currency": account.currency.code(),
        "productCode": account.product,
        "status": account_status(&account.status),
        "balanceMinor": account.opening_balance,
        "creditLimitMinor": account.credit_limit,
        "segment": account.segment.map(SegmentCode::spell),
        "parentId": account.parent.map(|id| id.0),
        "usageLimits": limits(&account.limits),
    })
}

pub fn product(product: &Product) -> Value {
    json!({
        "code": product.code,
        "template": CardTemplateCode::spell(product.template),
        "default": product.default,
        "ranges": product.ranges,
        "digits": product.digits,
        "validityMonths": product.validity_months,
        "home": product.home.alpha3(),
        "pinTries": product.pin_tries,
        "usageLimits": limits(&product.limits),
        "regionAndEcommBlocking": blocks(product.blocks),
        "digitalLayoutCode": product.layout_code,
        "timeZone": product.zone().name(),
        "holdDays": product.terms.as_ref().map(|terms| by_mcc(&terms.hold_days)),
        "clearingTolerancePercent": product.terms.as_ref().map(|terms| by_mcc(&terms.tolerance_percent)),
        "controls": controls(product.terms.as_ref().map(|terms| &terms.controls)),
    })
}

fn by_mcc(table: &[ByMcc<u16>]) -> Value {
    table.iter().map(|row| json!({ "mcc": row.range.to_string(), "value": row.value })).collect()
}

pub fn card_status(record: &StatusRecord) -> Value {
    json!({
        "status": CardStatusCode::spell(record.status),
        "statusDate": record.since.local_text(),
        "reason": record.reason,
    })
}

pub fn account_status(record: &AccountStatusRecord) -> Value {
    json!({
        "status": AccountStatusCode::spell(record.status),
        "statusDate": record.since.local_text(),
        "reason": record.reason,
        "closureReason": record.closure_reason,
    })
}

pub fn closing(closing: &Option<ScheduledClosing>) -> Value {
    json!(closing.map(|closing| json!({ "time": closing.at.rfc3339(), "done": closing.done })))
}

pub fn delivery(delivery: Option<DeliveryType>) -> Value {
    json!(delivery.map(PinDeliveryCode::spell))
}

pub fn blocks(blocks: Blocks) -> Value {
    let named =
        Block::ALL.into_iter().map(|block| (block_name(block).to_owned(), Value::from(blocks.has(block))));
    Value::Object(named.collect::<Map<_, _>>())
}

/// The name of a block's member.
pub const fn block_name(block: Block) -> &'static str {
    match block {
        Block::Ecomm => "ecomm",
        Block::Africa => "africa",
        Block::Asia => "asia",
        Block::Europe => "europe",
        Block::Home => "home",
        Block::NorthAmerica => "northAmerica",
        Block::Oceania => "oceania",
        Block::SouthAmerica => "southAmerica",
    }
}

pub fn limits(limits: &Limits) -> Value {
    let limit = |limit: &kortti_core::limit::Limit| {
        let rule = match limit.rule {
            None => Value::Null,
            Some(Rule::Off) => json!("off"),
            Some(Rule::Within(bounds)) => {
                json!({ "singleMinor": bounds.single, "sumMinor": bounds.sum, "count": bounds.count })
            }
        };
        json!({
            "period": PeriodCode::spell(limit.period),
            "type": UsageCode::spell(limit.usage),
            "rule": rule,
            "countsFrom": limit.counts_from.map(kortti_core::time::Timestamp::rfc3339),
        })
    };
    limits.as_slice().iter().map(limit).collect()
}
