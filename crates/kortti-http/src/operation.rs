//! An operation: method, path, rights, parameters, shapes and the code that runs it, in one place. Router, access checks,
//! OpenAPI document and tests are all made from the same list, so none of them can forget one.

use std::{pin::Pin, sync::Arc};

use axum::http::Method;
use kortti_core::access::Scope;
use schemars::{JsonSchema, Schema, SchemaGenerator};

use crate::{
    api::Api,
    problem::Problem,
    request::{Input, Reply},
};

/// The code of an operation.
pub type Run = Arc<
    dyn Fn(Arc<Api>, Input) -> Pin<Box<dyn Future<Output = Result<Reply, Problem>> + Send>> + Send + Sync,
>;

/// Makes the schema of a body.
pub type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// An operation of the API.
pub struct Operation {
    /// The method.
    pub method: Method,
    /// The path, with its parameters in braces.
    pub path: String,
    /// Its name in the OpenAPI document, in logs and metrics.
    pub id: String,
    /// The group it belongs to.
    pub tag: &'static str,
    /// What it does, in a line.
    pub summary: String,
    /// More, where a line is not enough.
    pub description: &'static str,
    /// Who may call it.
    pub access: Access,
    /// Whether the query parameter `auditUser` is taken.
    pub audit: Audit,
    /// Whether its body has a `messageId`, which a repetition is recognised by in place of the header.
    pub has_message_id: bool,
    /// Whether it changes nothing, whatever its method.
    pub reads: bool,
    /// Whether it exists in the sandbox only.
    pub sandbox: bool,
    /// Whether clients should use another one.
    pub deprecated: bool,
    /// Its query parameters besides `auditUser`.
    pub query: &'static [Parameter],
    /// The shape of its request body.
    pub body: Option<SchemaOf>,
    /// Status and shape of its answer.
    pub success: (u16, Shape),
    /// Whether it can answer 404 for what its path or body names.
    pub may_miss: bool,
    /// The code.
    pub run: Run,
}

/// Whether a request says in whose name it is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audit {
    /// It does not: nothing of it stands in the journal.
    Nobody,
    /// It may; without a name the client stands for itself.
    Offered,
    /// It must.
    Required,
}

/// Who may call an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anybody.
    Public,
    /// Clients with this scope.
    Scope(Scope),
}

/// The shape of an answer.
#[derive(Clone, Copy)]
pub enum Shape {
    /// JSON.
    Json(SchemaOf),
    /// Text of a media type.
    Text(&'static str),
    /// Nothing.
    Empty,
}

/// A query parameter.
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// What it does.
    pub description: &'static str,
    /// Its schema.
    pub schema: fn() -> Schema,
}

/// The schema of `T`, by reference where it has a name.
pub fn schema_of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

impl Operation {
    /// An operation that answers 200 with JSON, to be completed with the methods below.
    pub fn new<F, R>(
        method: Method,
        path: impl Into<String>,
        id: impl Into<String>,
        access: Access,
        run: F,
    ) -> Self
    where
        F: Fn(Arc<Api>, Input) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Reply, Problem>> + Send + 'static,
    {
        Self {
            reads: method == Method::GET,
            method,
            path: path.into(),
            id: id.into(),
            tag: "",
            summary: String::new(),
            description: "",
            access,
            audit: Audit::Nobody,
            has_message_id: false,
            sandbox: false,
            deprecated: false,
            query: &[],
            body: None,
            success: (200, Shape::Empty),
            may_miss: false,
            run: Arc::new(move |api, input| Box::pin(run(api, input))),
        }
    }

    /// Says what it does.
    pub fn about(mut self, tag: &'static str, summary: impl Into<String>, description: &'static str) -> Self {
        (self.tag, self.summary, self.description) = (tag, summary.into(), description);
        self
    }

    /// Takes a body of `T`.
    pub fn takes<T: JsonSchema>(mut self) -> Self {
        self.body = Some(schema_of::<T>);
        self
    }

    /// Answers `status` with `T`.
    pub fn answers<T: JsonSchema>(mut self, status: u16) -> Self {
        self.success = (status, Shape::Json(schema_of::<T>));
        self
    }

    /// Answers 200 with text.
    pub fn answers_text(mut self, media_type: &'static str) -> Self {
        self.success = (200, Shape::Text(media_type));
        self
    }

    /// Answers 204 with nothing.
    pub fn answers_nothing(mut self) -> Self {
        self.success = (204, Shape::Empty);
        self
    }

    /// Requires `auditUser`.
    pub fn audited(mut self) -> Self {
        self.audit = Audit::Required;
        self
    }

    /// Takes the query parameter `auditUser`; without it the client stands for itself.
    pub fn may_name_user(mut self) -> Self {
        self.audit = Audit::Offered;
        self
    }

    /// Recognises a repetition by the `messageId` of the body.
    pub fn with_message_id(mut self) -> Self {
        self.has_message_id = true;
        self
    }

    /// Changes nothing, although its method could.
    pub fn looks_up(mut self) -> Self {
        self.reads = true;
        self
    }

    /// Exists in the sandbox only.
    pub fn in_sandbox(mut self) -> Self {
        self.sandbox = true;
        self
    }

    /// Is superseded.
    pub fn deprecated(mut self, deprecated: bool) -> Self {
        self.deprecated = deprecated;
        self
    }

    /// Takes query parameters.
    pub fn with_query(mut self, query: &'static [Parameter]) -> Self {
        self.query = query;
        self
    }

    /// Can answer 404.
    pub fn may_miss(mut self) -> Self {
        self.may_miss = true;
        self
    }

    /// Whether a repetition is recognised by the header `x-idempotency-key`.
    pub fn has_idempotency_key(&self) -> bool {
        self.body.is_some() && !self.reads && !self.has_message_id
    }

    /// The names of its path parameters.
    pub fn path_parameters(&self) -> impl Iterator<Item = &str> {
        self.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
    }
}
