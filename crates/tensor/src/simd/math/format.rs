//! The differences between the element types: the layout of their bits, ranges, and polynomials.
//!
//! The polynomials are printed by `tests/reference/coefficients.py`, which documents how they were fitted; the figure given with
//! each is the largest error of the rounded coefficients, relative to the function that uses them.

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
    /// 2^(MANTISSA + 2), which scales subnormal numbers to normal ones.
    const LIFT: Self;
    /// 2^−(MANTISSA + 2): below it expm1(x) and log1p(x) are x.
    const TINY: Self;
    /// 1 / ln 2.
    const LOG2_E: Self;
    /// The leading bits of ln 2, few enough that their product with an exponent is exact.
    const LN_2_HIGH: Self;
    /// The remaining bits of ln 2.
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
    /// A bound above which erfc(x) is 0.
    const ERFC_HIGHEST: Self;
    /// A bound above which the normal density is 0.
    const NORMAL_HIGHEST: Self;
    /// √½.
    const ROOT_HALF: Self;
    /// The rounding error of √½.
    const ROOT_HALF_LOW: Self;
    /// 2/3.
    const TWO_THIRDS: Self;
    /// The rounding error of 2/3.
    const TWO_THIRDS_LOW: Self;
    /// exp(r) = 1 + r + r² · EXP(r).
    const EXP: &'static [Self];
    /// tanh(x) = x + x³ · TANH(x²) near 0.
    const TANH: &'static [Self];
    /// 2 atanh(s) = 2s + s³ · LN(s²).
    const LN: &'static [Self];
    /// 2 atanh(s) = 2s + s³ · LN_UNIT(s²) up to |s| = 1/3.
    const LN_UNIT: &'static [Self];
    /// 2 atanh(s) = 2s + s³ · (2/3 + s² · POW(s²)), more accurate.
    const POW: &'static [Self];
    /// erf(x) = x + x · ERF(x²) up to |x| = 1.
    const ERF: &'static [Self];
    /// e^(z²)·erfc(z) = t · ERFC(t − 23/128), t = 1 / (z + 5/2), from ½ on.
    const ERFC: &'static [Self];
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
    const ERFC_HIGHEST: f32 = 10.1875;
    const NORMAL_HIGHEST: f32 = 14.42;
    const ROOT_HALF: f32 = std::f32::consts::FRAC_1_SQRT_2;
    const ROOT_HALF_LOW: f32 = 1.21016175e-08;
    const TWO_THIRDS: f32 = 2.0 / 3.0;
    const LN_2_HIGH: f32 = 0.69314575;
    const LN_2_LOW: f32 = 1.4286068e-06;
    // (e^r − 1 − r) / r² on |r| ≤ ln 2 / 2; largest error 2^-26.1
    const EXP: &'static [f32] = &[0.5, 0.16666546, 0.041666772, 0.008366258, 0.0013905779];
    // (tanh(x) / x − 1) / x² in x², |x| ≤ 0.5625; largest error 2^-29.4
    const TANH: &'static [f32] = &[-0.33333313, 0.1333244, -0.053836305, 0.021003364, -0.0061746347];
    // (2 atanh(s) / s − 2) / s² in s², |s| ≤ 3 − 2√2; largest error 2^-35.2
    const LN: &'static [f32] = &[0.6666666, 0.40000972, 0.28498793, 0.24278934];
    // the same for |s| ≤ 1/3; largest error 2^-33.0
    const LN_UNIT: &'static [f32] = &[0.66666675, 0.39998952, 0.28615087, 0.21445526, 0.24238431];
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
    // (z + 5/2)·e^(z²)·erfc(z) in 1 / (z + 5/2) − 23/128, ½ ≤ z ≤ 10.25; largest error 2^-27.6
    const ERFC: &'static [f32] = &[
        0.97681516, 3.5881343, 10.089292, 19.870876, 19.914095, -16.929777, -76.40514, -6.679146, 231.42902,
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
    const ERFC_HIGHEST: f64 = 27.25;
    const NORMAL_HIGHEST: f64 = 38.62;
    const ROOT_HALF: f64 = std::f64::consts::FRAC_1_SQRT_2;
    const ROOT_HALF_LOW: f64 = -4.833646656726457e-17;
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
    // the same for |s| ≤ 1/3; largest error 2^-64.5
    const LN_UNIT: &'static [f64] = &[
        0.6666666666666667,
        0.3999999999999541,
        0.28571428572326946,
        0.22222222137626357,
        0.18181822725046465,
        0.15384463784417646,
        0.13336615291504308,
        0.11717932182114327,
        0.10959698990030267,
        0.07041679251884743,
        0.16391863195601575,
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
    // (z + 5/2)·e^(z²)·erfc(z) in 1 / (z + 5/2) − 23/128, ½ ≤ z ≤ 27.5; largest error 2^-57.2
    const ERFC: &'static [f64] = &[
        0.9768151627185155,
        3.588134418631537,
        10.089286940887838,
        19.870712337065324,
        19.917026747408425,
        -16.884842351072045,
        -76.96167289650346,
        -10.836592297112734,
        273.981334308145,
        122.03121150236585,
        -1174.7420624517158,
        -340.2990077319922,
        5876.921935085144,
        -1747.975723437496,
        -30436.242586602606,
        38469.36451274106,
        138848.08486022125,
        -392485.68743447954,
        -426419.4723436226,
        2676399.5545989606,
        362574.79069957597,
        -9745178.246021656,
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
