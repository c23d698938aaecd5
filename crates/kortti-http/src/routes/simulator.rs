//! The simulator of the sandbox: authorisations and clearings by hand, as networks would send them.

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use kortti_app::{AppError, Recorded, TransactionQuery};
use kortti_core::{
    access::Scope,
    decide::Refusal,
    id::{CardId, InstitutionId, RequestId, TransactionId},
    money::Money,
    reference::Currency,
    transaction::{End, Request},
    view::View,
};
use schemars::JsonSchema;
use serde_json::{Map, Value};

use super::transactions::created;
use crate::{
    api::Api,
    error_code::ErrorCode,
    operation::{Access, Operation},
    problem::Problem,
    request::{Input, Reply},
    wire::{
        ResourceResponse, SchemeRequest, SchemeResponse, SchemeReversal, Simulated, SimulatedTransaction,
        Template, TemplateRequest, authorization_code_of, outcome,
    },
};

const TAG: &str = "Simulator";
const ACCESS: Access = Access::Scope(Scope::AuthorisationsWrite);
/// In whose name scheme messages are, which name nobody.
const SCHEME: &str = "scheme simulator";
/// Among how many of a card's newest transactions the authorisation is sought that a clearing settles.
const SOUGHT: usize = 200;

pub fn operations() -> Vec<Operation> {
    vec![
        post("/transaction/test-api/authorization/card/{cardId}", "simulateAuthorization", authorise)
            .about(
                TAG,
                "Simulate an authorisation",
                "It is decided like any other; the description tells how. Purchases and cash count as made with the chip.",
            )
            .takes::<SimulatedTransaction>()
            .answers::<ResourceResponse<'static>>(201)
            .may_name_user()
            .may_miss(),
        post("/transaction/test-api/card/{cardId}", "simulateTransaction", clear)
            .about(
                TAG,
                "Simulate a financial transaction",
                "What a merchant presents. It settles the card's authorisation that has `authCode`, and is posted without \
                 authorisation where none of the card's newest 200 transactions is it.",
            )
            .takes::<SimulatedTransaction>()
            .answers::<ResourceResponse<'static>>(201)
            .may_name_user()
            .may_miss(),
        template("retail-offline-pin", "templateRetailOfflinePin", Template::RetailOfflinePin)
            .about(TAG, "Prepare a purchase with chip and PIN", TEMPLATE),
        template("retail-ecommerce", "templateRetailEcommerce", Template::RetailEcommerce)
            .about(TAG, "Prepare a purchase online", TEMPLATE),
        scheme::<SchemeRequest, _>("request", "simulateSchemeRequest", request)
            .about(TAG, "Send an authorisation request", ""),
        scheme::<SchemeReversal, _>("reversal", "simulateSchemeReversal", reverse)
            .about(TAG, "Send a reversal", "Of the whole amount, or of a part."),
    ]
}

const TEMPLATE: &str = "Nothing is decided: the answer is the body of a request, to be changed and sent.";

fn post<R>(path: &str, id: &str, run: fn(Arc<Api>, Input) -> R) -> Operation
where
    R: Future<Output = Result<Reply, Problem>> + Send + 'static,
{
    Operation::new(Method::POST, path, id, ACCESS, run).in_sandbox()
}

fn scheme<T, R>(name: &str, id: &str, run: fn(Arc<Api>, Input) -> R) -> Operation
where
    T: JsonSchema,
    R: Future<Output = Result<Reply, Problem>> + Send + 'static,
{
    post(&format!("/test-api/v1/authorizations/{name}"), id, run)
        .takes::<T>()
        .answers::<SchemeResponse<'static>>(200)
        .may_miss()
}

fn template(name: &str, id: &str, template: Template) -> Operation {
    let run = move |api: Arc<Api>, input: Input| std::future::ready(prepared(template, &api, &input));
    let path = format!("/test-api/v1/authorization-templates/request/{name}");
    Operation::new(Method::POST, path, id, ACCESS, run)
        .takes::<TemplateRequest>()
        .answers::<Map<String, Value>>(200)
        .in_sandbox()
        .may_miss()
}

async fn authorise(api: Arc<Api>, input: Input) -> Result<Reply, Problem> {
    let request = Request::Authorise(Arc::new(simulated(&api, &input)?.into_authorise()));
    let recorded = transact(&api, &input, request, "settlementAmount").await?;
    created(&outcome(&recorded.transaction), &recorded)
}

async fn clear(api: Arc<Api>, input: Input) -> Result<Reply, Problem> {
    let simulated = simulated(&api, &input)?;
    let code = simulated.authorization_code().map(ToOwned::to_owned);
    let mut clear = simulated.into_clear()?;
    if let Some(code) = code {
        let billed = clear.billing.unwrap_or(clear.amount);
        clear.authorisation = settled(&api, &input, &code, billed).await?;
    }
    let recorded = transact(&api, &input, Request::Clear(Box::new(clear)), "settlementAmount").await?;
    created(&outcome(&recorded.transaction), &recorded)
}

fn simulated(api: &Api, input: &Input) -> Result<Simulated, Problem> {
    let body: SimulatedTransaction = input.body()?;
    let card = CardId(input.id("cardId")?);
    Ok(body.into_parts(card, currency_of(api, input.caller.institution, card)?)?)
}

/// The currency of the account that a card draws on.
fn currency_of(api: &Api, institution: InstitutionId, card: CardId) -> Result<Currency, Problem> {
    let state = api.app.ledger().state();
    let card = state.card(card).filter(|card| card.institution == institution);
    let account = card.and_then(|card| state.account(card.account));
    Ok(account.ok_or_else(|| Problem::new(ErrorCode::CardUnknown))?.currency)
}

/// The authorisation of the card that a clearing with this code settles. Of several with the same one it is one that is open,
/// then one of the same amount, then the newest.
async fn settled(
    api: &Api,
    input: &Input,
    code: &str,
    billed: Money,
) -> Result<Option<TransactionId>, Problem> {
    let query =
        TransactionQuery { from: None, to: None, skip: 0, take: SOUGHT, without_authorisations: false };
    let card = CardId(input.id("cardId")?);
    let found = api.app.transactions_of_card(input.caller.institution, card, query).await?;
    let mut candidates = Vec::new();
    for recorded in found.unwrap_or_default() {
        if authorization_code_of(&recorded).is_some_and(|own| own == code) {
            let known = api.app.authorisation_state(recorded.id)?;
            let is_open = known.is_some_and(|known| matches!(known.state.end, None | Some(End::CreditDue)));
            candidates.push((!is_open, recorded.transaction.amount != billed.minor, recorded.id));
        }
    }
    // The first of those that are as good, which is the newest.
    let best = candidates.into_iter().min_by_key(|(ended, differs, _)| (*ended, *differs));
    Ok(best.map(|(_, _, id)| id))
}

fn prepared(template: Template, api: &Api, input: &Input) -> Result<Reply, Problem> {
    let card = input.body::<TemplateRequest>()?.card();
    let currency = match card {
        Some(card) => currency_of(api, input.caller.institution, card)?,
        None => api.settings.currency,
    };
    Reply::json(StatusCode::OK, &template.body(card, currency))
}

async fn request(api: Arc<Api>, mut input: Input) -> Result<Reply, Problem> {
    let body: SchemeRequest = input.body()?;
    let currency = currency_of(&api, input.caller.institution, body.card())?;
    let request = body.into_authorise(currency, reference(&input))?;
    let amount = match request.billing {
        Some(_) => "transactionData.settlementAmount",
        None => "transactionData.transactionAmount",
    };
    input.caller.audit_user = SCHEME.into();
    let recorded = transact(&api, &input, Request::Authorise(Arc::new(request)), amount).await?;
    let reference = retrieval_reference(&recorded.transaction.request);
    Reply::json(StatusCode::OK, &SchemeResponse::to_request(recorded.id, &recorded.transaction, reference))
}

async fn reverse(api: Arc<Api>, mut input: Input) -> Result<Reply, Problem> {
    let (request, amount) = input.body::<SchemeReversal>()?.into_reverse()?;
    input.caller.audit_user = SCHEME.into();
    let recorded = transact(&api, &input, Request::Reverse(request), amount).await?;
    let first = match recorded.transaction.first {
        Some(first) => api.app.transaction(input.caller.institution, first)?,
        None => None,
    };
    let reference = first.as_ref().and_then(|first| retrieval_reference(&first.transaction.request));
    Reply::json(StatusCode::OK, &SchemeResponse::to_reversal(recorded.id, &recorded.transaction, reference))
}

/// The number by which the network finds a request again: twelve digits that differ from request to request.
fn reference(input: &Input) -> String {
    let id = input.caller.request.map_or(0, |RequestId(id)| u128::from_be_bytes(id));
    format!("{:012}", id % 1_000_000_000_000)
}

fn retrieval_reference(request: &Request) -> Option<&str> {
    match request {
        Request::Authorise(request) => request.details.as_ref()?.retrieval_reference.as_deref(),
        _ => None,
    }
}

/// Has it decided and recorded. A refusal of its amount goes by the name `amount`.
async fn transact(api: &Api, input: &Input, request: Request, amount: &str) -> Result<Recorded, Problem> {
    api.app.transact(&input.caller, request).await.map_err(|error| named(error, amount))
}

/// The refusal of an amount, by the name of the member in which it stood.
fn named(error: AppError, amount: &str) -> Problem {
    let AppError::Refused(refusal) = &error else { return error.into() };
    let (code, refusal) = match refusal {
        // What is to be billed was looked at before; what is given back is always in the account's currency.
        Refusal::BillingRequired(currency) => {
            (ErrorCode::BillingCurrency, &Refusal::BillingCurrency(*currency))
        }
        Refusal::BillingCurrency(_) => (ErrorCode::BillingCurrency, refusal),
        Refusal::NoAmount | Refusal::AmountTooLarge | Refusal::BillingDiffers => {
            (ErrorCode::AmountInvalid, refusal)
        }
        _ => return error.into(),
    };
    Problem::field(code, amount, refusal.to_string())
}
