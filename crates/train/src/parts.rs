//! `Parts`: what a loss is made of, and the statistics that it leaves behind.

use latents_autograd::Var;
use latents_tensor::{Real, Tensor};
use std::borrow::Cow;

/// The named parts of a loss and the additive statistics of a step, collected while the loss is computed.
///
/// The lists are reused from step to step, so that a step allocates nothing. The shards of a step add up: parts as means
/// over the rows, statistics as sums.
#[derive(Debug)]
pub struct Parts<T: Real = f32> {
    pub(crate) parts: Vec<(Cow<'static, str>, f64)>,
    statistics: Statistics<T>,
}

impl<T: Real> Default for Parts<T> {
    fn default() -> Self {
        Self {
            parts: Vec::new(),
            statistics: Statistics { sums: Vec::new() },
        }
    }
}

impl<T: Real> Parts<T> {
    /// No parts yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A named part of the loss: a single number, before any weight that the total gives it. The parts of all objectives
    /// are listed together.
    pub fn add(&mut self, name: &'static str, part: Var<'_, T>) {
        self.parts.push((Cow::Borrowed(name), part.item().to_f64()));
    }

    /// A named number that goes with the loss, as an accuracy or a perplexity does, and is the mean over rows.
    pub fn add_number(&mut self, name: &'static str, number: f64) {
        self.parts.push((Cow::Borrowed(name), number));
    }

    /// A tensor that belongs to these rows and adds up over the shards of a step, for
    /// [`Trainable::end_step`](crate::Trainable::end_step): counts, sums.
    pub fn statistic(&mut self, name: &'static str, sum: Tensor<T>) {
        self.statistics.sums.push((name, sum));
    }

    /// The parts so far, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, f64)> {
        self.parts.iter().map(|(name, part)| (&**name, *part))
    }

    /// The statistics so far.
    pub fn statistics(&self) -> &Statistics<T> {
        &self.statistics
    }

    pub(crate) fn clear(&mut self) {
        self.parts.clear();
        self.statistics.sums.clear();
    }

    /// Weighs the parts by a shard's fraction of the rows.
    pub(crate) fn scale(&mut self, fraction: f64) {
        self.parts.iter_mut().for_each(|(_, part)| *part *= fraction);
    }

    /// Takes the parts and statistics of an objective's shards.
    pub(crate) fn append(&mut self, other: &mut Self) {
        self.parts.append(&mut other.parts);
        self.statistics.sums.append(&mut other.statistics.sums);
    }

    /// Adds the parts and statistics of the next shard.
    pub(crate) fn add_shard(&mut self, other: &mut Self) {
        assert_eq!(
            self.parts.len(),
            other.parts.len(),
            "the shards of a step have other parts"
        );
        for ((name, sum), (other_name, part)) in self.parts.iter_mut().zip(&other.parts) {
            assert_eq!(name, other_name, "the shards of a step have other parts");
            *sum += part;
        }
        let (sums, others) = (&mut self.statistics.sums, &other.statistics.sums);
        assert_eq!(
            sums.len(),
            others.len(),
            "the shards of a step have other statistics"
        );
        for ((name, sum), (other_name, part)) in sums.iter_mut().zip(others) {
            assert_eq!(name, other_name, "the shards of a step have other statistics");
            sum.add_assign(part);
        }
        other.clear();
    }
}

/// Sums over the rows of a step, by name.
#[derive(Debug)]
pub struct Statistics<T: Real = f32> {
    sums: Vec<(&'static str, Tensor<T>)>,
}

impl<T: Real> Statistics<T> {
    /// The sum of this name.
    pub fn get(&self, name: &str) -> Option<&Tensor<T>> {
        self.sums
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, sum)| sum)
    }
}
