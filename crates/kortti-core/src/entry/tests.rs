mod golden;
mod samples;

use proptest::prelude::*;
use samples::{changes, entry, events};

use super::*;

#[test]
fn every_kind_of_event_comes_back_as_it_was() {
    for event in events().into_iter().chain(changes()) {
        let entry = entry(event);
        assert_eq!(Entry::decode(&entry.encode()).unwrap(), entry);
    }
}

#[test]
fn entry_without_optional_members_comes_back_as_it_was() {
    let entry = Entry { origin: Origin::system("card expiry"), ..entry(events().remove(0)) };
    assert_eq!(Entry::decode(&entry.encode()).unwrap(), entry);
}

#[test]
fn unknown_version_is_refused() {
    for version in [0, 2, 255] {
        let entry = Entry { version, ..entry(events().remove(0)) };
        assert!(Entry::decode(&entry.encode()).is_err());
    }
}

#[test]
fn entry_cut_short_is_refused() {
    for event in events() {
        let bytes = entry(event).encode();
        for length in 0..bytes.len() {
            assert!(Entry::decode(&bytes[..length]).is_err(), "{length} of {} bytes", bytes.len());
        }
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = Entry::decode(&bytes);
    }

    /// Damage deep inside an entry reaches decoders that arbitrary bytes seldom do.
    #[test]
    fn damaged_entries_never_panic(
        kind in 0..11_usize,
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = entry(events().swap_remove(kind)).encode();
        for (place, value) in damage {
            let place = place.index(bytes.len());
            bytes[place] = value;
        }
        if let Ok(decoded) = Entry::decode(&bytes) {
            prop_assert_eq!(decoded.version, VERSION);
        }
    }
}
