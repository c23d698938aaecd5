//! TLS: rustls over the same cryptography as everything else here. Whoever is spoken to over TLS is verified, name and
//! certificate, also where `sslmode` merely prefers it.

use std::path::Path;
use std::sync::Arc;

use kortti_store::{Cause, StoreError};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::error::unavailable;

/// Whose certificates vouch for the server.
pub(crate) enum Trust<'a> {
    /// Those in this file, and no others.
    File(&'a Path),
    /// The system's.
    System,
    /// Nobody's: TLS is not to be used.
    Nobody,
}

/// Makes TLS connections to servers that can be trusted.
///
/// # Errors
/// [`StoreError::Unavailable`] when the file cannot be read or holds no certificate.
pub(crate) fn connector(trust: Trust<'_>) -> Result<MakeRustlsConnect, StoreError> {
    let roots = match trust {
        Trust::File(path) => roots_in(path).map_err(|cause| {
            unavailable(format!("{} holds no certificate that can be trusted: {cause}", path.display()))
        })?,
        Trust::System => system_roots(),
        Trust::Nobody => RootCertStore::empty(),
    };
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(unavailable)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

fn roots_in(path: &Path) -> Result<RootCertStore, Cause> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path)? {
        roots.add(certificate?)?;
    }
    if roots.is_empty() {
        return Err("it has no part named CERTIFICATE".into());
    }
    Ok(roots)
}

/// A system without certificates trusts nobody; whoever speaks TLS to it is told so when a server cannot be verified.
fn system_roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots
}
