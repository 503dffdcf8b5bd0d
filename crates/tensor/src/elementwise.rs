//! Element-wise functions: a table of formulas, and the methods and operators generated from it.
//!
//! Every function broadcasts its operands as NumPy does and accepts any strides. To add one, add a row.

use crate::{Algebra, Pointwise, Real, Tensor, concrete, pointwise};
use std::ops::{Add, Div, Mul, Neg, Sub};

/// A formula of the table, whose loop this crate compiles for `f32` and `f64`.
#[doc(hidden)]
pub trait Compiled<const N: usize>: Pointwise<N> {
    /// Like [`pointwise`].
    #[track_caller]
    fn apply<T: Real>(&self, operation: &'static str, operands: [&Tensor<T>; N]) -> Tensor<T>;
}

/// Rows `method(operands) Formula at [example] is result => body`. Numeric parameters of a formula follow a semicolon. The name
/// of the method is the name of the operation in error messages; formulas of the last section have no method.
macro_rules! elementwise {
    (
        tensors { $($(#[$doc:meta])* $method:ident($first:ident $(, $rest:ident)*) $Formula:ident
            at $example:tt is $result:literal => $body:expr;)+ }
        numbers { $($(#[$ndoc:meta])* $nmethod:ident($nx:ident; $($number:ident),+) $NFormula:ident
            at $nexample:tt $arguments:tt is $nresult:literal => $nbody:expr;)+ }
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
                ///
                /// Made by `elementwise!`.
                ///
                /// ```
                /// # use latents_tensor::Tensor;
                #[doc = concat!(
                    "let [", stringify!($first $(, $rest)*), "] = ", stringify!($example), ".map(Tensor::<f64>::scalar);"
                )]
                #[doc = concat!(
                    "assert_eq!(", stringify!($first), ".", stringify!($method), "(", stringify!($(&$rest),*), ").item(), ",
                    stringify!($result), ");"
                )]
                /// ```
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
                ///
                /// Made by `elementwise!`.
                ///
                /// ```
                /// # use latents_tensor::Tensor;
                #[doc = concat!("let [x] = ", stringify!($nexample), ".map(Tensor::<f64>::scalar);")]
                #[doc = concat!("assert_eq!(x.", stringify!($nmethod), stringify!($arguments), ".item(), ", stringify!($nresult), ");")]
                /// ```
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

/// The formulas of the element-wise methods of [`Tensor`](crate::Tensor), for the fused reductions ([`sum_of`](crate::sum_of))
/// and your own kernels.
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
            add(x, y) Sum at [2.0, 3.0] is 5.0 => x + y;
            /// x − y.
            sub(x, y) Difference at [2.0, 3.0] is -1.0 => x - y;
            /// x · y.
            mul(x, y) Product at [2.0, 3.0] is 6.0 => x * y;
            /// x / y.
            div(x, y) Quotient at [3.0, 2.0] is 1.5 => x / y;
            /// The larger of two numbers: NaN if either is NaN, `y` if both are equal.
            maximum(x, y) Maximum at [2.0, 3.0] is 3.0 => x.maximum(y);
            /// The smaller of two numbers: NaN if either is NaN, `y` if both are equal.
            minimum(x, y) Minimum at [2.0, 3.0] is 2.0 => x.minimum(y);
            /// 1 if x < y, otherwise 0 (also if either is NaN).
            less(x, y) Less at [2.0, 3.0] is 1.0 => x.less(y);
            /// 1 if x ≤ y, otherwise 0 (also if either is NaN).
            less_equal(x, y) LessEqual at [2.0, 3.0] is 1.0 => x.less_equal(y);
            /// 1 if x = y, otherwise 0 (also if either is NaN).
            equal(x, y) Equal at [2.0, 3.0] is 0.0 => x.equal(y);
            /// 1 if x > y, otherwise 0 (also if either is NaN).
            greater(x, y) Greater at [2.0, 3.0] is 0.0 => y.less(x);
            /// 1 if x ≥ y, otherwise 0 (also if either is NaN).
            greater_equal(x, y) GreaterEqual at [2.0, 3.0] is 0.0 => y.less_equal(x);
            /// 1 if x ≠ y (also if either is NaN), otherwise 0.
            not_equal(x, y) NotEqual at [2.0, 3.0] is 1.0 => x.lit(1.0) - x.equal(y);
            /// `if_true` if the mask (`self`) is not 0, otherwise `if_false`: `where` in NumPy and PyTorch.
            #[doc(alias = "where")]
            choose(mask, if_true, if_false) Choose at [1.0, 2.0, 3.0] is 2.0 => mask.choose(if_true, if_false);
            /// xʸ, with the special cases of IEEE 754.
            pow(x, y) Power at [3.0, 2.0] is 9.0 => x.pow(y);

            /// −x.
            neg(x) Negative at [2.0] is -2.0 => -x;
            /// |x|.
            abs(x) Absolute at [-2.0] is 2.0 => x.abs();
            /// x².
            square(x) Square at [3.0] is 9.0 => x * x;
            /// 1 / x.
            recip(x) Reciprocal at [4.0] is 0.25 => x.lit(1.0) / x;
            /// √x; NaN for negative numbers.
            sqrt(x) SquareRoot at [4.0] is 2.0 => x.sqrt();
            /// The largest integer that is at most x.
            floor(x) Floor at [-1.5] is -2.0 => x.floor();
            /// eˣ.
            exp(x) Exponential at [0.0] is 1.0 => x.exp();
            /// eˣ − 1, accurate near 0.
            expm1(x) ExponentialMinusOne at [0.0] is 0.0 => x.expm1();
            /// eˣ − 1 − x, accurate near 0. Half of it is the Kullback-Leibler divergence of a normal distribution of variance eˣ
            /// from one of variance 1 and the same mean.
            exp_remainder(x) ExponentialRemainder at [0.0] is 0.0 => x.exp_remainder();
            /// Natural logarithm; −∞ for 0, NaN for negative numbers.
            ln(x) Logarithm at [1.0] is 0.0 => x.ln();
            /// ln(1 + x), accurate near 0.
            log1p(x) LogarithmOfOnePlus at [0.0] is 0.0 => x.log1p();
            /// Hyperbolic tangent.
            tanh(x) Tanh at [0.0] is 0.0 => x.tanh();
            /// 1 / (1 + e⁻ˣ).
            sigmoid(x) Sigmoid at [0.0] is 0.5 => x.sigmoid();
            /// ln(1 + eˣ).
            softplus(x) Softplus at [100.0] is 100.0 => x.softplus();
            /// The error function.
            erf(x) ErrorFunction at [0.0] is 0.0 => x.erf();
            /// The complementary error function 1 − erf(x), accurate in the tail.
            erfc(x) ComplementaryErrorFunction at [0.0] is 1.0 => x.erfc();
            /// The standard normal distribution function Φ(x) = ½·erfc(−x/√2), accurate in the tail.
            normal_cdf(x) NormalDistribution at [0.0] is 0.5 => x.normal_cdf();
            /// The standard normal density φ(x) = e^(−x²/2) / √(2π).
            normal_pdf(x) NormalDensity at [100.0] is 0.0 => x.normal_pdf();
            /// max(x, 0); NaN stays NaN.
            relu(x) Relu at [-2.0] is 0.0 => x.less_equal(x.lit(0.0)).choose(x.lit(0.0), x);

            /// (p − t)², the squared error of a prediction and a target.
            squared_error(p, t) SquaredError at [5.0, 2.0] is 9.0 => (p - t) * (p - t);
            /// |p − t|, the absolute error of a prediction and a target.
            absolute_error(p, t) AbsoluteError at [5.0, 2.0] is 3.0 => (p - t).abs();
            /// Huber's loss (1964) of a prediction and a target: d²/2 if |d| ≤ δ, otherwise δ(|d| − δ/2), with d = p − t.
            huber_error(p, t, delta) HuberError at [3.0, 0.0, 1.0] is 2.5 => (p - t).abs().less_equal(delta).choose(
                p.lit(0.5) * ((p - t) * (p - t)),
                delta * ((p - t).abs() - p.lit(0.5) * delta),
            );
            /// −t ln p − (1 − t) ln(1 − p), the cross entropy of a Bernoulli probability `p` and a target `t` in [0, 1].
            /// Each logarithm is clamped to −100 or more, as in PyTorch, so that it stays finite at p = 0 and p = 1. The rounding
            /// error of 1 − p is added to its logarithm, which makes it accurate for tiny p at a lower cost than log1p.
            binary_cross_entropy(p, t) BinaryCrossEntropy at [1.0, 1.0] is 0.0 => {
                let (one, least) = (p.lit(1.0), p.lit(-100.0));
                let rest = one - p;
                let logarithm = rest.ln() + ((one - rest) - p);
                -(t * p.ln().maximum(least) + (one - t) * logarithm.maximum(least))
            };
            /// softplus(z) − t z, the cross entropy of a Bernoulli logit `z` and a target `t` in [0, 1]. Computed as
            /// softplus(−|z|) + ((0 ≤ z) − t) z, a sum of non-negative terms: accurate in both tails, and 0 if an infinite logit
            /// is right.
            binary_cross_entropy_with_logits(z, t) BinaryCrossEntropyWithLogits at [100.0, 0.0] is 100.0 => {
                let error = z.lit(0.0).less_equal(z) - t;
                (-z.abs()).softplus() + error.choose(z * error, error)
            };
        }

        numbers {
            /// x to the power of a number, with the special cases of IEEE 754.
            powf(x; exponent) PowerOf at [3.0] (2.0) is 9.0 => x.pow(exponent);
            /// Clamps `x` to `lowest ..= highest`; NaN stays NaN. If `lowest > highest`, the result is `highest`.
            clamp(x; lowest, highest) Clamp at [3.0] (0.0, 1.0) is 1.0 => x.maximum(lowest).minimum(highest);
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

/// Implements an operator between tensors, and between a tensor and a number, owned or borrowed.
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
