//! On whose behalf something is done.

use kortti_core::{
    entry::Origin,
    id::{IdempotencyKey, InstitutionId, RequestId},
};

/// Who asks, and how the request is known.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The tenant.
    pub institution: InstitutionId,
    /// The name of the API client or command.
    pub client: Box<str>,
    /// The person or system the client named.
    pub audit_user: Box<str>,
    /// The request.
    pub request: Option<RequestId>,
    /// By which a repetition is recognised.
    pub idempotency: Option<IdempotencyKey>,
}

impl Caller {
    /// The system itself, or its operator at the command line.
    #[must_use]
    pub fn system(institution: InstitutionId, what: &str) -> Self {
        let (client, audit_user) = ("kortti".into(), what.into());
        Self { institution, client, audit_user, request: None, idempotency: None }
    }

    pub(crate) fn origin(&self) -> Origin {
        Origin {
            institution: Some(self.institution),
            client: self.client.clone(),
            audit_user: self.audit_user.clone(),
            request: self.request,
            idempotency: self.idempotency,
        }
    }
}
