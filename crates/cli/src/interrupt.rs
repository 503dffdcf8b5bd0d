//! Ctrl-C and SIGTERM: the first asks training to stop and keep what it has learnt, the second ends the process.

use crate::console::complain;
use crate::failure::{Failure, Outcome};
use std::sync::atomic::{AtomicBool, Ordering};

static ASKED: AtomicBool = AtomicBool::new(false);
static TRAINED: AtomicBool = AtomicBool::new(false);

/// What a shell reports for a process that Ctrl-C ended.
const ENDED: i32 = 130;

/// From here on the first signal is only noted.
pub(crate) fn listen() -> Outcome {
    let noted = ctrlc::set_handler(|| {
        if ASKED.swap(true, Ordering::Relaxed) {
            std::process::exit(ENDED);
        }
        complain(answer(TRAINED.load(Ordering::Relaxed)));
    });
    noted.map_err(|error| Failure::new(format!("cannot listen for Ctrl-C: {error}")).hint("run it again"))
}

/// From here on nothing stops at the first signal.
pub(crate) fn training_is_over() {
    TRAINED.store(true, Ordering::Relaxed);
}

fn answer(trained: bool) -> &'static str {
    match trained {
        true => "the training is over, and the run is being finished; once more ends at once",
        false => "stopping after this batch; once more ends at once, and nothing is saved",
    }
}

/// Whether somebody wants training to stop.
pub(crate) fn asked() -> bool {
    ASKED.load(Ordering::Relaxed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_the_training_nothing_is_said_to_stop() {
        assert!(answer(false).starts_with("stopping after this batch"));
        assert!(!answer(true).contains("stopping") && !answer(true).contains("nothing is saved"));
    }
}
