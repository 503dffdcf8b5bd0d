//! Markup of our own, apart from text, which the template escapes.

use base64::{Engine, engine::general_purpose::STANDARD};
use minijinja::Value;

/// Markup that the template does not escape again.
pub(super) fn safe(markup: String) -> Value {
    Value::from_safe_string(markup)
}

/// A PNG that travels inside the page.
pub(super) fn data_uri(png: &[u8]) -> Value {
    safe(format!("data:image/png;base64,{}", STANDARD.encode(png)))
}
