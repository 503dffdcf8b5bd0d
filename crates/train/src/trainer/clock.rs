//! `Clock`: the elapsed time of a training.

use std::time::Instant;

/// Measures the time of a training, including the time before it was resumed.
#[derive(Clone, Copy)]
pub(super) struct Clock {
    started: Instant,
    before: f64,
}

impl Clock {
    /// Starts with this number of elapsed seconds.
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
