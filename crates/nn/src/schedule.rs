//! Learning rate schedules.

use latents_tensor::simd::Math;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

mod text;

pub use text::InvalidSchedule;

/// A learning rate schedule: a multiplier of the optimiser's learning rate for each step.
///
/// A step is one batch; all lengths are counted in steps. Configurations and the command line write a schedule as text, which may
/// start with a warm-up: `cosine`, `step:1000:0.5`, `warmup:500+cosine:0.01`.
///
/// ```
/// use latents_nn::Schedule;
/// let schedule: Schedule = "warmup:9+cosine".parse()?;
/// assert_eq!(schedule.multiplier(0, 109), 0.1);
/// assert_eq!(schedule.multiplier(9, 109), 1.0);
/// assert!((schedule.multiplier(59, 109) - 0.5).abs() < 1e-12);
/// # Ok::<(), latents_nn::InvalidSchedule>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Schedule {
    /// Steps of linear warm-up at the start, 0 for none. Step s, counted from 0, is multiplied by (s + 1) / (warmup + 1).
    pub warmup: u64,
    /// The schedule after the warm-up, counted from the end of the warm-up.
    pub decay: Decay,
}

/// The schedule of the learning rate after the warm-up.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub enum Decay {
    /// `constant`: a multiplier of 1.
    #[default]
    Constant,
    /// `step:EVERY:FACTOR`: multiplied by a factor after every `EVERY` steps, as PyTorch's `StepLR`.
    Step {
        /// The number of steps between two changes, at least 1.
        every: u64,
        /// The factor: more than 0, and at most 1.
        factor: f64,
    },
    /// `exponential:FACTOR`: multiplied by a factor after every step, as PyTorch's `ExponentialLR`.
    Exponential {
        /// The factor: more than 0, and at most 1.
        factor: f64,
    },
    /// `cosine` or `cosine:FINAL`: cosine annealing from 1 to a final value (Loshchilov & Hutter 2017, without restarts):
    /// final + (1 − final) (1 + cos πt) / 2, where t is the fraction of the steps done. PyTorch's `CosineAnnealingLR` over all
    /// steps.
    Cosine {
        /// The multiplier reached after the last step, 0 to 1.
        end: f64,
    },
    /// `one-cycle:PEAK`: rises from 1 to the peak over 3/10 of the steps, then falls to 10⁻⁴, both along half a cosine wave
    /// (Smith & Topin 2018). PyTorch's `OneCycleLR` with `div_factor` = peak, without its cycle of momentum.
    OneCycle {
        /// The highest multiplier, 1 to 10⁶.
        peak: f64,
    },
}

/// The fraction of the steps in which one cycle rises.
const RISE: f64 = 0.3;
/// The final multiplier of one cycle.
const CYCLE_END: f64 = 1e-4;
/// The upper limit for the peak.
const HIGHEST_PEAK: f64 = 1e6;

impl Schedule {
    /// Cosine annealing from 1 to 0.
    pub const COSINE: Self = Self {
        warmup: 0,
        decay: Decay::Cosine { end: 0.0 },
    };

    /// Returns the multiplier of the learning rate at step `step`, counted from 0, of a training of `steps` steps. It depends on
    /// its arguments alone. Steps after the last one keep the final multiplier.
    ///
    /// ```
    /// # use latents_nn::Schedule;
    /// assert_eq!(Schedule::default().multiplier(5, 100), 1.0);
    /// assert_eq!(Schedule::COSINE.multiplier(0, 100), 1.0);
    /// assert_eq!(Schedule::COSINE.multiplier(100, 100), 0.0);
    /// ```
    pub fn multiplier(&self, step: u64, steps: u64) -> f64 {
        if step < self.warmup {
            let share = (step + 1) as f64 / (self.warmup + 1) as f64;
            return share * self.decay.multiplier(0, steps.saturating_sub(self.warmup));
        }
        self.decay
            .multiplier(step - self.warmup, steps.saturating_sub(self.warmup))
    }

    /// Returns an upper bound of the multiplier.
    ///
    /// ```
    /// # use latents_nn::Schedule;
    /// assert_eq!("one-cycle:10".parse::<Schedule>().unwrap().highest(), 10.0);
    /// ```
    pub fn highest(&self) -> f64 {
        match self.decay {
            Decay::OneCycle { peak } => peak,
            _ => 1.0,
        }
    }

    /// Checks that every number lies in its range.
    ///
    /// # Errors
    /// For the first number that does not.
    ///
    /// ```
    /// # use latents_nn::{Decay, Schedule};
    /// let schedule = Schedule { warmup: 10, decay: Decay::Cosine { end: 2.0 } };
    /// assert!(schedule.check().is_err());
    /// ```
    pub fn check(&self) -> Result<(), InvalidSchedule> {
        let wrong = |part: &str, requirement: &'static str| {
            Err(InvalidSchedule {
                given: self.to_string(),
                problem: format!("{part} must be {requirement}"),
            })
        };
        match self.decay {
            _ if self.warmup == u64::MAX => wrong("STEPS of the warm-up", "a smaller number"),
            Decay::Step { every: 0, .. } => wrong("EVERY", "at least 1 step"),
            Decay::Step { factor, .. } | Decay::Exponential { factor }
                if !(factor > 0.0 && factor <= 1.0) =>
            {
                wrong("FACTOR", "more than 0, and at most 1")
            }
            Decay::Cosine { end } if !(0.0..=1.0).contains(&end) => wrong("FINAL", "from 0 to 1"),
            Decay::OneCycle { peak } if !(1.0..=HIGHEST_PEAK).contains(&peak) => {
                wrong("PEAK", "from 1 to 1000000, a multiple of the learning rate")
            }
            _ => Ok(()),
        }
    }
}

impl Decay {
    fn multiplier(self, step: u64, steps: u64) -> f64 {
        match self {
            Self::Constant => 1.0,
            Self::Step { every, factor } => crate::optim::power(factor, step / every.max(1)),
            Self::Exponential { factor } => crate::optim::power(factor, step),
            Self::Cosine { end } if step >= steps => end,
            Self::Cosine { end } => half_wave(1.0, end, step as f64 / steps as f64),
            Self::OneCycle { peak } => one_cycle(peak, step, steps),
        }
    }
}

/// The last steps of the rise and of the fall; PyTorch counts both from 0.
fn one_cycle(peak: f64, step: u64, steps: u64) -> f64 {
    let (top, last) = (RISE * steps as f64 - 1.0, steps as f64 - 1.0);
    let step = step as f64;
    match step {
        _ if step >= last => CYCLE_END,
        _ if step <= top => half_wave(1.0, peak, step / top),
        _ => half_wave(peak, CYCLE_END, (step - top) / (last - top)),
    }
}

/// Moves from `start` to `end` along half a cosine wave.
fn half_wave(start: f64, end: f64, share: f64) -> f64 {
    let (_, cosine) = f64::sin_cos_of_turns_lanes::<f64>(0.5 * share);
    end + (start - end) * (0.5 * (1.0 + cosine))
}

#[cfg(test)]
mod tests;
