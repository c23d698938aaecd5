//! The way of a request: identify it, admit it, check it, run it, answer it, count it. Every operation goes this way.

use std::{
    panic::AssertUnwindSafe,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{FromRequestParts, RawPathParams, Request},
    http::{HeaderMap, HeaderValue, Response, StatusCode, header, request::Parts},
    routing::{MethodFilter, MethodRouter, on},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use futures_util::FutureExt;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use kortti_app::{App, AppError, Caller};
use kortti_core::{
    access::Client,
    calendar::Zone,
    card::NumberMask,
    id::{IdempotencyKey, InstitutionId, RequestId},
    product::Product,
    reference::Currency,
};

use crate::{
    error_code::ErrorCode,
    openapi,
    operation::{Access, Audit, Operation},
    problem::Problem,
    query::Query,
    rate::{Rate, RateLimits},
    record::Record,
    request::{Input, Reply},
    routes,
    telemetry::Figures,
};

/// The largest body that is read, in bytes.
const BODY_MAX: usize = 64 * 1024;
/// The longest `x-idempotency-key`, in characters.
const IDEMPOTENCY_KEY_MAX: usize = 64;
/// How long a body may take to arrive.
const BODY_PATIENCE: Duration = Duration::from_secs(20);

/// How the API behaves.
pub struct Settings {
    /// The sandbox's operations exist.
    pub sandbox: bool,
    /// How many requests a client may send.
    pub rate: RateLimits,
    /// How many digits of a card number are shown.
    pub mask: NumberMask,
    /// The currency of accounts whose request names none.
    pub currency: Currency,
    /// Where the days, weeks and months of accounts' limits begin and end; UTC when absent.
    pub zone: Option<Zone>,
    /// The products that the sandbox starts over with.
    pub sandbox_products: Vec<Product>,
}

/// The API of a running system.
pub struct Api {
    pub(crate) app: Arc<App>,
    pub(crate) settings: Settings,
    pub(crate) document: Bytes,
    pub(crate) docs: Bytes,
    rate: Rate,
    /// It was said that the store is a sandbox's, and this process none.
    said_taken: AtomicBool,
}

/// The router of the whole API.
pub fn router(app: Arc<App>, settings: Settings) -> Router {
    let operations: Vec<Operation> =
        routes::operations().into_iter().filter(|operation| settings.sandbox || !operation.sandbox).collect();
    let document = openapi::document(&operations);
    let docs = crate::docs::page(&document).into_string().into();
    let rate = Rate::new(settings.rate);
    let document = serde_json::to_vec(&document).unwrap_or_default().into();
    let api = Arc::new(Api { app, settings, document, docs, rate, said_taken: AtomicBool::new(false) });
    let mut router = Router::new();
    for operation in operations {
        let path = operation.path.clone();
        router = router.route(&path, method_router(&api, operation));
    }
    let (unknown, wrong) = (Arc::clone(&api), Arc::clone(&api));
    router
        .fallback(move || async move { unknown.refuse(Problem::new(ErrorCode::PathUnknown)) })
        .method_not_allowed_fallback(
            move || async move { wrong.refuse(Problem::new(ErrorCode::MethodUnknown)) },
        )
}

fn method_router(api: &Arc<Api>, operation: Operation) -> MethodRouter {
    let filter = MethodFilter::try_from(operation.method.clone()).unwrap_or(MethodFilter::GET);
    let figures = Arc::new(Figures::of(&operation.id));
    let (api, operation) = (Arc::clone(api), Arc::new(operation));
    on(filter, move |request: Request| {
        let (api, operation, figures) = (Arc::clone(&api), Arc::clone(&operation), Arc::clone(&figures));
        async move { api.answer(&operation, &figures, request).await }
    })
}

impl Api {
    async fn answer(
        self: &Arc<Self>,
        operation: &Operation,
        figures: &Figures,
        request: Request,
    ) -> Response<Body> {
        let mut record = Record::begin(&operation.id);
        let handled = AssertUnwindSafe(self.handle(operation, request, &mut record)).catch_unwind().await;
        let result = handled.unwrap_or_else(|_| {
            tracing::error!(request.id = %record.id, operation = operation.id, "a request panicked");
            Err(Problem::new(ErrorCode::Unexpected))
        });
        let response = match result {
            Ok(reply) => record.close(reply),
            Err(problem) => record.refuse(problem, self.app.ledger().clock().now()),
        };
        figures.note(response.status().as_u16(), record.took());
        response
    }

    async fn handle(
        self: &Arc<Self>,
        operation: &Operation,
        request: Request,
        record: &mut Record<'_>,
    ) -> Result<Reply, Problem> {
        let (mut parts, body) = request.into_parts();
        // A message is decided by whichever process decides, whatever this one has heard of; all else begins with reading.
        if matches!(operation.access, Access::Scope(_)) && !operation.has_message_id {
            self.app.ledger().refresh().await.map_err(AppError::from)?;
        }
        let mut caller = self.admit(operation, &parts).await?;
        caller.request = Some(RequestId(*record.id.as_bytes()));
        if operation.access != Access::Public {
            record.note_client(&caller);
        }
        let query = Query::parse(parts.uri.query())?;
        caller.audit_user = match operation.audit {
            Audit::Nobody => caller.audit_user,
            Audit::Offered if query.text("auditUser").is_none() => caller.client.clone(),
            Audit::Offered | Audit::Required => query.audit_user()?,
        };
        if operation.reads && operation.audit != Audit::Nobody {
            record.note_reader(&caller, parts.uri.path());
        }
        let path = path(&mut parts).await?;
        caller.idempotency = idempotency(operation, &parts, caller.institution)?;
        let body = match operation.body {
            None => Vec::new(),
            Some(_) => read(&parts.headers, body).await?,
        };
        (operation.run)(Arc::clone(self), Input { caller, path, query, body }).await
    }

    /// Who asks, if they may.
    async fn admit(&self, operation: &Operation, parts: &Parts) -> Result<Caller, Problem> {
        let Access::Scope(scope) = operation.access else {
            return Ok(Caller::system(InstitutionId::DEFAULT, ""));
        };
        let client = self.client(&parts.headers).await?;
        if self.is_taken() {
            if !self.said_taken.swap(true, Ordering::Relaxed) {
                tracing::error!("the store has been made a sandbox's while this process ran, which is none");
            }
            return Err(Problem::new(ErrorCode::Unavailable));
        }
        if !self.rate.allows(client.id) {
            return Err(Problem::new(ErrorCode::TooManyRequests).retry_after(1));
        }
        if !client.scopes.has(scope) {
            return Err(Problem::new(ErrorCode::Forbidden));
        }
        Ok(Caller {
            institution: client.institution,
            client: client.name.clone(),
            audit_user: "".into(),
            request: None,
            idempotency: None,
        })
    }

    async fn client(&self, headers: &HeaderMap) -> Result<Arc<Client>, Problem> {
        let unauthorized = || Problem::new(ErrorCode::Unauthorized);
        let header = only(headers, header::AUTHORIZATION.as_str())?.ok_or_else(unauthorized)?;
        let (scheme, encoded) =
            header.to_str().ok().and_then(|text| text.split_once(' ')).ok_or_else(unauthorized)?;
        if !scheme.eq_ignore_ascii_case("basic") {
            return Err(unauthorized());
        }
        let decoded = BASE64_STANDARD.decode(encoded.trim()).map_err(|_| unauthorized())?;
        let text = String::from_utf8(decoded).map_err(|_| unauthorized())?;
        let (name, secret) = text.split_once(':').ok_or_else(unauthorized)?;
        self.app.authenticate(name, secret).await?.ok_or_else(unauthorized)
    }

    /// Whether a sandbox has been started on the store of this process, which is none: it lets anybody in.
    pub(crate) fn is_taken(&self) -> bool {
        !self.settings.sandbox && self.app.is_sandbox()
    }

    fn refuse(&self, problem: Problem) -> Response<Body> {
        Record::begin("none").refuse(problem, self.app.ledger().clock().now())
    }
}

async fn path(parts: &mut Parts) -> Result<RawPathParams, Problem> {
    let invalid = |_| Problem::field(ErrorCode::PathInvalid, "path", "is malformed");
    RawPathParams::from_request_parts(parts, &()).await.map_err(invalid)
}

/// What makes a repetition of this request recognisable, if the client asks for that.
fn idempotency(
    operation: &Operation,
    parts: &Parts,
    institution: InstitutionId,
) -> Result<Option<IdempotencyKey>, Problem> {
    if !operation.has_idempotency_key() {
        return Ok(None);
    }
    let Some(header) = only(&parts.headers, "x-idempotency-key")? else { return Ok(None) };
    let problem = || {
        Problem::field(
            ErrorCode::HeaderInvalid,
            "x-idempotency-key",
            "must have 1 to 64 printable characters",
        )
    };
    let visible = |key: &&str| key.bytes().all(|byte| byte.is_ascii_graphic());
    let key =
        header.to_str().ok().filter(|key| (1..=IDEMPOTENCY_KEY_MAX).contains(&key.len())).filter(visible);
    let key = key.ok_or_else(problem)?;
    Ok(Some(kortti_app::idempotency_key(institution, operation.method.as_str(), parts.uri.path(), key)))
}

/// A header's value. It may not be there twice: what stands between the client and us may have judged the other one.
fn only<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a HeaderValue>, Problem> {
    let mut values = headers.get_all(name).iter();
    let value = values.next();
    match values.next() {
        None => Ok(value),
        Some(_) => Err(Problem::field(ErrorCode::HeaderInvalid, name, "occurs more than once")),
    }
}

async fn read(headers: &HeaderMap, body: Body) -> Result<Vec<u8>, Problem> {
    let media_type = only(headers, header::CONTENT_TYPE.as_str())?;
    let media_type = media_type.and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    let encoding = only(headers, header::CONTENT_ENCODING.as_str())?;
    let plain = encoding.is_none_or(|encoding| encoding.as_bytes().eq_ignore_ascii_case(b"identity"));
    if !plain || !essence.eq_ignore_ascii_case("application/json") {
        return Err(Problem::new(ErrorCode::MediaType));
    }
    let collecting = Limited::new(body, BODY_MAX).collect();
    let collected = tokio::time::timeout(BODY_PATIENCE, collecting).await;
    match collected {
        Err(_) => Err(Problem::new(ErrorCode::TooSlow)),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Problem::new(ErrorCode::BodyTooLarge)),
        Ok(Err(_)) => Err(Problem::new(ErrorCode::BodyMalformed)),
        Ok(Ok(body)) => Ok(body.to_bytes().into()),
    }
}

/// The status of something that was created.
pub(crate) const CREATED: StatusCode = StatusCode::CREATED;
