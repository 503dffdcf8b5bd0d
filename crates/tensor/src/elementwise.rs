//! Element-wise functions: a table of formulas, and the methods and operators that it makes.
//!
//! Every function broadcasts its operands as NumPy does and takes any strides. To add one, add a row.

use crate::{Algebra, Pointwise, Real, Tensor, concrete, pointwise};
use std::ops::{Add, Div, Mul, Neg, Sub};

/// A formula of the table, whose loop this crate compiles for `f32` and `f64`.
#[doc(hidden)]
pub trait Compiled<const N: usize>: Pointwise<N> {
    /// As [`pointwise`].
    #[track_caller]
    fn apply<T: Real>(&self, operation: &'static str, operands: [&Tensor<T>; N]) -> Tensor<T>;
}

/// Rows `method(operands) Formula => body`. A number of the formula's own stands behind a semicolon. The method's
/// name is the operation's name in error messages; formulas of the last section have no method.
macro_rules! elementwise {
    (
        tensors { $($(#[$doc:meta])* $method:ident($first:ident $(, $rest:ident)*) $Formula:ident => $body:expr;)+ }
        numbers { $($(#[$ndoc:meta])* $nmethod:ident($nx:ident; $($number:ident),+) $NFormula:ident => $nbody:expr;)+ }
        operators { $($OFormula:ident($ox:ident; $onumber:ident) => $obody:expr;)+ }
    ) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug)]
            pub struct $Formula;

            impl Pointwise<{ count!($first $($rest)*) }> for $Formula {
                #[inline(always)]
                fn eval<A: Algebra>(&self, [$first $(, $rest)*]: [A; count!($first $($rest)*)]) -> A {
                    $body
                }
            }

            impl<T: Real> Tensor<T> {
                $(#[$doc])*
                #[track_caller]
                #[must_use]
                pub fn $method(&self $(, $rest: &Self)*) -> Self {
                    $Formula.apply(stringify!($method), [self $(, $rest)*])
                }
            }
        )+

        $(
            $(#[$ndoc])*
            #[derive(Clone, Copy, Debug)]
            pub struct $NFormula {
                $(#[doc = concat!("The number `", stringify!($number), "`.")] pub $number: f64,)+
            }

            impl Pointwise<1> for $NFormula {
                #[inline(always)]
                fn eval<A: Algebra>(&self, [$nx]: [A; 1]) -> A {
                    $(let $number = $nx.lit(self.$number);)+
                    $nbody
                }
            }

            impl<T: Real> Tensor<T> {
                $(#[$ndoc])*
                #[must_use]
                pub fn $nmethod(&self, $($number: T),+) -> Self {
                    $NFormula { $($number: $number.to_f64()),+ }.apply(stringify!($nmethod), [self])
                }
            }
        )+

        $(
            #[doc(hidden)]
            #[derive(Clone, Copy, Debug)]
            pub struct $OFormula(pub(super) f64);

            impl Pointwise<1> for $OFormula {
                #[inline(always)]
                fn eval<A: Algebra>(&self, [$ox]: [A; 1]) -> A {
                    let $onumber = $ox.lit(self.0);
                    $obody
                }
            }
        )+

        $(compiled!($Formula, { count!($first $($rest)*) });)+
        $(compiled!($NFormula, 1);)+
        $(compiled!($OFormula, 1);)+
    };
}

macro_rules! count {
    ($($operand:ident)+) => { [$(stringify!($operand)),+].len() };
}

macro_rules! compiled {
    ($Formula:ident, $count:tt) => {
        impl Compiled<$count> for $Formula {
            #[inline]
            fn apply<T: Real>(&self, operation: &'static str, operands: [&Tensor<T>; $count]) -> Tensor<T> {
                concrete! {
                    fn compiled<'a, T>(
                        operation: &'static str,
                        formula: &'a $Formula,
                        operands: [&'a Tensor<T>; $count],
                    ) -> Tensor<T> = pointwise(operation, formula, operands);
                }
                compiled(operation, self, operands)
            }
        }
    };
}

/// The formulas behind the element-wise methods of [`Tensor`](crate::Tensor), for the fused reductions
/// ([`sum_of`](crate::sum_of)) and for kernels of one's own.
pub mod formula {
    use super::*;

    /// x.
    #[derive(Clone, Copy, Debug)]
    pub struct Identity;

    impl Pointwise<1> for Identity {
        const IDENTITY: bool = true;

        #[inline(always)]
        fn eval<A: Algebra>(&self, [x]: [A; 1]) -> A {
            x
        }
    }
    compiled!(Identity, 1);

    elementwise! {
        tensors {
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
            /// 1 where x > y, else 0 (also where either is NaN).
            greater(x, y) Greater => y.less(x);
            /// 1 where x ≥ y, else 0 (also where either is NaN).
            greater_equal(x, y) GreaterEqual => y.less_equal(x);
            /// 1 where x ≠ y (also where either is NaN), else 0.
            not_equal(x, y) NotEqual => x.lit(1.0) - x.equal(y);
            /// `if_true` where the mask (`self`) is not 0, else `if_false`: NumPy's and PyTorch's `where`.
            #[doc(alias = "where")]
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
            /// eˣ − 1 − x, exact near 0. Half of it is the Kullback-Leibler divergence of a normal distribution of variance eˣ
            /// from one of variance 1 and the same mean.
            exp_remainder(x) ExponentialRemainder => x.exp_remainder();
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
            /// The complementary error function 1 − erf(x), exact in the tail.
            erfc(x) ComplementaryErrorFunction => x.erfc();
            /// The standard normal distribution function Φ(x) = ½·erfc(−x/√2), exact in the tail.
            normal_cdf(x) NormalDistribution => x.normal_cdf();
            /// The standard normal density φ(x) = e^(−x²/2) / √(2π).
            normal_pdf(x) NormalDensity => x.normal_pdf();
            /// max(x, 0); NaN stays NaN.
            relu(x) Relu => x.less_equal(x.lit(0.0)).choose(x.lit(0.0), x);

            /// (p − t)², the squared error of a prediction and a target.
            squared_error(p, t) SquaredError => (p - t) * (p - t);
            /// |p − t|, the absolute error of a prediction and a target.
            absolute_error(p, t) AbsoluteError => (p - t).abs();
            /// Huber's loss (1964) of a prediction and a target: d²/2 where |d| ≤ δ, else δ(|d| − δ/2), with d = p − t.
            huber_error(p, t, delta) HuberError => (p - t).abs().less_equal(delta).choose(
                p.lit(0.5) * ((p - t) * (p - t)),
                delta * ((p - t).abs() - p.lit(0.5) * delta),
            );
            /// −t ln p − (1 − t) ln(1 − p), the cross entropy of a Bernoulli probability `p` and a target `t` in [0, 1].
            /// Each logarithm is clamped to −100 or more, as PyTorch does, so that it stays finite at p = 0 and p = 1. What 1 − p
            /// loses to rounding is added to its logarithm, which is so exact where p is tiny, for less than log1p costs.
            binary_cross_entropy(p, t) BinaryCrossEntropy => {
                let (one, least) = (p.lit(1.0), p.lit(-100.0));
                let rest = one - p;
                let logarithm = rest.ln() + ((one - rest) - p);
                -(t * p.ln().maximum(least) + (one - t) * logarithm.maximum(least))
            };
            /// softplus(z) − t z, the cross entropy of a Bernoulli logit `z` and a target `t` in [0, 1]. Computed as
            /// softplus(−|z|) + ((0 ≤ z) − t) z, a sum of what is not negative: exact in both tails, and 0 where an infinite
            /// logit is right.
            binary_cross_entropy_with_logits(z, t) BinaryCrossEntropyWithLogits => {
                let error = z.lit(0.0).less_equal(z) - t;
                (-z.abs()).softplus() + error.choose(z * error, error)
            };
        }

        numbers {
            /// x to the power of a number, with IEEE 754's special cases.
            powf(x; exponent) PowerOf => x.pow(exponent);
            /// `x` limited to `lowest ..= highest`; NaN stays NaN. Where `lowest > highest`, the result is `highest`.
            clamp(x; lowest, highest) Clamp => x.maximum(lowest).minimum(highest);
        }

        operators {
            AddNumber(x; number) => x + number;
            SubNumber(x; number) => x - number;
            MulNumber(x; number) => x * number;
            DivNumber(x; number) => x / number;
            SubFrom(x; number) => number - x;
            DivInto(x; number) => number / x;
        }
    }
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
                formula::$Formula(number.to_f64()).apply(stringify!($method), [&self])
            }
        }
    };
    (@left $Trait:ident, $method:ident, $Formula:ident, $Number:ty, $Right:ty) => {
        impl $Trait<$Right> for $Number {
            type Output = Tensor<$Number>;
            fn $method(self, tensor: $Right) -> Tensor<$Number> {
                formula::$Formula(self.to_f64()).apply(stringify!($method), [&tensor])
            }
        }
    };
}

operator!(Add, add, AddNumber, AddNumber);
operator!(Sub, sub, SubNumber, SubFrom);
operator!(Mul, mul, MulNumber, MulNumber);
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
