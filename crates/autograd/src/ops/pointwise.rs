//! The table of rules of the pointwise operations. To add one, add its formula to the table of the tensor crate
//! (`elementwise.rs`) and its rule here.
//!
//! A row lists the formula, the method, the operands with the ranges that tests draw them from, an example, and for each operand
//! its gradient from the gradient `g` of the result `y`. The ranges must lie on both sides of every kink, but not include the
//! kink itself.

use super::catalogue::{Entry, operands};
use super::formula::Formula;
use super::row::{Row, apply, give};
use crate::{Op, Rule, Var};
use latents_tensor::{Algebra, Pointwise, Real, concrete, formula};

/// erf′(x) = 2/√π · e^(−x²) = 4√π · φ(x)², and φ is exact where x² is large and rounded.
const FOUR_ROOT_PI: f64 = 7.089_815_403_622_064;

/// e⁻¹⁰⁰: the smallest argument of the logarithms in the target's gradient of a cross entropy.
const LEAST: f64 = 3.720_075_976_020_836e-44;

/// The gradient of an operand of `maximum` or `minimum`: half of `g` in a tie, 0 if the operand loses, otherwise all of it.
#[inline(always)]
fn won<A: Algebra>(g: A, is_tie: A, loses: A) -> A {
    is_tie.choose(g * g.lit(0.5), loses.choose(g.lit(0.0), g))
}

/// g with the sign of `to` − `from`, or 0 if the difference has no sign.
#[inline(always)]
fn signed<A: Algebra>(g: A, from: A, to: A) -> A {
    to.less(from).choose(-g, from.less(to).choose(g, g.lit(0.0)))
}

macro_rules! rows {
    ($list:ident, $n:literal, $all:literal; $(
        $(#[$doc:meta])*
        $Formula:ident: $method:ident($first:ident in $first_range:expr $(, $x:ident in $range:expr)*)
            at $example:tt is $result:expr;
        ($g:ident, $y:ident) => [$($index:literal: $rule:expr),+];
    )+) => {
        $(
            impl Row<$n> for formula::$Formula {
                const NAME: &'static str = stringify!($method);

                #[inline(always)]
                fn vjp<A: Algebra>(which: usize, $g: A, operands: [A; $n], $y: A) -> A {
                    let [$first $(, $x)*] = operands;
                    let _ = ($first, $($x,)* $y);
                    match which {
                        $($index => $rule,)+
                        _ => unreachable!("{} has {} operands", stringify!($method), $n),
                    }
                }
            }

            impl<T: Real> Op<T> for formula::$Formula {
                fn name(&self) -> &'static str {
                    stringify!($method)
                }

                fn vjp<'t>(&self, rule: &mut Rule<'t, '_, T>) {
                    $(give::<T, Self, $index, $n, $all>(rule);)+
                }
            }

            impl<'t, T: Real> Var<'t, T> {
                $(#[$doc])*
                ///
                /// Made by `rows!`.
                ///
                /// ```
                /// # use latents_autograd::Tape;
                /// # let tape = Tape::<f64>::new();
                #[doc = concat!(
                    "let [", stringify!($first $(, $x)*), "] = ", stringify!($example), ".map(|x| tape.scalar(x));"
                )]
                #[doc = concat!(
                    "assert_eq!(", stringify!($first), ".", stringify!($method), "(", stringify!($($x),*), ").item(), ",
                    stringify!($result), ");"
                )]
                /// ```
                #[track_caller]
                #[must_use]
                #[allow(clippy::should_implement_trait, reason = "the operator calls the method")]
                pub fn $method(self $(, $x: Self)*) -> Self {
                    concrete! {
                        fn recorded<'t, T>(operands: [Var<'t, T>; $n]) -> Var<'t, T> =
                            apply(&formula::$Formula, operands);
                    }
                    recorded([self $(, $x)*])
                }
            }
        )+

        /// The rows above as data.
        pub(super) static $list: &[Entry] = &[$(Entry {
            operation: stringify!($Formula),
            method: stringify!($method),
            operands: &[stringify!($first) $(, stringify!($x))*],
            domain: &[&$first_range $(, &$range)*],
            ruled: &[$($index),+],
            single: |x| {
                let [$first $(, $x)*] = operands(x);
                $first.$method($($x),*)
            },
            double: |x| {
                let [$first $(, $x)*] = operands(x);
                $first.$method($($x),*)
            },
            number: |x| formula::$Formula.eval::<f64>(operands(x)),
            formula: || formula::$Formula.eval(Formula::names([stringify!($first) $(, stringify!($x))*])),
            rule: |which| {
                let x = Formula::names([stringify!($first) $(, stringify!($x))*]);
                <formula::$Formula as Row<$n>>::vjp(which, Formula::name("g"), x, Formula::name("y"))
            },
        }),+];
    };
}

rows! { UNARY, 1, 3;
    /// −x.
    Negative: neg(x in [-3.0..3.0]) at [2.0] is -2.0;
        (g, y) => [0: -g];
    /// |x|; the gradient at 0 and at NaN is 0.
    Absolute: abs(x in [-3.0..-0.1, 0.1..3.0]) at [-2.0] is 2.0;
        (g, y) => [0: signed(g, x.lit(0.0), x)];
    /// √x.
    SquareRoot: sqrt(x in [0.2..4.0]) at [4.0] is 2.0;
        (g, y) => [0: g / (y + y)];
    /// x².
    Square: square(x in [-3.0..3.0]) at [3.0] is 9.0;
        (g, y) => [0: g * (x + x)];
    /// 1 / x.
    Reciprocal: recip(x in [-3.0..-0.3, 0.3..3.0]) at [4.0] is 0.25;
        (g, y) => [0: -(g * y * y)];
    /// eˣ.
    Exponential: exp(x in [-3.0..3.0]) at [0.0] is 1.0;
        (g, y) => [0: g * y];
    /// eˣ − 1, exact near 0.
    ExponentialMinusOne: expm1(x in [-3.0..3.0]) at [0.0] is 0.0;
        (g, y) => [0: g * x.exp()];
    /// eˣ − 1 − x, exact near 0, as is its derivative eˣ − 1.
    ExponentialRemainder: exp_remainder(x in [-3.0..-0.7, -0.6..0.6, 0.7..3.0]) at [0.0] is 0.0;
        (g, y) => [0: g * x.expm1()];
    /// Natural logarithm.
    Logarithm: ln(x in [0.2..4.0]) at [1.0] is 0.0;
        (g, y) => [0: g / x];
    /// ln(1 + x), exact near 0.
    LogarithmOfOnePlus: log1p(x in [-0.7..4.0]) at [0.0] is 0.0;
        (g, y) => [0: g / (x + x.lit(1.0))];
    /// Hyperbolic tangent. Its derivative is computed from the result, 1 − y², which rounds to 0 where y rounds to ±1.
    Tanh: tanh(x in [-3.0..3.0]) at [0.0] is 0.0;
        (g, y) => [0: g * (y.lit(1.0) - y * y)];
    /// 1 / (1 + e⁻ˣ). Its derivative is computed from the result, y(1 − y), which rounds to 0 where y rounds to 1.
    Sigmoid: sigmoid(x in [-4.0..4.0]) at [0.0] is 0.5;
        (g, y) => [0: g * (y * (y.lit(1.0) - y))];
    /// ln(1 + eˣ).
    Softplus: softplus(x in [-4.0..4.0]) at [100.0] is 100.0;
        (g, y) => [0: g * x.sigmoid()];
    /// The error function 2/√π · ∫₀ˣ e^(−t²) dt.
    ErrorFunction: erf(x in [-2.0..2.0]) at [0.0] is 0.0;
        (g, y) => [0: g * (x.lit(FOUR_ROOT_PI) * x.normal_pdf() * x.normal_pdf())];
    /// The complementary error function 1 − erf(x), exact in the tail.
    ComplementaryErrorFunction: erfc(x in [-2.0..2.0]) at [0.0] is 1.0;
        (g, y) => [0: -(g * (x.lit(FOUR_ROOT_PI) * x.normal_pdf() * x.normal_pdf()))];
    /// The standard normal distribution function Φ(x) = ½·erfc(−x/√2), exact in the tail.
    NormalDistribution: normal_cdf(x in [-3.0..3.0]) at [0.0] is 0.5;
        (g, y) => [0: g * x.normal_pdf()];
    /// The standard normal density φ(x) = e^(−x²/2) / √(2π).
    NormalDensity: normal_pdf(x in [-3.0..3.0]) at [100.0] is 0.0;
        (g, y) => [0: -(g * (x * y))];
    /// max(x, 0); the gradient at 0 is 0. NaN stays NaN.
    Relu: relu(x in [-3.0..-0.1, 0.1..3.0]) at [-2.0] is 0.0;
        (g, y) => [0: y.less_equal(y.lit(0.0)).choose(y.lit(0.0), g)];
}

rows! { BINARY, 2, 4;
    /// a + b.
    Sum: add(a in [-3.0..3.0], b in [-3.0..3.0]) at [2.0, 3.0] is 5.0;
        (g, y) => [0: g, 1: g];
    /// a − b.
    Difference: sub(a in [-3.0..3.0], b in [-3.0..3.0]) at [2.0, 3.0] is -1.0;
        (g, y) => [0: g, 1: -g];
    /// a · b.
    Product: mul(a in [-3.0..3.0], b in [-3.0..3.0]) at [2.0, 3.0] is 6.0;
        (g, y) => [0: g * b, 1: g * a];
    /// a / b.
    Quotient: div(a in [-3.0..3.0], b in [-3.0..-0.4, 0.4..3.0]) at [3.0, 2.0] is 1.5;
        (g, y) => [0: g / b, 1: -(g * y / b)];
    /// aᵇ, with the special cases of IEEE 754. The gradient of the exponent requires a > 0; at a = 0 it is 0 if b ≥ 0.
    Power: pow(a in [0.3..3.0], b in [-2.0..2.0]) at [3.0, 2.0] is 9.0;
        (g, y) => [
            // a⁰ is constant, but b·aᵇ⁻¹ is 0·∞ if a is 0 (or so small that 1/a overflows): use a harmless power there. The
            // choice must be made inside, because 0 · NaN is NaN.
            0: g * (b * a.pow((b.equal(b.lit(0.0)) * a.abs().less(a.lit(1e-38))).choose(b.lit(0.0), b - b.lit(1.0)))),
            1: g * (y * (a.equal(a.lit(0.0)) * b.lit(0.0).less_equal(b)).choose(a.lit(1.0), a).ln())
        ];
    /// The larger of two numbers, or NaN if either is NaN. In a tie both get half of the gradient; for NaN both get all of it.
    Maximum: maximum(a in [-3.0..-0.3, 0.3..3.0], b in [-0.2..0.2]) at [2.0, 3.0] is 3.0;
        (g, y) => [
            0: won(g, a.equal(b), a.less(b)),
            1: won(g, a.equal(b), b.less(a))
        ];
    /// The smaller of two numbers, or NaN if either is NaN. In a tie both get half of the gradient; for NaN both get all of it.
    Minimum: minimum(a in [-3.0..-0.3, 0.3..3.0], b in [-0.2..0.2]) at [2.0, 3.0] is 2.0;
        (g, y) => [
            0: won(g, a.equal(b), b.less(a)),
            1: won(g, a.equal(b), a.less(b))
        ];
    /// (p − t)², the squared error of a prediction and a target.
    SquaredError: squared_error(p in [-2.0..2.0], t in [-2.0..2.0]) at [5.0, 2.0] is 9.0;
        (g, y) => [0: g * (p.lit(2.0) * (p - t)), 1: g * (p.lit(2.0) * (t - p))];
    /// |p − t|, the absolute error of a prediction and a target; the gradient at 0 and at NaN is 0.
    AbsoluteError: absolute_error(p in [-2.0..-0.4, 0.4..2.0], t in [-0.3..0.3]) at [5.0, 2.0] is 3.0;
        (g, y) => [0: signed(g, t, p), 1: signed(g, p, t)];
    /// −t ln p − (1 − t) ln(1 − p), the cross entropy of a Bernoulli probability `p` and a target `t` in [0, 1].
    /// Each logarithm is clamped to −100 or more, as in PyTorch, so that the loss stays finite at p = 0 and p = 1; the
    /// divisor of the derivative is clamped to the f32 nearest to 10⁻¹² or more, as there. The gradient of the target is the
    /// difference of the clamped logarithms, where PyTorch's is infinite, and its derivatives are finite too.
    BinaryCrossEntropy: binary_cross_entropy(p in [0.1..0.9], t in [0.1..0.9]) at [1.0, 1.0] is 0.0;
        (g, y) => [
            0: g * ((p - t) / (p * (p.lit(1.0) - p)).maximum(p.lit(f64::from(1e-12f32)))),
            1: g * ((p.lit(1.0) - p).maximum(p.lit(LEAST)).ln() - p.maximum(p.lit(LEAST)).ln())
        ];
    /// softplus(z) − t z, the cross entropy of a Bernoulli logit `z` and a target `t` in [0, 1], exact in both tails. Its
    /// derivative σ(z) − t is (1 − t) − σ(−z) for z ≥ 0, so that it keeps its digits where t is 1.
    BinaryCrossEntropyWithLogits: binary_cross_entropy_with_logits(z in [-3.0..-0.01, 0.01..3.0], t in [0.0..1.0])
        at [100.0, 0.0] is 100.0;
        (g, y) => [
            0: {
                let is_positive = z.lit(0.0).less_equal(z);
                let sign = is_positive.choose(z.lit(-1.0), z.lit(1.0));
                g * (sign * (sign * z).sigmoid() + (is_positive - t))
            },
            1: -(g * z)
        ];
}

rows! { TERNARY, 3, 5;
    /// `if_true` where `self` is not 0, otherwise `if_false`: `where` in NumPy and PyTorch. The mask has no gradient.
    ///
    /// The branch not taken gets a gradient of 0, but its own rule may turn this 0 into NaN: 0 · ∞. If its derivative may be
    /// infinite, choose its argument too, before it is computed:
    ///
    /// ```
    /// use latents_autograd::Tape;
    /// use latents_tensor::Tensor;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.variable(&Tensor::from_slice(&[0.0, 4.0], [2]));
    /// let (zero, one) = (x.lit(0.0), x.lit(1.0));
    /// let is_zero = x.equal(zero);
    /// let y = is_zero.choose(zero, is_zero.choose(one, x).sqrt());
    /// assert_eq!(tape.grad(y.sum_all(), &[x])[0].value().to_vec(), [0.0, 0.25]);
    /// let leaking = is_zero.choose(zero, x.sqrt());
    /// assert!(tape.grad(leaking.sum_all(), &[x])[0].value().at(&[0]).is_nan());
    /// ```
    ///
    /// [`Var::safe_sqrt`], [`Var::safe_ln`] and [`Var::safe_div`] do this.
    #[doc(alias = "where")]
    Choose: choose(mask in [0.0..0.0, 0.5..1.0], if_true in [-3.0..3.0], if_false in [-3.0..3.0]) at [1.0, 2.0, 3.0] is 2.0;
        (g, y) => [1: mask.choose(g, g.lit(0.0)), 2: mask.choose(g.lit(0.0), g)];
    /// Huber's loss: d²/2 if |d| ≤ δ, otherwise δ(|d| − δ/2), with d = p − t. δ has no gradient.
    HuberError: huber_error(p in [-3.0..-1.5, -0.3..0.3, 1.5..3.0], t in [-0.4..0.4], delta in [0.9..1.0])
        at [3.0, 0.0, 1.0] is 2.5;
        (g, y) => [
            0: g * (p - t).maximum(-delta).minimum(delta),
            1: -(g * (p - t).maximum(-delta).minimum(delta))
        ];
}
