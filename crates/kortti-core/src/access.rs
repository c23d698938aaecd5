//! Who may call the API, and for what.

use minicbor::{Decode, Encode};

use crate::id::{ClientId, InstitutionId};

/// A program that may call the API. Its secret is not here.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Client {
    /// Its id.
    #[n(0)]
    pub id: ClientId,
    /// The tenant it acts for.
    #[n(1)]
    pub institution: InstitutionId,
    /// Its name, which is also the user name of its credentials.
    #[n(2)]
    pub name: Box<str>,
    /// What it may do.
    #[n(3)]
    pub scopes: Scopes,
    /// Whether its credentials have been withdrawn.
    #[n(4)]
    pub revoked: bool,
}

/// One right of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Scope {
    /// Read cards.
    CardsRead,
    /// Create and update cards.
    CardsWrite,
    /// Read customers.
    CustomersRead,
    /// Create and update customers.
    CustomersWrite,
    /// Read accounts.
    AccountsRead,
    /// Create and update accounts.
    AccountsWrite,
    /// Read the journal.
    EventsRead,
    /// Move the sandbox's clock and start it over.
    Sandbox,
    /// Have authorisations, reversals and clearings decided.
    AuthorisationsWrite,
    /// Read transactions and their explanations.
    TransactionsRead,
    /// Post loads and fees.
    TransactionsWrite,
}

impl Scope {
    /// All scopes.
    pub const ALL: [Self; 11] = [
        Self::CardsRead,
        Self::CardsWrite,
        Self::CustomersRead,
        Self::CustomersWrite,
        Self::AccountsRead,
        Self::AccountsWrite,
        Self::EventsRead,
        Self::Sandbox,
        Self::AuthorisationsWrite,
        Self::TransactionsRead,
        Self::TransactionsWrite,
    ];

    /// `cards:read`
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CardsRead => "cards:read",
            Self::CardsWrite => "cards:write",
            Self::CustomersRead => "customers:read",
            Self::CustomersWrite => "customers:write",
            Self::AccountsRead => "accounts:read",
            Self::AccountsWrite => "accounts:write",
            Self::EventsRead => "events:read",
            Self::Sandbox => "sandbox",
            Self::AuthorisationsWrite => "authorizations:write",
            Self::TransactionsRead => "transactions:read",
            Self::TransactionsWrite => "transactions:write",
        }
    }

    /// The scope of a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name() == name)
    }
}

/// The rights of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(transparent)]
pub struct Scopes(#[n(0)] u32);

impl Scopes {
    /// Every right.
    #[must_use]
    pub fn all() -> Self {
        Scope::ALL.into_iter().collect()
    }

    /// Whether `scope` is among them.
    #[must_use]
    pub const fn has(self, scope: Scope) -> bool {
        self.0 & (1 << scope as u8) != 0
    }

    /// The scopes one by one.
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.into_iter().filter(move |scope| self.has(*scope))
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<T: IntoIterator<Item = Scope>>(scopes: T) -> Self {
        Self(scopes.into_iter().fold(0, |set, scope| set | 1 << scope as u8))
    }
}
