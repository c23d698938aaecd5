//! The query of a request, read strictly: what cannot be read or would be ambiguous is refused.

use std::{borrow::Cow, fmt, str::FromStr};

use percent_encoding::percent_decode_str;

use crate::{error_code::ErrorCode, problem::Problem};

/// The longest `auditUser`, in characters.
const AUDIT_USER_MAX: usize = 255;

/// How many parameters a query may have, known and unknown.
const PARAMETERS_MAX: usize = 64;

/// The parameters that operations know. Names that a caller made up are never repeated in an answer.
const KNOWN: [&str; 9] =
    ["auditUser", "page", "size", "after", "before", "limit", "fromDate", "toDate", "withoutAuthorizations"];

/// The parameters of a query. Unknown ones are ignored.
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Reads a query. No parameter may occur twice, because nobody could say which one counts.
    ///
    /// # Errors
    /// 400 naming the parameter.
    pub fn parse(query: Option<&str>) -> Result<Self, Problem> {
        let mut parameters: Vec<(String, String)> = Vec::new();
        for pair in query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = decode(name).ok_or_else(|| problem("query", "is not UTF-8"))?;
            let known = KNOWN.into_iter().find(|known| *known == name).unwrap_or("query");
            let value = decode(value).ok_or_else(|| problem(known, "is not UTF-8"))?;
            if parameters.len() == PARAMETERS_MAX {
                return Err(problem("query", "has too many parameters"));
            }
            if parameters.iter().any(|(other, _)| *other == name) {
                return Err(problem(known, "occurs more than once"));
            }
            parameters.push((name, value));
        }
        Ok(Self(parameters))
    }

    /// The person or system in whose name the request is made.
    ///
    /// # Errors
    /// 400 when it is missing or cannot stand in the journal.
    pub fn audit_user(&self) -> Result<Box<str>, Problem> {
        let user = self.text("auditUser").ok_or_else(|| problem("auditUser", "is required"))?;
        if user.trim().is_empty()
            || user.chars().count() > AUDIT_USER_MAX
            || user.chars().any(char::is_control)
        {
            return Err(problem("auditUser", "must have 1 to 255 printable characters"));
        }
        Ok(user.into())
    }

    /// A parameter as it stands.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// A parameter that is a whole number between `min` and `max`; `default` when absent.
    ///
    /// # Errors
    /// 400 naming it.
    pub fn number<T>(&self, name: &str, default: T, min: T, max: T) -> Result<T, Problem>
    where
        T: FromStr + PartialOrd + fmt::Display,
    {
        let Some(text) = self.text(name) else { return Ok(default) };
        let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let number =
            plain.then(|| text.parse().ok()).flatten().filter(|number| (&min..=&max).contains(&number));
        number.ok_or_else(|| problem(name, &format!("must be a whole number from {min} to {max}")))
    }

    /// A parameter that is `true` or `false`; false when absent.
    ///
    /// # Errors
    /// 400 naming it.
    pub fn flag(&self, name: &str) -> Result<bool, Problem> {
        match self.text(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(problem(name, "must be true or false")),
        }
    }
}

fn decode(text: &str) -> Option<String> {
    if !text.contains(['+', '%']) {
        return Some(text.to_owned());
    }
    let text = text.replace('+', " ");
    percent_decode_str(&text).decode_utf8().ok().map(Cow::into_owned)
}

fn problem(name: &str, reason: &str) -> Problem {
    Problem::field(ErrorCode::QueryInvalid, name, reason)
}
