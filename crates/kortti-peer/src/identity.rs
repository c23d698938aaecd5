//! Who is a process of this installation: whoever has its key.

use std::sync::Arc;

use rustls::{
    ClientConfig, RootCertStore, ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName},
    server::WebPkiClientVerifier,
    version::TLS13,
};

/// What a process proves itself with, and asks for.
#[derive(Clone)]
pub struct Identity {
    pub(crate) server: Arc<ServerConfig>,
    pub(crate) client: Arc<ClientConfig>,
    pub(crate) name: ServerName<'static>,
}

/// Why a key or certificate cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the key for connections to other processes cannot be used: {0}")]
pub struct IdentityError(Box<dyn std::error::Error + Send + Sync>);

impl Identity {
    /// From the installation's private key (PKCS #8, DER) and a certificate that it has signed for itself under `name`. The
    /// other processes' certificates may be others, of the same key and subject.
    ///
    /// # Errors
    /// When they are not what they should be.
    pub fn new(key: &[u8], certificate: &[u8], name: &str) -> Result<Self, IdentityError> {
        let failed = |error: rustls::Error| IdentityError(Box::new(error));
        let certificate = CertificateDer::from(certificate.to_vec());
        let key = || PrivatePkcs8KeyDer::from(key.to_vec()).into();
        let mut roots = RootCertStore::empty();
        roots.add(certificate.clone()).map_err(failed)?;
        let roots = Arc::new(roots);
        let provider = Arc::new(aws_lc_rs::default_provider());
        let clients = WebPkiClientVerifier::builder_with_provider(Arc::clone(&roots), Arc::clone(&provider))
            .build()
            .map_err(|error| IdentityError(Box::new(error)))?;
        let server = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&[&TLS13])
            .map_err(failed)?
            .with_client_cert_verifier(clients)
            .with_single_cert(vec![certificate.clone()], key())
            .map_err(failed)?;
        let client = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&TLS13])
            .map_err(failed)?
            .with_root_certificates(roots)
            .with_client_auth_cert(vec![certificate], key())
            .map_err(failed)?;
        let name = ServerName::try_from(name.to_owned()).map_err(|error| IdentityError(Box::new(error)))?;
        Ok(Self { server: Arc::new(server), client: Arc::new(client), name })
    }
}
