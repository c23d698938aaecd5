//! The API reference as one page without scripts.

use maud::{Markup, html};
use serde_json::Value;

/// The page for an OpenAPI document. What the page does not know is left out.
#[must_use]
pub fn page(openapi: &Value) -> Markup {
    html! { (openapi["info"]["title"].as_str().unwrap_or("API")) }
}
