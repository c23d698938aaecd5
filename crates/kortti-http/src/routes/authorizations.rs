//! Kortti's own way in for the messages of networks: authorisations and all that follows on them.

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use kortti_app::{App, AppError, AuthorisationDetails, Part, Recorded, message_key};
use kortti_core::{
    access::Scope,
    decide::Refusal,
    id::{CardId, TransactionId},
    transaction::{Authorise, Original, Request, Reverse},
};

use super::{EVENTS_DEFAULT, EVENTS_MAX, size_schema};
use crate::{
    api::Api,
    error_code::ErrorCode,
    operation::{Access, Operation, Parameter},
    problem::Problem,
    request::{Input, Reply},
    wire::{
        AuthorizationBody, AuthorizationParts, AuthorizationView, CardClearingBody, CardName, ClearingBody,
        DecisionView, IncrementBody, MessageError, MessageReversalBody, PostingView, RefundBody,
        ReversalBody, ReversalView, parse_id,
    },
};

const TAG: &str = "Authorizations";
const WRITE: Access = Access::Scope(Scope::AuthorisationsWrite);
const READ: Access = Access::Scope(Scope::TransactionsRead);
const ONE: &str = "/kortti/v1/authorizations/{id}";

const EVENTS_QUERY: &[Parameter] = &[
    Parameter {
        name: "before",
        description: "Which of its events to go on from: the `earlier` of an answer. The newest when absent.",
        schema: || schemars::json_schema!({ "type": "string", "pattern": "^[0-9]{1,18}$" }),
    },
    Parameter {
        name: "limit",
        description: "How many of its events to read at most.",
        schema: || size_schema(EVENTS_DEFAULT, EVENTS_MAX),
    },
];

pub fn operations() -> Vec<Operation> {
    let mut operations = of_authorisations();
    operations.extend(of_cards());
    operations
}

fn of_authorisations() -> Vec<Operation> {
    vec![
        message("/kortti/v1/authorizations", "authorize", authorize)
            .about(
                TAG,
                "Decide on an authorization request",
                "Approved and declined alike answer 200, with every check that was made and the numbers it compared. A card \
                 number that belongs to no card declines with response code 14.",
            )
            .takes::<AuthorizationBody>()
            .answers::<DecisionView<'static>>(200),
        message(&format!("{ONE}/increments"), "incrementAuthorization", increment)
            .about(
                TAG,
                "Hold more on an authorization",
                "Checked like a use of its own, save that it adds to the amount only. A decline leaves the authorization as it is.",
            )
            .takes::<IncrementBody>()
            .answers::<DecisionView<'static>>(200)
            .may_miss(),
        message(&format!("{ONE}/reversals"), "reverseAuthorization", reverse)
            .about(
                TAG,
                "Reverse an authorization",
                "Always honoured: of what is not held any more, nothing is given back.",
            )
            .takes::<ReversalBody>()
            .answers::<ReversalView<'static>>(200)
            .may_miss(),
        message(&format!("{ONE}/clearings"), "clearAuthorization", clear)
            .about(
                TAG,
                "Clear an authorization",
                "In part, in full, or for more than was authorized; more than once. Only a reversal of this message that came \
                 first stops it, or a card that has expired for good.",
            )
            .takes::<ClearingBody>()
            .answers::<PostingView<'static>>(200)
            .may_miss(),
        message("/kortti/v1/reversals", "reverseMessage", reverse_message)
            .about(
                TAG,
                "Reverse a message",
                "For senders that know the message and not the authorization. A reversal of all may come before what it reverses: \
                 that is noted then, and the original declined when it arrives.",
            )
            .takes::<MessageReversalBody>()
            .answers::<ReversalView<'static>>(200)
            .may_miss(),
        Operation::new(Method::GET, ONE, "getAuthorization", READ, read)
            .about(
                TAG,
                "Read an authorization",
                "With everything that has happened to it, and each check of each decision as a sentence that can be repeated.",
            )
            .with_query(EVENTS_QUERY)
            .answers::<AuthorizationView<'static>>(200)
            .may_name_user()
            .may_miss(),
    ]
}

fn of_cards() -> Vec<Operation> {
    vec![
        message("/kortti/v1/cards/{cardId}/clearings", "clearCard", clear_card)
            .about(
                TAG,
                "Clear without an authorization",
                "What is owed is owed: posted in every status of the card but expired, unless its reversal came first, and counted in \
                 no limit.",
            )
            .takes::<CardClearingBody>()
            .answers::<PostingView<'static>>(200)
            .may_miss(),
        message("/kortti/v1/cards/{cardId}/refunds", "refundCard", refund_card)
            .about(
                TAG,
                "Refund",
                "Money comes onto the account, whatever the card's status but expired, unless its reversal came first.",
            )
            .takes::<RefundBody>()
            .answers::<PostingView<'static>>(200)
            .may_miss(),
    ]
}

/// An operation that takes a message, which a repetition is recognised by.
fn message<F, R>(path: &str, id: &str, run: F) -> Operation
where
    F: Fn(Arc<Api>, Input) -> R + Send + Sync + 'static,
    R: Future<Output = Result<Reply, Problem>> + Send + 'static,
{
    Operation::new(Method::POST, path, id, WRITE, run).may_name_user().with_message_id()
}

async fn authorize(api: Arc<Api>, input: Input) -> Result<Reply, Problem> {
    let (message, card, request) = input.body::<AuthorizationBody>()?.into_parts()?;
    let recorded = match card {
        CardName::Id(id) => {
            let request = Authorise { card: Some(id), ..request };
            transact(&api, &input, &message, Request::Authorise(Arc::new(request))).await?
        }
        CardName::Number(number) => {
            let members = Members::of_authorisation(&request);
            let recorded = api.app.authorise_by_number(&input.caller, &message, number, request).await;
            recorded.map_err(|error| members.problem(error))?
        }
    };
    Reply::json(StatusCode::OK, &DecisionView::of(&recorded))
}

async fn increment(api: Arc<Api>, input: Input) -> Result<Reply, Problem> {
    let (message, request) = input.body::<IncrementBody>()?.into_parts(authorisation(&input)?)?;
    let recorded = transact(&api, &input, &message, request).await?;
    Reply::json(StatusCode::OK, &DecisionView::of(&recorded))
}

async fn reverse(api: Arc<Api>, input: Input) -> Result<Reply, Problem> {
    let (message, request) = input.body::<ReversalBody>()?.into_parts(authorisation(&input)?)?;
    let recorded = transact(&api, &input, &message, request).await?;
    Reply::json(StatusCode::OK, &ReversalView::of(&recorded))
}

async fn reverse_message(api: Arc<Api>, input: Input) -> Result<Reply, Problem> {
    let parts = input.body::<MessageReversalBody>()?.into_parts()?;
    let original = Original::Message(message_key(input.caller.institution, &parts.original));
    let request = Request::Reverse(Reverse { original, amount: parts.amount });
    let recorded = transact(&api, &input, &parts.message, request).await?;
    Reply::json(StatusCode::OK, &ReversalView::of(&recorded))
}

async fn clear(api: Arc<Api>, input: Input) -> Result<Reply, Problem> {
    let (message, request) = input.body::<ClearingBody>()?.into_parts(authorisation(&input)?)?;
    let recorded = transact(&api, &input, &message, request).await?;
    Reply::json(StatusCode::OK, &PostingView::of(&recorded))
}

async fn clear_card(api: Arc<Api>, input: Input) -> Result<Reply, Problem> {
    let (message, request) = input.body::<CardClearingBody>()?.into_parts(CardId(input.id("cardId")?))?;
    let recorded = transact(&api, &input, &message, request).await?;
    Reply::json(StatusCode::OK, &PostingView::of(&recorded))
}

async fn refund_card(api: Arc<Api>, input: Input) -> Result<Reply, Problem> {
    let (message, request) = input.body::<RefundBody>()?.into_parts(CardId(input.id("cardId")?))?;
    let recorded = transact(&api, &input, &message, request).await?;
    Reply::json(StatusCode::OK, &PostingView::of(&recorded))
}

fn authorisation(input: &Input) -> Result<TransactionId, Problem> {
    input.id("id").map(TransactionId)
}

async fn transact(api: &Api, input: &Input, message: &str, request: Request) -> Result<Recorded, Problem> {
    let members = Members::of(&request);
    let recorded = api.app.transact_message(&input.caller, message, request).await;
    recorded.map_err(|error| members.problem(error))
}

/// How the amounts of a message are named, for refusals that are about them.
struct Members {
    amount: &'static str,
    billed: bool,
    is_reversal: bool,
}

impl Members {
    const fn of_authorisation(request: &Authorise) -> Self {
        Self { amount: "transactionAmount", billed: request.billing.is_some(), is_reversal: false }
    }

    fn of(request: &Request) -> Self {
        let (amount, billed) = match request {
            Request::Authorise(request) => return Self::of_authorisation(request),
            Request::Clear(request) => ("transactionAmount", request.billing.is_some()),
            Request::Refund(request) => ("transactionAmount", request.billing.is_some()),
            Request::Increment(request) => ("amount", request.billing.is_some()),
            _ => ("amount", false),
        };
        Self { amount, billed, is_reversal: matches!(request, Request::Reverse(_)) }
    }

    fn problem(&self, error: AppError) -> Problem {
        let AppError::Refused(refusal) = error else { return error.into() };
        match refusal {
            Refusal::NoAmount | Refusal::AmountTooLarge => {
                let member = if self.billed { "billingAmount" } else { self.amount };
                Problem::field(ErrorCode::AmountInvalid, format!("{member}.amount"), refusal.to_string())
            }
            // What is given back is always in the account's currency.
            Refusal::BillingRequired(currency) if self.is_reversal => {
                let reason = format!("must be {}, the account's currency", currency.code());
                Problem::field(ErrorCode::BillingCurrency, "amount.currency", reason)
            }
            other => other.into(),
        }
    }
}

impl From<MessageError> for Problem {
    fn from(error: MessageError) -> Self {
        match error {
            MessageError::Field(error) => error.into(),
            MessageError::Amount(error) => {
                Self::field(ErrorCode::AmountInvalid, error.field.into_owned(), error.problem.into_owned())
            }
        }
    }
}

async fn read(api: Arc<Api>, input: Input) -> Result<Reply, Problem> {
    let unknown = || Problem::new(ErrorCode::AuthorisationUnknown);
    let (institution, id) = (input.caller.institution, authorisation(&input)?);
    let no_cursor = || Problem::field(ErrorCode::QueryInvalid, "before", "is no cursor that was given out");
    let cursor = |text| parse_id(text).map(TransactionId).ok_or_else(no_cursor);
    let before = input.query.text("before").map(cursor).transpose()?;
    let take = input.query.number("limit", EVENTS_DEFAULT, 1, EVENTS_MAX)?;
    let details = api.app.authorisation(institution, id, Part { before, take }).await?;
    let (known, begin, transactions, earlier) = match details {
        Some(AuthorisationDetails { known, begin, transactions, earlier }) => {
            (Some(known), begin, transactions, earlier)
        }
        // A card that nobody knows is on no account, and nothing can follow.
        None => {
            let begin = api.app.transaction(institution, id)?.ok_or_else(unknown)?;
            let transactions = if before.is_none() { vec![begin.clone()] } else { Vec::new() };
            (None, begin, transactions, None)
        }
    };
    if transactions.is_empty() {
        return Err(no_cursor());
    }
    // Many transactions are many sentences.
    let answer = move |_: &App| {
        let known = known.as_ref();
        let parts = AuthorizationParts { begin: &begin, known, transactions: &transactions, earlier };
        Reply::json(StatusCode::OK, &AuthorizationView::of(parts).ok_or_else(unknown)?)
    };
    api.app.apart(answer).await?
}
