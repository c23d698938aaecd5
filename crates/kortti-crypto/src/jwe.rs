//! Card numbers encrypted by callers: compact JWE (RFC 7516), of which exactly one kind is spoken.
//!
//! There is no negotiation. Algorithms are compared with constants, the certificate's thumbprint selects the
//! key, and every failure is the same [`JweError`], so that nobody can learn anything by asking again.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rsa::{
    OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey, OaepPublicEncryptingKey, PrivateDecryptingKey,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use crate::certificate::Certificate;
use crate::pan::Pan;
use crate::random;

const ALGORITHM: &str = "RSA-OAEP-256";
const ENCRYPTION: &str = "A256GCM";
/// Header members that would change how the token is read; a token with one of them is refused.
const REFUSED: [&str; 2] = ["zip", "crit"];

const MAX_TOKEN_LEN: usize = 8 * 1024;
const MAX_PAYLOAD_LEN: usize = 1024;
const CONTENT_KEY_LEN: usize = 32;
const NONCE_LEN: usize = 12;
const TAG_LEN: usize = 16;

/// The encrypted card number could not be opened. Why is not told, on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the encrypted card number cannot be opened")]
pub struct JweError;

/// A private key and the certificate callers use with it.
pub(crate) struct JweKey {
    private: OaepPrivateDecryptingKey,
    certificate: Certificate,
}

impl JweKey {
    /// Fails unless the certificate is for this private key (PKCS #8, DER).
    pub(crate) fn new(private_key: &[u8], certificate: Certificate) -> Option<Self> {
        let private = PrivateDecryptingKey::from_pkcs8(private_key).ok()?;
        let own: PublicKeyX509Der<'_> = private.public_key().as_der().ok()?;
        let certified: PublicKeyX509Der<'_> = certificate.public_key()?.as_der().ok()?;
        if own.as_ref() != certified.as_ref() {
            return None;
        }
        Some(Self { private: OaepPrivateDecryptingKey::new(private).ok()?, certificate })
    }

    pub(crate) fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// The token's content key. When RSA finds none, a random key stands in for it and the next step fails
    /// instead (RFC 7516, section 11.5): the two failures then look alike from outside.
    fn content_key(&self, encrypted: &[u8]) -> Zeroizing<[u8; CONTENT_KEY_LEN]> {
        let mut content_key = Zeroizing::new(random::bytes());
        let mut buffer = Zeroizing::new(vec![0; self.private.min_output_size()]);
        if let Ok(found) = self.private.decrypt(&OAEP_SHA256_MGF1SHA256, encrypted, &mut buffer, None)
            && found.len() == CONTENT_KEY_LEN
        {
            content_key.copy_from_slice(found);
        }
        content_key
    }
}

/// Opens a token with the key its header names.
pub(crate) fn open(keys: &[JweKey], compact: &str) -> Result<Pan, JweError> {
    let token = Token::read(compact).ok_or(JweError)?;
    let mut keys = keys.iter();
    let key = keys.find(|key| key.certificate.x5t_s256() == token.thumbprint).ok_or(JweError)?;
    let content_key = key.content_key(&token.encrypted_key);
    let payload = token.open(&content_key).ok_or(JweError)?;
    read_payload(&payload).ok_or(JweError)
}

/// Encrypts a card number as a caller does, to the certificate (DER) it was given. The digits are taken as they
/// are, unchecked. This is here for tests, benchmarks and example clients; the system itself only opens.
///
/// # Errors
/// [`JweError`] when the certificate is not one with an RSA key of at least 2048 bits.
pub fn encrypt_card_number(certificate_der: &[u8], digits: &str) -> Result<String, JweError> {
    let certificate = Certificate::from_der(certificate_der.to_vec());
    let thumbprint = certificate.x5t_s256();
    let header = format!(r#"{{"alg":"{ALGORITHM}","enc":"{ENCRYPTION}","x5t#S256":"{thumbprint}"}}"#);
    let payload = Zeroizing::new(format!(r#"{{"cardNumber":"{digits}"}}"#));
    encrypt(&certificate, &header, payload.as_bytes()).ok_or(JweError)
}

/// Any payload under any header, encrypted to the certificate.
fn encrypt(certificate: &Certificate, header: &str, payload: &[u8]) -> Option<String> {
    let content_key = Zeroizing::new(random::bytes::<CONTENT_KEY_LEN>());
    let recipient = OaepPublicEncryptingKey::new(certificate.public_key()?).ok()?;
    let mut encrypted_key = vec![0; recipient.ciphertext_size()];
    recipient.encrypt(&OAEP_SHA256_MGF1SHA256, content_key.as_slice(), &mut encrypted_key, None).ok()?;

    let protected = URL_SAFE_NO_PAD.encode(header);
    // The content key is used for this one token, so any nonce is a fresh one.
    let nonce = random::bytes::<NONCE_LEN>();
    let mut content = payload.to_vec();
    let tag = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, content_key.as_slice()).ok()?)
        .seal_in_place_separate_tag(Nonce::from(&nonce), Aad::from(protected.as_bytes()), &mut content)
        .ok()?;
    let [encrypted_key, nonce, content, tag] =
        [&encrypted_key, &nonce[..], &content, tag.as_ref()].map(|part| URL_SAFE_NO_PAD.encode(part));
    Some(format!("{protected}.{encrypted_key}.{nonce}.{content}.{tag}"))
}

/// A token whose form and header are right.
struct Token<'a> {
    /// The header as it was sent: it is authenticated in this form.
    protected: &'a str,
    thumbprint: String,
    encrypted_key: Vec<u8>,
    nonce: [u8; NONCE_LEN],
    /// Ciphertext and tag.
    content: Vec<u8>,
}

impl<'a> Token<'a> {
    fn read(compact: &'a str) -> Option<Self> {
        if compact.len() > MAX_TOKEN_LEN {
            return None;
        }
        let mut parts = compact.split('.');
        let mut part = || parts.next();
        let (protected, encrypted_key, nonce, content, tag) = (part()?, part()?, part()?, part()?, part()?);
        if part().is_some() {
            return None;
        }
        let mut content = decode(content)?;
        if content.len() > MAX_PAYLOAD_LEN {
            return None;
        }
        content.extend_from_slice(&<[u8; TAG_LEN]>::try_from(decode(tag)?).ok()?);
        Some(Self {
            protected,
            thumbprint: read_header(&decode(protected)?)?,
            encrypted_key: decode(encrypted_key)?,
            nonce: decode(nonce)?.try_into().ok()?,
            content,
        })
    }

    fn open(&self, content_key: &[u8; CONTENT_KEY_LEN]) -> Option<Zeroizing<Vec<u8>>> {
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, content_key).ok()?);
        let mut payload = Zeroizing::new(self.content.clone());
        let protected = Aad::from(self.protected.as_bytes());
        let length = key.open_in_place(Nonce::from(&self.nonce), protected, &mut payload).ok()?.len();
        payload.truncate(length);
        Some(payload)
    }
}

/// Base64url without padding, line breaks or loose bits: one text for one value.
fn decode(part: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(part).ok()
}

/// Checks a header and returns the thumbprint in it.
fn read_header(header: &[u8]) -> Option<String> {
    let header: Members<'_> = serde_json::from_slice(header).ok()?;
    if REFUSED.iter().any(|name| header.0.contains_key(*name)) {
        return None;
    }
    let is_ours = header.text("alg") == Some(ALGORITHM) && header.text("enc") == Some(ENCRYPTION);
    is_ours.then(|| header.text("x5t#S256").map(str::to_owned)).flatten()
}

fn read_payload(payload: &[u8]) -> Option<Pan> {
    let payload: Members<'_> = serde_json::from_slice(payload).ok()?;
    Pan::parse(payload.text("cardNumber")?).ok()
}

/// A JSON object that names no member twice, each value still as it was written. Two readers of an object with a
/// repeated name may see different things.
struct Members<'a>(BTreeMap<String, &'a RawValue>);

impl<'a> Members<'a> {
    /// The member's value, if it is a string written without escapes, which none of ours needs. It borrows, so
    /// that no copy of a card number is made.
    fn text(&self, name: &str) -> Option<&'a str> {
        serde_json::from_str(self.0.get(name)?.get()).ok()
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor).map(Members)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = BTreeMap<String, &'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = BTreeMap::new();
        while let Some((name, value)) = map.next_entry::<String, &'de RawValue>()? {
            match members.entry(name) {
                Entry::Vacant(entry) => entry.insert(value),
                Entry::Occupied(_) => return Err(A::Error::custom("a member is repeated")),
            };
        }
        Ok(members)
    }
}

#[cfg(test)]
mod tests;
