//! User-defined operations.

use crate::ops::Recorded;
use crate::{Op, Tape, Var};
use latents_tensor::{Real, Tensor};
use std::rc::Rc;

impl<T: Real> Tape<T> {
    /// Records a user-defined operation: `value` is its result on `inputs`, and `op` defines its derivative.
    ///
    /// ```
    /// use latents_autograd::{Op, Rule, Tape};
    /// use latents_tensor::Tensor;
    /// use std::rc::Rc;
    ///
    /// struct Cube;
    /// impl Op<f64> for Cube {
    ///     fn name(&self) -> &'static str {
    ///         "cube"
    ///     }
    ///     fn vjp<'t>(&self, rule: &mut Rule<'t, '_, f64>) {
    ///         let (x, g) = (rule.input(0), rule.gradient());
    ///         rule.give(0, g * x * x * 3.0);
    ///     }
    /// }
    ///
    /// let tape = Tape::new();
    /// let x = tape.variable(&Tensor::scalar(2.0));
    /// let y = tape.custom(Rc::new(Cube), &[x], Tensor::scalar(8.0));
    /// assert_eq!(y.backward().get(x).unwrap().item(), 12.0);
    /// ```
    ///
    /// # Panics
    /// If there are no inputs, or an input belongs to another tape.
    #[track_caller]
    pub fn custom<'t>(&'t self, op: Rc<dyn Op<T>>, inputs: &[Var<'t, T>], value: Tensor<T>) -> Var<'t, T> {
        assert!(
            !inputs.is_empty(),
            "{}: an operation has at least one input",
            op.name()
        );
        self.record(Recorded::Custom(op), inputs, value)
    }
}
