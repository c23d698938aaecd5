use super::*;
use crate::testing::{FOREIGN_CERTIFICATE, own_certificate};

fn contains(der: &[u8], text: &str) -> bool {
    der.windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn certificate_names_its_day_and_is_valid_from_the_day_before_for_two_years() {
    let certificate = own_certificate();
    assert!(contains(certificate.der(), "kortti-jwe-2026-11-22"));
    assert!(contains(certificate.der(), "261121100000Z"));
    assert!(contains(certificate.der(), "281120100000Z"));
}

#[test]
fn certificate_is_for_an_rsa_key_of_2048_bits() {
    assert_eq!(own_certificate().public_key().unwrap().key_size_bits(), 2048);
}

/// `openssl x509 -fingerprint -sha256` of the foreign certificate, as base64url.
#[test]
fn thumbprint_is_the_sha256_of_the_der() {
    let certificate = Certificate::from_der(FOREIGN_CERTIFICATE.to_vec());
    assert_eq!(certificate.x5t_s256(), "5as-DaaoyZ5dYv4F1Hn2WD9RgWqnPKa0dynXTlnfh7U");
}

#[test]
fn pem_holds_the_der_in_lines_of_64() {
    let certificate = own_certificate();
    let pem = certificate.pem();
    let mut lines: Vec<&str> = pem.lines().collect();
    assert_eq!(lines.remove(0), "-----BEGIN CERTIFICATE-----");
    assert_eq!(lines.pop(), Some("-----END CERTIFICATE-----"));
    assert!(lines[..lines.len() - 1].iter().all(|line| line.len() == 64));
    assert_eq!(STANDARD.decode(lines.concat()).unwrap(), certificate.der());
    assert!(pem.ends_with('\n'));
}

#[test]
fn bytes_that_are_no_certificate_have_no_key() {
    let der = own_certificate().der().to_vec();
    assert!(Certificate::from_der(Vec::new()).public_key().is_none());
    assert!(Certificate::from_der(der[..der.len() - 1].to_vec()).public_key().is_none());
    assert!(Certificate::from_der(b"-----BEGIN CERTIFICATE-----".to_vec()).public_key().is_none());
}

#[test]
fn time_x509_cannot_write_makes_no_certificate() {
    assert!(generate(-1).is_none());
    assert!(generate(i64::MIN).is_none());
    assert!(generate(i64::MAX).is_none());
    assert!(generate(LAST_MOMENT + 1).is_none());
}
