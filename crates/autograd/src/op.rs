//! `Op`: the interface of a differentiable operation, and `Rule`: the arguments of its derivative.

use crate::{Tape, Var};
use latents_tensor::Real;
use std::fmt;

/// A differentiable operation on the tape.
///
/// The method that records the operation computes its value; this trait defines its derivative.
pub trait Op<T: Real> {
    /// Returns the name used in listings and messages.
    fn name(&self) -> &'static str;

    /// The vector-Jacobian product. Passes the gradient of each wanted input to [`Rule::give`], or declares with
    /// [`Rule::no_gradient`] that it is 0. It is written in differentiable operations, so that it can be differentiated again.
    /// The engine accumulates gradients and sums them over broadcast axes.
    fn vjp<'t>(&self, rule: &mut Rule<'t, '_, T>);
}

/// One call of an operation's derivative rule: its inputs, its output, the gradient of the output, and the receiver of the
/// inputs' gradients.
pub struct Rule<'t, 'r, T: Real> {
    pub(crate) output: Var<'t, T>,
    pub(crate) gradient: Var<'t, T>,
    pub(crate) wanted: &'r dyn Fn(usize) -> bool,
    /// Receives the gradient of an input, or `None` if it is 0.
    pub(crate) give: &'r mut dyn FnMut(usize, Option<Var<'t, T>>),
    pub(crate) recorded: bool,
}

impl<T: Real> fmt::Debug for Rule<'_, '_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rule")
            .field("output", &self.output)
            .field("gradient", &self.gradient)
            .field("recorded", &self.recorded)
            .finish_non_exhaustive()
    }
}

impl<'t, T: Real> Rule<'t, '_, T> {
    /// Returns the tape that the rule runs on.
    pub fn tape(&self) -> &'t Tape<T> {
        self.output.tape()
    }

    /// Returns the operation's result.
    pub fn output(&self) -> Var<'t, T> {
        self.output
    }

    /// Returns the gradient of the result.
    pub fn gradient(&self) -> Var<'t, T> {
        self.gradient
    }

    /// Returns the number of inputs.
    pub fn arity(&self) -> usize {
        self.tape().arity(self.output.id())
    }

    /// Returns an input.
    pub fn input(&self, index: usize) -> Var<'t, T> {
        self.tape().input_of(self.output.id(), index)
    }

    /// Returns whether the gradient of an input is needed. The engine drops gradients that are not needed.
    pub fn wants(&self, index: usize) -> bool {
        (self.wanted)(index)
    }

    /// Returns whether the rule is recorded, to be differentiated again. If not, a fused kernel that records nothing may replace
    /// the composed rule.
    pub fn is_recorded(&self) -> bool {
        self.recorded
    }

    /// Adds `gradient` to the gradient of an input. It has the input's shape, or broadcasts from or to it.
    pub fn give(&mut self, index: usize, gradient: Var<'t, T>) {
        if self.wants(index) {
            (self.give)(index, Some(gradient));
        }
    }

    /// Declares that the gradient of an input is 0: the result does not depend on it, or is piecewise constant in it. A rule
    /// must either give or declare the gradient of every wanted input; otherwise the sweep panics.
    pub fn no_gradient(&mut self, index: usize) {
        (self.give)(index, None);
    }
}
