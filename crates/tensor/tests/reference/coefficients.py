"""Fits the polynomials of `src/simd/math/format.rs` and prints them as Rust constants.

Method: weighted least squares on Chebyshev nodes, sharpened towards the minimax fit by Lawson's reweighting
(C. L. Lawson, 1961); coefficients are rounded to the working type one by one, lowest first, and the rest is
fitted again to what the rounding left over (the idea of N. Brisebarre and S. Chevillard, "Efficient polynomial
L-infinity approximations", 2007, in its simplest form). Needs Python 3 and mpmath.

    python3 coefficients.py
"""
import struct
from mpmath import mp, mpf, exp, log, tanh, erf, erfc, sqrt, sin, cos, pi, cos as _cos, lu_solve, matrix

mp.prec = 260


def rounded(value, bits):
    """`value` as an f32 or f64 would hold it."""
    text = float(value)
    if bits == 64:
        return mpf(text)
    # Through f64 first: a second rounding that differs in one case of 2^29, and then by half an ULP.
    return mpf(struct.unpack("f", struct.pack("f", text))[0])


def nodes(low, high, count):
    middle, half = (mpf(low) + high) / 2, (mpf(high) - low) / 2
    return [middle + half * _cos(pi * (2 * i + 1) / (2 * count)) for i in range(count)]


def least_squares(xs, values, scales, terms, weights):
    """c minimising Σ weights · (scales · (values − Σ c_k x^k))²."""
    rows = [[s * x**k for k in range(terms)] for x, s in zip(xs, scales)]
    a, b = matrix(terms, terms), matrix(terms, 1)
    for row, value, scale, weight in zip(rows, values, scales, weights):
        for i in range(terms):
            wi = weight * row[i]
            b[i] += wi * scale * value
            for j in range(i, terms):
                a[i, j] += wi * row[j]
    for i in range(terms):
        for j in range(i):
            a[i, j] = a[j, i]
    c = lu_solve(a, b)
    errors = [abs(s * (v - sum(c[k] * x**k for k in range(terms)))) for x, s, v in zip(xs, scales, values)]
    return list(c), errors


def lawson(xs, values, scales, terms, rounds):
    weights = [mpf(1)] * len(xs)
    best = None
    for _ in range(rounds):
        c, errors = least_squares(xs, values, scales, terms, weights)
        if best is None or max(errors) < best[0]:
            best = (max(errors), c)
        weights = [w * e + mpf(10) ** -60 for w, e in zip(weights, errors)]
        total = sum(weights)
        weights = [w / total for w in weights]
    return best[1]


def fit(function, weight, low, high, degree, bits, fixed=()):
    """Rounded coefficients c_0 … c_degree; `fixed` are the first ones, given. Prints the largest weighted error."""
    xs = nodes(low, high, max(60, 5 * degree))
    values, scales = [function(x) for x in xs], [weight(x) for x in xs]
    chosen = []
    rest, factors = values, scales
    for k in range(degree + 1):
        if k < len(fixed):
            c = mpf(fixed[k])
        else:
            c = rounded(lawson(xs, rest, factors, degree + 1 - k, 12 if k < 4 else 3)[0], bits)
        chosen.append(c)
        rest = [(r - c) / x for r, x in zip(rest, xs)]
        factors = [f * x for f, x in zip(factors, xs)]
    test = nodes(low, high, 997)
    worst = max(abs(weight(x) * (function(x) - sum(c * x**k for k, c in enumerate(chosen)))) for x in test)
    return chosen, worst


def show(name, bits, result, note):
    chosen, worst = result
    kind = f"f{bits}"
    print(f"    // {note}; largest error 2^{float(log(worst, 2)):.1f}")
    print(f"    const {name}: &'static [{kind}] = &[")
    for c in chosen:
        text = repr(float(c)) if bits == 64 else shortest(c)
        print(f"        {text},")
    print("    ];")


def shortest(c):
    """The shortest decimal that reads back as the same f32."""
    for digits in range(1, 12):
        text = f"{float(c):.{digits}g}"
        if struct.pack("f", float(text)) == struct.pack("f", float(c)):
            return text if any(mark in text for mark in ".e") else text + ".0"
    raise ValueError(c)


def parts(name, value, bits, high_bits):
    """A constant as high + low, the high part short enough that its product with an exponent is exact."""
    shift = mpf(2) ** (high_bits - mp.floor(log(abs(value), 2)) - 1)
    high = mp.floor(value * shift) / shift
    low = rounded(value - high, bits)
    text = repr if bits == 64 else shortest
    print(f"    const {name}_HIGH: f{bits} = {text(float(high))};")
    print(f"    const {name}_LOW: f{bits} = {text(float(low))};")


def expm1(x):
    return mp.expm1(x)


def main():
    half_ln2 = log(2) / 2 * mpf("1.0005")
    for bits, d in ((32, dict(exp=4, tanh=4, ln=3, pow=3, unit=4, erf=6, erfc=8, sin=3, cos=3)),
                    (64, dict(exp=9, tanh=10, ln=6, pow=7, unit=10, erf=13, erfc=21, sin=6, cos=6))):
        print(f"// f{bits}")
        parts("LN_2", log(2), bits, 15 if bits == 32 else 42)
        q = lambda r: (expm1(r) - r) / r**2
        show("EXP", bits, fit(q, lambda r: r * r / expm1(r), -half_ln2, half_ln2, d["exp"], bits, fixed=(0.5,)),
             "(e^r − 1 − r) / r² on |r| ≤ ln 2 / 2")
        show("TANH", bits, fit(lambda z: (tanh(sqrt(z)) / sqrt(z) - 1) / z, lambda z: z * sqrt(z) / tanh(sqrt(z)),
                               mpf(10) ** -6, mpf("0.5625") ** 2, d["tanh"], bits),
             "(tanh(x) / x − 1) / x² in x², |x| ≤ 0.5625")
        root = (sqrt(2) - 1) / (sqrt(2) + 1)
        series = lambda z: (mp.atanh(sqrt(z)) * 2 / sqrt(z) - 2) / z
        show("LN", bits, fit(series, lambda z: z * sqrt(z) / (2 * mp.atanh(sqrt(z))), mpf(10) ** -9,
                             root**2 * mpf("1.001"), d["ln"], bits),
             "(2 atanh(s) / s − 2) / s² in s², |s| ≤ 3 − 2√2")
        show("LN_UNIT", bits, fit(series, lambda z: z * sqrt(z) / (2 * mp.atanh(sqrt(z))), mpf(10) ** -9, mpf(1) / 9, d["unit"],
                                  bits), "the same for |s| ≤ 1/3")
        two_thirds = rounded(mpf(2) / 3, bits)
        print(f"    const TWO_THIRDS_LOW: f{bits} = {(repr if bits == 64 else shortest)(float(rounded(mpf(2) / 3 - two_thirds, bits)))};")
        show("POW", bits, fit(lambda z: (series(z) - mpf(2) / 3) / z, lambda z: z * z * sqrt(z) / (2 * mp.atanh(sqrt(z))),
                              mpf(10) ** -9, root**2 * mpf("1.001"), d["pow"], bits),
             "the same past 2/3, for pow")
        show("ERF", bits, fit(lambda z: erf(sqrt(z)) / sqrt(z) - 1, lambda z: sqrt(z) / erf(sqrt(z)), mpf(10) ** -9,
                              mpf(1), d["erf"], bits), "erf(x) / x − 1 in x², |x| ≤ 1")
        last = mpf("10.25") if bits == 32 else mpf("27.5")
        scaled = lambda t: exp((1 / t - mpf("2.5")) ** 2) * erfc(1 / t - mpf("2.5")) / t
        show("ERFC", bits, fit(lambda u: scaled(u + mpf("0.1796875")), lambda u: 1 / scaled(u + mpf("0.1796875")),
                               1 / (last + mpf("2.5")) - mpf("0.1796875"), mpf(1) / 3 - mpf("0.1796875"), d["erfc"], bits),
             f"(z + 5/2)·e^(z²)·erfc(z) in 1 / (z + 5/2) − 23/128, ½ ≤ z ≤ {last}")
        show("SIN", bits, fit(lambda z: sin(2 * pi * sqrt(z)) / sqrt(z), lambda z: sqrt(z) / sin(2 * pi * sqrt(z)),
                              mpf(10) ** -9, mpf(1) / 64, d["sin"], bits), "sin(2πt) / t in t², |t| ≤ 1/8")
        show("COS", bits, fit(lambda z: (cos(2 * pi * sqrt(z)) - 1) / z, lambda z: z, mpf(10) ** -9,
                              mpf(1) / 64, d["cos"], bits), "(cos(2πt) − 1) / t² in t², |t| ≤ 1/8")


main()
