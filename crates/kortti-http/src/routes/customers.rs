//! Customers.

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use kortti_app::{CustomerDetails, CustomerUpdate, NewCustomer};
use kortti_core::{access::Scope, customer::CustomerKind, id::CustomerId};

use super::done;
use crate::{
    api::{Api, CREATED},
    error_code::ErrorCode,
    operation::{Access, Operation},
    problem::Problem,
    request::{Input, Reply},
    wire::{
        CreateCorporate, CreatePrivate, CustomerPatch, CustomerRequest, CustomerView, ResourceResponse,
        UpdateCorporate, UpdatePrivate,
    },
};

const TAG: &str = "Customer";
const READ: Access = Access::Scope(Scope::CustomersRead);
const WRITE: Access = Access::Scope(Scope::CustomersWrite);

pub fn operations() -> Vec<Operation> {
    let created = |operation: Operation| operation.answers::<ResourceResponse<'static>>(201).audited();
    let updated =
        |operation: Operation| operation.answers::<ResourceResponse<'static>>(200).audited().may_miss();
    let read = |operation: Operation| operation.answers::<CustomerView<'static>>(200).audited().may_miss();
    let numbered = "/customer/v3/customerNumber/{customerNumber}";
    vec![
        created(Operation::new(
            Method::POST,
            "/customer/v3/PRIVATE",
            "createPrivateCustomer",
            WRITE,
            create_private,
        ))
        .about(TAG, "Create a private customer", "")
        .takes::<CreatePrivate>(),
        created(Operation::new(
            Method::POST,
            "/customer/v3/CORPORATE",
            "createCorporateCustomer",
            WRITE,
            create_corporate,
        ))
        .about(TAG, "Create a corporate customer", "")
        .takes::<CreateCorporate>(),
        updated(Operation::new(
            Method::PATCH,
            "/customer/v3/PRIVATE/{id}",
            "updatePrivateCustomer",
            WRITE,
            update_private,
        ))
        .about(TAG, "Update a private customer", "Members that are absent or null stay as they are.")
        .takes::<UpdatePrivate>(),
        updated(Operation::new(
            Method::PATCH,
            "/customer/v3/CORPORATE/{id}",
            "updateCorporateCustomer",
            WRITE,
            update_corporate,
        ))
        .about(TAG, "Update a corporate customer", "Members that are absent or null stay as they are.")
        .takes::<UpdateCorporate>(),
        read(Operation::new(Method::GET, "/customer/v3/{id}", "getCustomer", READ, by_id)).about(
            TAG,
            "Read a customer",
            "",
        ),
        read(Operation::new(Method::GET, numbered, "getCustomerByNumber", READ, by_number)).about(
            TAG,
            "Find a customer by the institution's own number",
            "",
        ),
    ]
}

async fn create_private(api: Arc<Api>, input: Input) -> Result<Reply, Problem> {
    let request = input.body::<CreatePrivate>()?.into_parts();
    create(request, &api, &input).await
}

async fn create_corporate(api: Arc<Api>, input: Input) -> Result<Reply, Problem> {
    let request = input.body::<CreateCorporate>()?.into_parts();
    create(request, &api, &input).await
}

async fn create(request: CustomerRequest, api: &Api, input: &Input) -> Result<Reply, Problem> {
    let CustomerRequest { kind, number, personal } = request;
    let outcome = api.app.create_customer(&input.caller, NewCustomer { kind, number, personal }).await?;
    done(CREATED, "Customer created", outcome)
}

async fn update_private(api: Arc<Api>, input: Input) -> Result<Reply, Problem> {
    let patch = input.body::<UpdatePrivate>()?.into_parts();
    update(CustomerKind::Private, patch, &api, &input).await
}

async fn update_corporate(api: Arc<Api>, input: Input) -> Result<Reply, Problem> {
    let patch = input.body::<UpdateCorporate>()?.into_parts();
    update(CustomerKind::Corporate, patch, &api, &input).await
}

async fn update(
    kind: CustomerKind,
    patch: CustomerPatch,
    api: &Api,
    input: &Input,
) -> Result<Reply, Problem> {
    let id = CustomerId(input.id("id")?);
    let number = patch.number.clone();
    let change = |personal: &mut _| patch.apply_personal(personal);
    let outcome = api.app.update_customer(&input.caller, CustomerUpdate { id, kind, number, change }).await?;
    done(StatusCode::OK, "Customer updated", outcome)
}

async fn by_id(api: Arc<Api>, input: Input) -> Result<Reply, Problem> {
    view(api.app.customer(input.caller.institution, CustomerId(input.id("id")?)).await?)
}

async fn by_number(api: Arc<Api>, input: Input) -> Result<Reply, Problem> {
    view(api.app.customer_by_number(input.caller.institution, input.text("customerNumber")?).await?)
}

fn view(found: Option<CustomerDetails>) -> Result<Reply, Problem> {
    let found = found.ok_or_else(|| Problem::new(ErrorCode::CustomerUnknown))?;
    Reply::json(StatusCode::OK, &CustomerView::of(&found.customer, &found.personal))
}
