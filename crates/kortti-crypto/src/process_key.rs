//! What the processes of one installation know each other by: an Ed25519 key that follows from the master key, which all of
//! them have and nobody else.

use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use aws_lc_rs::signature::Ed25519KeyPair;
use rcgen::{CertificateParams, DnType, KeyPair, PKCS_ED25519};
use rustls_pki_types::PrivatePkcs8KeyDer;
use zeroize::Zeroizing;

const SEED_LEN: usize = 32;
/// What the key is derived for; nothing else may ever be derived under these words.
const PURPOSE: &[u8] = b"kortti: key of the processes of an installation, 1";

/// A private key, and a certificate of it. Two processes have different certificates of the same key.
pub struct ProcessKey {
    key: Zeroizing<Vec<u8>>,
    certificate: Vec<u8>,
}

impl ProcessKey {
    /// The name that certificates are for, whatever the machine is called.
    pub const NAME: &'static str = "process.kortti.internal";

    /// None when the library cannot make it.
    pub(crate) fn of(seed: &[u8; SEED_LEN]) -> Option<Self> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).ok()?;
        let key = Zeroizing::new(pair.to_pkcs8().ok()?.as_ref().to_vec());
        let pkcs8 = PrivatePkcs8KeyDer::from(key.as_slice());
        let signer = KeyPair::from_pkcs8_der_and_sign_algo(&pkcs8, &PKCS_ED25519);
        let signer = Zeroizing::new(signer.ok()?);
        let mut params = CertificateParams::new(vec![Self::NAME.to_owned()]).ok()?;
        params.distinguished_name.push(DnType::CommonName, "kortti");
        let certificate = params.self_signed(&*signer).ok()?;
        Some(Self { key, certificate: certificate.der().to_vec() })
    }

    /// The private key: PKCS #8, DER.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.key
    }

    /// The certificate: DER.
    #[must_use]
    pub fn certificate(&self) -> &[u8] {
        &self.certificate
    }
}

/// What the key is made from.
pub(crate) fn seed(master: &[u8]) -> Option<Zeroizing<[u8; SEED_LEN]>> {
    struct Length;
    impl KeyType for Length {
        fn len(&self) -> usize {
            SEED_LEN
        }
    }
    let mut seed = Zeroizing::new([0; SEED_LEN]);
    let derived = Salt::new(HKDF_SHA256, &[]).extract(master);
    derived.expand(&[PURPOSE], Length).ok()?.fill(&mut *seed).ok()?;
    Some(seed)
}

#[cfg(test)]
mod tests;
