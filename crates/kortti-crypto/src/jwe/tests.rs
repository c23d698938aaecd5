use std::sync::OnceLock;

use aws_lc_rs::rsa::OAEP_SHA1_MGF1SHA1;
use proptest::prelude::*;

use super::*;
use crate::keyring::KeyRing;
use crate::testing::{FOREIGN_CERTIFICATE, own_certificate, ring};

const DIGITS: &str = "4242424242424242";

/// Made with `jwcrypto` 1.6 for the foreign certificate.
const FOREIGN_TOKEN: &str = include_str!("foreign/token.txt");

fn shared_ring() -> &'static KeyRing {
    static RING: OnceLock<KeyRing> = OnceLock::new();
    RING.get_or_init(ring)
}

fn opens(token: &str) -> bool {
    match shared_ring().open_card_number(token) {
        Ok(pan) => pan.expose() == DIGITS,
        Err(JweError) => false,
    }
}

fn token() -> String {
    encrypt_card_number(own_certificate().der(), DIGITS).unwrap()
}

fn with_header(header: &str) -> String {
    let header = header.replace("THUMBPRINT", own_certificate().x5t_s256());
    encrypt(&own_certificate(), &header, br#"{"cardNumber":"4242424242424242"}"#).unwrap()
}

fn with_payload(payload: &[u8]) -> String {
    let thumbprint = own_certificate().x5t_s256().to_owned();
    let header = format!(r#"{{"alg":"RSA-OAEP-256","enc":"A256GCM","x5t#S256":"{thumbprint}"}}"#);
    encrypt(&own_certificate(), &header, payload).unwrap()
}

/// The token with its part of this number (0 to 4) replaced.
fn with_part(token: &str, number: usize, part: &str) -> String {
    let mut parts: Vec<&str> = token.split('.').collect();
    parts[number] = part;
    parts.join(".")
}

#[test]
fn token_of_another_implementation_opens() {
    assert!(opens(FOREIGN_TOKEN.trim_end()));
}

/// RFC 7516, appendix A.1: its key encryption is one we refuse, its content encryption is ours.
#[test]
fn content_of_the_published_example_opens() {
    let content_key = [
        177, 161, 244, 128, 84, 143, 225, 115, 63, 180, 3, 255, 107, 154, 212, 246, 138, 7, 110, 91, 112, 46,
        34, 105, 47, 130, 203, 46, 122, 234, 64, 252,
    ];
    let content = "5eym8TW_c8SuK0ltJ3rpYIzOeDQz7TALvtu6UG9oMo4vpzs9tX_EFShS8iB7j6jiSdiwkIr3ajwQzaBtQD_A";
    let mut content = decode(content).unwrap();
    content.extend(decode("XFBoMYUZodetZdvTiFvSkQ").unwrap());
    let token = Token {
        protected: "eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ",
        thumbprint: String::new(),
        encrypted_key: Vec::new(),
        nonce: decode("48V1_ALb6US04U3b").unwrap().try_into().unwrap(),
        content,
    };
    let payload = token.open(&content_key).unwrap();
    assert_eq!(payload.as_slice(), b"The true sign of intelligence is not knowledge but imagination.");
}

#[test]
fn every_altered_character_is_refused() {
    let token = token();
    assert!(opens(&token));
    for position in 0..token.len() {
        let mut altered = token.clone().into_bytes();
        altered[position] = if altered[position] == b'A' { b'B' } else { b'A' };
        assert!(!opens(std::str::from_utf8(&altered).unwrap()), "character {position}");
    }
}

#[test]
fn every_shortened_token_is_refused() {
    let token = token();
    assert!((0..token.len()).all(|length| !opens(&token[..length])));
}

#[test]
fn token_has_exactly_five_parts() {
    let token = token();
    let four: Vec<&str> = token.split('.').take(4).collect();
    assert!(!opens(&four.join(".")));
    assert!(!opens(&format!("{token}.")));
    assert!(!opens(&format!("{token}.AAAA")));
    assert!(!opens(&format!(".{token}")));
    assert!(!opens("...."));
    assert!((0..5).all(|number| !opens(&with_part(&token, number, ""))));
}

#[test]
fn parts_of_another_token_are_refused() {
    let (token, other) = (token(), token());
    for (number, part) in other.split('.').enumerate().skip(1) {
        assert!(!opens(&with_part(&token, number, part)), "part {number}");
    }
}

#[test]
fn base64_is_strict() {
    let token = token();
    for (number, part) in token.split('.').enumerate() {
        for padding in ["=", "==", "\n", " ", "A"] {
            assert!(!opens(&with_part(&token, number, &format!("{part}{padding}"))), "part {number}");
        }
    }
    // Sixteen bytes leave four loose bits in the last of their characters: all but one setting is refused.
    let tag = token.rsplit('.').next().unwrap();
    let accepted = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        .iter()
        .filter(|&&last| opens(&with_part(&token, 4, &format!("{}{}", &tag[..21], char::from(last)))))
        .count();
    assert_eq!(accepted, 1);
}

#[test]
fn header_may_have_other_members_and_any_order() {
    for header in [
        r#"{"x5t#S256":"THUMBPRINT","enc":"A256GCM","alg":"RSA-OAEP-256"}"#,
        r#" { "alg" : "RSA-OAEP-256" , "enc" : "A256GCM" , "x5t#S256" : "THUMBPRINT" } "#,
        r#"{"typ":"JWE","cty":"json","kid":"1","n":{"zip":1},"alg":"RSA-OAEP-256","enc":"A256GCM","x5t#S256":"THUMBPRINT"}"#,
    ] {
        assert!(opens(&with_header(header)), "{header}");
    }
}

#[test]
fn header_of_any_other_kind_is_refused() {
    for header in [
        "",
        "{}",
        "null",
        r#"["RSA-OAEP-256","A256GCM","THUMBPRINT"]"#,
        // Other algorithms.
        r#"{"alg":"RSA-OAEP","enc":"A256GCM","x5t#S256":"THUMBPRINT"}"#,
        r#"{"alg":"RSA1_5","enc":"A256GCM","x5t#S256":"THUMBPRINT"}"#,
        r#"{"alg":"dir","enc":"A256GCM","x5t#S256":"THUMBPRINT"}"#,
        r#"{"alg":"none","enc":"A256GCM","x5t#S256":"THUMBPRINT"}"#,
        r#"{"alg":"rsa-oaep-256","enc":"A256GCM","x5t#S256":"THUMBPRINT"}"#,
        r#"{"alg":"RSA-OAEP-256","enc":"A128GCM","x5t#S256":"THUMBPRINT"}"#,
        r#"{"alg":"RSA-OAEP-256","enc":"A256CBC-HS512","x5t#S256":"THUMBPRINT"}"#,
        // Missing members, and members that are not texts.
        r#"{"enc":"A256GCM","x5t#S256":"THUMBPRINT"}"#,
        r#"{"alg":"RSA-OAEP-256","x5t#S256":"THUMBPRINT"}"#,
        r#"{"alg":"RSA-OAEP-256","enc":"A256GCM"}"#,
        r#"{"alg":["RSA-OAEP-256"],"enc":"A256GCM","x5t#S256":"THUMBPRINT"}"#,
        r#"{"alg":"RSA-OAEP-256","enc":"A256GCM","x5t#S256":null}"#,
        // Thumbprints of no certificate, or written otherwise.
        r#"{"alg":"RSA-OAEP-256","enc":"A256GCM","x5t#S256":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}"#,
        r#"{"alg":"RSA-OAEP-256","enc":"A256GCM","x5t#S256":"THUMBPRINT="}"#,
        r#"{"alg":"RSA-OAEP-256","enc":"A256GCM","x5t#S256":""}"#,
        // Members that change the meaning.
        r#"{"alg":"RSA-OAEP-256","enc":"A256GCM","x5t#S256":"THUMBPRINT","zip":"DEF"}"#,
        r#"{"alg":"RSA-OAEP-256","enc":"A256GCM","x5t#S256":"THUMBPRINT","\u007aip":"DEF"}"#,
        r#"{"alg":"RSA-OAEP-256","enc":"A256GCM","x5t#S256":"THUMBPRINT","crit":["exp"]}"#,
        r#"{"alg":"RSA-OAEP-256","enc":"A256GCM","x5t#S256":"THUMBPRINT","crit":null}"#,
        // Repeated members.
        r#"{"alg":"RSA-OAEP-256","alg":"RSA-OAEP-256","enc":"A256GCM","x5t#S256":"THUMBPRINT"}"#,
        r#"{"alg":"RSA-OAEP-256","a\u006cg":"dir","enc":"A256GCM","x5t#S256":"THUMBPRINT"}"#,
        r#"{"kid":"1","kid":"1","alg":"RSA-OAEP-256","enc":"A256GCM","x5t#S256":"THUMBPRINT"}"#,
        // More than one value.
        r#"{"alg":"RSA-OAEP-256","enc":"A256GCM","x5t#S256":"THUMBPRINT"}{}"#,
        r#"{"alg":"RSA-OAEP-256","enc":"A256GCM","x5t#S256":"THUMBPRINT""#,
    ] {
        assert!(!opens(&with_header(header)), "{header}");
    }
}

#[test]
fn header_that_names_another_live_certificate_is_refused() {
    let foreign = Certificate::from_der(FOREIGN_CERTIFICATE.to_vec());
    let header = format!(r#"{{"alg":"RSA-OAEP-256","enc":"A256GCM","x5t#S256":"{}"}}"#, foreign.x5t_s256());
    let token = encrypt(&own_certificate(), &header, br#"{"cardNumber":"4242424242424242"}"#).unwrap();
    assert!(!opens(&token));
}

#[test]
fn payload_may_have_other_members() {
    assert!(opens(&with_payload(br#" { "cardNumber" : "4242424242424242" , "note" : [1, {"a": null}] } "#)));
}

#[test]
fn payload_of_any_other_kind_is_refused() {
    let payloads: [&[u8]; 12] = [
        b"",
        b"4242424242424242",
        br#""4242424242424242""#,
        br#"["4242424242424242"]"#,
        br#"{"cardNumber":4242424242424242}"#,
        br#"{"cardnumber":"4242424242424242"}"#,
        br#"{"cardNumber":"4242424242424241"}"#,
        br#"{"cardNumber":"4242 4242 4242 4242"}"#,
        br#"{"cardNumber":"4242424242424242","cardNumber":"4242424242424242"}"#,
        br#"{"note":1,"note":2,"cardNumber":"4242424242424242"}"#,
        br#"{"cardNumber":"4242424242424242"}{}"#,
        b"{\"cardNumber\":\"4242424242424242\",\"note\":\"\xFF\"}",
    ];
    for payload in payloads {
        assert!(!opens(&with_payload(payload)), "{}", String::from_utf8_lossy(payload));
    }
    let deep = format!(r#"{{"note":{}"#, "[".repeat(1000));
    assert!(!opens(&with_payload(deep.as_bytes())));
}

#[test]
fn payload_has_at_most_one_kibibyte() {
    let padded = |length: usize| format!(r#"{{"cardNumber":"{DIGITS}"}}{}"#, " ".repeat(length - 33));
    assert!(opens(&with_payload(padded(1024).as_bytes())));
    assert!(!opens(&with_payload(padded(1025).as_bytes())));
}

#[test]
fn token_has_at_most_eight_kibibytes() {
    // Three bytes of header are four characters of the token.
    let padded = |spaces: usize| {
        let header = format!(
            r#"{{"alg":"RSA-OAEP-256","enc":"A256GCM","x5t#S256":"THUMBPRINT"}}{}"#,
            " ".repeat(spaces)
        );
        with_header(&header)
    };
    let spaces = (MAX_TOKEN_LEN - padded(0).len()) / 4 * 3;
    let longest = padded(spaces);
    assert!(longest.len() <= MAX_TOKEN_LEN && longest.len() > MAX_TOKEN_LEN - 4);
    assert!(opens(&longest));
    assert!(!opens(&padded(spaces + 3)));
}

/// The token's content stays what it is; only its key is encrypted in another way.
#[test]
fn content_key_is_32_bytes_under_oaep_with_sha256() {
    let certificate = own_certificate();
    let recipient = OaepPublicEncryptingKey::new(certificate.public_key().unwrap()).unwrap();
    let content_key = [7; CONTENT_KEY_LEN];
    let longer = [7; CONTENT_KEY_LEN + 1];
    let sealed_under_it = {
        let token = token();
        let mut content = format!(r#"{{"cardNumber":"{DIGITS}"}}"#).into_bytes();
        let protected = token.split('.').next().unwrap();
        let tag = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &content_key).unwrap())
            .seal_in_place_separate_tag(
                Nonce::from(&[0; NONCE_LEN]),
                Aad::from(protected.as_bytes()),
                &mut content,
            )
            .unwrap();
        let token = with_part(&token, 2, &URL_SAFE_NO_PAD.encode([0; NONCE_LEN]));
        let token = with_part(&token, 3, &URL_SAFE_NO_PAD.encode(&content));
        with_part(&token, 4, &URL_SAFE_NO_PAD.encode(tag.as_ref()))
    };
    let keyed = |algorithm, key: &[u8]| {
        let mut encrypted = vec![0; recipient.ciphertext_size()];
        recipient.encrypt(algorithm, key, &mut encrypted, None).unwrap();
        with_part(&sealed_under_it, 1, &URL_SAFE_NO_PAD.encode(encrypted))
    };
    assert!(opens(&keyed(&OAEP_SHA256_MGF1SHA256, &content_key)));
    assert!(!opens(&keyed(&OAEP_SHA256_MGF1SHA256, &longer)));
    assert!(!opens(&keyed(&OAEP_SHA256_MGF1SHA256, &content_key[..31])));
    assert!(!opens(&keyed(&OAEP_SHA256_MGF1SHA256, &[])));
    assert!(!opens(&keyed(&OAEP_SHA1_MGF1SHA1, &content_key)));
}

#[test]
fn encrypting_to_no_certificate_is_refused() {
    assert_eq!(encrypt_card_number(b"", DIGITS).unwrap_err(), JweError);
    assert_eq!(encrypt_card_number(b"-----BEGIN CERTIFICATE-----", DIGITS).unwrap_err(), JweError);
}

#[test]
fn error_says_nothing() {
    assert_eq!(JweError.to_string(), "the encrypted card number cannot be opened");
    assert_eq!(format!("{JweError:?}"), "JweError");
}

proptest! {
    #[test]
    fn opening_any_text_is_an_error(text in any::<String>()) {
        prop_assert!(shared_ring().open_card_number(&text).is_err());
    }

    #[test]
    fn opening_any_five_parts_is_an_error(parts in prop::collection::vec("[A-Za-z0-9_=-]{0,400}", 4..=6)) {
        prop_assert!(shared_ring().open_card_number(&parts.join(".")).is_err());
    }

    #[test]
    fn any_header_and_payload_are_read_without_panic(header in ".{0,200}", payload in any::<Vec<u8>>()) {
        let token = encrypt(&own_certificate(), &header, &payload).unwrap();
        prop_assert!(shared_ring().open_card_number(&token).is_err());
        prop_assert!(read_payload(&payload).is_none());
    }

    #[test]
    fn mutated_token_is_an_error(
        at in any::<prop::sample::Index>(),
        removed in 0_usize..4,
        inserted in "[A-Za-z0-9_.=é-]{0,4}",
    ) {
        static TOKEN: OnceLock<String> = OnceLock::new();
        let token = TOKEN.get_or_init(token);
        let at = at.index(token.len());
        let end = (at + removed).min(token.len());
        let mutated = format!("{}{inserted}{}", &token[..at], &token[end..]);
        prop_assert_eq!(opens(&mutated), &mutated == token);
    }

    #[test]
    fn every_card_number_goes_through_unchanged(length in 12_usize..=19) {
        let pan = Pan::generate("", length).unwrap();
        let token = encrypt_card_number(own_certificate().der(), pan.expose()).unwrap();
        let opened = shared_ring().open_card_number(&token).unwrap();
        prop_assert_eq!(opened.expose(), pan.expose());
    }
}
