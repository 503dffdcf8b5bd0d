//! `log_cosh`: a custom operation.

use latents_autograd::{Op, Rule, Var};
use latents_tensor::{Algebra, Pointwise, Real, pointwise};
use std::rc::Rc;

/// ln cosh x, element-wise: about x²/2 near 0 and |x| − ln 2 for large |x|.
#[track_caller]
pub fn log_cosh<T: Real>(x: Var<'_, T>) -> Var<'_, T> {
    let value = pointwise("log_cosh", &LogCosh, [&x.value()]);
    x.tape().custom(Rc::new(LogCosh), &[x], value)
}

struct LogCosh;

/// The value, in one vectorised loop. |x| + ln(1 + e^(−2|x|)) − ln 2 does not overflow.
impl Pointwise<1> for LogCosh {
    #[inline(always)]
    fn eval<A: Algebra>(&self, [x]: [A; 1]) -> A {
        let far = x.abs();
        far + (far * x.lit(-2.0)).exp().log1p() - x.lit(std::f64::consts::LN_2)
    }
}

/// The derivative tanh x, written as a differentiable operation.
impl<T: Real> Op<T> for LogCosh {
    fn name(&self) -> &'static str {
        "log_cosh"
    }

    fn vjp<'t>(&self, rule: &mut Rule<'t, '_, T>) {
        let (x, gradient) = (rule.input(0), rule.gradient());
        rule.give(0, gradient * x.tanh());
    }
}
