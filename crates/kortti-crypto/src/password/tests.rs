use proptest::prelude::*;

use super::*;

#[test]
fn secret_fits_its_own_hash_only() {
    let hash = hash("correct horse").unwrap();
    assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    assert!(verify("correct horse", &hash));
    assert!(!verify("correct horse ", &hash));
    assert!(!verify("", &hash));
}

#[test]
fn same_secret_is_never_hashed_alike() {
    assert_ne!(hash("correct horse").unwrap(), hash("correct horse").unwrap());
}

/// The first by the reference implementation's command line through `argon2-cffi` 25, the second from the test
/// of the reference implementation itself.
#[test]
fn hashes_of_the_reference_implementation_fit() {
    let phc =
        "$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$rk2Mi3E4dgRMg0fHaYaptWVZRKqs//6b6k3/nntqGJk";
    assert!(verify("correct horse", phc));
    assert!(!verify("correct horsf", phc));
    let phc = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
    assert!(verify("password", phc));
}

#[test]
fn broken_hash_fits_nothing() {
    let good =
        "$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$rk2Mi3E4dgRMg0fHaYaptWVZRKqs//6b6k3/nntqGJk";
    for length in 0..good.len() - 1 {
        assert!(!verify("correct horse", &good[..length]));
    }
    for (from, to) in [
        ("argon2id", "argon2i"),
        ("argon2id", "scrypt"),
        ("v=19", "v=16"),
        ("v=19", "v=20"),
        ("m=19456", "m=19457"),
        ("m=19456", "m=0"),
        ("m=19456", "m=99999999999999999999"),
        ("t=2", "t=0"),
        ("p=1", "p=0"),
        ("p=1", "p=x"),
        ("MDEy", "!!!!"),
        ("$rk2M", "$rk2M="),
    ] {
        assert!(!verify("correct horse", &good.replacen(from, to, 1)), "{to}");
    }
}

/// The first of these would otherwise ask for four tebibytes, the second for hours.
#[test]
fn hash_that_asks_for_too_much_is_refused() {
    let good =
        "$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$rk2Mi3E4dgRMg0fHaYaptWVZRKqs//6b6k3/nntqGJk";
    assert!(!verify("correct horse", &good.replace("m=19456", "m=4294967295")));
    assert!(!verify("correct horse", &good.replace("t=2", "t=4294967295")));
    assert!(!verify("correct horse", &good.replace("p=1", "p=16777215")));
}

#[test]
fn dummy_hash_costs_the_same_and_fits_nothing() {
    let real = hash("x").unwrap();
    let (dummy_cost, real_cost) = (cost(dummy_hash()), cost(&real));
    assert_eq!(dummy_cost, real_cost);
    assert_eq!(dummy_hash().len(), real.len());
    assert!(PasswordHash::new(dummy_hash()).is_ok_and(|hash| is_bounded(&hash)));
    assert!(!verify("", dummy_hash()));
    assert!(!verify("x", dummy_hash()));
}

/// All of a PHC string before its salt.
fn cost(phc: &str) -> Vec<&str> {
    phc.split('$').take(4).collect()
}

proptest! {
    #[test]
    fn text_that_is_not_a_hash_never_fits(secret in any::<String>(), text in any::<String>()) {
        prop_assert!(!verify(&secret, &text));
    }
}
