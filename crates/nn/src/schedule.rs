//! Schedules: how the learning rate changes over a training.

use latents_tensor::simd::Math;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

mod text;

pub use text::InvalidSchedule;

/// How the learning rate changes over a training: a multiplier of the optimiser's learning rate for each step.
///
/// A step is one batch, and all lengths are counted in steps. In configurations and on the command line a schedule is
/// a text, which may start with a warm-up: `cosine`, `step:1000:0.5`, `warmup:500+cosine:0.01`.
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
    /// Steps of a linear rise at the start: step s, counted from 0, has (s + 1) / (warmup + 1) of what comes after.
    /// 0 for none.
    pub warmup: u64,
    /// What comes after the warm-up, counted from its end.
    pub decay: Decay,
}

/// The course of the learning rate after the warm-up.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub enum Decay {
    /// `constant`: 1.
    #[default]
    Constant,
    /// `step:EVERY:FACTOR`: multiplied by a factor every so many steps. PyTorch's `StepLR`.
    Step {
        /// Steps between two changes, at least 1.
        every: u64,
        /// More than 0, and at most 1.
        factor: f64,
    },
    /// `exponential:FACTOR`: multiplied by a factor at every step. PyTorch's `ExponentialLR`.
    Exponential {
        /// More than 0, and at most 1.
        factor: f64,
    },
    /// `cosine` or `cosine:FINAL`: half a wave of the cosine from 1 to its end (Loshchilov & Hutter 2017, without
    /// restarts): final + (1 − final) (1 + cos πt) / 2 for the share t of the steps that are over. PyTorch's
    /// `CosineAnnealingLR` over all steps.
    Cosine {
        /// What it would be after the last step, 0 to 1.
        end: f64,
    },
    /// `one-cycle:PEAK`: over 3/10 of the steps from 1 up to the peak, then down to 10⁻⁴, both along half a wave of the
    /// cosine (Smith & Topin 2018). PyTorch's `OneCycleLR` with `div_factor` = peak, without its cycle of momentum.
    OneCycle {
        /// 1 to 10⁶.
        peak: f64,
    },
}

/// The share of the steps in which one cycle rises.
const RISE: f64 = 0.3;
/// Where one cycle ends.
const CYCLE_END: f64 = 1e-4;
/// The highest peak.
const HIGHEST_PEAK: f64 = 1e6;

impl Schedule {
    /// Half a wave of the cosine from 1 to 0.
    pub const COSINE: Self = Self {
        warmup: 0,
        decay: Decay::Cosine { end: 0.0 },
    };

    /// What the learning rate of step `step`, counted from 0, is multiplied by in a training of `steps` steps. A
    /// function of its arguments alone. Steps after the last one have the multiplier of the end.
    pub fn multiplier(&self, step: u64, steps: u64) -> f64 {
        if step < self.warmup {
            let share = (step + 1) as f64 / (self.warmup + 1) as f64;
            return share * self.decay.multiplier(0, steps.saturating_sub(self.warmup));
        }
        self.decay
            .multiplier(step - self.warmup, steps.saturating_sub(self.warmup))
    }

    /// The highest multiplier that there can be.
    pub fn highest(&self) -> f64 {
        match self.decay {
            Decay::OneCycle { peak } => peak,
            _ => 1.0,
        }
    }

    /// Whether every number lies in its range.
    ///
    /// # Errors
    /// With the first that does not.
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

/// The last step of the rise, and of the fall: PyTorch counts both from 0.
fn one_cycle(peak: f64, step: u64, steps: u64) -> f64 {
    let (top, last) = (RISE * steps as f64 - 1.0, steps as f64 - 1.0);
    let step = step as f64;
    match step {
        _ if step >= last => CYCLE_END,
        _ if step <= top => half_wave(1.0, peak, step / top),
        _ => half_wave(peak, CYCLE_END, (step - top) / (last - top)),
    }
}

/// From `start` to `end` along half a wave of the cosine.
fn half_wave(start: f64, end: f64, share: f64) -> f64 {
    let (_, cosine) = f64::sin_cos_of_turns_lanes::<f64>(0.5 * share);
    end + (start - end) * (0.5 * (1.0 + cosine))
}

#[cfg(test)]
mod tests;
