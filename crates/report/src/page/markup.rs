//! Markup that the template inserts without escaping.

use base64::{Engine, engine::general_purpose::STANDARD};
use minijinja::Value;

/// Marks a string as markup.
pub(super) fn safe(markup: String) -> Value {
    Value::from_safe_string(markup)
}

/// A PNG as a data URI.
pub(super) fn data_uri(png: &[u8]) -> Value {
    safe(format!("data:image/png;base64,{}", STANDARD.encode(png)))
}
