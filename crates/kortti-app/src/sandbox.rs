//! The sandbox: fixtures to start with, a clock that can be moved, and a way to start over.

use std::{sync::Arc, time::Duration};

use kortti_core::{
    access::Scopes,
    card::AccountTemplate,
    customer::CustomerKind,
    decide::{OpenAccount, Refusal},
    id::{AccountId, CustomerId, InstitutionId},
    money::Decimal,
    personal::{AccountPersonal, Address, CustomerPersonal},
    product::Product,
    reference::{Country, Currency},
    time::Timestamp,
    view::View,
};
use kortti_ledger::ClockMove;

use crate::{App, AppError, Caller, NewCustomer, unsealed};

/// Name and secret of the sandbox's client.
pub const CREDENTIALS: (&str, &str) = ("sandbox", "sandbox");

/// How long to wait before a sandbox that could not be filled is filled again.
const BETWEEN_REFILLS: Duration = Duration::from_secs(1);

impl App {
    /// Whether the store is a sandbox's: everybody knows the secret of a client that may do everything.
    #[must_use]
    pub fn is_sandbox(&self) -> bool {
        self.ledger.state().client_by_name(CREDENTIALS.0).is_some()
    }

    /// Fills an empty store with the sandbox's fixtures: a client with all rights, the products, customer 1001, its prepaid
    /// account 2001 with a balance of 1000 EUR, its credit account 2002 with a limit of 5000 EUR, its debit account 2003.
    ///
    /// # Errors
    /// When nothing can be written.
    pub async fn fill_sandbox(&self, products: Vec<Product>) -> Result<(), AppError> {
        let caller = Caller::system(InstitutionId::DEFAULT, "sandbox");
        let (name, secret) = CREDENTIALS;
        // First of all, because this is what makes the store a sandbox's.
        if !self.is_sandbox() {
            unless_there(self.add_client(&caller, name, Scopes::all(), Some(secret)).await)?;
        }
        // The days of its accounts are those of its products.
        let zone = products.first().and_then(|product| Some(product.terms.as_ref()?.zone.clone()));
        self.define_products(products).await?;
        let (state, customer) = (self.ledger.state(), CustomerId(1001));
        if state.customer(customer).is_none() {
            unless_there(self.make_customer(&caller, fixture_customer()?).await)?;
        }
        // One by one, because an earlier start may have been interrupted between them.
        for template in [AccountTemplate::Prepaid, AccountTemplate::Credit, AccountTemplate::Debit] {
            let account = OpenAccount { zone: zone.clone(), ..fixture_account(customer, template)? };
            if state.account_by_number(caller.institution, &account.number).is_none() {
                unless_there(self.make_account(&caller, account, AccountPersonal::default()).await)?;
            }
        }
        Ok(())
    }

    /// Moves the clock; every job that falls due on the way runs first, in order. Returns the time then.
    ///
    /// # Errors
    /// When it would go backwards, or nothing can be written.
    pub async fn advance_clock(&self, caller: &Caller, by: ClockMove) -> Result<Timestamp, AppError> {
        let target = match by {
            ClockMove::By { ms } => self.ledger.clock().now().plus_ms(ms),
            ClockMove::To(to) => to,
        };
        if target > latest() {
            return Err(Refusal::ClockTooFar.into());
        }
        Ok(self.ledger.advance(by, caller.origin()).await?)
    }

    /// Deletes everything and fills the store anew. Once begun it comes to its end, even if nobody waits for it any more, and even
    /// if the store goes in between: a store half filled would let nobody in, who could try again.
    ///
    /// # Errors
    /// When nothing can be written. [`AppError::Unknown`] when all is deleted, and will be filled a little later.
    pub async fn start_over(self: &Arc<Self>, products: Vec<Product>) -> Result<(), AppError> {
        let app = Arc::clone(self);
        let refilled = tokio::spawn(async move {
            let closed = app.gate.write().await;
            app.ledger.wipe().await?;
            app.vault.clear();
            if app.refill(&products).await.is_ok() {
                return Ok(());
            }
            // Meanwhile everybody hears how things are.
            drop(closed);
            tokio::spawn(async move { app.refill_later(&products).await });
            Err(AppError::Unknown)
        });
        refilled.await.map_err(|_| AppError::Unavailable)?
    }

    /// Fills the store when it can be written again.
    async fn refill_later(&self, products: &[Product]) {
        loop {
            tokio::time::sleep(BETWEEN_REFILLS).await;
            let _closed = self.gate.write().await;
            match self.refill(products).await {
                Ok(()) => return tracing::info!("the sandbox is filled again"),
                Err(error) => tracing::warn!(%error, "the sandbox cannot be filled, which is tried again"),
            }
        }
    }

    async fn refill(&self, products: &[Product]) -> Result<(), AppError> {
        self.keys.open(&self.ledger).await?;
        self.fill_sandbox(products.to_vec()).await
    }
}

/// What another process that starts at the same time has made is there.
fn unless_there<T>(made: Result<T, AppError>) -> Result<(), AppError> {
    match made {
        Err(AppError::Refused(
            Refusal::ClientNameTaken | Refusal::CustomerNumberTaken | Refusal::AccountNumberTaken,
        )) => Ok(()),
        made => made.map(drop),
    }
}

/// The sandbox's clock goes no further: cards and certificates have no dates beyond it.
fn latest() -> Timestamp {
    Timestamp::parse("2190-01-01T00:00:00Z").unwrap_or(Timestamp::MAX)
}

pub(crate) fn fixture_customer() -> Result<NewCustomer, AppError> {
    let country = Country::parse("FIN").ok_or(AppError::Missing("a country"))?;
    let address = Address {
        lines: [Some("Mannerheimintie 1".into()), None, None, None],
        city: "Helsinki".into(),
        country,
        zip_code: "00100".into(),
        region: None,
    };
    let personal = CustomerPersonal {
        locale: "en_GB".into(),
        reg_no: "010190-000A".into(),
        address,
        name: None,
        first_name: Some("Testi".into()),
        middle_name: None,
        last_name: Some("Korttinen".into()),
        salutation: None,
        date_of_birth: Some("1990-01-01".into()),
        deceased_date: None,
        nationality: None,
        email: Some("testi.korttinen@example.com".into()),
        phone: None,
        mobile: None,
        representative: None,
        additional_values: None,
    };
    Ok(NewCustomer { kind: CustomerKind::Private, number: "SANDBOX-1001".into(), personal })
}

fn fixture_account(customer: CustomerId, template: AccountTemplate) -> Result<OpenAccount, AppError> {
    let (number, balance, credit_limit) = match template {
        AccountTemplate::Prepaid => ("SANDBOX-2001", 100_000, None),
        AccountTemplate::Credit => ("SANDBOX-2002", 0, Some(Decimal::whole(5000))),
        AccountTemplate::Debit => ("SANDBOX-2003", 100_000, None),
    };
    Ok(OpenAccount {
        id: AccountId(0),
        customer,
        template,
        number: number.into(),
        currency: Currency::parse("EUR").ok_or(AppError::Missing("a currency"))?,
        product: None,
        credit_limit,
        balance,
        segment: None,
        parent: None,
        zone: None,
        personal: unsealed(),
    })
}
