use super::*;
use crate::testing::hex;

/// FIPS 180-4, the one-block and the two-block example.
#[test]
fn sha256_agrees_with_the_published_examples() {
    let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    let two_blocks = "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1";
    assert_eq!(hex(&sha256(&[b"abc"])), abc);
    assert_eq!(hex(&sha256(&[b"abcdbcdecdefdefgefghfghighij", b"hijkijkljklmklmnlmnomnopnopq"])), two_blocks);
}

#[test]
fn parts_are_hashed_as_one_string() {
    assert_eq!(sha256(&[b"a", b"", b"bc"]), sha256(&[b"abc"]));
    assert_eq!(sha256(&[]), sha256(&[b""]));
}

#[test]
fn only_equal_bytes_are_equal() {
    assert!(constant_time_eq(b"same", b"same"));
    assert!(constant_time_eq(b"", b""));
    assert!(!constant_time_eq(b"same", b"sama"));
    assert!(!constant_time_eq(b"same", b"same "));
    assert!(!constant_time_eq(b"", b"x"));
}
