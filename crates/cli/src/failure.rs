//! `Failure`: what the command says when it cannot do what it was asked to.

use std::fmt;

/// Why the command stops: what is wrong and where, then what to do, and the exit code.
///
/// Every error of the library crates becomes one through `?`. Those errors are one sentence that says what to do after
/// its last semicolon; that part becomes the hint.
#[derive(Debug)]
pub(crate) struct Failure {
    what: String,
    hint: Option<String>,
    code: u8,
}

/// What every command returns.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

impl Failure {
    /// Something could not be done: exit code 1.
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            hint: None,
            code: 1,
        }
    }

    /// The command was called wrongly: exit code 2.
    pub(crate) fn usage(what: impl Into<String>) -> Self {
        Self {
            code: 2,
            ..Self::new(what)
        }
    }

    /// The same with what to do about it.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same, said of a place.
    #[must_use]
    pub(crate) fn within(mut self, place: &str) -> Self {
        self.what = format!("{place}: {}", self.what);
        self
    }

    /// The exit code of the process.
    pub(crate) fn code(&self) -> u8 {
        self.code
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.what)?;
        match &self.hint {
            Some(hint) => write!(f, "\n  hint: {hint}"),
            None => Ok(()),
        }
    }
}

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        let text = error.to_string();
        match text.rsplit_once("; ") {
            Some((what, hint)) => Self::new(what).hint(hint),
            None => Self::new(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_part_of_a_library_error_is_the_hint() {
        let failure = Failure::from(std::io::Error::other("x.npy: a; b is empty; copy it again"));
        assert_eq!(
            failure.to_string(),
            "error: x.npy: a; b is empty\n  hint: copy it again"
        );
        assert_eq!(failure.code(), 1);
        assert_eq!(Failure::usage("no").to_string(), "error: no");
    }
}
