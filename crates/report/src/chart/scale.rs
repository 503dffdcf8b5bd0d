//! Axis scales with round ticks.

use latents_tensor::Algebra;
use latents_text::number;

/// Larger magnitudes are drawn here, so that no difference overflows.
const LARGEST: f64 = 1e300;
/// Smaller positive values are drawn here on a logarithmic axis: closer to zero, numbers lose digits.
const SMALLEST: f64 = 1e-300;
/// A range narrower than this fraction of its magnitude is drawn as one value: its digits are rounding errors.
const NARROW: f64 = 1e-9;

/// An axis: the values at its ends and its ticks.
#[derive(Clone, Debug)]
pub(super) struct Scale {
    low: f64,
    high: f64,
    logarithmic: bool,
    pub(super) ticks: Vec<Tick>,
}

/// A tick and its label.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tick {
    pub(super) value: f64,
    pub(super) label: String,
}

impl Scale {
    /// A linear axis over the finite `values`, widened to round numbers, with about `wanted` ticks.
    pub(super) fn linear(values: impl Iterator<Item = f64>, wanted: usize) -> Self {
        let (low, high) = widened(bounds(values));
        let step = nice_step((high - low) / wanted as f64);
        let (low, high) = ((low / step).floor() * step, (high / step).ceil() * step);
        Self::linear_between(low, high, step)
    }

    /// A linear axis from 0 to at least `largest`, with about `wanted` ticks at whole numbers.
    pub(super) fn counts(largest: usize, wanted: usize) -> Self {
        let largest = largest.max(1) as f64;
        let step = nice_step(largest / wanted as f64).max(1.0);
        Self::linear_between(0.0, (largest / step).ceil() * step, step)
    }

    /// A linear axis from exactly the smallest to the largest value; ticks at whole numbers where `whole`.
    pub(super) fn tight(values: impl Iterator<Item = f64>, wanted: usize, whole: bool) -> Self {
        let (low, high) = match bounds(values) {
            // A single integer, such as the only epoch, gets an axis one unit wide on both sides.
            (low, high) if whole && low == high => (low - 1.0, high + 1.0),
            bounds => widened(bounds),
        };
        let step = nice_step((high - low) / wanted as f64);
        Self::linear_between(low, high, if whole { step.max(1.0) } else { step })
    }

    /// A linear axis over the finite `values` with a little room at both ends.
    pub(super) fn roomy(values: impl Iterator<Item = f64>, wanted: usize) -> Self {
        let (low, high) = widened(bounds(values));
        let room = (high - low) * 0.04;
        Self::tight([low - room, high + room].into_iter(), wanted, false)
    }

    fn linear_between(low: f64, high: f64, step: f64) -> Self {
        // Keep a tick at the very end despite rounding.
        let (first, last) = ((low / step - 1e-6).ceil(), (high / step + 1e-6).floor());
        let count = (last - first).clamp(0.0, 50.0) as usize;
        let values = (0..=count).map(|index| (first + index as f64) * step);
        let ticks = linear_labels(&values.collect::<Vec<f64>>(), step);
        Self {
            low,
            high,
            logarithmic: false,
            ticks,
        }
    }

    /// A logarithmic axis over the finite `values`, all of them positive.
    pub(super) fn logarithmic(values: impl Iterator<Item = f64>) -> Self {
        let positive = values.filter(|&value| value > 0.0);
        let (low, high) = bounds(positive.map(|value| value.max(SMALLEST)));
        let smallest = low;
        let (low, high) = if low <= 0.0 {
            (0.1, 1.0)
        } else if high <= low {
            (low / 2.0, high * 2.0)
        } else {
            let margin = Algebra::exp(0.04 * (Algebra::ln(high) - Algebra::ln(low)));
            (low / margin, high * margin)
        };
        let (low, ticks) = with_tick_below(smallest, low, high);
        Self {
            low,
            high,
            logarithmic: true,
            ticks,
        }
    }

    /// Position of `value`, 0 at the low end and 1 at the high end; `None` if it cannot be drawn.
    pub(super) fn place(&self, value: f64) -> Option<f64> {
        if !value.is_finite() || (self.logarithmic && value <= 0.0) {
            return None;
        }
        let place = if self.logarithmic {
            let [low, high] = [self.low, self.high].map(Algebra::ln);
            (Algebra::ln(value.clamp(SMALLEST, LARGEST)) - low) / (high - low)
        } else {
            (value.clamp(-LARGEST, LARGEST) - self.low) / (self.high - self.low)
        };
        place.is_finite().then_some(place)
    }

    pub(super) fn is_logarithmic(&self) -> bool {
        self.logarithmic
    }
}

/// The smallest and the largest finite value; 0 and 1 if there are none.
pub(super) fn bounds(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let finite = values.filter(|value| value.is_finite());
    let (low, high) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
        let value = value.clamp(-LARGEST, LARGEST);
        (low.min(value), high.max(value))
    });
    if low > high { (0.0, 1.0) } else { (low, high) }
}

/// The bounds, widened if they are equal.
fn widened((low, high): (f64, f64)) -> (f64, f64) {
    let magnitude = low.abs().max(high.abs());
    if high - low > magnitude * NARROW {
        return (low, high);
    }
    let room = if magnitude > 0.0 { magnitude * 0.1 } else { 1.0 };
    (low - room, high + room)
}

/// 1, 2 or 5 times a power of ten, and not less than `raw`.
fn nice_step(raw: f64) -> f64 {
    let raw = raw.max(1e-307);
    let power = number::power_of_ten(number::exponent(raw));
    let step = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .find(|step| step * power >= raw * 0.999);
    step.unwrap_or(10.0) * power
}

/// Labels with as many decimals as the step needs, or powers of ten where those would be long.
fn linear_labels(values: &[f64], step: f64) -> Vec<Tick> {
    let largest = values
        .iter()
        .fold(0.0f64, |largest, value| largest.max(value.abs()));
    let (top, bottom) = (number::exponent(largest), number::exponent(step));
    let label = |value: f64| {
        if value.abs() < step * 0.5 {
            "0".to_owned()
        } else if top > 6 || bottom < -5 {
            let digits = (number::exponent(value) - bottom + 1).clamp(1, 12);
            number::scientific(value, digits as usize)
        } else {
            number::fixed(value, (-bottom).max(0) as usize)
        }
    };
    let tick = |&value| Tick {
        value,
        label: label(value),
    };
    values.iter().map(tick).collect()
}

/// Round numbers between the ends: powers of ten, with 2 and 5 or all digits between them where those are few.
/// The lower end of a logarithmic axis and its ticks, the first of them at or below the `smallest` value where that is
/// possible without much empty space.
fn with_tick_below(smallest: f64, low: f64, high: f64) -> (f64, Vec<Tick>) {
    let decade = number::exponent(smallest);
    let starts =
        [9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0].map(|digit| digit * number::power_of_ten(decade));
    let lower = (1..3).map(|below| number::power_of_ten(decade - below));
    for start in starts.into_iter().chain(lower) {
        let ticks = logarithmic_ticks(start, high);
        let reached = |tick: &Tick| tick.value <= smallest;
        if start > 0.0 && start <= smallest && ticks.len() > 1 && ticks.first().is_some_and(reached) {
            return (start, ticks);
        }
    }
    (low, logarithmic_ticks(low, high))
}

fn logarithmic_ticks(low: f64, high: f64) -> Vec<Tick> {
    let (first, last) = (number::exponent(low), number::exponent(high));
    let grid = |digits: &[f64], every: i32| -> Vec<Tick> {
        let decades = (first..=last).filter(|decade| decade % every == 0);
        let values = decades.flat_map(|decade| digits.iter().map(move |digit| (*digit, decade)));
        let ticks = values.map(|(digit, decade)| logarithmic_tick(digit, decade));
        ticks.filter(|tick| (low..=high).contains(&tick.value)).collect()
    };
    let every = ((last - first) / 6).max(1);
    let decades = grid(&[1.0], every);
    if decades.len() >= 4 {
        return decades;
    }
    let coarse = grid(&[1.0, 2.0, 5.0], 1);
    if coarse.len() >= 3 {
        return coarse;
    }
    let fine = grid(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0], 1);
    if fine.len() >= 3 {
        return fine;
    }
    Scale::tight([low, high].into_iter(), 4, false).ticks
}

fn logarithmic_tick(digit: f64, decade: i32) -> Tick {
    let value = digit * number::power_of_ten(decade);
    let label = match decade {
        -4..=-1 => number::fixed(value, -decade as usize),
        0..=5 => number::fixed(value, 0),
        _ if digit == 1.0 => format!("10{}", number::superscript(&decade.to_string())),
        _ => number::scientific(value, 1),
    };
    Tick { value, label }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(scale: &Scale) -> Vec<&str> {
        scale.ticks.iter().map(|tick| tick.label.as_str()).collect()
    }

    #[test]
    fn round_numbers() {
        let scale = Scale::linear([0.013, 0.087].into_iter(), 4);
        assert_eq!(labels(&scale), ["0", "0.02", "0.04", "0.06", "0.08", "0.10"]);
        let scale = Scale::tight([1.0, 50.0].into_iter(), 6, true);
        assert_eq!(labels(&scale), ["10", "20", "30", "40", "50"]);
        assert_eq!(labels(&Scale::counts(2, 4)), ["0", "1", "2"]);
        assert_eq!(labels(&Scale::counts(0, 4)), ["0", "1"]);
        let scale = Scale::linear([0.0, 3e9].into_iter(), 3);
        assert_eq!(labels(&scale), ["0", "1 × 10⁹", "2 × 10⁹", "3 × 10⁹"]);
    }

    #[test]
    fn powers_of_ten() {
        let scale = Scale::logarithmic([0.009, 0.3].into_iter());
        assert_eq!(labels(&scale), ["0.005", "0.01", "0.02", "0.05", "0.1", "0.2"]);
        let scale = Scale::logarithmic([1e-9, 1.0].into_iter());
        assert_eq!(labels(&scale)[0], "10⁻⁹");
        assert!(scale.ticks.len() <= 10);
        let scale = Scale::logarithmic([0.51, 0.52].into_iter());
        assert!(scale.ticks.len() >= 2, "{:?}", scale.ticks);
    }

    #[test]
    fn hard_values_have_places() {
        let hard: [&[f64]; 8] = [
            &[],
            &[0.0],
            &[7.0, 7.0],
            &[1e300, -1e300],
            &[f64::MAX, f64::MIN],
            &[5e-324, 1e-320],
            &[1e15, 1e15 + 0.125],
            &[f64::NAN, f64::INFINITY],
        ];
        for values in hard {
            for scale in [
                Scale::linear(values.iter().copied(), 5),
                Scale::tight(values.iter().copied(), 5, false),
                Scale::tight(values.iter().copied(), 5, true),
                Scale::logarithmic(values.iter().copied()),
            ] {
                assert!(scale.low < scale.high, "{values:?}: {scale:?}");
                assert!(scale.ticks.len() <= 51, "{values:?}: {scale:?}");
                for value in values {
                    let place = scale.place(*value).unwrap_or(0.0);
                    assert!(
                        (-1e-6..=1.0 + 1e-6).contains(&place),
                        "{value} of {values:?}: {scale:?}"
                    );
                }
            }
        }
    }
}
