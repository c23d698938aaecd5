//! Transactions: reading them, and posting loads and fees.

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use kortti_app::{App, AppError, Recorded, TransactionQuery};
use kortti_core::{
    access::Scope,
    decide::Refusal,
    id::{AccountId, CardId, TransactionId},
    time::{DAY_MS, Timestamp},
    transaction::{KnownAuthorisation, Request},
};
use schemars::JsonSchema;

use super::{PAGE, paging, size_schema};
use crate::{
    api::{Api, CREATED},
    error_code::ErrorCode,
    operation::{Access, Operation, Parameter},
    problem::Problem,
    request::{Input, Reply},
    wire::{
        ConditionView, DateTime, PostFee, PostTransaction, ResourceResponse, Target, TransactionParts,
        TransactionView, outcome,
    },
};

const TAG: &str = "Transaction";
const READ: Access = Access::Scope(Scope::TransactionsRead);
const WRITE: Access = Access::Scope(Scope::TransactionsWrite);

/// How many transactions a page has.
const PAGE_MAX: usize = 30;
const PAGE_DEFAULT: usize = 15;

const LIST_QUERY: &[Parameter] = &[
    PAGE,
    Parameter {
        name: "size",
        description: "How many items a page has.",
        schema: || size_schema(PAGE_DEFAULT, PAGE_MAX),
    },
    Parameter {
        name: "fromDate",
        description: "The first day, or the first instant. Together with `toDate` only. A day is one of UTC, and so is an instant \
            without offset.",
        schema: || schemars::json_schema!({ "type": "string", "example": "2026-01-01" }),
    },
    Parameter {
        name: "toDate",
        description: "The last day, or the last instant, itself included. Together with `fromDate` only.",
        schema: || schemars::json_schema!({ "type": "string", "example": "2026-01-31" }),
    },
    Parameter {
        name: "withoutAuthorizations",
        description: "Whether to leave out what moves no money: authorisations, increments, reversals and expiries.",
        schema: || schemars::json_schema!({ "type": "boolean", "default": false }),
    },
];

pub fn operations() -> Vec<Operation> {
    let list = |operation: Operation| operation.with_query(LIST_QUERY).may_miss();
    vec![
        list(read::<Vec<TransactionView<'static>>, _>("card/{cardId}", "getTransactionsOfCard", of_card))
            .about(TAG, "List the transactions of a card", "The newest first."),
        list(read::<Vec<TransactionView<'static>>, _>(
            "account/{accountId}",
            "getTransactionsOfAccount",
            of_account,
        ))
        .about(
            TAG,
            "List the transactions of an account",
            "The newest first, those of all its cards included.",
        ),
        read::<TransactionView<'static>, _>("{id}", "getTransaction", by_id).may_miss().about(
            TAG,
            "Read a transaction",
            "",
        ),
        read::<Vec<ConditionView>, _>("transaction-conditions", "getTransactionConditions", conditions)
            .about(TAG, "List the conditions of transactions", ""),
        write::<PostTransaction>("card/{cardId}", "postTransactionOnCard", post).about(
            TAG,
            "Post a transaction in a card's name",
            POST,
        ),
        write::<PostTransaction>("account/{accountId}", "postTransactionOnAccount", post).about(
            TAG,
            "Post a transaction on an account",
            POST,
        ),
        write::<PostFee>("card/{cardId}/fee", "postFeeOnCard", fee).about(
            TAG,
            "Charge a fee in a card's name",
            FEE,
        ),
        write::<PostFee>("account/{accountId}/fee", "postFeeOnAccount", fee).about(
            TAG,
            "Charge a fee to an account",
            FEE,
        ),
    ]
}

const POST: &str = "A load, or another movement that the institution makes itself. It is posted whatever there is on the account.";
const FEE: &str = "It is charged whatever there is on the account.";

fn read<T, R>(path: &str, id: &str, run: fn(Arc<Api>, Input) -> R) -> Operation
where
    T: JsonSchema,
    R: Future<Output = Result<Reply, Problem>> + Send + 'static,
{
    Operation::new(Method::GET, format!("/transaction/v3/{path}"), id, READ, run)
        .answers::<T>(200)
        .may_name_user()
}

fn write<T: JsonSchema>(path: &str, id: &str, request: fn(&Input) -> Result<Request, Problem>) -> Operation {
    let run = move |api: Arc<Api>, input: Input| async move {
        let recorded = api.app.transact(&input.caller, request(&input)?).await.map_err(refused)?;
        created(&outcome(&recorded.transaction), &recorded)
    };
    Operation::new(Method::POST, format!("/transaction/v3/{path}"), id, WRITE, run)
        .takes::<T>()
        .answers::<ResourceResponse<'static>>(201)
        .may_name_user()
        .may_miss()
}

fn post(input: &Input) -> Result<Request, Problem> {
    Ok(Request::Post(Box::new(input.body::<PostTransaction>()?.into_post(target(input)?)?)))
}

fn fee(input: &Input) -> Result<Request, Problem> {
    Ok(Request::Fee(input.body::<PostFee>()?.into_fee(target(input)?)?))
}

/// The card or the account in the path.
fn target(input: &Input) -> Result<Target, Problem> {
    if input.text("cardId").is_ok() {
        return Ok(Target::Card(CardId(input.id("cardId")?)));
    }
    Ok(Target::Account(AccountId(input.id("accountId")?)))
}

/// The refusal, by the names of the members that these bodies have.
fn refused(error: AppError) -> Problem {
    match error {
        AppError::Refused(Refusal::BillingRequired(currency) | Refusal::BillingCurrency(currency)) => {
            let reason = Refusal::BillingCurrency(currency).to_string();
            Problem::field(ErrorCode::BillingCurrency, "currency", reason)
        }
        other => other.into(),
    }
}

/// The answer to a transaction that was recorded.
pub(super) fn created(description: &str, recorded: &Recorded) -> Result<Reply, Problem> {
    Reply::json(CREATED, &ResourceResponse { description, id: recorded.id.to_string() })
}

async fn of_card(api: Arc<Api>, input: Input) -> Result<Reply, Problem> {
    let (query, card) = (query(&input)?, CardId(input.id("cardId")?));
    let found = api.app.transactions_of_card(input.caller.institution, card, query).await?;
    many(&api, found.ok_or_else(|| Problem::new(ErrorCode::CardUnknown))?).await
}

async fn of_account(api: Arc<Api>, input: Input) -> Result<Reply, Problem> {
    let (query, account) = (query(&input)?, AccountId(input.id("accountId")?));
    let found = api.app.transactions_of_account(input.caller.institution, account, query).await?;
    many(&api, found.ok_or_else(|| Problem::new(ErrorCode::AccountUnknown))?).await
}

async fn by_id(api: Arc<Api>, input: Input) -> Result<Reply, Problem> {
    let found = api.app.transaction(input.caller.institution, TransactionId(input.id("id")?))?;
    let found = Chained::of(&api.app, found.ok_or_else(|| Problem::new(ErrorCode::TransactionUnknown))?)?;
    Reply::json(StatusCode::OK, &found.view())
}

async fn conditions(_: Arc<Api>, _: Input) -> Result<Reply, Problem> {
    Reply::json(StatusCode::OK, &ConditionView::ALL)
}

async fn many(api: &Api, found: Vec<Recorded>) -> Result<Reply, Problem> {
    let chained = |app: &App| found.into_iter().map(|recorded| Chained::of(app, recorded)).collect();
    let found: Result<Vec<Chained>, AppError> = api.app.apart(chained).await?;
    let found = found?;
    let views: Vec<TransactionView<'_>> = found.iter().map(Chained::view).collect();
    Reply::json(StatusCode::OK, &views)
}

/// A transaction with what its view needs of the authorisation that it belongs to.
struct Chained {
    recorded: Recorded,
    first: Option<Recorded>,
    known: Option<KnownAuthorisation>,
}

impl Chained {
    fn of(app: &App, recorded: Recorded) -> Result<Self, AppError> {
        let first = match (recorded.transaction.first, recorded.institution) {
            (Some(first), Some(institution)) => app.transaction(institution, first)?,
            _ => None,
        };
        let begin = first.as_ref().unwrap_or(&recorded);
        let known = match begin.transaction.request {
            Request::Authorise(_) => app.authorisation_state(begin.id)?,
            _ => None,
        };
        Ok(Self { recorded, first, known })
    }

    fn view(&self) -> TransactionView<'_> {
        TransactionView::of(TransactionParts {
            recorded: &self.recorded,
            first: self.first.as_ref(),
            authorisation: self.known.as_ref().map(|known| &known.state),
        })
    }
}

/// Which part of a list is wanted.
fn query(input: &Input) -> Result<TransactionQuery, Problem> {
    let query = &input.query;
    let (page, size) = paging(input, PAGE_DEFAULT, PAGE_MAX)?;
    let wrong = |name, reason| Problem::field(ErrorCode::QueryInvalid, name, reason);
    let span = |name| match query.text(name).map(Span::parse) {
        Some(None) => Err(wrong(name, "must be a date such as 2026-01-31, or a time of RFC 3339")),
        other => Ok(other.flatten()),
    };
    let (from, to) = match (span("fromDate")?, span("toDate")?) {
        (Some(_), None) => return Err(wrong("toDate", "is required together with fromDate")),
        (None, Some(_)) => return Err(wrong("fromDate", "is required together with toDate")),
        (Some(from), Some(to)) if from.start >= to.end => {
            return Err(wrong("toDate", "must not be before fromDate"));
        }
        (from, to) => (from, to),
    };
    Ok(TransactionQuery {
        from: from.map(|from| from.start),
        to: to.map(|to| to.end),
        skip: page.saturating_mul(size),
        take: size,
        without_authorisations: query.flag("withoutAuthorizations")?,
    })
}

/// A day, a second or an instant with a fraction, from its start to before its end.
struct Span {
    start: Timestamp,
    end: Timestamp,
}

impl Span {
    fn parse(text: &str) -> Option<Self> {
        let instant = |text: &str| DateTime::parse(text).map(|time| time.0);
        let of = |start: Timestamp, ms| Self { start, end: start.plus_ms(ms) };
        if let Some(start) = instant(&format!("{text}T00:00:00Z")) {
            return Some(of(start, DAY_MS));
        }
        // Times are shown in whole seconds: what is shown so is found so.
        let ms = if text.contains('.') { 1 } else { 1000 };
        instant(text).or_else(|| instant(&format!("{text}Z"))).map(|start| of(start, ms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_to_the_second_is_the_whole_second() {
        let length = |text: &str| Span::parse(text).map(|span| span.end.0 - span.start.0);
        assert_eq!(length("2026-03-16T10:00:00Z"), Some(1000));
        assert_eq!(length("2026-03-16T10:00:00"), Some(1000));
        assert_eq!(length("2026-03-16T12:00:00+02:00"), Some(1000));
        assert_eq!(length("2026-03-16T10:00:00.5Z"), Some(1));
        assert_eq!(length("2026-03-16T10:00:00.999"), Some(1));
        assert_eq!(length("2026-03-16"), Some(DAY_MS));
    }
}
