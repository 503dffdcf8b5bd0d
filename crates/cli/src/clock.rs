//! What time it is, for people.

use std::time::SystemTime;

/// Now, as `2026-01-31T09:30:00Z`.
pub(crate) fn now() -> String {
    humantime::format_rfc3339_seconds(SystemTime::now()).to_string()
}
