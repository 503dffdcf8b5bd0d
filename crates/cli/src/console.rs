//! `Console`: what goes to stdout and what to stderr.

use crate::args::OutputArgs;
use crate::failure::{Failure, Outcome, flagged};
use latents_data::Dataset;
use latents_doctor::Finding;
use latents_run::{Chosen, Text};
use serde::Serialize;
use std::cell::{Cell, RefCell};
use std::io::{self, IsTerminal, Write};
use std::time::Instant;

/// Where a command talks to a person or to a program.
///
/// For a person everything but errors and the progress bar goes to stdout. With `--json` stdout has the one JSON object,
/// and what a person reads goes to stderr. `--quiet` leaves out everything but results asked for and errors.
pub(crate) struct Console {
    quiet: bool,
    json: bool,
    started: Instant,
    /// The first error of writing to stdout.
    lost: Cell<Option<io::Error>>,
    /// Notes that wait for the result, or for the error that comes before them.
    waiting: RefCell<Vec<String>>,
}

impl Console {
    /// `started` is when the process started.
    pub(crate) fn new(args: OutputArgs, started: Instant) -> Self {
        Self {
            quiet: args.quiet,
            json: args.json,
            started,
            lost: Cell::new(None),
            waiting: RefCell::default(),
        }
    }

    /// A line or more for a person.
    pub(crate) fn say(&self, text: impl AsRef<str>) {
        match (self.quiet, self.json) {
            (true, _) => {}
            (false, true) => complain(text.as_ref()),
            (false, false) => self.write_line(text.as_ref()),
        }
    }

    /// What a person should know and a program need not, on stderr. It is printed with the result, so that where there is an
    /// error instead, the error comes first.
    pub(crate) fn note(&self, text: impl Into<String>) {
        if !self.quiet {
            self.waiting.borrow_mut().push(text.into());
        }
    }

    /// Prints the notes so far: what follows takes a while, or is an error that has been printed.
    pub(crate) fn release(&self) {
        self.waiting.take().iter().for_each(|note| complain(note));
    }

    /// What is noted of data and methods.
    pub(crate) fn notes(&self, notes: &[Text]) {
        notes.iter().for_each(|note| self.note(flagged(note)));
    }

    /// The rows, once what is noted of them, and what they are, has been said.
    pub(crate) fn noted(&self, chosen: Chosen) -> Dataset {
        self.notes(&chosen.notes);
        self.say(chosen.data.describe());
        chosen.data
    }

    /// What the doctor found.
    pub(crate) fn findings(&self, findings: &[&Finding]) {
        findings.iter().for_each(|finding| self.say(advice(finding)));
    }

    /// The result: the JSON object with `--json`, else `text` for a person (also with `--quiet` only where it is all that
    /// the command is for: see `answer`).
    pub(crate) fn finish(&self, result: &impl Serialize, text: impl AsRef<str>) {
        self.release();
        self.say(text);
        self.print_json(result);
    }

    /// As `finish`, for commands whose text is their purpose: `--quiet` does not silence it.
    pub(crate) fn answer(&self, result: &impl Serialize, text: impl AsRef<str>) {
        self.release();
        if !self.json {
            self.write_line(text.as_ref());
        }
        self.print_json(result);
    }

    fn print_json(&self, result: &impl Serialize) {
        if self.json {
            let line = serde_json::to_string(result);
            self.write_line(&line.unwrap_or_else(|error| unreachable!("a result is plain JSON: {error}")));
        }
    }

    /// Whether a progress bar can be seen.
    pub(crate) fn shows_progress(&self) -> bool {
        !self.quiet && io::stderr().is_terminal()
    }

    /// With `LATENTS_TIMING` set, the time since the process started, on stderr.
    pub(crate) fn time(&self, what: &str) {
        if std::env::var_os("LATENTS_TIMING").is_some() {
            complain(&format!(
                "timing: {:.1} ms to {what}",
                self.started.elapsed().as_secs_f64() * 1e3
            ));
        }
    }

    /// Remembers a failure instead of returning it: what was learnt must still be saved.
    fn write_line(&self, text: &str) {
        if let Err(error) = writeln!(io::stdout(), "{text}") {
            let earlier = self.lost.take();
            self.lost.set(earlier.or(Some(error)));
        }
    }

    /// Whether all that was printed on stdout has arrived.
    pub(crate) fn check(&self) -> Outcome {
        let flushed = io::stdout().flush();
        arrived(self.lost.take().map_or(flushed, Err))
    }
}

/// Whether a text for stdout has arrived. A reader that has gone away (`latents summary run | head -1`) is no failure.
pub(crate) fn arrived(written: io::Result<()>) -> Outcome {
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::new(format!("cannot write to stdout: {error}"))
                .hint("free space where the output goes, and run the command again"))
        }
        _ => Ok(()),
    }
}

/// Writes a text to stdout as it is.
pub(crate) fn print(text: &[u8]) -> Outcome {
    let mut stdout = io::stdout();
    arrived(stdout.write_all(text).and_then(|()| stdout.flush()))
}

/// A finding, and what to do about it.
pub(crate) fn advice(finding: &Finding) -> String {
    format!("{} {}", finding.what, flagged(&Text::quoted(&finding.remedy)))
}

/// A line on stderr. Where even that cannot be written there is nobody to tell.
pub(crate) fn complain(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}
