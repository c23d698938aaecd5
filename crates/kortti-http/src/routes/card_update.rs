//! Updating cards: one operation for each template, and the older one for cards of any.

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use kortti_core::{access::Scope, card::CardTemplate, decide::UpdateCard, id::CardId};

use super::{
    card_create::{camel, describe},
    done,
};
use crate::{
    api::Api,
    operation::{Access, Operation},
    problem::Problem,
    request::{Input, Reply},
    wire::{CardPatch, CardTemplateCode, Code, ResourceResponse, UpdatePhysicalCard, UpdateVirtualCard},
};

const TAG: &str = "Update card";
const WRITE: Access = Access::Scope(Scope::CardsWrite);

pub fn operations() -> Vec<Operation> {
    let mut operations: Vec<Operation> = CardTemplate::ALL.into_iter().map(of_template).collect();
    let run = |api, input: Input| update(None, api, input);
    operations.push(
        updated(Operation::new(Method::PATCH, "/card/v3/{id}", "updateCardV3UsingPATCH", WRITE, run))
            .about(TAG, "Update a card of any template", "Superseded by the operations of each template.")
            .takes::<UpdatePhysicalCard>()
            .deprecated(true),
    );
    operations
}

fn of_template(template: CardTemplate) -> Operation {
    let name = CardTemplateCode::spell(template);
    let path = format!("/card/v4/{name}/{{id}}");
    let id = format!("update{}V4UsingPATCH", camel(name));
    let run = move |api, input| update(Some(template), api, input);
    let operation = updated(Operation::new(Method::PATCH, path, id, WRITE, run)).about(
        TAG,
        format!("Update a {}", describe(template)),
        "Members that are absent or null stay as they are. If one member is refused, nothing of the request happens.",
    );
    if template.is_physical() {
        operation.takes::<UpdatePhysicalCard>()
    } else {
        operation.takes::<UpdateVirtualCard>()
    }
}

fn updated(operation: Operation) -> Operation {
    operation.answers::<ResourceResponse<'static>>(200).audited().may_miss()
}

async fn update(template: Option<CardTemplate>, api: Arc<Api>, input: Input) -> Result<Reply, Problem> {
    let patch = match template {
        Some(template) if !template.is_physical() => input.body::<UpdateVirtualCard>()?.into_parts()?,
        _ => input.body::<UpdatePhysicalCard>()?.into_parts()?,
    };
    let command = command(CardId(input.id("id")?), template, &patch);
    let outcome =
        api.app.update_card(&input.caller, command, |personal| patch.apply_personal(personal)).await?;
    done(StatusCode::OK, "Card updated", outcome)
}

fn command(id: CardId, template: Option<CardTemplate>, patch: &CardPatch) -> UpdateCard {
    UpdateCard {
        id,
        template,
        account: patch.account,
        customer: patch.customer,
        status: patch.status,
        reason: patch.reason.clone(),
        segment: patch.segment,
        limits: patch.limits.clone(),
        pin_status: patch.pin_status,
        layout_code: patch.layout_code.clone(),
        closing: patch.closing,
        blocks: patch.blocks.clone(),
        card_delivery: patch.card_delivery,
        pin_delivery: patch.pin_delivery,
        controls: patch.controls.clone(),
        personal: None,
    }
}
