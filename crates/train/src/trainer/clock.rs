//! `Clock`: the seconds of a training.

use std::time::Instant;

/// Counts the seconds of a training, those before a resumption included.
#[derive(Clone, Copy)]
pub(super) struct Clock {
    started: Instant,
    before: f64,
}

impl Clock {
    /// Starts with so many seconds.
    pub(super) fn starting_at(seconds: f64) -> Self {
        Self {
            started: Instant::now(),
            before: seconds,
        }
    }

    pub(super) fn seconds(&self) -> f64 {
        self.before + self.started.elapsed().as_secs_f64()
    }
}
