//! Joining variables.

use crate::{Op, Rule, Tape, Var};
use latents_tensor::{Real, ShapeError, Tensor};

/// Variables one after the other along an axis.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Concat {
    axis: usize,
}

impl<T: Real> Op<T> for Concat {
    fn name(&self) -> &'static str {
        "concat"
    }

    /// Each part gets its piece.
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
    /// Variables one after the other along an axis; their other axes must be equal.
    ///
    /// # Panics
    /// Without variables, or if their shapes do not fit.
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

    /// Variables of one shape along a new axis.
    ///
    /// # Panics
    /// Without variables, or if their shapes differ.
    #[track_caller]
    pub fn stack<'t>(&'t self, parts: &[Var<'t, T>], axis: isize) -> Var<'t, T> {
        let lifted: Vec<Var<'t, T>> = parts.iter().map(|part| part.unsqueeze(axis)).collect();
        self.concat(&lifted, axis)
    }
}
