//! `Op`: what an operation must say of itself, and `Rule`: what it is given to say it.

use crate::{Tape, Var};
use latents_tensor::Real;
use std::fmt;

/// A differentiable operation, as it stands on the tape.
///
/// The forward value is computed by the method that records the operation; here stands how a gradient passes back.
pub trait Op<T: Real> {
    /// The name in listings and messages.
    fn name(&self) -> &'static str;

    /// The vector-Jacobian product: gives each wanted input its part of the gradient ([`Rule::give`]), written in differentiable
    /// operations, so that it can be differentiated again, or says that it has none ([`Rule::no_gradient`]). Accumulation, and
    /// summing over broadcast axes, is the engine's business.
    fn vjp<'t>(&self, rule: &mut Rule<'t, '_, T>);
}

/// One application of an operation's rule: its inputs, its output, the output's gradient, and where the inputs'
/// gradients go.
pub struct Rule<'t, 'r, T: Real> {
    pub(crate) output: Var<'t, T>,
    pub(crate) gradient: Var<'t, T>,
    pub(crate) wanted: &'r dyn Fn(usize) -> bool,
    /// Takes the gradient of an input, or that it has none.
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
    /// The tape that the rule runs on.
    pub fn tape(&self) -> &'t Tape<T> {
        self.output.tape()
    }

    /// The operation's result.
    pub fn output(&self) -> Var<'t, T> {
        self.output
    }

    /// The gradient of the result.
    pub fn gradient(&self) -> Var<'t, T> {
        self.gradient
    }

    /// How many inputs the operation has.
    pub fn arity(&self) -> usize {
        self.tape().arity(self.output.id())
    }

    /// An input of the operation.
    pub fn input(&self, index: usize) -> Var<'t, T> {
        self.tape().input_of(self.output.id(), index)
    }

    /// Whether anybody asks for the gradient of an input. Rules may give others too; the engine drops them.
    pub fn wants(&self, index: usize) -> bool {
        (self.wanted)(index)
    }

    /// Whether the rule itself is recorded, to be differentiated again. A fused kernel that records nothing may
    /// stand in for the composed rule where it is not.
    pub fn is_recorded(&self) -> bool {
        self.recorded
    }

    /// Adds `gradient` to the gradient of an input. Its shape is the input's, or broadcasts from it.
    pub fn give(&mut self, index: usize, gradient: Var<'t, T>) {
        if self.wants(index) {
            (self.give)(index, Some(gradient));
        }
    }

    /// Says that the result does not depend on an input, or only in steps: its gradient is 0. A rule that neither gives a wanted
    /// input its gradient nor says that there is none is an error.
    pub fn no_gradient(&mut self, index: usize) {
        (self.give)(index, None);
    }
}
