//! What the element types differ in: the layout of their bits, ranges, and polynomials.
//!
//! The polynomials are printed by `tests/reference/coefficients.py`, which says how they were fitted; the figure
//! beside each is the largest error of the rounded coefficients, relative to the function that they serve.

use crate::Real;

/// Constants of an element type. Polynomials list the coefficient of the lowest power first.
pub(crate) trait Format: Real {
    /// Bits of the stored mantissa.
    const MANTISSA: u32;
    /// Bits of the exponent.
    const EXPONENT: u32;
    /// 1.5 · 2^MANTISSA: adding it rounds to an integer and leaves that integer in the low bits.
    const ROUNDER: Self;
    /// 2^MANTISSA: its bits, joined with a small integer, are the sum of both.
    const INTEGER: Self;
    /// 2^(MANTISSA + 2), which lifts the subnormal numbers among the normal ones.
    const LIFT: Self;
    /// 2^−(MANTISSA + 2): below it expm1(x) and log1p(x) are x.
    const TINY: Self;
    /// 1 / ln 2.
    const LOG2_E: Self;
    /// The leading bits of ln 2: so few that their product with an exponent is exact.
    const LN_2_HIGH: Self;
    /// The rest of ln 2.
    const LN_2_LOW: Self;
    /// The bits of √½.
    const SQRT_HALF_BITS: u64;
    /// A bound below which eˣ is 0.
    const EXP_LOWEST: Self;
    /// A bound above which eˣ is infinite.
    const EXP_HIGHEST: Self;
    /// A bound below which eˣ − 1 is −1.
    const EXPM1_LOWEST: Self;
    /// A bound above which tanh(x) is 1.
    const TANH_HIGHEST: Self;
    /// A bound above which erf(x) is 1.
    const ERF_HIGHEST: Self;
    /// The centre of `ERF_TAIL`.
    const ERF_MIDDLE: Self;
    /// 2/3.
    const TWO_THIRDS: Self;
    /// What 2/3 lost to rounding.
    const TWO_THIRDS_LOW: Self;
    /// exp(r) = 1 + r + r² · EXP(r).
    const EXP: &'static [Self];
    /// tanh(x) = x + x³ · TANH(x²) near 0.
    const TANH: &'static [Self];
    /// 2 atanh(s) = 2s + s³ · LN(s²).
    const LN: &'static [Self];
    /// 2 atanh(s) = 2s + s³ · (2/3 + s² · POW(s²)), closer.
    const POW: &'static [Self];
    /// erf(x) = x + x · ERF(x²) up to |x| = 1.
    const ERF: &'static [Self];
    /// erf(x) = 1 − exp(ERF_TAIL(x − ERF_MIDDLE)) from 1 on.
    const ERF_TAIL: &'static [Self];
    /// sin(2πt) = t · SIN(t²) up to an eighth of a turn.
    const SIN: &'static [Self];
    /// cos(2πt) = 1 + t² · COS(t²) up to an eighth of a turn.
    const COS: &'static [Self];

    /// The bit pattern of a constant.
    fn pattern(self) -> u64;

    /// The exponent of 1 as stored.
    const BIAS: i32 = (1 << (Self::EXPONENT - 1)) - 1;
    /// The sign bit.
    const SIGN: u64 = 1 << (Self::MANTISSA + Self::EXPONENT);
    /// The bits of the mantissa.
    const MANTISSA_MASK: u64 = (1 << Self::MANTISSA) - 1;
    /// The bits of the exponent.
    const EXPONENT_MASK: u64 = Self::SIGN - 1 - Self::MANTISSA_MASK;
}

#[allow(clippy::approx_constant, reason = "the fit found a coefficient that is 2π")]
impl Format for f32 {
    const MANTISSA: u32 = 23;
    const EXPONENT: u32 = 8;
    const ROUNDER: f32 = (3 << 22) as f32;
    const INTEGER: f32 = (1 << 23) as f32;
    const LIFT: f32 = (1 << 25) as f32;
    const TINY: f32 = 1.0 / (1 << 25) as f32;
    const LOG2_E: f32 = std::f32::consts::LOG2_E;
    const SQRT_HALF_BITS: u64 = std::f32::consts::FRAC_1_SQRT_2.to_bits() as u64;
    const EXP_LOWEST: f32 = -104.0;
    const EXP_HIGHEST: f32 = 89.0;
    const EXPM1_LOWEST: f32 = -18.0;
    const TANH_HIGHEST: f32 = 10.0;
    const ERF_HIGHEST: f32 = 4.0;
    const ERF_MIDDLE: f32 = 2.5;
    const TWO_THIRDS: f32 = 2.0 / 3.0;
    const LN_2_HIGH: f32 = 0.69314575;
    const LN_2_LOW: f32 = 1.4286068e-06;
    // (e^r − 1 − r) / r² on |r| ≤ ln 2 / 2; largest error 2^-26.1
    const EXP: &'static [f32] = &[0.5, 0.16666546, 0.041666772, 0.008366258, 0.0013905779];
    // (tanh(x) / x − 1) / x² in x², |x| ≤ 0.5625; largest error 2^-29.4
    const TANH: &'static [f32] = &[-0.33333313, 0.1333244, -0.053836305, 0.021003364, -0.0061746347];
    // (2 atanh(s) / s − 2) / s² in s², |s| ≤ 3 − 2√2; largest error 2^-35.2
    const LN: &'static [f32] = &[0.6666666, 0.40000972, 0.28498793, 0.24278934];
    const TWO_THIRDS_LOW: f32 = -1.9868216e-08;
    // the same past 2/3, for pow; largest error 2^-43.6
    const POW: &'static [f32] = &[0.39999998, 0.28571966, 0.22180332, 0.19542402];
    // erf(x) / x − 1 in x², |x| ≤ 1; largest error 2^-29.4
    const ERF: &'static [f32] = &[
        0.12837917,
        -0.37612626,
        0.11283581,
        -0.026853547,
        0.0051877405,
        -0.0008004633,
        7.8346995e-05,
    ];
    // ln erfc(u + 2.5), 1 ≤ u + 2.5 ≤ 4.0, weighted by erfc; largest error 2^-34.2
    const ERF_TAIL: &'static [f32] = &[
        -7.806815,
        -5.35268,
        -0.94389385,
        -0.0108622555,
        0.0021549107,
        -0.00043570608,
        6.405375e-05,
        -1.9192383e-05,
        5.840163e-07,
    ];
    // sin(2πt) / t in t², |t| ≤ 1/8; largest error 2^-25.1
    const SIN: &'static [f32] = &[6.2831855, -41.34185, 81.62206, -76.6015];
    // (cos(2πt) − 1) / t² in t², |t| ≤ 1/8; largest error 2^-31.2
    const COS: &'static [f32] = &[-19.739208, 64.93914, -85.423035, 58.552834];

    #[inline(always)]
    fn pattern(self) -> u64 {
        self.to_bits() as u64
    }
}

#[allow(clippy::approx_constant, reason = "the fit found a coefficient that is 2π")]
impl Format for f64 {
    const MANTISSA: u32 = 52;
    const EXPONENT: u32 = 11;
    const ROUNDER: f64 = (3u64 << 51) as f64;
    const INTEGER: f64 = (1u64 << 52) as f64;
    const LIFT: f64 = (1u64 << 54) as f64;
    const TINY: f64 = 1.0 / (1u64 << 54) as f64;
    const LOG2_E: f64 = std::f64::consts::LOG2_E;
    const SQRT_HALF_BITS: u64 = std::f64::consts::FRAC_1_SQRT_2.to_bits();
    const EXP_LOWEST: f64 = -746.0;
    const EXP_HIGHEST: f64 = 710.0;
    const EXPM1_LOWEST: f64 = -38.0;
    const TANH_HIGHEST: f64 = 20.0;
    const ERF_HIGHEST: f64 = 6.0;
    const ERF_MIDDLE: f64 = 3.5;
    const TWO_THIRDS: f64 = 2.0 / 3.0;
    const LN_2_HIGH: f64 = 0.6931471805598903;
    const LN_2_LOW: f64 = 5.497923018708371e-14;
    // (e^r − 1 − r) / r² on |r| ≤ ln 2 / 2; largest error 2^-55.2
    const EXP: &'static [f64] = &[
        0.5,
        0.16666666666666602,
        0.0416666666666198,
        0.008333333333388893,
        0.0013888888920596488,
        0.0001984126970742238,
        2.480151622236424e-05,
        2.7557427350874467e-06,
        2.762228280158145e-07,
        2.504504501762762e-08,
    ];
    // (tanh(x) / x − 1) / x² in x², |x| ≤ 0.5625; largest error 2^-59.8
    const TANH: &'static [f64] = &[
        -0.33333333333333276,
        0.13333333333322864,
        -0.05396825396159082,
        0.021869488323954023,
        -0.008863231589167268,
        0.003592081817014148,
        -0.0014554771291965594,
        0.0005881742633045357,
        -0.0002326944111773668,
        8.233224965217247e-05,
        -1.888765420128486e-05,
    ];
    // (2 atanh(s) / s − 2) / s² in s², |s| ≤ 3 − 2√2; largest error 2^-59.5
    const LN: &'static [f64] = &[
        0.6666666666666735,
        0.39999999999410196,
        0.2857142874336627,
        0.22222198471976978,
        0.18183569706472463,
        0.1531390858776612,
        0.14797420827117216,
    ];
    const TWO_THIRDS_LOW: f64 = 3.700743415417188e-17;
    // the same past 2/3, for pow; largest error 2^-73.5
    const POW: &'static [f64] = &[
        0.3999999999999998,
        0.2857142857144386,
        0.22222222217782636,
        0.18181818845153244,
        0.15384558333770795,
        0.13336268633103315,
        0.11675688552355562,
        0.11982579137310581,
    ];
    // erf(x) / x − 1 in x², |x| ≤ 1; largest error 2^-56.3
    const ERF: &'static [f64] = &[
        0.1283791670955126,
        -0.3761263890318415,
        0.112837916709764,
        -0.026866170649679805,
        0.005223977676249336,
        -0.0008548330412118996,
        0.00012055478377722033,
        -1.4929837130912378e-05,
        1.654472473976011e-06,
        -1.748579763188079e-07,
        2.506372579183616e-08,
        -7.2907014838424145e-09,
        2.1802412549200123e-09,
        -3.234873993013698e-10,
    ];
    // ln erfc(u + 3.5), 1 ≤ u + 3.5 ≤ 6.0, weighted by erfc; largest error 2^-67.3
    const ERF_TAIL: &'static [f64] = &[
        -14.11243740214818,
        -7.266099588365205,
        -0.9667530547418091,
        -0.00522565821951734,
        0.0008736873265125847,
        -0.00014729778541767134,
        2.438633633054042e-05,
        -3.8895927118630905e-06,
        5.856424449745302e-07,
        -8.059459199598463e-08,
        9.61736160532479e-09,
        -7.74479061803841e-10,
        -8.630095335630854e-11,
        -2.3368542652761238e-11,
        -2.5463775605161585e-11,
        8.179539381273969e-12,
        7.638704373065682e-12,
        3.661398639766978e-12,
        8.451673718138753e-13,
        9.516572877037513e-14,
        -1.132294402083627e-15,
        -1.0590598355419466e-15,
    ];
    // sin(2πt) / t in t², |t| ≤ 1/8; largest error 2^-54.5
    const SIN: &'static [f64] = &[
        6.283185307179586,
        -41.341702240398654,
        81.60524927523468,
        -76.70585951232009,
        42.05866157238767,
        -15.092481485922308,
        3.752853312437462,
    ];
    // (cos(2πt) − 1) / t² in t², |t| ≤ 1/8; largest error 2^-61.5
    const COS: &'static [f64] = &[
        -19.739208802178716,
        64.93939402266665,
        -85.45681720596787,
        60.24464122162197,
        -26.426240466437644,
        7.9025926865158045,
        -1.6875405947745359,
    ];

    #[inline(always)]
    fn pattern(self) -> u64 {
        self.to_bits()
    }
}
