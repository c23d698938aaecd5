//! On whose behalf something is done.

use kortti_core::{
    entry::{Origin, SYSTEM},
    id::{IdempotencyKey, InstitutionId, RequestId},
};
use kortti_crypto::digest;

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
        let (client, audit_user) = (SYSTEM.into(), what.into());
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

/// What makes a repeated request the same request: the tenant, the method, the path and the caller's own key.
#[must_use]
pub fn idempotency_key(institution: InstitutionId, method: &str, path: &str, key: &str) -> IdempotencyKey {
    let institution = institution.0.to_be_bytes();
    let parts = [method.as_bytes(), path.as_bytes(), key.as_bytes()];
    let [method_len, path_len, key_len] = parts.map(|part| (part.len() as u64).to_be_bytes());
    let [method, path, key] = parts;
    let hash = digest::sha256(&[&institution, &method_len, method, &path_len, path, &key_len, key]);
    let mut short = [0; 16];
    short.copy_from_slice(&hash[..16]);
    IdempotencyKey(short)
}
