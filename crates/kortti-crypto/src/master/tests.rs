use std::fs::{self, Permissions};

use super::*;
use crate::testing::PLACE;

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// Whether two keys are the same, asked in the only way there is.
fn same(left: &MasterKey, right: &MasterKey) -> bool {
    right.unwrap(PLACE, &left.wrap(PLACE, b"probe").unwrap()).is_ok()
}

fn assert_holds_no_key(path: &Path) {
    let message = MasterKey::load(path).unwrap_err().to_string();
    assert_eq!(message, format!("master key file {}: a master key is 64 hexadecimal digits", path.display()));
}

#[test]
fn created_key_is_a_private_file_of_64_digits() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("master.key");
    MasterKey::create(&path).unwrap();
    let content = fs::read_to_string(&path).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o600);
    assert_eq!(content.len(), 65);
    assert!(content.ends_with('\n'));
    assert!(content.trim_end().bytes().all(|byte| byte.is_ascii_hexdigit()));
}

#[test]
fn loaded_key_is_the_created_one() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("master.key");
    let created = MasterKey::create(&path).unwrap();
    assert!(same(&created, &MasterKey::load(&path).unwrap()));
    assert!(same(&created, &MasterKey::load_or_create(&path).unwrap()));
}

#[test]
fn missing_key_is_created_once() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("master.key");
    assert!(matches!(MasterKey::load(&path), Err(MasterKeyError::File { .. })));
    let first = MasterKey::load_or_create(&path).unwrap();
    assert!(same(&first, &MasterKey::load_or_create(&path).unwrap()));
}

#[test]
fn existing_file_is_never_overwritten() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("master.key");
    fs::write(&path, "something else").unwrap();
    assert!(matches!(MasterKey::create(&path), Err(MasterKeyError::File { .. })));
    assert_eq!(fs::read_to_string(&path).unwrap(), "something else");
}

#[test]
fn file_open_to_others_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("master.key");
    MasterKey::create(&path).unwrap();
    for mode in [0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o644, 0o666] {
        set_mode(&path, mode);
        let error = MasterKey::load(&path).unwrap_err();
        assert!(matches!(&error, MasterKeyError::Mode { mode: found, .. } if *found == mode));
        assert!(error.to_string().contains(&format!("mode {mode:04o}")));
        assert!(MasterKey::load_or_create(&path).is_err());
    }
    set_mode(&path, 0o400);
    assert!(MasterKey::load(&path).is_ok());
}

#[test]
fn file_with_anything_but_a_key_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("master.key");
    let key = "0123456789abcdef".repeat(4);
    let contents =
        [String::new(), key[1..].to_owned(), format!("{key}0"), format!(" {key}"), key.repeat(100)];
    for content in contents {
        fs::write(&path, content).unwrap();
        set_mode(&path, 0o600);
        assert_holds_no_key(&path);
    }
    fs::write(&path, [0xFF; 64]).unwrap();
    assert_holds_no_key(&path);
    fs::write(&path, format!("{key}\r\n")).unwrap();
    assert!(MasterKey::load(&path).is_ok());
}

#[test]
fn key_is_read_in_either_case_and_nothing_else() {
    let lower = MasterKey::from_hex(&"0a1b2c3d4e5f6789".repeat(4)).unwrap();
    let upper = MasterKey::from_hex(&"0A1B2C3D4E5F6789".repeat(4)).unwrap();
    assert!(same(&lower, &upper));
    assert!(!same(&lower, &MasterKey::from_hex(&"00".repeat(32)).unwrap()));
    for text in ["", "+f".repeat(32).as_str(), "0g".repeat(32).as_str(), "ä".repeat(32).as_str()] {
        assert!(matches!(MasterKey::from_hex(text), Err(MasterKeyError::Malformed)));
    }
}

#[test]
fn debug_prints_no_key() {
    assert_eq!(format!("{:?}", MasterKey::from_hex(&"5a".repeat(32)).unwrap()), "MasterKey(redacted)");
}
