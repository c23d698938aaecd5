//! Creating cards: one operation for each template, and the older one that takes the template in the body.

use std::sync::Arc;

use axum::http::Method;
use kortti_app::NewCard;
use kortti_core::{
    access::Scope,
    card::{CardRole, CardTemplate, Scheme},
    id::{AccountId, CustomerId},
};

use super::done;
use crate::{
    api::{Api, CREATED},
    error_code::ErrorCode,
    operation::{Access, Operation},
    problem::Problem,
    request::{Input, Reply},
    wire::{
        CardRequest, CardRoleCode, CardTemplateCode, Code, CreateCard, CreatePhysicalCard, CreateVirtualCard,
        ResourceResponse,
    },
};

const TAG: &str = "Create card";

pub fn operations() -> Vec<Operation> {
    let mut operations: Vec<Operation> = CardTemplate::ALL.into_iter().flat_map(of_template).collect();
    let path = "/card/v3/customer/{customerId}/account/{accountId}/{cardRole}";
    operations.push(
        created(Operation::new(Method::POST, path, "createCardV3UsingPOST", WRITE, create_v3))
            .about(
                TAG,
                "Create a card of the template that the body names",
                "Superseded by the operations of each template.",
            )
            .takes::<CreateCard>()
            .deprecated(true),
    );
    operations
}

const WRITE: Access = Access::Scope(Scope::CardsWrite);

/// The operations that create cards of a template. Debit cards take no role in the path, and one is accepted all the same.
fn of_template(template: CardTemplate) -> Vec<Operation> {
    let name = CardTemplateCode::spell(template);
    let base = format!("/card/v4/{name}/customer/{{customerId}}/account/{{accountId}}");
    let id = format!("create{}V4UsingPOST", camel(name));
    let paths = if template.is_debit() {
        vec![(base.clone(), id.clone()), (format!("{base}/{{cardRole}}"), id.replace("V4", "WithRoleV4"))]
    } else {
        vec![(format!("{base}/{{cardRole}}"), id)]
    };
    let operation = |(path, id): (String, String)| {
        let run = move |api, input| create_v4(template, api, input);
        let operation = created(Operation::new(Method::POST, path, id, WRITE, run)).about(
            TAG,
            format!("Create a {}", describe(template)),
            "The card is connected to the customer and draws on the account. What the body leaves out the product decides.",
        );
        if template.is_physical() {
            operation.takes::<CreatePhysicalCard>()
        } else {
            operation.takes::<CreateVirtualCard>()
        }
    };
    paths.into_iter().map(operation).collect()
}

fn created(operation: Operation) -> Operation {
    operation.answers::<ResourceResponse<'static>>(201).audited().may_miss()
}

/// `VISA_VIRTUAL` becomes `VisaVirtual`.
pub(super) fn camel(name: &str) -> String {
    let word = |word: &str| {
        let (first, rest) = word.split_at(word.len().min(1));
        format!("{first}{}", rest.to_ascii_lowercase())
    };
    name.split('_').map(word).collect()
}

pub(super) fn describe(template: CardTemplate) -> String {
    let kind = if template.is_physical() { "" } else { "virtual " };
    let funding = if template.is_debit() { "debit " } else { "" };
    let scheme = match template.scheme() {
        Scheme::Visa => "VISA",
        Scheme::Mastercard => "Mastercard",
    };
    format!("{kind}{funding}{scheme} branded card")
}

async fn create_v4(template: CardTemplate, api: Arc<Api>, input: Input) -> Result<Reply, Problem> {
    let request = if template.is_physical() {
        input.body::<CreatePhysicalCard>()?.into_parts()?
    } else {
        input.body::<CreateVirtualCard>()?.into_parts()?
    };
    create(template, request, api, input).await
}

async fn create_v3(api: Arc<Api>, input: Input) -> Result<Reply, Problem> {
    let request = input.body::<CreateCard>()?.into_parts()?;
    let template = request.template.ok_or_else(|| Problem::new(ErrorCode::FieldInvalid))?;
    create(template, request, api, input).await
}

async fn create(
    template: CardTemplate,
    request: CardRequest,
    api: Arc<Api>,
    input: Input,
) -> Result<Reply, Problem> {
    let new = NewCard {
        customer: CustomerId(input.id("customerId")?),
        account: AccountId(input.id("accountId")?),
        role: role(&input)?,
        template,
        product_code: request.product_code,
        encrypted_number: request.encrypted_data,
        expiration: request.expiration,
        segment: request.segment,
        pin_status: request.pin_status,
        layout_code: request.layout_code,
        closing: request.closing,
        card_delivery: request.card_delivery,
        pin_delivery: request.pin_delivery,
        controls: request.controls,
        personal: request.personal,
    };
    let outcome = api.app.issue_card(&input.caller, new).await?;
    done(CREATED, "Card created", outcome)
}

fn role(input: &Input) -> Result<CardRole, Problem> {
    let Ok(text) = input.text("cardRole") else { return Ok(CardRole::Main) };
    let problem = || Problem::field(ErrorCode::PathInvalid, "cardRole", "must be MAIN or SUPPLEMENTARY");
    CardRoleCode::parse(text).ok_or_else(problem)
}
