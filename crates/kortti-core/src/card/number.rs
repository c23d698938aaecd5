use minicbor::{Decode, Encode};

/// What may be shown of a card number: its first eight and last four digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct MaskedNumber {
    /// The first eight digits as a number.
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
    /// `123456______4285`: one underscore for each hidden digit.
    #[must_use]
    pub fn text(self, mask: NumberMask) -> String {
        // Numbers shorter than fifteen digits would be half open with eight shown.
        let shown = if mask == NumberMask::Eight && self.digits >= 15 { 8 } else { 6 };
        let first = format!("{:08}", self.first);
        let front: String = first.chars().take(shown).collect();
        let hidden = usize::from(self.digits).saturating_sub(shown + 4);
        format!("{front}{}{:04}", "_".repeat(hidden), self.last)
    }
}
