//! The API reference: one page for an OpenAPI document, complete without scripts, network or anything else.

mod example;
mod operation;
mod resolve;
mod schema;

use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde_json::Value;

use operation::Operation;
use resolve::{Document, text};

const STYLE: &str = include_str!("docs/style.css");

/// The page for an OpenAPI document. What the page does not know is left out.
#[must_use]
pub fn page(openapi: &Value) -> Markup {
    let document = Document(openapi);
    let title = text(&openapi["info"], "title").unwrap_or("API");
    let groups = groups(&Operation::all(document), openapi);
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " API reference" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#reference" { "Skip to the reference" }
                (navigation(title, &groups))
                main #reference {
                    (introduction(title, openapi))
                    @for (index, group) in groups.iter().enumerate() { (section(index, group)) }
                }
            }
        }
    }
}

/// Operations under one heading.
struct Group<'a> {
    name: &'a str,
    description: Option<&'a str>,
    operations: Vec<Operation<'a>>,
}

/// The operations by their first tag: declared tags in their order, then those that are only used.
fn groups<'a>(operations: &[Operation<'a>], openapi: &'a Value) -> Vec<Group<'a>> {
    let declared = openapi["tags"].as_array().into_iter().flatten();
    let mut groups: Vec<Group<'a>> = declared
        .filter_map(|tag| {
            let (name, description) = (text(tag, "name")?, text(tag, "description"));
            Some(Group { name, description, operations: Vec::new() })
        })
        .collect();
    for operation in operations {
        let name = operation.tag();
        if let Some(group) = groups.iter_mut().find(|group| group.name == name) {
            group.operations.push(*operation);
        } else {
            groups.push(Group { name, description: None, operations: vec![*operation] });
        }
    }
    groups.retain(|group| !group.operations.is_empty());
    groups
}

fn navigation(title: &str, groups: &[Group<'_>]) -> Markup {
    html! {
        nav aria-label="Operations" {
            p.brand { a href="#reference" { (title) } }
            @for (index, group) in groups.iter().enumerate() {
                details {
                    summary { (group.name) " " span.number { (group.operations.len()) } }
                    ul {
                        li { a.all href={ "#group-" (index) } { "All of " (group.name) } }
                        @for operation in &group.operations {
                            li { a href={ "#" (operation.anchor()) } { (operation.badge()) " " (operation.title()) } }
                        }
                    }
                }
            }
        }
    }
}

fn introduction(title: &str, openapi: &Value) -> Markup {
    let info = &openapi["info"];
    html! {
        header {
            h1 { (title) " " @if let Some(version) = text(info, "version") { span.version { (version) } } }
            @if let Some(description) = text(info, "description") { (prose(description)) }
            p.hint {
                "The same as a machine reads it: " a href="/openapi.json" { "openapi.json" }
                ". Members of a request that are " code { "null" } " count as left out, and unknown ones are ignored. \
                  The examples are for a sandbox on this machine; names in capitals are to be replaced."
            }
            @if let Some(error) = openapi.pointer("/components/schemas/errorResponse") {
                details.operation {
                    summary { "The shape of all errors" }
                    div.body { (schema::view(Document(openapi), error)) }
                }
            }
        }
    }
}

fn section(index: usize, group: &Group<'_>) -> Markup {
    html! {
        section id={ "group-" (index) } {
            h2 { (group.name) }
            @if let Some(description) = group.description { (prose(description)) }
            @for operation in &group.operations { (operation.view()) }
        }
    }
}

/// Text of several paragraphs, with `code` between backticks.
fn prose(text: &str) -> Markup {
    html! {
        @for paragraph in text.split("\n\n").filter(|paragraph| !paragraph.trim().is_empty()) {
            p { (inline(paragraph)) }
        }
    }
}

/// Text with `code` between backticks.
fn inline(text: &str) -> Markup {
    html! {
        @for (index, part) in text.split('`').enumerate() {
            @if index % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

#[cfg(test)]
mod tests;
