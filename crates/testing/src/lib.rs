//! What the tests of several crates share. A dev-dependency only: it is never published.
//!
//! Integration tests may use all of it. The unit tests of a crate that is below this one see another copy of that crate's
//! types, so they use only what has none in its signature: [`in_pool`], [`panic_message`] and [`real_data`].

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

/// Runs `body` in a thread pool of its own.
pub fn in_pool<R: Send>(threads: usize, body: impl FnOnce() -> R + Send) -> R {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    pool.expect("a thread pool").install(body)
}

/// The message of the panic that `body` ends in.
///
/// # Panics
/// If it does not panic.
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
