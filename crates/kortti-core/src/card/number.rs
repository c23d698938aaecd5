use minicbor::{Decode, Encode};

/// So many digits a number needs for eight in front to be shown: of a shorter one too few would be left to guess.
const DIGITS_FOR_EIGHT: u8 = 16;

/// What may be shown and kept of a card number in clear: its first eight and last four digits, of shorter ones the first six.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct MaskedNumber {
    /// The first eight digits as a number, the last two of them 0 where only six may be shown.
    #[n(0)]
    pub first: u32,
    /// The last four digits as a number.
    #[n(1)]
    pub last: u16,
    /// How many digits the number has.
    #[n(2)]
    pub digits: u8,
}

/// How many leading digits are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum NumberMask {
    /// Six in front, four behind.
    #[default]
    Six,
    /// Eight in front, four behind.
    Eight,
}

impl MaskedNumber {
    /// What may be kept of a number with `digits` digits.
    #[must_use]
    pub const fn of(first_eight: u32, last_four: u16, digits: u8) -> Self {
        let hidden = if digits < DIGITS_FOR_EIGHT { first_eight % 100 } else { 0 };
        Self { first: first_eight - hidden, last: last_four, digits }
    }

    /// `123456______4285`: one underscore for each hidden digit.
    #[must_use]
    pub fn text(self, mask: NumberMask) -> String {
        let shown = if mask == NumberMask::Eight && self.digits >= DIGITS_FOR_EIGHT { 8 } else { 6 };
        let hidden = usize::from(self.digits).saturating_sub(shown + 4);
        // Every reading of a card comes through here, so the text is put together digit by digit.
        let mut text = String::with_capacity(shown + hidden + 4);
        text.extend((8 - shown..8).rev().map(|place| digit(self.first, place)));
        text.extend(std::iter::repeat_n('_', hidden));
        text.extend((0..4).rev().map(|place| digit(self.last.into(), place)));
        text
    }
}

/// The digit of a number at a place counted from its end.
fn digit(number: u32, place: usize) -> char {
    let place = u32::try_from(place).unwrap_or(0);
    char::from_digit(number / 10_u32.pow(place) % 10, 10).unwrap_or('0')
}
