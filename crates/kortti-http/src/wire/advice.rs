//! What was decided elsewhere, with the response code that was given there.

use kortti_core::transaction::Advice;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{FieldError, message_text::ResponseCodeText, schema::plain_optionals};

/// The response codes of ISO 8583 that approve; all others do not. In this order: approved; with identification; for a part;
/// for a very important person; with the third track to be updated; completed in part; no reason to decline; the purchase
/// without the cash back.
const APPROVING: [&str; 8] = ["00", "08", "10", "11", "16", "32", "85", "87"];

/// A decision that was made elsewhere in the issuer's name: it is recorded as it was.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "advice", transform = plain_optionals)]
pub struct AdviceBody {
    /// Whether it was approved.
    approved: bool,
    /// The response code that was given: 00, 08, 10, 11, 16, 32, 85 or 87 where it was approved, else another one.
    response_code: Option<ResponseCodeText>,
}

impl AdviceBody {
    /// What was decided.
    ///
    /// # Errors
    /// When the response code says otherwise.
    pub(super) fn into_core(self) -> Result<Advice, FieldError> {
        let response_code = self.response_code.map(ResponseCodeText::into_string);
        if let Some(code) = response_code.as_deref()
            && APPROVING.contains(&code) != self.approved
        {
            let (wanted, decided) = if self.approved { ("one", "approved") } else { ("none", "declined") };
            let problem = format!("must be {wanted} of {} where it was {decided}", APPROVING.join(", "));
            return Err(FieldError::new("advice.responseCode", problem));
        }
        Ok(Advice { approved: self.approved, response_code: response_code.map(Box::from) })
    }
}
