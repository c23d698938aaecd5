//! Reading cards: one, by several names, and lists.

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use kortti_app::CardDetails;
use kortti_core::{
    access::Scope,
    id::{AccountId, CardId, CustomerId, ReferenceNumber},
};
use schemars::JsonSchema;
use serde::Serialize;

use super::{PAGE_DEFAULT, PAGE_MAX, PAGING, paging};
use crate::{
    api::Api,
    error_code::ErrorCode,
    operation::{Access, Operation},
    problem::Problem,
    request::{Input, Reply},
    wire::{CardListItem, CardListItemV3, CardParts, CardView, CardViewV3, FindByNumber},
};

const TAG: &str = "Get card";
const READ: Access = Access::Scope(Scope::CardsRead);

/// The two generations of the API, which spell a card differently.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Generation {
    V3,
    V4,
}

pub fn operations() -> Vec<Operation> {
    let mut operations = of_generation(Generation::V4);
    operations.push(
        read::<CardView<'static>, _>(
            "/card/v4/reference/{refNumber}",
            "getCardByReferenceV4UsingGET",
            by_reference,
        )
        .about(TAG, "Find a card by its reference number", ""),
    );
    operations.push(
        Operation::new(
            Method::POST,
            "/card/v4/card/cardnumber",
            "getCardByNumberV4UsingPOST",
            READ,
            by_number,
        )
        .about(TAG, "Find a card by its encrypted number", "")
        .takes::<FindByNumber>()
        .answers::<CardView<'static>>(200)
        .looks_up()
        .audited()
        .may_miss(),
    );
    operations.extend(of_generation(Generation::V3).into_iter().map(|operation| operation.deprecated(true)));
    operations
}

fn of_generation(generation: Generation) -> Vec<Operation> {
    let name = match generation {
        Generation::V3 => "v3",
        Generation::V4 => "v4",
    };
    let path = |rest: &str| format!("/card/{name}/{rest}");
    let id = |what: &str| format!("{what}{}UsingGET", name.to_ascii_uppercase());
    let one = move |api, input| by_id(generation, api, input);
    let customers = move |api, input| of_customer(generation, api, input);
    let accounts = move |api, input| of_account(generation, api, input);
    let (one, lists) = match generation {
        Generation::V4 => (
            read::<CardView<'static>, _>(&path("{id}"), &id("getCard"), one),
            [
                read::<Vec<CardListItem<'static>>, _>(
                    &path("customer/{customerId}"),
                    &id("getCardsOfCustomer"),
                    customers,
                ),
                read::<Vec<CardListItem<'static>>, _>(
                    &path("account/{accountId}"),
                    &id("getCardsOfAccount"),
                    accounts,
                ),
            ],
        ),
        Generation::V3 => (
            read::<CardViewV3<'static>, _>(&path("{id}"), &id("getCard"), one),
            [
                read::<Vec<CardListItemV3<'static>>, _>(
                    &path("customer/{customerId}"),
                    &id("getCardsOfCustomer"),
                    customers,
                ),
                read::<Vec<CardListItemV3<'static>>, _>(
                    &path("account/{accountId}"),
                    &id("getCardsOfAccount"),
                    accounts,
                ),
            ],
        ),
    };
    let [customers, accounts] = lists.map(|list| list.with_query(PAGING));
    vec![
        one.about(TAG, "Read a card", ""),
        customers.about(TAG, "List the cards of a customer", "By id."),
        accounts.about(TAG, "List the cards of an account", "By id."),
    ]
}

fn read<T: JsonSchema, R>(
    path: &str,
    id: &str,
    run: impl Fn(Arc<Api>, Input) -> R + Send + Sync + 'static,
) -> Operation
where
    R: Future<Output = Result<Reply, Problem>> + Send + 'static,
{
    Operation::new(Method::GET, path, id, READ, run).answers::<T>(200).audited().may_miss()
}

async fn by_id(generation: Generation, api: Arc<Api>, input: Input) -> Result<Reply, Problem> {
    let card = api.app.card(input.caller.institution, CardId(input.id("id")?)).await?;
    one(generation, &api, card)
}

async fn by_reference(api: Arc<Api>, input: Input) -> Result<Reply, Problem> {
    let problem = || Problem::field(ErrorCode::PathInvalid, "refNumber", "must be 15 or 16 digits");
    let reference = ReferenceNumber::parse(input.text("refNumber")?).ok_or_else(problem)?;
    one(Generation::V4, &api, api.app.card_by_reference(input.caller.institution, reference).await?)
}

async fn by_number(api: Arc<Api>, input: Input) -> Result<Reply, Problem> {
    let request: FindByNumber = input.body()?;
    let card = api.app.card_by_encrypted_number(input.caller.institution, request.encrypted_data).await?;
    let found = card.as_ref().map(|found| found.card.id.0);
    one(Generation::V4, &api, card).map(|reply| reply.of(found))
}

async fn of_customer(generation: Generation, api: Arc<Api>, input: Input) -> Result<Reply, Problem> {
    let (page, size) = paging(&input, PAGE_DEFAULT, PAGE_MAX)?;
    let customer = CustomerId(input.id("customerId")?);
    let cards = api.app.cards_of_customer(input.caller.institution, customer, page, size).await?;
    many(generation, &api, &cards.ok_or_else(|| Problem::new(ErrorCode::CustomerUnknown))?)
}

async fn of_account(generation: Generation, api: Arc<Api>, input: Input) -> Result<Reply, Problem> {
    let (page, size) = paging(&input, PAGE_DEFAULT, PAGE_MAX)?;
    let account = AccountId(input.id("accountId")?);
    let cards = api.app.cards_of_account(input.caller.institution, account, page, size).await?;
    many(generation, &api, &cards.ok_or_else(|| Problem::new(ErrorCode::AccountUnknown))?)
}

fn one(generation: Generation, api: &Api, card: Option<CardDetails>) -> Result<Reply, Problem> {
    let card = card.ok_or_else(|| Problem::new(ErrorCode::CardUnknown))?;
    let parts = parts(api, &card);
    match generation {
        Generation::V3 => Reply::json(StatusCode::OK, &CardViewV3::of(parts)),
        Generation::V4 => Reply::json(StatusCode::OK, &CardView::of(parts)),
    }
}

fn many(generation: Generation, api: &Api, cards: &[CardDetails]) -> Result<Reply, Problem> {
    let parts = cards.iter().map(|card| parts(api, card));
    match generation {
        Generation::V3 => list(parts.map(CardListItemV3::of)),
        Generation::V4 => list(parts.map(CardListItem::of)),
    }
}

fn list<T: Serialize>(items: impl Iterator<Item = T>) -> Result<Reply, Problem> {
    Reply::json(StatusCode::OK, &items.collect::<Vec<_>>())
}

fn parts<'a>(api: &Api, details: &'a CardDetails) -> CardParts<'a> {
    CardParts {
        card: &details.card,
        status: &details.status,
        personal: &details.personal,
        product: &details.product,
        currency: details.currency,
        mask: api.settings.mask,
        usage: &details.usage,
    }
}
