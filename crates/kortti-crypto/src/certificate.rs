//! The certificates callers encrypt card numbers to.

use std::time::Duration;

use aws_lc_rs::rsa::PublicEncryptingKey;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rcgen::{
    CertificateParams, DnType, KeyPair, KeyUsagePurpose, PKCS_RSA_SHA256, RsaKeySize, date_time_ymd,
};
use rustls_pki_types::CertificateDer;
use webpki::EndEntityCert;
use zeroize::Zeroizing;

use crate::digest::sha256;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// A caller whose clock is behind ours must not find the certificate not yet valid.
const VALID_BEFORE: Duration = DAY;
const VALID_FOR: Duration = Duration::from_secs(2 * 365 * DAY.as_secs());
/// The last moment whose certificate still ends within the year 9999, where X.509 stops.
const LAST_MOMENT: i64 = 253_402_300_799_000 - VALID_FOR.as_millis() as i64;

/// Characters in a line of PEM (RFC 7468, section 2).
const PEM_LINE: usize = 64;

/// An X.509 certificate with an RSA public key. It is public.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    der: Vec<u8>,
    x5t_s256: String,
}

impl Certificate {
    /// Takes the certificate's DER encoding as it is. Whether it is one shows when its key is needed.
    #[must_use]
    pub fn from_der(der: Vec<u8>) -> Self {
        let x5t_s256 = URL_SAFE_NO_PAD.encode(sha256(&[&der]));
        Self { der, x5t_s256 }
    }

    /// The DER encoding.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The PEM text, as it is given to callers.
    #[must_use]
    pub fn pem(&self) -> String {
        let text = STANDARD.encode(&self.der);
        let mut pem = String::from("-----BEGIN CERTIFICATE-----\n");
        let mut rest = text.as_str();
        while !rest.is_empty() {
            let (line, after) = rest.split_at(rest.len().min(PEM_LINE));
            pem.push_str(line);
            pem.push('\n');
            rest = after;
        }
        pem.push_str("-----END CERTIFICATE-----\n");
        pem
    }

    /// The thumbprint that names the certificate in a token's header: base64url SHA-256 of the DER encoding
    /// (RFC 7515, section 4.1.8).
    #[must_use]
    pub fn x5t_s256(&self) -> &str {
        &self.x5t_s256
    }

    /// The RSA public key the certificate is for.
    pub(crate) fn public_key(&self) -> Option<PublicEncryptingKey> {
        let der = CertificateDer::from(self.der.as_slice());
        let certificate = EndEntityCert::try_from(&der).ok()?;
        PublicEncryptingKey::from_der(certificate.subject_public_key_info().as_ref()).ok()
    }
}

/// A new RSA-2048 private key (PKCS #8, DER) and a self-signed certificate of it that is valid from a day before
/// `now` (Unix milliseconds) for two years.
///
/// Fails for a time outside 1970 to 9997, or when the library cannot make the key.
pub(crate) fn generate(now: i64) -> Option<(Zeroizing<Vec<u8>>, Certificate)> {
    if now > LAST_MOMENT {
        return None;
    }
    let now = date_time_ymd(1970, 1, 1) + Duration::from_millis(u64::try_from(now).ok()?);
    let key = Zeroizing::new(KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).ok()?);
    let mut params = CertificateParams::default();
    let name = format!("kortti-jwe-{}", now.date());
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = now - VALID_BEFORE;
    params.not_after = params.not_before + VALID_FOR;
    params.key_usages = vec![KeyUsagePurpose::KeyEncipherment];
    let certificate = params.self_signed(&*key).ok()?;
    let private_key = Zeroizing::new(key.serialized_der().to_vec());
    Some((private_key, Certificate::from_der(certificate.der().to_vec())))
}

#[cfg(test)]
mod tests;
