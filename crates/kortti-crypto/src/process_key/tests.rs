use webpki::EndEntityCert;

use super::*;
use crate::MasterKey;

fn public_key(key: &ProcessKey) -> Vec<u8> {
    let der = key.certificate().into();
    EndEntityCert::try_from(&der).unwrap().subject_public_key_info().as_ref().to_vec()
}

#[test]
fn processes_with_the_same_master_key_have_the_same_key_and_no_others_do() {
    let master = |digit: &str| MasterKey::from_hex(&digit.repeat(64)).unwrap().process_key().unwrap();
    let (one, same, other) = (master("1"), master("1"), master("2"));
    assert_eq!(one.expose(), same.expose());
    assert_eq!(public_key(&one), public_key(&same));
    assert_ne!(public_key(&one), public_key(&other));
}

#[test]
fn key_does_not_show_the_master_key() {
    let seed = seed(&[0x11; SEED_LEN]).unwrap();
    let key = ProcessKey::of(&seed).unwrap();
    assert!(!key.expose().windows(8).any(|part| part == [0x11; 8]));
    // RFC 5869 with SHA-256, no salt and these words, computed apart.
    assert_eq!(seed[..4], [0x54, 0xb7, 0x17, 0x61]);
}
