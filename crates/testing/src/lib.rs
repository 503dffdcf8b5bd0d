//! Helpers shared by the tests of several crates. A dev-dependency that is never published.
//!
//! Integration tests may use all of it. Unit tests of a crate below this one see another copy of that crate's types, so they
//! can only use functions without such types in their signature: [`in_pool`], [`panic_message`] and [`real_data`].

mod allocation;
mod bits;
mod layouts;
mod real_data;
mod sheet;

pub use allocation::Counting;
pub use bits::{Tolerance, assert_near, assert_same};
pub use layouts::{SIZES, elements, layouts, numbers, positions};
pub use real_data::real_data;
pub use sheet::sheet;

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs `body` in its own thread pool.
///
/// ```
/// assert_eq!(latents_testing::in_pool(2, || 1 + 1), 2);
/// ```
pub fn in_pool<R: Send>(threads: usize, body: impl FnOnce() -> R + Send) -> R {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    pool.expect("a thread pool").install(body)
}

/// Returns the panic message of `body`.
///
/// # Panics
/// If `body` does not panic.
///
/// ```
/// assert_eq!(latents_testing::panic_message(|| panic!("no")), "no");
/// ```
#[track_caller]
pub fn panic_message<R>(body: impl FnOnce() -> R) -> String {
    let Err(payload) = catch_unwind(AssertUnwindSafe(body)) else {
        panic!("no panic");
    };
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => payload
            .downcast_ref::<&str>()
            .map(ToString::to_string)
            .unwrap_or_default(),
    }
}
