//! The one shape in which everything that goes wrong is answered.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use kortti_app::{AppError, chain};
use kortti_core::{decide::Refusal, embossing::EmbossingError, time::Timestamp};
use uuid::Uuid;

use crate::{
    error_code::ErrorCode,
    json::{BodyError, BodyErrorKind},
    wire::{ErrorResponse, FieldError},
};

/// Something that went wrong, ready to be answered.
#[derive(Debug)]
pub struct Problem {
    code: ErrorCode,
    /// Which part of the request, such as `embossing.firstName`.
    field: Option<String>,
    reason: String,
    /// What the log gets to know and the caller does not.
    internal: Option<String>,
    retry_after_s: Option<u64>,
}

impl Problem {
    /// The same, about another part of the request.
    pub fn about(self, field: &str) -> Self {
        Self { field: Some(field.to_owned()), ..self }
    }

    /// A problem whose reason is the meaning of its code.
    pub fn new(code: ErrorCode) -> Self {
        Self { code, field: None, reason: code.meaning().into(), internal: None, retry_after_s: None }
    }

    /// A problem with a part of the request.
    pub fn field(code: ErrorCode, field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { field: Some(field.into()), reason: reason.into(), ..Self::new(code) }
    }

    /// The same problem, to be tried again after so many seconds.
    pub fn retry_after(self, seconds: u64) -> Self {
        Self { retry_after_s: Some(seconds), ..self }
    }

    /// Its code.
    pub const fn code(&self) -> ErrorCode {
        self.code
    }

    /// The answer; `id` and `now` stand in it.
    pub fn respond(self, id: Uuid, now: Timestamp) -> Response {
        if let Some(internal) = &self.internal {
            tracing::error!(error.id = %id, error.code = self.code.code(), error.cause = internal, "request failed");
        }
        let message = match &self.field {
            Some(field) => format!("{field}: {}", self.reason),
            None => self.reason.clone(),
        };
        let envelope = ErrorResponse {
            code: &self.code.status().to_string(),
            message: &message,
            id: &id.to_string(),
            error_code: self.code.code(),
            error_type: self.code.kind(),
            error_reason: self.code.meaning(),
            timestamp: &now.rfc3339(),
        };
        let status = StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&envelope).unwrap_or_default();
        let mut response = (status, [(header::CONTENT_TYPE, "application/json")], body).into_response();
        let headers = response.headers_mut();
        if self.code == ErrorCode::Unauthorized {
            let challenge = HeaderValue::from_static(r#"Basic realm="kortti", charset="UTF-8""#);
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<BodyError> for Problem {
    fn from(error: BodyError) -> Self {
        let code = match error.kind {
            BodyErrorKind::NotUtf8 => ErrorCode::BodyNotUtf8,
            BodyErrorKind::Malformed => ErrorCode::BodyMalformed,
            BodyErrorKind::DuplicateKey => ErrorCode::BodyDuplicate,
            BodyErrorKind::TooDeep => ErrorCode::BodyTooDeep,
            BodyErrorKind::Invalid => ErrorCode::FieldInvalid,
        };
        let reason = if error.field.is_some() { error.problem } else { error.to_string() };
        Self { field: error.field, reason, ..Self::new(code) }
    }
}

impl From<FieldError> for Problem {
    fn from(error: FieldError) -> Self {
        Self::field(ErrorCode::FieldInvalid, error.field.into_owned(), error.problem.into_owned())
    }
}

impl From<AppError> for Problem {
    fn from(error: AppError) -> Self {
        match error {
            AppError::Refused(refusal) => refusal.into(),
            AppError::MessageReused => {
                Self::field(ErrorCode::MessageReused, "messageId", "was used for another message")
            }
            AppError::CardNumber => Self::new(ErrorCode::CardNumber),
            AppError::Unavailable => Self::new(ErrorCode::Unavailable).retry_after(1),
            AppError::Unknown => Self::new(ErrorCode::OutcomeUnknown).retry_after(1),
            other => {
                let problem = if other.is_passing() {
                    Self::new(ErrorCode::Unavailable).retry_after(1)
                } else {
                    Self::new(ErrorCode::Unexpected)
                };
                Self { internal: Some(chain(&other)), ..problem }
            }
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let (code, field) = place(&refusal);
        // What does not exist is not named: a card number may have been sent in place of an id.
        let reason = match refusal {
            Refusal::CustomerUnknown(_) | Refusal::AccountUnknown(_) | Refusal::CardUnknown(_) => {
                code.meaning().into()
            }
            _ => refusal.to_string(),
        };
        let field = match refusal {
            Refusal::Embossing(EmbossingError::Character { field }) => Some(format!("embossing.{field}")),
            _ => field.map(str::to_owned),
        };
        Self { field, reason, ..Self::new(code) }
    }
}

/// Which code a refusal has, and which part of the request it is about.
fn place(refusal: &Refusal) -> (ErrorCode, Option<&str>) {
    match refusal {
        Refusal::CustomerUnknown(_) => (ErrorCode::CustomerUnknown, Some("customerId")),
        Refusal::AccountUnknown(_) => (ErrorCode::AccountUnknown, Some("accountId")),
        Refusal::CardUnknown(_) => (ErrorCode::CardUnknown, None),
        Refusal::ProductUnknown => (ErrorCode::ProductUnknown, Some("productCode")),
        Refusal::NoProduct(_) => (ErrorCode::NoProduct, Some("productCode")),
        Refusal::ProductMismatch => (ErrorCode::ProductMismatch, Some("productCode")),
        Refusal::TemplateMismatch => (ErrorCode::TemplateMismatch, None),
        Refusal::AccountKind => (ErrorCode::AccountKind, Some("accountId")),
        Refusal::AccountOfOther => (ErrorCode::AccountOfOther, Some("accountId")),
        Refusal::AccountClosing => (ErrorCode::AccountClosing, Some("accountId")),
        Refusal::AccountTemplateMismatch => (ErrorCode::AccountTemplate, None),
        Refusal::ParentInvalid => (ErrorCode::ParentInvalid, Some("parentId")),
        Refusal::CurrencyDiffers => (ErrorCode::CurrencyDiffers, Some("accountId")),
        Refusal::NumberTaken => (ErrorCode::NumberTaken, Some("encryptedData")),
        Refusal::NumberOutOfRange => (ErrorCode::NumberOutOfRange, Some("encryptedData")),
        Refusal::ExpirationPast => (ErrorCode::ExpirationPast, Some("expiration")),
        Refusal::ClosingPast => (ErrorCode::ClosingPast, Some("scheduledClosing.time")),
        Refusal::ClosingAbsent => (ErrorCode::ClosingAbsent, Some("scheduledClosing")),
        Refusal::PinAbsent => (ErrorCode::PinAbsent, Some("pinStatus")),
        Refusal::CardExpired => (ErrorCode::CardExpired, Some("status")),
        Refusal::NoPlastic => (ErrorCode::NoPlastic, Some("cardDeliveryType")),
        Refusal::Embossing(EmbossingError::NamesTooLong) => (ErrorCode::NamesTooLong, Some("embossing")),
        Refusal::Embossing(EmbossingError::Character { field }) => (ErrorCode::Alphabet, Some(field)),
        Refusal::LimitAmount { field, .. } => (ErrorCode::LimitAmount, Some(field)),
        Refusal::CreditLimit(_) => (ErrorCode::CreditLimit, Some("creditLimit")),
        Refusal::CustomerNumberTaken => (ErrorCode::CustomerNumberTaken, Some("customerNumber")),
        Refusal::RegistrationTaken => (ErrorCode::RegistrationTaken, Some("regNo")),
        Refusal::AccountNumberTaken => (ErrorCode::AccountNumberTaken, Some("number")),
        Refusal::ClockBackwards => (ErrorCode::ClockBackwards, Some("to")),
        Refusal::ClockTooFar => (ErrorCode::ClockTooFar, Some("to")),
        Refusal::AuthorisationUnknown(_) => (ErrorCode::AuthorisationUnknown, None),
        Refusal::OriginalUnknown => (ErrorCode::OriginalUnknown, Some("originalMessageId")),
        Refusal::BillingRequired(_) => (ErrorCode::BillingRequired, Some("billingAmount")),
        Refusal::BillingCurrency(_) => (ErrorCode::BillingCurrency, Some("billingAmount.currency")),
        Refusal::BillingDiffers => (ErrorCode::AmountInvalid, Some("billingAmount.amount")),
        Refusal::NoAmount | Refusal::AmountTooLarge => (ErrorCode::AmountInvalid, Some("amount")),
        // Callers of the API cannot cause these; whoever can repeats the command.
        Refusal::ReferenceTaken | Refusal::Stale => (ErrorCode::Unavailable, None),
        Refusal::ClientUnknown | Refusal::ClientNameTaken => (ErrorCode::Unexpected, None),
    }
}
