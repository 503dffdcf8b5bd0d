//! Ctrl-C and SIGTERM: the first asks training to stop and keep what it has learnt, the second ends the process.

use crate::console::complain;
use crate::failure::{Failure, Outcome};
use std::sync::atomic::{AtomicBool, Ordering};

static ASKED: AtomicBool = AtomicBool::new(false);

/// What a shell reports for a process that Ctrl-C ended.
const ENDED: i32 = 130;

/// From here on the first signal is only noted.
pub(crate) fn listen() -> Outcome {
    let noted = ctrlc::set_handler(|| {
        if ASKED.swap(true, Ordering::Relaxed) {
            std::process::exit(ENDED);
        }
        complain("stopping after this batch; once more ends at once, and nothing is saved");
    });
    noted.map_err(|error| Failure::new(format!("cannot listen for Ctrl-C: {error}")).hint("run it again"))
}

/// Whether somebody wants training to stop.
pub(crate) fn asked() -> bool {
    ASKED.load(Ordering::Relaxed)
}
