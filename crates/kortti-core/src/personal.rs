//! What is personal: kept encrypted under the customer's own key, in the store as in the journal.

use minicbor::{Decode, Encode};

use crate::{embossing::Embossing, id::CustomerId, reference::Country};

/// An encrypted record and how often it has changed.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub struct Sealed {
    /// 1 at first, one more with each change.
    #[n(0)]
    pub revision: u32,
    /// The ciphertext.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub bytes: Vec<u8>,
    /// Under whose key.
    #[n(2)]
    pub owner: CustomerId,
}

impl std::fmt::Debug for Sealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sealed(revision {}, {} bytes)", self.revision, self.bytes.len())
    }
}

/// A personal record as it is encrypted: together with what it was before, so that the journal can tell both.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Versioned<T> {
    /// What holds now.
    #[n(0)]
    pub current: T,
    /// What held until then; nothing at first.
    #[n(1)]
    pub previous: Option<T>,
}

/// The personal part of a card. Few cards have addresses of their own, and many of these are kept in memory.
#[derive(Clone, Debug, PartialEq, Eq, Default, Encode, Decode)]
pub struct CardPersonal {
    /// What stands on it.
    #[n(0)]
    pub embossing: Embossing,
    /// Where the plastic goes.
    #[n(1)]
    pub card_address: Option<Box<Address>>,
    /// Where the PIN goes.
    #[n(2)]
    pub pin_address: Option<Box<Address>>,
    /// Pairs the institution keeps with it.
    #[n(3)]
    pub additional_values: Option<Vec<AdditionalValue>>,
}

/// A pair of key and value that is stored and not interpreted.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct AdditionalValue {
    /// The key, if any was given.
    #[n(0)]
    pub key: Option<String>,
    /// The value, if any was given.
    #[n(1)]
    pub value: Option<String>,
}

/// A postal address.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Address {
    /// The lines; the first is always there.
    #[n(0)]
    pub lines: [Option<String>; 4],
    /// The city.
    #[n(1)]
    pub city: String,
    /// The country.
    #[n(2)]
    pub country: Country,
    /// The postal code.
    #[n(3)]
    pub zip_code: String,
    /// The region.
    #[n(4)]
    pub region: Option<String>,
}

/// A telephone number and the country it belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Phone {
    /// The country.
    #[n(0)]
    pub country: Option<Country>,
    /// The number.
    #[n(1)]
    pub number: String,
}

/// The personal part of a customer. Companies have a name, persons a first and a last one.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct CustomerPersonal {
    /// The language of letters and screens, such as `fi_FI`.
    #[n(0)]
    pub locale: String,
    /// The registration number.
    #[n(1)]
    pub reg_no: String,
    /// The address.
    #[n(2)]
    pub address: Address,
    /// A company's name.
    #[n(3)]
    pub name: Option<String>,
    /// A person's first name.
    #[n(4)]
    pub first_name: Option<String>,
    /// A person's middle name.
    #[n(5)]
    pub middle_name: Option<String>,
    /// A person's last name.
    #[n(6)]
    pub last_name: Option<String>,
    /// How to address a person.
    #[n(7)]
    pub salutation: Option<String>,
    /// A person's date of birth, `YYYY-MM-DD`.
    #[n(8)]
    pub date_of_birth: Option<String>,
    /// A person's date of death, `YYYY-MM-DD`.
    #[n(9)]
    pub deceased_date: Option<String>,
    /// A person's nationalities.
    #[n(10)]
    pub nationality: Option<Vec<Country>>,
    /// Electronic mail.
    #[n(11)]
    pub email: Option<String>,
    /// Telephone.
    #[n(12)]
    pub phone: Option<Phone>,
    /// Mobile telephone.
    #[n(13)]
    pub mobile: Option<Phone>,
    /// Who speaks for a company.
    #[n(14)]
    pub representative: Option<String>,
    /// Pairs the institution keeps with it.
    #[n(15)]
    pub additional_values: Option<Vec<AdditionalValue>>,
}

/// The personal part of an account.
#[derive(Clone, Debug, PartialEq, Eq, Default, Encode, Decode)]
pub struct AccountPersonal {
    /// What the holder calls it.
    #[n(0)]
    pub name: Option<String>,
    /// Where its letters go.
    #[n(1)]
    pub address: Option<Address>,
    /// Pairs the institution keeps with it.
    #[n(2)]
    pub additional_values: Option<Vec<AdditionalValue>>,
}
