//! Transactions: loads and fees, how they are read, and the simulator's ways in.

mod hostile;
mod lists;
mod money;
mod scheme;
mod simulator;

use serde_json::{Value, json};

use crate::{
    http::Api,
    support::{CUSTOMER, Server, issue, new_account},
};

/// A card on a prepaid account of its own.
pub struct Wallet {
    pub api: Api,
    pub account: String,
    pub card: String,
}

impl Wallet {
    /// A new one, without money.
    #[track_caller]
    pub fn new(server: &Server) -> Self {
        let api = server.client();
        let account = new_account(&api, CUSTOMER, &json!({}));
        let path = format!("/card/v4/VISA_VIRTUAL/customer/{CUSTOMER}/account/{account}/MAIN");
        let card = issue(&api, &path, &json!({}));
        Self { api, account, card }
    }

    /// A new one with so much money.
    #[track_caller]
    pub fn with(server: &Server, amount: u64) -> Self {
        let wallet = Self::new(server);
        wallet.load(amount);
        wallet
    }

    /// Loads the account.
    #[track_caller]
    pub fn load(&self, amount: u64) -> String {
        let body = json!({ "type": "DP", "amount": amount, "currency": "EUR" });
        self.api.post(&format!("/transaction/v3/account/{}", self.account), &body).id(201)
    }

    /// What is on the account, and what can be spent.
    #[track_caller]
    pub fn funds(&self) -> [Value; 2] {
        let account = self.api.get(&format!("/account/v4/{}", self.account)).expect(200).json();
        [account["balance"].clone(), account["available"].clone()]
    }

    #[track_caller]
    pub fn assert_funds(&self, balance: u64, available: u64) {
        assert_eq!(self.funds(), [json!(balance), json!(available)]);
    }

    /// Simulates an authorisation, with these members besides the usual ones, and returns its id.
    #[track_caller]
    pub fn authorise(&self, kind: &str, amount: u64, more: &Value) -> String {
        let path = format!("/transaction/test-api/authorization/card/{}", self.card);
        self.api.post(&path, &simulated(kind, amount, more)).id(201)
    }

    /// Simulates a financial transaction.
    #[track_caller]
    pub fn clear(&self, kind: &str, amount: u64, more: &Value) -> String {
        let path = format!("/transaction/test-api/card/{}", self.card);
        self.api.post(&path, &simulated(kind, amount, more)).id(201)
    }

    /// A transaction as it is read.
    #[track_caller]
    pub fn transaction(&self, id: &str) -> Value {
        self.api.get(&format!("/transaction/v3/{id}")).expect(200).json()
    }

    /// The ids of a list of the card's transactions.
    #[track_caller]
    pub fn ids(&self, query: &str) -> Vec<i64> {
        ids(&self.api.get(&format!("/transaction/v3/card/{}?{query}", self.card)).expect(200).json())
    }
}

pub fn ids(list: &Value) -> Vec<i64> {
    list.as_array().unwrap().iter().map(|transaction| transaction["id"].as_i64().unwrap()).collect()
}

/// A body of the simulator.
pub fn simulated(kind: &str, amount: u64, more: &Value) -> Value {
    let mut body = json!({
        "settlementAmount": amount,
        "sicCode": "5411",
        "transactionAmount": amount,
        "transactionCurrency": "EUR",
        "transactionCountry": "FIN",
        "transactionType": kind,
        "transactionCity": "Mariehamn",
        "transactionDetails": "Corner shop",
    });
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}
