//! What the command says when it cannot do what it was asked to.

pub(crate) use latents_run::{Outcome, RunError as Failure};

use latents_run::{Text, flag};

/// A text whose settings are flags: `--image-size`.
pub(crate) fn flagged(text: &Text) -> String {
    text.worded(flag)
}

/// What is wrong, and what to do about it.
pub(crate) fn told(failure: &Failure) -> String {
    let what = format!("error: {}", flagged(failure.what()));
    match failure.remedy() {
        Some(remedy) => format!("{what}\n  hint: {}", flagged(remedy)),
        None => what,
    }
}

/// The exit code of a call that is wrong in itself, as clap has it.
pub(crate) const MISUSE: u8 = 2;

/// The exit code of the process.
pub(crate) fn code(failure: &Failure) -> u8 {
    if failure.is_misuse() { MISUSE } else { 1 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use latents_run::setting::{IMAGE_SIZE, OUT};

    #[test]
    fn settings_are_flags() {
        let failure = Failure::misuse(format!("{IMAGE_SIZE} is 0")).hint(format!("choose another {OUT}"));
        assert_eq!(
            told(&failure),
            "error: --image-size is 0\n  hint: choose another --out"
        );
        assert_eq!((code(&failure), code(&Failure::new("no"))), (2, 1));
        assert_eq!(told(&Failure::new("no")), "error: no");
    }
}
