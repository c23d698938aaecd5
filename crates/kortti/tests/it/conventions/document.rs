//! The server's OpenAPI document, taken apart into operations that can be called.

use serde_json::{Map, Value, json};

use crate::{
    http::{Api, Reply, audited},
    support::{CUSTOMER, PREPAID, VISA, card, issue},
};

/// The id of the first card that a sandbox issues.
const FIRST_CARD: &str = "3001";

/// Things of the sandbox that path parameters can name.
pub struct Named {
    pub card: String,
    pub reference: String,
    pub authorization: String,
}

impl Named {
    /// Issues the card that will be named, and uses it.
    pub fn new(api: &Api) -> Self {
        let id = issue(api, VISA, &json!({}));
        let reference = card(api, &id)["referenceNumber"].as_str().unwrap().to_owned();
        let request = json!({
            "messageId": "named", "cardId": id, "transactionType": "RETAIL", "cardEntryMode": "CHIP_READ",
            "transactionAmount": { "amount": 1, "currency": "EUR" }, "merchant": { "country": "FIN", "mcc": "5411" },
        });
        let decision = api.post("/kortti/v1/authorizations", &request).expect(200).json();
        let authorization = decision["authorizationId"].as_str().unwrap().to_owned();
        Self { card: id, reference, authorization }
    }

    fn value(&self, path: &str, name: &str) -> &str {
        match name {
            "customerId" => CUSTOMER,
            "accountId" => PREPAID,
            "cardRole" => "MAIN",
            "refNumber" => &self.reference,
            "customerNumber" => "SANDBOX-1001",
            "accountNumber" => "SANDBOX-2001",
            "cardId" => &self.card,
            "id" if path.starts_with("/card/") => &self.card,
            "id" if path.starts_with("/transaction/") => &self.authorization,
            "id" if path.starts_with("/customer/") => CUSTOMER,
            "id" if path.starts_with("/account/") => PREPAID,
            "id" if path.starts_with("/kortti/v1/authorizations/") => &self.authorization,
            _ => panic!("what is {name} in {path}?"),
        }
    }
}

/// An operation of the document.
pub struct Operation {
    pub method: String,
    pub path: String,
    pub description: Value,
    document: Value,
}

/// Every operation of the document.
pub fn operations(api: &Api) -> Vec<Operation> {
    let document = api.without_credentials().get("/openapi.json").expect(200).json();
    let of_path = |(path, methods): (&String, &Value)| -> Vec<Operation> {
        let of_method = |(method, description): (&String, &Value)| Operation {
            method: method.to_uppercase(),
            path: path.clone(),
            description: description.clone(),
            document: document.clone(),
        };
        methods.as_object().unwrap().iter().map(of_method).collect()
    };
    let found: Vec<Operation> = document["paths"].as_object().unwrap().iter().flat_map(of_path).collect();
    assert!(found.len() >= 40, "only {} operations", found.len());
    found
}

impl Operation {
    pub fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    pub fn is_public(&self) -> bool {
        self.description["security"] == json!([])
    }

    /// Deletes everything; a test that goes through all operations leaves this one out.
    pub fn starts_over(&self) -> bool {
        self.method == "DELETE"
    }

    pub fn scope(&self) -> &str {
        self.description["x-scope"].as_str().unwrap_or_else(|| panic!("{} has no scope", self.name()))
    }

    pub fn takes_body(&self) -> bool {
        self.description.get("requestBody").is_some()
    }

    pub fn has_parameter(&self, place: &str, name: &str) -> bool {
        let parameters = self.description["parameters"].as_array().unwrap();
        parameters.iter().any(|parameter| parameter["in"] == place && parameter["name"] == name)
    }

    /// Whether a parameter must be given.
    pub fn requires_parameter(&self, name: &str) -> bool {
        let parameters = self.description["parameters"].as_array().unwrap();
        parameters.iter().any(|parameter| parameter["name"] == name && parameter["required"] == true)
    }

    /// The names of the parameters in the path.
    pub fn path_parameters(&self) -> Vec<&str> {
        self.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect()
    }

    /// The path with its parameters filled in.
    pub fn target(&self, named: &Named) -> String {
        self.target_with(named, "", "")
    }

    /// The same with one parameter filled in differently.
    pub fn target_with(&self, named: &Named, odd: &str, value: &str) -> String {
        let fill = |path: String, name: &str| {
            let value = if name == odd { value } else { named.value(&self.path, name) };
            path.replace(&format!("{{{name}}}"), value)
        };
        self.path_parameters().into_iter().fold(self.path.clone(), fill)
    }

    /// Calls it, with a body that fits if it takes one.
    #[track_caller]
    pub fn call(&self, api: &Api, named: &Named) -> Reply {
        self.call_at(api, &audited(&self.target(named)))
    }

    /// The same with another target.
    #[track_caller]
    pub fn call_at(&self, api: &Api, target: &str) -> Reply {
        if self.takes_body() {
            api.send_json(&self.method, target, &[], &self.sample())
        } else {
            api.send(&self.method, target, &[], None)
        }
    }

    /// The schema of the body.
    pub fn body_schema(&self) -> Map<String, Value> {
        self.resolve(&self.description["requestBody"]["content"]["application/json"]["schema"])
    }

    /// A body with the required members only.
    pub fn sample(&self) -> Value {
        if self.path == "/sandbox/v1/clock/advance" {
            return json!({ "seconds": 0 });
        }
        let mut sample = self.sample_of(&Value::Object(self.body_schema()));
        if self.path == "/kortti/v1/authorizations" {
            // One of two members has to name a card, which no schema says.
            sample["cardId"] = FIRST_CARD.into();
        }
        sample
    }

    fn sample_of(&self, schema: &Value) -> Value {
        let schema = self.resolve(schema);
        if let Some(first) = schema.get("enum").and_then(|values| values.get(0)) {
            return first.clone();
        }
        if let Some(example) = schema.get("example").or_else(|| schema.get("examples")?.get(0)) {
            return example.clone();
        }
        match schema["type"].as_str() {
            Some("object") => {
                let required = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
                let names = required.iter().map(|name| name.as_str().unwrap());
                names.map(|name| (name.to_owned(), self.sample_of(&schema["properties"][name]))).collect()
            }
            Some("integer" | "number") => json!(1),
            Some("boolean") => json!(true),
            Some("array") => json!([]),
            _ => json!("x"),
        }
    }

    /// The schema itself, where there is a reference to it.
    fn resolve(&self, schema: &Value) -> Map<String, Value> {
        let reference = schema.get("$ref").and_then(Value::as_str);
        let found = reference.map_or(schema, |reference| self.document.pointer(&reference[1..]).unwrap());
        found.as_object().unwrap().clone()
    }
}
