//! One operation on the page.

use maud::{Markup, html};
use serde_json::Value;

use super::{
    example, inline, prose,
    resolve::{Document, text},
    schema,
};

const METHODS: [&str; 8] = ["get", "post", "put", "patch", "delete", "head", "options", "trace"];

/// An operation of the document.
#[derive(Clone, Copy)]
pub(super) struct Operation<'a> {
    pub(super) document: Document<'a>,
    pub(super) method: &'static str,
    pub(super) path: &'a str,
    path_item: &'a Value,
    value: &'a Value,
}

impl<'a> Operation<'a> {
    /// All operations, by path and method.
    pub(super) fn all(document: Document<'a>) -> Vec<Self> {
        let paths = document.0["paths"].as_object().into_iter().flatten();
        let operations = paths.flat_map(|(path, item)| {
            let path_item = document.resolve(item);
            METHODS.into_iter().filter_map(move |method| {
                let value = path_item.get(method).filter(|value| value.is_object())?;
                Some(Self { document, method, path, path_item, value })
            })
        });
        operations.collect()
    }

    pub(super) fn tag(self) -> &'a str {
        self.value["tags"][0].as_str().unwrap_or("Other")
    }

    pub(super) fn title(self) -> &'a str {
        text(self.value, "summary").unwrap_or(self.path)
    }

    /// The name of the operation's place on the page.
    pub(super) fn anchor(self) -> String {
        let name = text(self.value, "operationId")
            .map_or_else(|| format!("{}-{}", self.method, self.path), str::to_owned);
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect()
    }

    pub(super) fn badge(self) -> Markup {
        html! { span class={ "method " (self.method) } { (self.method.to_uppercase()) } }
    }

    /// The parameters of the path and of the operation, as they stand in the request.
    pub(super) fn parameters(self) -> impl Iterator<Item = &'a Value> {
        let lists = [&self.path_item["parameters"], &self.value["parameters"]];
        lists
            .into_iter()
            .filter_map(Value::as_array)
            .flatten()
            .map(move |parameter| self.document.resolve(parameter))
    }

    /// Media type and description of the request body.
    pub(super) fn body(self) -> Option<(&'a str, &'a Value)> {
        let body = self.document.resolve(self.value.get("requestBody")?);
        body["content"].as_object()?.iter().next().map(|(media_type, content)| (media_type.as_str(), content))
    }

    /// Whether the operation can be called without credentials.
    pub(super) fn is_public(self) -> bool {
        let security = self.value.get("security").or_else(|| self.document.0.get("security"));
        security.and_then(Value::as_array).is_none_or(Vec::is_empty)
    }

    /// The operation, closed until somebody opens it. Its place is inside, so that a link to it opens it.
    pub(super) fn view(self) -> Markup {
        html! {
            details.operation {
                summary {
                    (self.badge()) " " code.path { (self.path) } " "
                    @if self.value["deprecated"] == true { span.deprecated { "deprecated" } " " }
                    span.title { (self.title()) }
                }
                div.body id=(self.anchor()) {
                    @if let Some(description) = text(self.value, "description") { (prose(description)) }
                    @if let Some(scope) = text(self.value, "x-scope") { p { "Needs the scope " code { (scope) } "." } }
                    @if self.is_public() { p { "Needs no credentials." } }
                    (self.parameter_list())
                    (self.request())
                    (self.responses())
                    h3 { "Example" }
                    pre { code { (example::curl(self)) } }
                }
            }
        }
    }

    fn parameter_list(self) -> Markup {
        let parameters: Vec<&Value> = self.parameters().collect();
        html! {
            @if !parameters.is_empty() {
                h3 { "Parameters" }
                ul.members {
                    @for parameter in parameters {
                        @let flat = self.document.flatten(&parameter["schema"]);
                        li {
                            (schema::heading(text(parameter, "name").unwrap_or("?"), &flat, parameter["required"] == true))
                            " " span.place { "in " (text(parameter, "in").unwrap_or("the request")) }
                            @if let Some(description) = text(parameter, "description") { p { (inline(description)) } }
                            (schema::facts(&flat))
                        }
                    }
                }
            }
        }
    }

    fn request(self) -> Markup {
        html! {
            @if let Some((media_type, content)) = self.body() {
                h3 { "Request body " span.place { (media_type) } }
                (schema::view(self.document, &content["schema"]))
            }
        }
    }

    /// Successes with their shapes. Errors all have one shape, which stands in the introduction.
    fn responses(self) -> Markup {
        let responses = self.value["responses"].as_object().into_iter().flatten();
        html! {
            h3 { "Responses" }
            @for (status, response) in responses {
                @let response = self.document.resolve(response);
                @let content = response["content"].as_object().and_then(|content| content.iter().next());
                @match content.filter(|_| is_success(status)) {
                    Some((media_type, content)) => details.response {
                        summary { (status_line(status, response)) " " span.place { (media_type) } }
                        (schema::view(self.document, &content["schema"]))
                    },
                    None => p.response { (status_line(status, response)) },
                }
            }
        }
    }
}

fn is_success(status: &str) -> bool {
    status.starts_with('2')
}

fn status_line(status: &str, response: &Value) -> Markup {
    let class = if is_success(status) { "status good" } else { "status bad" };
    html! { span class=(class) { (status) } " " (inline(text(response, "description").unwrap_or(""))) }
}
