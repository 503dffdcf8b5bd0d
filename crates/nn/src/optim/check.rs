//! Numbers of configurations, and the ranges that they must lie in.

use latents_text::number::exact;

/// A number of a configuration that lies outside its range.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{optimizer}: {field} is {}; it must be {range}", exact(*.value))]
#[non_exhaustive]
pub struct InvalidConfig {
    /// The optimiser's name.
    pub optimizer: &'static str,
    /// The number's name.
    pub field: &'static str,
    /// What it is.
    pub value: f64,
    /// What it must be.
    pub range: &'static str,
}

/// What a number must be.
#[derive(Clone, Copy)]
pub(super) enum Range {
    /// Finite and 0 or more.
    NotNegative,
    /// What keeps 0 / 0 out of a division by a root that may be 0: more than what an `f32` takes for 0.
    Epsilon,
    /// 0 or more, and less than 1.
    Decay,
    /// A momentum that Nesterov's step can look ahead with.
    NesterovMomentum,
    /// The dampening that Nesterov's step leaves room for.
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

/// The first number outside its range, as an error.
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
