//! Ctrl-C and SIGTERM. In a training the first asks it to stop and keep what it has learnt, and the second ends the process; once
//! the model is saved, the first ends it. Files are written under other names first, so none is harmed.

use crate::console::complain;
use crate::failure::{Failure, Outcome};
use std::process::exit;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

static ASKED: AtomicBool = AtomicBool::new(false);
/// The folder of the run, once its model is saved.
static SAVED: OnceLock<String> = OnceLock::new();

/// What a shell reports for a process that Ctrl-C ended.
const ENDED: i32 = 130;

const STOPPING: &str =
    "stopping after this batch and saving the model; press Ctrl-C again to exit at once without saving";

/// From here on the first signal is only noted.
pub(crate) fn listen() -> Outcome {
    let noted = ctrlc::set_handler(|| match SAVED.get() {
        Some(run) => end_without_report(run),
        None if ASKED.swap(true, Ordering::Relaxed) => exit(ENDED),
        None => complain(STOPPING),
    });
    noted.map_err(|error| Failure::new(format!("cannot listen for Ctrl-C: {error}")).hint("run it again"))
}

/// From here on a signal ends the process: the model is in the folder. So does one that came too late to stop the training.
pub(crate) fn model_is_saved(run: &str, stopped: bool) {
    let run = SAVED.get_or_init(|| run.to_owned());
    if asked() && !stopped {
        end_without_report(run);
    }
}

fn end_without_report(run: &str) -> ! {
    complain(&format!(
        "the model is saved in {run}, without a report; write it with `latents report {run}`"
    ));
    exit(ENDED)
}

/// Whether somebody wants the training to stop.
pub(crate) fn asked() -> bool {
    ASKED.load(Ordering::Relaxed)
}
