//! All operations. What is not in this list does not exist.

mod accounts;
mod authorizations;
mod card_create;
mod card_read;
mod card_update;
mod customers;
mod own;
mod sandbox;
mod simulator;
mod system;
mod transactions;

use axum::http::StatusCode;
use kortti_app::Outcome;
use schemars::Schema;

use crate::{
    operation::{Operation, Parameter},
    problem::Problem,
    request::{Input, Reply},
    wire::ResourceResponse,
};

/// Every operation of the API.
pub fn operations() -> Vec<Operation> {
    [
        card_create::operations(),
        card_update::operations(),
        card_read::operations(),
        customers::operations(),
        accounts::operations(),
        authorizations::operations(),
        transactions::operations(),
        simulator::operations(),
        own::operations(),
        sandbox::operations(),
        system::operations(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The answer to what created or updated something.
fn done(status: StatusCode, description: &str, outcome: Outcome) -> Result<Reply, Problem> {
    Reply::json(status, &ResourceResponse { description, id: outcome.id.to_string() })
}

/// How many items a page has at most, and where the caller does not say.
const PAGE_MAX: usize = 100;
const PAGE_DEFAULT: usize = 30;

/// The same of a list of events, which are read on from a cursor.
const EVENTS_MAX: usize = 1000;
const EVENTS_DEFAULT: usize = 100;

/// Which page of a list is wanted.
const PAGE: Parameter = Parameter {
    name: "page",
    description: "Which page, counted from 0.",
    schema: || schemars::json_schema!({ "type": "integer", "format": "int32", "minimum": 0, "maximum": 2_147_483_647, "default": 0 }),
};

/// The query parameters of lists.
const PAGING: &[Parameter] = &[
    PAGE,
    Parameter {
        name: "size",
        description: "How many items a page has.",
        schema: || size_schema(PAGE_DEFAULT, PAGE_MAX),
    },
];

fn size_schema(default: usize, max: usize) -> Schema {
    schemars::json_schema!({ "type": "integer", "format": "int32", "minimum": 1, "maximum": max, "default": default })
}

/// Page and size of a list.
fn paging(input: &Input, default: usize, max: usize) -> Result<(usize, usize), Problem> {
    let page = input.query.number("page", 0_usize, 0, 2_147_483_647)?;
    Ok((page, input.query.number("size", default, 1, max)?))
}
