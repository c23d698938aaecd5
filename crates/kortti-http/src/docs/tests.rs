use serde_json::{Value, json};

use super::page;

fn sample() -> Value {
    json!({
        "openapi": "3.0.3",
        "info": {"title": "Kortti", "version": "9.8.7", "description": "First `code`.\n\nSecond <b>paragraph</b>."},
        "security": [{"basic": []}],
        "tags": [{"name": "Update card", "description": "Changing cards"}, {"name": "Unused"}],
        "paths": {
            "/card/v4/MC_VIRTUAL/{id}": {
                "parameters": [{"$ref": "#/components/parameters/id"}],
                "patch": {
                    "tags": ["Update card"], "summary": "Update a card", "operationId": "updateCard", "deprecated": true,
                    "x-scope": "cards:write", "x-unknown": {"anything": [1]},
                    "parameters": [{"name": "auditUser", "in": "query", "required": true, "schema": {"type": "string"}}],
                    "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/body"}}}},
                    "responses": {
                        "200": {"description": "Done", "content": {"application/json": {"schema": {"type": "object"}}}},
                        "404": {"$ref": "#/components/responses/missing"},
                    },
                },
            },
            "/health/live": {"get": {"operationId": "live", "security": [], "responses": {"200": {"description": "Alive"}}}},
        },
        "components": {
            "parameters": {"id": {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}},
            "responses": {"missing": {"description": "No such card"}},
            "schemas": {
                "body": {"type": "object", "required": ["reason"], "properties": {
                    "reason": {"type": "string", "maxLength": 32, "description": "Why."},
                    "status": {"type": "string", "enum": ["CARD_OK", "CARD_LOST", null], "nullable": true},
                    "embossing": {"allOf": [{"$ref": "#/components/schemas/embossing"}], "nullable": true},
                    "self": {"$ref": "#/components/schemas/body"},
                    "circle": {"$ref": "#/components/schemas/circle"},
                    "limits": {"type": "array", "maxItems": 3, "items": {"type": "object", "properties": {
                        "count": {"type": "integer", "format": "int32", "example": 5}}}},
                }},
                "embossing": {"type": "object", "properties": {
                    "firstName": {"type": "string", "pattern": "^[A-Z]+$", "example": "O'NEIL"}}},
                "circle": {"$ref": "#/components/schemas/circle"},
            },
        },
    })
}

fn rendered(document: &Value) -> String {
    page(document).into_string()
}

fn assert_shows(html: &str, parts: &[&str]) {
    for part in parts {
        assert!(html.contains(part), "{part} is missing in {html}");
    }
}

#[test]
fn page_needs_nothing_from_elsewhere() {
    let html = rendered(&sample());
    assert!(!html.contains("<script"));
    assert!(!html.contains("src="));
    assert!(!html.contains("<link"));
    assert!(!html.contains("@import") && !html.contains("url("));
    assert!(!html.contains("style="));
}

#[test]
fn operations_are_grouped_by_tag_and_linked_from_the_side() {
    let html = rendered(&sample());
    assert_shows(
        &html,
        &[
            "<h2>Update card</h2>",
            "Changing cards",
            "<h2>Other</h2>",
            r##"href="#updateCard""##,
            r#"id="updateCard""#,
        ],
    );
    assert!(!html.contains("Unused"));
}

#[test]
fn operation_shows_parameters_of_path_and_query() {
    assert_shows(
        &rendered(&sample()),
        &[
            "in path",
            "in query",
            "deprecated",
            "cards:write",
            "No such card",
            r#"<code class="name">auditUser</code>"#,
        ],
    );
}

#[test]
fn schemas_are_shown_with_everything_inside() {
    assert_shows(
        &rendered(&sample()),
        &[
            r#"<code class="name">reason</code> <span class="type">string</span> <span class="required">required</span>"#,
            "at most 32 characters",
            "<code>CARD_LOST</code>",
            "string or null",
            "object or null",
            "<code>^[A-Z]+$</code>",
            "integer, int32",
            "at most 3 items",
        ],
    );
}

#[test]
fn example_can_be_pasted_into_a_shell() {
    let html = rendered(&sample());
    assert_shows(
        &html,
        &[
            "curl --user sandbox:sandbox --request PATCH",
            "'http://127.0.0.1:8080/card/v4/MC_VIRTUAL/ID?auditUser=me'",
            r"O'\''NEIL",
            "&quot;reason&quot;: &quot;REASON&quot;",
            "&quot;count&quot;: 5",
            "curl \\\n  'http://127.0.0.1:8080/health/live'",
        ],
    );
}

#[test]
fn example_names_what_a_sandbox_has() {
    let members = json!({"accountId": {"type": "string"}, "seconds": {"type": "integer"}, "parentId": {"type": "string"},
        "scheduledClosing": {"type": "object", "properties": {"time": {"type": "string", "example": "2099"}}}});
    let body =
        json!({"content": {"application/json": {"schema": {"type": "object", "properties": members}}}});
    let html = rendered(&json!({"paths": {
        "/card/DEBIT_MC/{id}": {"patch": {"requestBody": body}},
        "/card/MC_CARD": {"post": {"requestBody": body}},
    }}));
    assert_shows(&html, &["&quot;2003&quot;", "&quot;2001&quot;", "&quot;seconds&quot;: 86400"]);
    assert!(!html.contains("PARENTID"));
    assert_eq!(html.matches("&quot;time&quot;: &quot;2099&quot;").count(), 1);
}

#[test]
fn texts_of_the_document_are_escaped() {
    let html = rendered(&sample());
    assert_shows(&html, &["<code>code</code>", "&lt;b&gt;paragraph&lt;/b&gt;", "9.8.7"]);
    assert!(!html.contains("<b>"));
}

#[test]
fn any_document_makes_a_page() {
    let odd = [
        json!(null),
        json!([]),
        json!({"paths": []}),
        json!({"paths": {"/x": null, "/y": {"get": 5}, "/z": {"get": {}}}}),
        json!({"paths": {"/x": {"post": {"tags": "a", "parameters": [5, {}], "requestBody": {"content": {"a/b": null}},
            "responses": {"200": null, "default": []}}}}, "tags": [1, {"name": null}]}),
        json!({"paths": {"/x": {"get": {"parameters": [{"$ref": "#/nowhere"}, {"$ref": "http://elsewhere"}]}}}}),
    ];
    for document in odd {
        assert!(rendered(&document).starts_with("<!DOCTYPE html>"));
    }
}

#[test]
fn examples_of_messages_are_told_apart_and_say_no_more_than_they_must() {
    let members = json!({"messageId": {"type": "string"}, "cardId": {"type": "string"},
        "expiry": {"type": "object", "properties": {"year": {"type": "integer", "example": 2030}}}});
    let body = json!({"content": {"application/json": {"schema": {"type": "object", "required": ["messageId"],
        "properties": members}}}});
    let html = rendered(&json!({"paths": {
        "/one": {"post": {"operationId": "one", "requestBody": body}},
        "/other": {"post": {"operationId": "other", "requestBody": body}},
    }}));
    assert_shows(
        &html,
        &[
            "&quot;messageId&quot;: &quot;one&quot;",
            "&quot;messageId&quot;: &quot;other&quot;",
            "&quot;cardId&quot;: &quot;3001&quot;",
        ],
    );
    assert!(!html.contains("&quot;expiry&quot;"));
}
