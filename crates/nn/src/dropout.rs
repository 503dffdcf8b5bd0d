//! The `Dropout` layer.

use crate::{Module, Parameter};
use latents_autograd::Var;
use latents_tensor::random::Key;
use latents_tensor::{Algebra, Pointwise, Real, Shape, Tensor, concrete, pointwise};

/// During training, sets each element to 0 with probability p and multiplies the others by 1 / (1 − p), which keeps the
/// expectation unchanged (Srivastava et al. 2014, with inverted scaling). In evaluation mode it is the identity.
///
/// The noise is drawn with [`Tape::next_key`](latents_autograd::Tape::next_key): it depends on the step's key and on the layer's
/// position in the step, not on the number of threads.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dropout {
    probability: f64,
}

impl Dropout {
    /// Creates a layer that drops each element with this probability.
    ///
    /// # Panics
    /// If `probability` is not between 0 and 1.
    ///
    /// ```
    /// # use latents_nn::{Dropout, Module}; use latents_autograd::Tape; use latents_tensor::Tensor;
    /// let tape = Tape::<f32>::new();
    /// tape.set_training(false);
    /// let x = tape.input(&Tensor::ones([3]));
    /// assert_eq!(Dropout::new(0.5).forward(x).value().to_vec(), [1.0, 1.0, 1.0]);
    /// ```
    #[track_caller]
    pub fn new(probability: f64) -> Self {
        assert!(
            (0.0..=1.0).contains(&probability),
            "Dropout: the probability is {probability}; it must lie between 0 and 1"
        );
        Self { probability }
    }

    /// Returns the probability with which an element is dropped.
    pub fn probability(&self) -> f64 {
        self.probability
    }
}

/// Turns a mask into factors: 0, or the reciprocal of the probability of keeping an element.
struct Factors {
    scale: f64,
}

impl Pointwise<1> for Factors {
    #[inline(always)]
    fn eval<A: Algebra>(&self, [mask]: [A; 1]) -> A {
        mask.choose(mask.lit(self.scale), mask.lit(0.0))
    }
}

concrete! {
    /// Returns factors that keep each element with this probability.
    fn factors<'a, T>(stays: f64, shape: Shape, key: Key) -> Tensor<T> =
        pointwise("dropout", &Factors { scale: 1.0 / stays }, [&key.bernoulli(stays, shape)]);
}

impl<T: Real> Module<T> for Dropout {
    #[track_caller]
    fn forward<'t>(&self, x: Var<'t, T>) -> Var<'t, T> {
        let tape = x.tape();
        if !tape.is_training() || self.probability == 0.0 {
            return x;
        }
        let stays = 1.0 - self.probability;
        x * tape.input(&factors(stays, x.shape(), tape.next_key()))
    }

    fn visit(&self, _: &mut dyn FnMut(&Parameter<T>)) {}
    fn visit_mut(&mut self, _: &mut dyn FnMut(&mut Parameter<T>)) {}
    fn name_parameters(&mut self, _: &str) {}

    fn kind(&self) -> String {
        format!("Dropout({})", self.probability)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use latents_autograd::Tape;
    use latents_tensor::Tensor;
    use latents_tensor::random::Key;

    fn run(tape: &Tape<f32>, probability: f64) -> Vec<f32> {
        let x = tape.input(&Tensor::ones([100, 50]));
        Dropout::new(probability).forward(x).value().to_vec()
    }

    #[test]
    fn keeps_the_expectation_and_repeats_for_the_same_key() {
        let tape = Tape::new();
        tape.set_key(Key::new(5));
        let (first, second) = (run(&tape, 0.25), run(&tape, 0.25));
        assert_ne!(first, second, "two layers of a step draw different noise");
        tape.set_key(Key::new(5));
        assert_eq!(run(&tape, 0.25), first);
        assert!(first.iter().all(|&x| x == 0.0 || x == 1.0 / 0.75));
        let mean = first.iter().sum::<f32>() / first.len() as f32;
        assert!((mean - 1.0).abs() < 0.05, "{mean}");
    }

    #[test]
    fn is_the_identity_where_nothing_is_dropped() {
        let tape = Tape::new();
        assert_eq!(run(&tape, 0.0), vec![1.0; 5000]);
        assert_eq!(run(&tape, 1.0), vec![0.0; 5000]);
        tape.set_training(false);
        assert_eq!(run(&tape, 0.9), vec![1.0; 5000]);
    }

    #[test]
    fn the_gradient_passes_where_the_value_does() {
        let tape = Tape::<f64>::new();
        let x = tape.variable(&Tensor::full([64], 2.0));
        let y = Dropout::new(0.5).forward(x);
        let gradient = y.sum_all().backward().get(x).map(Tensor::to_vec);
        assert_eq!(
            gradient,
            Some(y.value().to_vec().iter().map(|y| y / 2.0).collect())
        );
    }

    #[test]
    #[should_panic(expected = "it must lie between 0 and 1")]
    fn no_probability_is_refused() {
        Dropout::new(1.5);
    }
}
