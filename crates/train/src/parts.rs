//! `Parts`: the parts of a loss, and the statistics of a step.

use latents_autograd::Var;
use latents_tensor::{Real, Tensor};
use std::borrow::Cow;

/// The named parts of a loss and the additive statistics of a step, collected while the loss is computed.
///
/// The lists are reused, so that a step does not allocate. Over the shards of a step, parts are averaged over rows and
/// statistics are summed.
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
    /// Creates an empty collection.
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// # use latents_train::Parts;
    /// let mut parts: Parts = Parts::new();
    /// parts.add_number("accuracy", 0.75);
    /// parts.statistic("count", Tensor::ones([2]));
    /// assert_eq!(parts.iter().collect::<Vec<_>>(), [("accuracy", 0.75)]);
    /// assert_eq!(parts.statistics().get("count").unwrap().shape()[..], [2]);
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a named part of the loss: a single number, before it is weighted in the total. The parts of all objectives are
    /// listed together.
    ///
    /// ```
    /// # use latents_autograd::Tape;
    /// # use latents_tensor::Tensor;
    /// # use latents_train::Parts;
    /// let tape = Tape::<f32>::new();
    /// let mut parts = Parts::new();
    /// parts.add("divergence", tape.input(&Tensor::scalar(0.5)));
    /// assert_eq!(parts.iter().next(), Some(("divergence", 0.5)));
    /// ```
    pub fn add(&mut self, name: &'static str, part: Var<'_, T>) {
        self.parts.push((Cow::Borrowed(name), part.item().to_f64()));
    }

    /// Adds a named metric, such as an accuracy or a perplexity, which is averaged over rows.
    ///
    /// ```
    /// # use latents_train::Parts;
    /// let mut parts: Parts = Parts::new();
    /// parts.add_number("accuracy", 0.75);
    /// assert_eq!(parts.iter().next(), Some(("accuracy", 0.75)));
    /// ```
    pub fn add_number(&mut self, name: &'static str, number: f64) {
        self.parts.push((Cow::Borrowed(name), number));
    }

    /// Adds a tensor that is summed over the shards of a step, such as counts, for
    /// [`Trainable::end_step`](crate::Trainable::end_step).
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// # use latents_train::Parts;
    /// let mut parts = Parts::new();
    /// parts.statistic("count", Tensor::<f32>::ones([2]));
    /// assert_eq!(parts.statistics().get("count").unwrap().shape()[..], [2]);
    /// ```
    pub fn statistic(&mut self, name: &'static str, sum: Tensor<T>) {
        self.statistics.sums.push((name, sum));
    }

    /// The parts and metrics with their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, f64)> {
        self.parts.iter().map(|(name, part)| (&**name, *part))
    }

    /// The statistics.
    pub fn statistics(&self) -> &Statistics<T> {
        &self.statistics
    }

    pub(crate) fn clear(&mut self) {
        self.parts.clear();
        self.statistics.sums.clear();
    }

    /// Weights the parts by a shard's fraction of the rows.
    pub(crate) fn scale(&mut self, fraction: f64) {
        self.parts.iter_mut().for_each(|(_, part)| *part *= fraction);
    }

    /// Moves the parts and statistics of an objective here.
    pub(crate) fn append(&mut self, other: &mut Self) {
        self.parts.append(&mut other.parts);
        self.statistics.sums.append(&mut other.statistics.sums);
    }

    /// Adds the parts and statistics of the next shard.
    pub(crate) fn add_shard(&mut self, other: &mut Self) {
        assert_eq!(
            self.parts.len(),
            other.parts.len(),
            "the shards of a step have different parts"
        );
        for ((name, sum), (other_name, part)) in self.parts.iter_mut().zip(&other.parts) {
            assert_eq!(name, other_name, "the shards of a step have different parts");
            *sum += part;
        }
        let (sums, others) = (&mut self.statistics.sums, &other.statistics.sums);
        assert_eq!(
            sums.len(),
            others.len(),
            "the shards of a step have different statistics"
        );
        for ((name, sum), (other_name, part)) in sums.iter_mut().zip(others) {
            assert_eq!(name, other_name, "the shards of a step have different statistics");
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
    /// The sum with this name.
    pub fn get(&self, name: &str) -> Option<&Tensor<T>> {
        self.sums
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, sum)| sum)
    }
}
