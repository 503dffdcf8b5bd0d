//! The ranges of hyperparameters.

use latents_text::number::exact;

/// The error for a hyperparameter outside its range.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{optimizer}: {field} is {}; it must be {range}", exact(*.value))]
#[non_exhaustive]
pub struct InvalidConfig {
    /// The optimiser's name.
    pub optimizer: &'static str,
    /// The name of the hyperparameter.
    pub field: &'static str,
    /// Its value.
    pub value: f64,
    /// The range that it must lie in.
    pub range: &'static str,
}

/// The range of a hyperparameter.
#[derive(Clone, Copy)]
pub(super) enum Range {
    /// Finite and 0 or more.
    NotNegative,
    /// Large enough to avoid 0 / 0 when dividing by a root that may be 0, so larger than what an `f32` rounds to 0.
    Epsilon,
    /// At least 0 and less than 1.
    Decay,
    /// The momentum that Nesterov's method requires.
    NesterovMomentum,
    /// The dampening that Nesterov's method requires.
    NesterovDampening,
}

impl Range {
    fn holds(self, value: f64) -> bool {
        match self {
            Range::NotNegative => value.is_finite() && value >= 0.0,
            Range::Epsilon => value.is_finite() && value > 1e-37,
            Range::Decay => (0.0..1.0).contains(&value),
            Range::NesterovMomentum => 0.0 < value && value < 1.0,
            Range::NesterovDampening => value == 0.0,
        }
    }

    fn text(self) -> &'static str {
        match self {
            Range::NotNegative => "a finite number, 0 or more",
            Range::Epsilon => {
                "a finite number above 1e-37, such as 1e-8: with less a gradient of 0 divides 0 by 0"
            }
            Range::Decay => "0 or more, and less than 1",
            Range::NesterovMomentum => "more than 0, and less than 1, with nesterov",
            Range::NesterovDampening => "0 with nesterov",
        }
    }
}

/// Returns an error for the first number outside its range.
pub(super) fn check(
    optimizer: &'static str,
    numbers: &[(&'static str, f64, Range)],
) -> Result<(), InvalidConfig> {
    match numbers.iter().find(|(_, value, range)| !range.holds(*value)) {
        None => Ok(()),
        Some(&(field, value, range)) => Err(InvalidConfig {
            optimizer,
            field,
            value,
            range: range.text(),
        }),
    }
}
