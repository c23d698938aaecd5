//! Accounts.

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use kortti_app::{AccountDetails, unsealed};
use kortti_core::{
    access::Scope,
    card::AccountTemplate,
    decide::{OpenAccount, UpdateAccount},
    id::{AccountId, CustomerId},
};

use super::{PAGE_DEFAULT, PAGE_MAX, PAGING, card_create::camel, done, paging};
use crate::{
    api::{Api, CREATED},
    error_code::ErrorCode,
    operation::{Access, Operation},
    problem::Problem,
    request::{Input, Reply},
    wire::{
        AccountParts, AccountTemplateCode, AccountView, Code, CreateCreditAccount, CreateDebitAccount,
        CreatePrepaidAccount, ResourceResponse, UpdateAccountBody, UpdateCreditAccount,
    },
};

const TAG: &str = "Account";
const READ: Access = Access::Scope(Scope::AccountsRead);
const WRITE: Access = Access::Scope(Scope::AccountsWrite);

pub fn operations() -> Vec<Operation> {
    let read = |operation: Operation| operation.answers::<AccountView<'static>>(200).audited().may_miss();
    let mut operations: Vec<Operation> = AccountTemplate::ALL.into_iter().flat_map(of_template).collect();
    operations.extend([
        read(Operation::new(Method::GET, "/account/v4/{id}", "getAccount", READ, by_id)).about(
            TAG,
            "Read an account",
            "",
        ),
        read(Operation::new(
            Method::GET,
            "/account/v4/accountNumber/{accountNumber}",
            "getAccountByNumber",
            READ,
            by_number,
        ))
        .about(TAG, "Find an account by the institution's own number", ""),
        Operation::new(
            Method::GET,
            "/account/v4/customer/{customerId}",
            "getAccountsOfCustomer",
            READ,
            of_customer,
        )
        .about(TAG, "List the accounts of a customer", "By id.")
        .with_query(PAGING)
        .answers::<Vec<AccountView<'static>>>(200)
        .audited()
        .may_miss(),
    ]);
    operations
}

fn of_template(template: AccountTemplate) -> [Operation; 2] {
    let code = AccountTemplateCode::spell(template);
    let name = camel(code);
    let kind = code.to_ascii_lowercase();
    let path = format!("/account/v4/{code}/customer/{{customerId}}");
    let run = move |api, input| create(template, api, input);
    let create = Operation::new(Method::POST, path, format!("create{name}Account"), WRITE, run)
        .about(TAG, format!("Open a {kind} account"), "")
        .answers::<ResourceResponse<'static>>(201)
        .audited()
        .may_miss();
    let run = move |api, input| update(template, api, input);
    let update = Operation::new(
        Method::PATCH,
        format!("/account/v4/{code}/{{id}}"),
        format!("update{name}Account"),
        WRITE,
        run,
    )
    .about(TAG, format!("Update a {kind} account"), "Members that are absent or null stay as they are.")
    .answers::<ResourceResponse<'static>>(200)
    .audited()
    .may_miss();
    match template {
        AccountTemplate::Credit => {
            [create.takes::<CreateCreditAccount>(), update.takes::<UpdateCreditAccount>()]
        }
        AccountTemplate::Prepaid => {
            [create.takes::<CreatePrepaidAccount>(), update.takes::<UpdateAccountBody>()]
        }
        AccountTemplate::Debit => [create.takes::<CreateDebitAccount>(), update.takes::<UpdateAccountBody>()],
    }
}

async fn create(template: AccountTemplate, api: Arc<Api>, input: Input) -> Result<Reply, Problem> {
    let request = match template {
        AccountTemplate::Credit => input.body::<CreateCreditAccount>()?.into_parts(),
        AccountTemplate::Prepaid => input.body::<CreatePrepaidAccount>()?.into_parts(),
        AccountTemplate::Debit => input.body::<CreateDebitAccount>()?.into_parts(),
    };
    let command = OpenAccount {
        id: AccountId(0),
        customer: CustomerId(input.id("customerId")?),
        template,
        number: request.number.unwrap_or_default(),
        currency: request.currency.unwrap_or(api.settings.currency),
        product: request.product,
        credit_limit: request.credit_limit,
        balance: 0,
        segment: request.segment,
        parent: request.parent,
        zone: api.settings.zone.clone(),
        personal: unsealed(),
    };
    let outcome = api.app.open_account(&input.caller, command, request.personal).await?;
    done(CREATED, "Account created", outcome)
}

async fn update(template: AccountTemplate, api: Arc<Api>, input: Input) -> Result<Reply, Problem> {
    let patch = match template {
        AccountTemplate::Credit => input.body::<UpdateCreditAccount>()?.into_parts()?,
        AccountTemplate::Prepaid | AccountTemplate::Debit => {
            input.body::<UpdateAccountBody>()?.into_parts()?
        }
    };
    let command = UpdateAccount {
        id: AccountId(input.id("id")?),
        template,
        customer: patch.customer,
        status: patch.status,
        reason: patch.reason.clone(),
        closure_reason: patch.closure_reason,
        credit_limit: patch.credit_limit,
        segment: patch.segment,
        parent: patch.parent,
        limits: patch.limits.clone(),
        personal: None,
    };
    let outcome =
        api.app.update_account(&input.caller, command, |personal| patch.apply_personal(personal)).await?;
    done(StatusCode::OK, "Account updated", outcome)
}

async fn by_id(api: Arc<Api>, input: Input) -> Result<Reply, Problem> {
    one(api.app.account(input.caller.institution, AccountId(input.id("id")?)).await?)
}

async fn by_number(api: Arc<Api>, input: Input) -> Result<Reply, Problem> {
    one(api.app.account_by_number(input.caller.institution, input.text("accountNumber")?).await?)
}

async fn of_customer(api: Arc<Api>, input: Input) -> Result<Reply, Problem> {
    let (page, size) = paging(&input, PAGE_DEFAULT, PAGE_MAX)?;
    let customer = CustomerId(input.id("customerId")?);
    let accounts = api.app.accounts_of_customer(input.caller.institution, customer, page, size).await?;
    let accounts = accounts.ok_or_else(|| Problem::new(ErrorCode::CustomerUnknown))?;
    let views: Vec<_> = accounts.iter().map(view).collect();
    Reply::json(StatusCode::OK, &views)
}

fn one(found: Option<AccountDetails>) -> Result<Reply, Problem> {
    let found = found.ok_or_else(|| Problem::new(ErrorCode::AccountUnknown))?;
    Reply::json(StatusCode::OK, &view(&found))
}

fn view(found: &AccountDetails) -> AccountView<'_> {
    let AccountDetails { account, personal, funds, usage } = found;
    AccountView::of(AccountParts { account, personal, funds: *funds, usage })
}
