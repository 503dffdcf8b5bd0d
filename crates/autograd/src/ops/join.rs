//! Concatenation and stacking.

use crate::{Op, Rule, Tape, Var};
use latents_tensor::{Real, ShapeError, Tensor};

/// Concatenates variables along an axis.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Concat {
    axis: usize,
}

impl<T: Real> Op<T> for Concat {
    fn name(&self) -> &'static str {
        "concat"
    }

    /// Each operand gets its slice of the gradient.
    fn vjp<'t>(&self, rule: &mut Rule<'t, '_, T>) {
        let mut start = 0;
        for index in 0..rule.arity() {
            let end = start + rule.input(index).shape()[self.axis];
            if rule.wants(index) {
                rule.give(index, rule.gradient().narrow(self.axis as isize, start, end));
            }
            start = end;
        }
    }
}

impl<T: Real> Tape<T> {
    /// Concatenates variables along an axis; their other axes must be equal.
    ///
    /// # Panics
    /// If there are no variables, or their shapes do not match.
    ///
    /// ```
    /// # use latents_autograd::Tape; use latents_tensor::Tensor;
    /// let tape = Tape::<f32>::new();
    /// let (a, b) = (tape.input(&Tensor::ones([2, 3])), tape.input(&Tensor::ones([4, 3])));
    /// assert_eq!(tape.concat(&[a, b], 0).shape()[..], [6, 3]);
    /// ```
    #[track_caller]
    pub fn concat<'t>(&'t self, parts: &[Var<'t, T>], axis: isize) -> Var<'t, T> {
        let Some(first) = parts.first() else {
            ShapeError::new("concat", "nothing to join", &[]).raise()
        };
        let place = first.axis("concat", axis);
        let values: Vec<Tensor<T>> = parts.iter().map(|part| part.value()).collect();
        let value = Tensor::try_concat(&values.iter().collect::<Vec<_>>(), axis);
        let value = self.or_raise(value, parts);
        self.record(Concat { axis: place }, parts, value)
    }

    /// Stacks variables of the same shape along a new axis.
    ///
    /// # Panics
    /// If there are no variables, or their shapes differ.
    ///
    /// ```
    /// # use latents_autograd::Tape; use latents_tensor::Tensor;
    /// let tape = Tape::<f32>::new();
    /// let (a, b) = (tape.input(&Tensor::ones([3])), tape.input(&Tensor::ones([3])));
    /// assert_eq!(tape.stack(&[a, b], 0).shape()[..], [2, 3]);
    /// ```
    #[track_caller]
    pub fn stack<'t>(&'t self, parts: &[Var<'t, T>], axis: isize) -> Var<'t, T> {
        let lifted: Vec<Var<'t, T>> = parts.iter().map(|part| part.unsqueeze(axis)).collect();
        self.concat(&lifted, axis)
    }
}
