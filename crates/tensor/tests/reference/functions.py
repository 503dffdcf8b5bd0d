"""Writes `functions.csv`: exact values of the elementary functions, for the tests of their f64 versions.

Every line is `function,x,y,value` in hexadecimal floating point bits (y is empty but for pow); `value` is the true
value as an unevaluated sum `high low` of two f64, so that errors far below one ULP can be measured. Needs Python 3
and mpmath:

    python3 -P functions.py > functions.csv    (without -P it would import random.py of this folder)
"""
import random
import struct
from mpmath import mp, mpf, erf, erfc, exp, log, ncdf, npdf, power, tanh

mp.prec = 400


def bits(value):
    return struct.pack(">d", value).hex()


def line(name, x, y, value):
    high = float(value)
    low = float(value - mpf(high)) if high not in (float("inf"), float("-inf")) else 0.0
    print(",".join([name, bits(x), "" if y is None else bits(y), bits(high), bits(low)]))


def log_uniform(low, high):
    return 2.0 ** random.uniform(low, high)


def signed(x):
    return x if random.random() < 0.5 else -x


FUNCTIONS = {
    "exp": (exp, lambda: [random.uniform(-745, 709.7), signed(log_uniform(-60, 9)), random.uniform(-1, 1)]),
    "expm1": (mp.expm1, lambda: [random.uniform(-40, 709.7), signed(log_uniform(-60, 5)), random.uniform(-1, 1)]),
    "ln": (log, lambda: [log_uniform(-1074, 1023), random.uniform(0.5, 2), 1 + signed(log_uniform(-50, -1))]),
    "log1p": (mp.log1p, lambda: [log_uniform(-60, 1023), random.uniform(-1, 1), signed(log_uniform(-60, -1))]),
    "tanh": (tanh, lambda: [random.uniform(-20, 20), random.uniform(-1, 1), signed(log_uniform(-60, 2))]),
    "sigmoid": (lambda x: 1 / (1 + exp(-x)), lambda: [random.uniform(-740, 40), random.uniform(-8, 8), signed(log_uniform(-60, 5))]),
    "softplus": (lambda x: mp.log1p(exp(x)), lambda: [random.uniform(-740, 40), random.uniform(-8, 8), signed(log_uniform(-60, 5))]),
    "erf": (erf, lambda: [random.uniform(-6, 6), random.uniform(-1.2, 1.2), signed(log_uniform(-60, 2))]),
    "erfc": (erfc, lambda: [random.uniform(-6, 27.2), random.uniform(-1.2, 1.2), signed(log_uniform(-60, 4.7))]),
    "normal_cdf": (ncdf, lambda: [random.uniform(-38.4, 8), random.uniform(-1.2, 1.2), signed(log_uniform(-60, 5.2))]),
    "normal_pdf": (npdf, lambda: [random.uniform(-38.5, 38.5), random.uniform(-1.2, 1.2), signed(log_uniform(-60, 5.2))]),
    "exp_remainder": (lambda x: mp.expm1(x) - x, lambda: [random.uniform(-40, 709.7), random.uniform(-1, 1), signed(log_uniform(-60, 1))]),
}


def main():
    random.seed(20)
    for name, (function, sample) in FUNCTIONS.items():
        for _ in range(100):
            for x in sample():
                line(name, x, None, function(mpf(x)))
    for _ in range(300):
        x = log_uniform(-1074, 1023) if random.random() < 0.5 else random.uniform(0.5, 2)
        # A y that takes the result anywhere in the range.
        y = float(random.uniform(-740, 709) / log(mpf(x)))
        line("pow", x, y, power(mpf(x), mpf(y)))
        y = float(random.randint(-20, 20))
        x = -random.uniform(0.1, 10)
        line("pow", x, y, power(mpf(x), mpf(y)))


main()
