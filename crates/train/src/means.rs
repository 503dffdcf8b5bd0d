//! `Means`: a loss and its parts over the batches of a pass.

use crate::Loss;
use crate::history::{PartMean, PartMeans};
use crate::mean_loss::finite_loss;
use latents_autograd::Tape;

/// A loss and its parts as numbers.
#[derive(Clone, Copy, Default)]
pub struct Measured {
    pub(crate) total: f64,
    parts: [Option<(&'static str, f64)>; 4],
}

impl Measured {
    /// The numbers of a loss whose total is finite, or what on the tape was not.
    pub(crate) fn of(loss: &Loss<'_>, tape: &Tape) -> Result<Self, String> {
        let number = |(name, part): (_, latents_autograd::Var<'_>)| (name, f64::from(part.item()));
        Ok(Self {
            total: finite_loss(loss.total.item(), tape)?,
            parts: loss.parts.map(|part| part.map(number)),
        })
    }

    /// The parts, as a record keeps them.
    pub(crate) fn parts(self) -> PartMeans {
        self.parts.map(|part| {
            part.map(|(name, mean)| PartMean {
                name: name.into(),
                mean,
            })
        })
    }
}

/// The sums of batches, each weighed by its rows.
#[derive(Default)]
pub(crate) struct Means {
    rows: usize,
    sums: Measured,
}

impl Means {
    pub(crate) fn add(&mut self, batch: Measured, rows: usize) {
        self.rows += rows;
        self.sums.total += batch.total * rows as f64;
        for (sum, part) in self.sums.parts.iter_mut().zip(batch.parts) {
            if let Some((name, value)) = part {
                sum.get_or_insert((name, 0.0)).1 += value * rows as f64;
            }
        }
    }

    pub(crate) fn mean(&self) -> Measured {
        let rows = self.rows as f64;
        Measured {
            total: self.sums.total / rows,
            parts: self
                .sums
                .parts
                .map(|part| part.map(|(name, sum)| (name, sum / rows))),
        }
    }
}
