//! Element-wise functions: a table of formulas, and the methods and operators that it makes.
//!
//! Every function broadcasts its operands as NumPy does and takes any strides. To add one, add a row.

use crate::{Algebra, Pointwise, Real, Tensor, pointwise};
use std::ops::{Add, Div, Mul, Neg, Sub};

/// One row: `method(operands) Formula => body`, or `method(operand; parameters) Formula => body` for formulas with
/// numbers of their own. The method's name is the operation's name in error messages.
macro_rules! elementwise {
    ($(#[$doc:meta])* $method:ident($first:ident $(, $rest:ident)*) $Formula:ident => $body:expr; $($more:tt)*) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $Formula;

        impl Pointwise<{ [stringify!($first) $(, stringify!($rest))*].len() }> for $Formula {
            #[inline(always)]
            fn eval<A: Algebra>(&self, [$first $(, $rest)*]: [A; [stringify!($first) $(, stringify!($rest))*].len()]) -> A {
                $body
            }
        }

        impl<T: Real> Tensor<T> {
            $(#[$doc])*
            #[track_caller]
            #[must_use]
            pub fn $method(&self $(, $rest: &Self)*) -> Self {
                pointwise(stringify!($method), &$Formula, [self $(, $rest)*])
            }
        }

        elementwise! { $($more)* }
    };
    ($(#[$doc:meta])* $method:ident($first:ident; $($parameter:ident),+) $Formula:ident => $body:expr; $($more:tt)*) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $Formula {
            $(#[doc = concat!("The number `", stringify!($parameter), "`.")] pub $parameter: f64,)+
        }

        impl Pointwise<1> for $Formula {
            #[inline(always)]
            fn eval<A: Algebra>(&self, [$first]: [A; 1]) -> A {
                $(let $parameter = $first.lit(self.$parameter);)+
                $body
            }
        }

        impl<T: Real> Tensor<T> {
            $(#[$doc])*
            #[must_use]
            pub fn $method(&self, $($parameter: T),+) -> Self {
                pointwise(stringify!($method), &$Formula { $($parameter: $parameter.to_f64()),+ }, [self])
            }
        }

        elementwise! { $($more)* }
    };
    () => {};
}

/// The formulas behind the element-wise methods of [`Tensor`](crate::Tensor), for the fused reductions
/// ([`sum_of`](crate::sum_of)) and for kernels of one's own.
pub mod formula {
    use super::*;

    elementwise! {
        /// x + y.
        add(x, y) Sum => x + y;
        /// x − y.
        sub(x, y) Difference => x - y;
        /// x · y.
        mul(x, y) Product => x * y;
        /// x / y.
        div(x, y) Quotient => x / y;
        /// The larger of two; NaN where either is NaN, `y` where both are equal.
        maximum(x, y) Maximum => x.maximum(y);
        /// The smaller of two; NaN where either is NaN, `y` where both are equal.
        minimum(x, y) Minimum => x.minimum(y);
        /// 1 where x < y, else 0 (also where either is NaN).
        less(x, y) Less => x.less(y);
        /// 1 where x ≤ y, else 0 (also where either is NaN).
        less_equal(x, y) LessEqual => x.less_equal(y);
        /// 1 where x = y, else 0 (also where either is NaN).
        equal(x, y) Equal => x.equal(y);
        /// `if_true` where the mask (`self`) is not 0, else `if_false`.
        choose(mask, if_true, if_false) Choose => mask.choose(if_true, if_false);
        /// xʸ, with IEEE 754's special cases.
        pow(x, y) Power => x.pow(y);

        /// −x.
        neg(x) Negative => -x;
        /// |x|.
        abs(x) Absolute => x.abs();
        /// x².
        square(x) Square => x * x;
        /// 1 / x.
        recip(x) Reciprocal => x.lit(1.0) / x;
        /// √x; NaN for negative numbers.
        sqrt(x) SquareRoot => x.sqrt();
        /// The largest integer that is not greater.
        floor(x) Floor => x.floor();
        /// eˣ.
        exp(x) Exponential => x.exp();
        /// eˣ − 1, exact near 0.
        expm1(x) ExponentialMinusOne => x.expm1();
        /// Natural logarithm; −∞ for 0, NaN for negative numbers.
        ln(x) Logarithm => x.ln();
        /// ln(1 + x), exact near 0.
        log1p(x) LogarithmOfOnePlus => x.log1p();
        /// Hyperbolic tangent.
        tanh(x) Tanh => x.tanh();
        /// 1 / (1 + e⁻ˣ).
        sigmoid(x) Sigmoid => x.sigmoid();
        /// ln(1 + eˣ).
        softplus(x) Softplus => x.softplus();
        /// The error function.
        erf(x) ErrorFunction => x.erf();
        /// max(x, 0); NaN stays NaN.
        relu(x) Relu => x.maximum(x.lit(0.0));

        /// x to the power of a number, with IEEE 754's special cases.
        powf(x; exponent) PowerOf => x.pow(exponent);
        /// `x` limited to `lowest ..= highest`; NaN stays NaN. Where `lowest > highest`, the result is `highest`.
        clamp(x; lowest, highest) Clamp => x.maximum(lowest).minimum(highest);
    }
}

/// One row: the formula of an operator with a number on its right or left side.
macro_rules! with_number {
    ($($Formula:ident($x:ident, $number:ident) => $body:expr;)+) => {$(
        struct $Formula(f64);

        impl Pointwise<1> for $Formula {
            #[inline(always)]
            fn eval<A: Algebra>(&self, [$x]: [A; 1]) -> A {
                let $number = $x.lit(self.0);
                $body
            }
        }
    )+};
}

with_number! {
    AddNumber(x, number) => x + number;
    SubNumber(x, number) => x - number;
    MulNumber(x, number) => x * number;
    DivNumber(x, number) => x / number;
    AddTo(x, number) => number + x;
    SubFrom(x, number) => number - x;
    MulBy(x, number) => number * x;
    DivInto(x, number) => number / x;
}

/// An operator between tensors, and between a tensor and a number, owned or borrowed.
macro_rules! operator {
    ($Trait:ident, $method:ident, $right:ident, $left:ident) => {
        operator!(@tensors $Trait, $method, &Tensor<T>, &Tensor<T>);
        operator!(@tensors $Trait, $method, &Tensor<T>, Tensor<T>);
        operator!(@tensors $Trait, $method, Tensor<T>, &Tensor<T>);
        operator!(@tensors $Trait, $method, Tensor<T>, Tensor<T>);
        operator!(@right $Trait, $method, $right, &Tensor<T>);
        operator!(@right $Trait, $method, $right, Tensor<T>);
        operator!(@left $Trait, $method, $left, f32, &Tensor<f32>);
        operator!(@left $Trait, $method, $left, f32, Tensor<f32>);
        operator!(@left $Trait, $method, $left, f64, &Tensor<f64>);
        operator!(@left $Trait, $method, $left, f64, Tensor<f64>);
    };
    (@tensors $Trait:ident, $method:ident, $Left:ty, $Right:ty) => {
        impl<T: Real> $Trait<$Right> for $Left {
            type Output = Tensor<T>;
            #[track_caller]
            fn $method(self, other: $Right) -> Tensor<T> {
                Tensor::$method(&self, &other)
            }
        }
    };
    (@right $Trait:ident, $method:ident, $Formula:ident, $Left:ty) => {
        impl<T: Real> $Trait<T> for $Left {
            type Output = Tensor<T>;
            fn $method(self, number: T) -> Tensor<T> {
                pointwise(stringify!($method), &$Formula(number.to_f64()), [&self])
            }
        }
    };
    (@left $Trait:ident, $method:ident, $Formula:ident, $Number:ty, $Right:ty) => {
        impl $Trait<$Right> for $Number {
            type Output = Tensor<$Number>;
            fn $method(self, tensor: $Right) -> Tensor<$Number> {
                pointwise(stringify!($method), &$Formula(self.to_f64()), [&tensor])
            }
        }
    };
}

operator!(Add, add, AddNumber, AddTo);
operator!(Sub, sub, SubNumber, SubFrom);
operator!(Mul, mul, MulNumber, MulBy);
operator!(Div, div, DivNumber, DivInto);

impl<T: Real> Neg for &Tensor<T> {
    type Output = Tensor<T>;
    fn neg(self) -> Tensor<T> {
        Tensor::neg(self)
    }
}

impl<T: Real> Neg for Tensor<T> {
    type Output = Tensor<T>;
    fn neg(self) -> Tensor<T> {
        Tensor::neg(&self)
    }
}
