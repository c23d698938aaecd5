//! The HTTP face: routes, wire types, error envelope, OpenAPI document.
