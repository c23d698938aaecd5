use super::{money, request_of, user};

#[test]
fn an_entry_tells_which_request_it_is_for() {
    assert_eq!(request_of(&user(2, 917)), Some((2, 917)));
    for other in ["", "torture", "torture-1", "torture-x-1", "torture-1-2-late", "sandbox clock"] {
        assert_eq!(request_of(other), None, "{other}");
    }
}

#[test]
fn cents_are_written_as_they_are() {
    for (cents, text) in [(1, "0.01"), (10, "0.1"), (1999, "19.99"), (123_456, "1234.56"), (500, "5.0")] {
        assert_eq!(money(cents)["amount"].to_string(), text);
    }
}
