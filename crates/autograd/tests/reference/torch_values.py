"""Writes `torch_values.tsv`: what PyTorch computes in float64 for every operation of `latents-autograd`, for the test `torch`.

    python3 torch_values.py           writes the file
    python3 torch_values.py --check   compares the installed PyTorch with the file, and fails where they differ

It needs PyTorch and mpmath, and some minutes.

Lines are fields between tabs:

    version   of PyTorch
    operand   name, shape (`2x3`; empty for a scalar), elements
    case      expression, operands (`name` or `name|view`), value, gradients, second derivatives
    exact     the same, of mpmath in 2,500 digits, for expressions in which PyTorch loses digits; `-` where the operands are not
              finite, or the expression has no derivative

The gradients are those of Σ cᵢ yᵢ by all operands, one after the other, with c repeating C below; the second derivatives are
those of Σ vᵢ gᵢ over all gradients g, with v repeating V. Gradients are by the operand before its view.
"""
import math
import sys
import warnings
from pathlib import Path

import torch
import torch.nn.functional as F
from mpmath import mp, mpf

# Of the standard deviation of one element, whose reference is NaN.
warnings.filterwarnings("ignore", message=".*degrees of freedom")

FILE = Path(__file__).with_suffix(".tsv")
C = [0.5, 0.75, 1.0, 1.25, 1.5]
V = [1.0, 0.625, 0.25, -0.125]
INF, NAN = math.inf, math.nan

# ---- operands -----------------------------------------------------------------------------------------------------

EDGES = [-INF, -1e300, -40.0, -2.5, -1.0, -0.5, -1e-310, -0.0, 0.0, 5e-324, 1e-300, 0.5, 1.0, 2.5, 20.0, 800.0, 1e300, INF, NAN]
PAIRED = [-INF, -2.5, -1.0, -0.0, 0.0, 1e-310, 0.5, 1.0, 2.5, INF, NAN]
PROBABILITIES = [0.0, 5e-324, 1e-300, 1e-17, 0.25, 0.5, 0.75, 1 - 2**-53, 1.0]
TARGETS = [0.0, 0.25, 0.5, 1.0]
LOGITS = [-INF, -800.0, -40.0, -1.0, -1e-310, -0.0, 0.0, 0.5, 16.0, 40.0, 800.0, INF, NAN]
MASKS = [-1.0, -0.0, 0.0, 5e-324, INF, NAN]
ROWS = [
    [1.0, 2.0, INF], [-INF, 0.0, 1.0], [-INF, -INF, -INF], [INF, -INF, 0.0], [NAN, 0.0, 1.0], [0.0, 0.0, 0.0], [1.0, 1.0, 1.0],
    [2.0, 1.0, 2.0], [5e-324, 0.0, -5e-324], [3e-310, 4e-310, 0.0], [1e8, 1e8, 0.0], [20.0, 0.0, -1.0], [1e7, 1e7 - 1, 1e7 - 2],
    [3e200, 4e200, -1e200], [0.1, 0.2, 0.4],
]


def product(*lists):
    """The columns of the Cartesian product."""
    rows = [[]]
    for values in lists:
        rows = [row + [value] for row in rows for value in values]
    return [list(column) for column in zip(*rows)]


def plain(count, seed):
    """Numbers of both signs around 1, all different."""
    return [round(((i * 7919 + seed * 104729) % 1009) / 252.25 - 2.0 + 0.003 * seed, 4) for i in range(count)]


OPERANDS = {
    "edges": ([len(EDGES)], EDGES),
    "rows": ([len(ROWS), 3], sum(ROWS, [])),
    "scalar": ([], [0.7]),
    "one": ([1, 1], [0.3]),
    "no_rows": ([0, 3], []),
    "no_columns": ([2, 0], []),
    "class_rows": ([3, 3], [1e8, 1e8, 0.0, 20.0, -INF, 0.0, 0.5, 1.5, -2.0]),
}
for name, lists in {
    "pair": (PAIRED, PAIRED), "probability": (PROBABILITIES, TARGETS), "logit": (LOGITS, TARGETS), "mask": (MASKS, PAIRED[::3], PAIRED[1::3]),
}.items():
    for place, column in enumerate(product(*lists)):
        OPERANDS[f"{name}_{place}"] = ([len(column)], column)
SHAPES = [
    [1], [4, 1, 3, 2], [2], [3], [4], [2, 1], [2, 2], [2, 3], [2, 4], [3, 2], [3, 4], [1, 3], [4, 3], [5, 3], [2, 3, 4], [2, 2, 5, 4], [2, 4, 3, 2], [4, 2, 3, 2],
]
for seed, shape in enumerate(SHAPES):
    OPERANDS["of_" + "x".join(map(str, shape))] = (shape, plain(math.prod(shape), seed))
OPERANDS["of_2x3_again"] = ([2, 3], plain(6, 40))
OPERANDS["shares"] = ([2, 3], [0.0, 0.2, 0.5, 0.6, 0.9, 1.0])
OPERANDS["probabilities"] = ([2, 3], [0.1, 0.3, 0.5, 0.65, 0.8, 0.95])
OPERANDS["positive"] = ([2, 3], [0.2, 0.7, 1.0, 1.3, 2.2, 3.1])
OPERANDS["positive_3x2"] = ([3, 2], [0.25, 0.75, 1.1, 1.4, 2.1, 3.2])
OPERANDS["positive_scalar"] = ([], [1.7])
OPERANDS["one_delta"] = ([1], [1.0])
# Long rows, ties, and special values among others.
OPERANDS["long_rows"] = ([2, 40], plain(40, 50) + [float(i % 7) for i in range(40)])
OPERANDS["ties"] = ([3, 4], [1.0, 2.0, 2.0, 0.0, -1.0, -1.0, -1.0, -1.0, 0.0, -0.0, 3.0, 3.0])
OPERANDS["with_nan"] = ([2, 4], [1.0, NAN, 2.0, 0.0, 5.0, -1.0, INF, -INF])
OPERANDS["special_2x3"] = ([2, 3], [INF, 1.0, -0.0, NAN, 0.5, -INF])
SPECIAL = {3: INF, 17: NAN, 30: -0.0, 52: -INF, 60: 0.0}
OPERANDS["special_2x2x5x4"] = ([2, 2, 5, 4], [SPECIAL.get(i, x) for i, x in enumerate(plain(80, 60))])
OPERANDS["edge_logits"] = ([3, 3], [-INF, -INF, -INF, INF, 0.0, 1.0, NAN, 0.0, 1.0])
OPERANDS["sure_logits"] = ([3, 3], [20.0, 0.0, -INF, 0.0, 40.0, 1.0, -INF, 0.0, -INF])
OPERANDS["one_class"] = ([3, 1], [0.5, -2.0, 800.0])
OPERANDS["equal_rows"] = ([3, 3], [0.1, 0.1, 0.1, 1e8, 1e8, 1e8, -2.5, -2.5, -2.5])

VIEWS = {
    "": lambda x: x,
    "transposed": lambda x: x.transpose(-1, -2),
    "flipped": lambda x: x.flip(tuple(range(x.dim()))),
    "sliced": lambda x: x[::2],
    "narrowed": lambda x: x[1:-1],
    "broadcast": lambda x: x.expand(2, 3),
}

# ---- expressions --------------------------------------------------------------------------------------------------

CLASSES = torch.tensor([0, 1, 2])
INDICES = torch.tensor([[0, 2], [3, 1]])
REPEATED = torch.tensor([2, 0, 2])
BESIDE = torch.tensor([[0, 1, 0], [1, 1, 0]])
CONV = dict(stride=(2, 1), padding=(1, 0), dilation=(1, 2))
TRANSPOSED = dict(stride=(2, 1), padding=(1, 0), dilation=(1, 2), output_padding=(1, 0))


def conv2d_weight(x, g):
    w = torch.zeros(4, 2, 3, 2, dtype=torch.float64, requires_grad=True)
    return torch.autograd.grad((F.conv2d(x, w, **CONV) * g).sum(), w, create_graph=True)[0]


def safe(outside, f, *x):
    """The double choice: neither result nor argument of the branch not taken is dangerous."""
    inside = torch.where(outside, torch.ones_like(x[-1]), x[-1])
    return torch.where(outside, torch.zeros_like(inside), f(*x[:-1], inside))


def squared(f):
    """The square of something linear, so that it has a second derivative."""
    return lambda *x: f(*x).square()


def keep_top_k(x, k):
    values, places = x.topk(k, -1)
    return torch.zeros_like(x).scatter(-1, places, values)


# The rows of the table of pointwise operations, by the name of the method, and what is composed of them element by element.
UNARY = {
    "neg": torch.neg, "abs": torch.abs, "sqrt": torch.sqrt, "square": torch.square, "recip": torch.reciprocal, "exp": torch.exp,
    "expm1": torch.expm1, "ln": torch.log, "log1p": torch.log1p, "tanh": torch.tanh, "sigmoid": torch.sigmoid,
    "softplus": F.softplus, "erf": torch.erf, "erfc": torch.erfc, "normal_cdf": torch.special.ndtr,
    "normal_pdf": lambda x: (-0.5 * x * x).exp() / math.sqrt(2 * math.pi), "relu": torch.relu,
    "leaky_relu(0.1)": lambda x: F.leaky_relu(x, 0.1), "elu(0.5)": lambda x: F.elu(x, 0.5), "gelu": F.gelu, "silu": F.silu,
    "clamp(-1, 1)": lambda x: x.clamp(-1, 1), "clamp(1, -1)": lambda x: x.clamp(1, -1), "powf(2.5)": lambda x: x.pow(2.5),
    "powf(1)": lambda x: x.pow(1.0), "powf(0.5)": lambda x: x.pow(0.5), "powf(-1)": lambda x: x.pow(-1.0),
    "exp_remainder": lambda x: torch.expm1(x) - x, "powf(2)": lambda x: x.pow(2.0), "powf(0)": lambda x: x.pow(0.0), "floor": torch.floor,
    "safe_sqrt": lambda x: safe(x <= 0, torch.sqrt, x), "safe_ln": lambda x: safe(x <= 0, torch.log, x),
}
BINARY = {
    "add": torch.add, "sub": torch.sub, "mul": torch.mul, "div": torch.div, "pow": torch.pow, "maximum": torch.maximum,
    "minimum": torch.minimum, "squared_error": lambda p, t: (p - t) ** 2, "absolute_error": lambda p, t: (p - t).abs(),
    "safe_div": lambda x, y: safe(y == 0, torch.div, x, y),
}
COMPARISONS = {
    "less": torch.lt, "less_equal": torch.le, "greater": torch.gt, "greater_equal": torch.ge, "equal": torch.eq, "not_equal": torch.ne,
}
REDUCTIONS = {
    "sum(-1)": squared(lambda x: x.sum(-1)), "sum(0, -1) kept": squared(lambda x: x.sum((0, -1), keepdim=True)),
    "sum_all": squared(torch.sum), "mean(-1)": squared(lambda x: x.mean(-1)), "mean_all": squared(torch.mean),
    "variance(-1)": lambda x: x.var(-1, correction=0), "variance(-1) unbiased": lambda x: x.var(-1, correction=1),
    "standard_deviation(-1)": lambda x: x.std(-1, correction=0),
    "standard_deviation(-1) unbiased": lambda x: x.std(-1, correction=1),
    "norm(-1)": lambda x: torch.linalg.vector_norm(x, dim=-1), "norm_all": lambda x: torch.linalg.vector_norm(x),
    "norm(0, -1) kept": lambda x: torch.linalg.vector_norm(x, dim=(0, -1), keepdim=True),
    "norm(0)": lambda x: torch.linalg.vector_norm(x, dim=0),
    "variance(0)": lambda x: x.var(0, correction=1), "variance(0, -1) kept": lambda x: x.var((0, -1), correction=0, keepdim=True),
    "standard_deviation(0)": lambda x: x.std(0, correction=1),
    "standard_deviation(0, -1) kept": lambda x: x.std((0, -1), correction=0, keepdim=True),
    "logsumexp(0)": lambda x: x.logsumexp(0), "softmax(0)": lambda x: x.softmax(0), "log_softmax(0)": lambda x: x.log_softmax(0),
    "logsumexp(-1)": lambda x: x.logsumexp(-1), "logsumexp(0, -1)": lambda x: x.logsumexp((0, -1)),
    "softmax(-1)": lambda x: x.softmax(-1), "log_softmax(-1)": lambda x: x.log_softmax(-1),
    "max(-1)": lambda x: x.amax(-1).square(), "min(-1)": lambda x: x.amin(-1).square(), "max_all": squared(torch.max),
    "min_all": squared(torch.min), "cumsum(-1)": squared(lambda x: x.cumsum(-1)), "cumsum(0)": squared(lambda x: x.cumsum(0)),
}
LOSSES = {
    f"{name} {reduction}": (lambda f, reduction: lambda p, t: f(p, t, reduction="mean" if reduction == "mean" else "sum")
                            / (len(p) if reduction == "batch mean" else 1))(f, reduction)
    for name, f in {
        "mse": F.mse_loss, "mae": F.l1_loss, "huber(0.7)": lambda p, t, reduction: F.huber_loss(p, t, reduction=reduction, delta=0.7),
        "bce": F.binary_cross_entropy, "bce_with_logits": F.binary_cross_entropy_with_logits,
    }.items()
    for reduction in ("sum", "mean", "batch mean")
}
OTHERS = {
    "cross_entropy of the first": lambda x: F.cross_entropy(x, torch.zeros(len(x), dtype=torch.long), reduction="sum"),
    "linear without bias": lambda x, w: F.linear(x, w), "linear relu without bias": lambda x, w: F.linear(x, w).relu(),
    "conv2d groups": lambda x, w, b: F.conv2d(x, w, b, groups=2, **CONV),
    "conv2d relu": lambda x, w, b: F.conv2d(x, w, b, **CONV).relu(),
    "conv2d tanh without bias": lambda x, w: F.conv2d(x, w, **CONV).tanh(),
    "conv_transpose2d groups": lambda x, w, b: F.conv_transpose2d(x, w, b, groups=2, **TRANSPOSED),
    "conv_transpose2d sigmoid": lambda x, w, b: F.conv_transpose2d(x, w, b, **TRANSPOSED).sigmoid(),
    "split(1, 2)": squared(lambda x: torch.cat([part * (i + 1) for i, part in enumerate(x.split([1, 2], 1))], 1)),
    "squeeze(1)": squared(lambda x: x.squeeze(1)), "unsqueeze(-1)": squared(lambda x: x.unsqueeze(-1)),
    "argmax(-1)": lambda x: x.argmax(-1).to(torch.float64), "argmin(0)": lambda x: x.argmin(0).to(torch.float64),
    "topk(3, -1)": squared(lambda x: x.topk(3, -1)[0]),
    "cross_entropy sum": lambda x: F.cross_entropy(x, CLASSES, reduction="sum"),
    "cross_entropy mean": lambda x: F.cross_entropy(x, CLASSES),
    "sum_to(3)": squared(lambda x: x.sum(0)),
    "matmul": torch.matmul,
    "linear": F.linear, "linear relu": lambda x, w, b: F.linear(x, w, b).relu(),
    "linear sigmoid": lambda x, w, b: F.linear(x, w, b).sigmoid(), "linear tanh": lambda x, w, b: F.linear(x, w, b).tanh(),
    "conv2d": lambda x, w, b: F.conv2d(x, w, b, **CONV),
    "conv_transpose2d": lambda x, w, b: F.conv_transpose2d(x, w, b, **TRANSPOSED),
    "conv2d_weight": conv2d_weight,
    "reshape(3, 2)": squared(lambda x: x.reshape(3, 2)), "permute(2, 0, 1)": squared(lambda x: x.permute(2, 0, 1)),
    "broadcast_to(2, 2, 3)": squared(lambda x: x.expand(2, 2, 3)), "narrow(1, 1, 3)": squared(lambda x: x[:, 1:3]),
    "slice(1, 2)": squared(lambda x: x[:, ::2]), "select(1, 2)": squared(lambda x: x[:, 2]),
    "flip(0)": squared(lambda x: x.flip(0)), "pad": squared(lambda x: F.pad(x, (1, 2, 0, 1), value=0.5)),
    "concat(0)": squared(lambda x, y: torch.cat([x, y], 0)), "stack(1)": squared(lambda x, y: torch.stack([x, y], 1)),
    "index_select(0)": squared(lambda x: x[REPEATED]), "index_add(0)": squared(lambda x, y: x.index_add(0, REPEATED, y)),
    "gather(0)": squared(lambda x: x.gather(0, BESIDE)), "scatter_add(0)": squared(lambda x, y: x.scatter_add(0, BESIDE, y)),
    "sort(-1)": squared(lambda x: torch.sort(x, dim=-1, stable=True)[0]), "topk(2, -1)": squared(lambda x: x.topk(2, -1)[0]),
    "sparse_linear": lambda v, w, b: (v.unsqueeze(-1) * w[INDICES]).sum(1) + b,
    "sampled_linear": lambda x, w, b: (x.unsqueeze(1) * w[INDICES]).sum(-1) + b[INDICES],
    "sparse_transpose_matmul": lambda v, r: torch.zeros(4, r.shape[1], dtype=torch.float64).index_add(
        0, INDICES.flatten(), (v.unsqueeze(-1) * r.unsqueeze(1)).reshape(-1, r.shape[1])),
    "linear_top_k(2)": lambda x, w, b: F.linear(x, w, b).topk(2, -1)[0],
    "keep_top_k(2)": squared(lambda x: keep_top_k(x, 2)),
    "sparse_to_dense(4)": squared(lambda v: torch.zeros(2, 4, dtype=torch.float64).scatter(1, INDICES, v)),
    "binary_cross_entropy": lambda p, t: F.binary_cross_entropy(p, t, reduction="none"),
    "binary_cross_entropy_with_logits": lambda z, t: F.binary_cross_entropy_with_logits(z, t, reduction="none"),
    "choose": lambda mask, a, b: torch.where(mask != 0, a, b),
    "huber_error": lambda p, t, delta: F.huber_loss(p, t, reduction="none", delta=delta.item()),
}
EXPRESSIONS = UNARY | BINARY | COMPARISONS | REDUCTIONS | LOSSES | OTHERS

# ---- cases --------------------------------------------------------------------------------------------------------

VIEWED = ["of_3x2|transposed", "of_2x3|flipped", "of_5x3|sliced", "of_4x3|narrowed", "of_1x3|broadcast", "one"]
PAIRS = ["of_3x2|transposed of_3", "of_2x3|flipped of_2x1", "scalar of_2x3", "of_2x3 of_1x3|broadcast", "no_rows of_3", "one one"]
# Where a function has no value for negative numbers.
POSITIVE = ["positive_3x2|transposed", "positive|flipped", "positive_scalar", "no_rows"]
OF_POSITIVE = {"ln", "log1p", "sqrt", "powf(2.5)", "powf(0.5)", "powf(-1)"}
# Reductions that have a value over nothing, and over one element.
OF_NOTHING = {"sum(-1)", "norm(-1)", "logsumexp(-1)", "softmax(-1)", "log_softmax(-1)", "cumsum(-1)"}

OTHER_CASES = {
    "cross_entropy of the first": ["long_rows", "edge_logits", "sure_logits", "one_class"],
    "linear without bias": ["of_3x2|transposed of_4x3", "special_2x3 of_4x3"],
    "linear relu without bias": ["of_3x2|transposed of_4x3"],
    "conv2d groups": ["of_2x2x5x4|flipped of_4x1x3x2 of_4"],
    "conv2d relu": ["of_2x2x5x4|flipped of_4x2x3x2 of_4"],
    "conv2d tanh without bias": ["of_2x2x5x4|flipped of_4x2x3x2"],
    "conv_transpose2d groups": ["of_2x4x3x2 of_4x1x3x2 of_2"],
    "conv_transpose2d sigmoid": ["of_2x4x3x2 of_4x2x3x2 of_2"],
    "split(1, 2)": ["of_3x2|transposed", "special_2x3"],
    "squeeze(1)": ["of_2x1", "one"],
    "unsqueeze(-1)": ["of_3x2|transposed", "special_2x3", "scalar"],
    "argmax(-1)": ["ties", "of_3x2|transposed", "with_nan"],
    "argmin(0)": ["ties", "of_3x2|transposed", "with_nan"],
    "topk(3, -1)": ["with_nan"],
    "binary_cross_entropy": ["probability_0 probability_1", "probabilities|flipped shares|flipped"],
    "binary_cross_entropy_with_logits": ["logit_0 logit_1", "of_2x3|flipped shares", "of_3x2|transposed shares|flipped"],
    "choose": ["mask_0 mask_1 mask_2", "shares of_3x2|transposed of_3", "of_2x3 scalar of_2x1"],
    "huber_error": ["pair_0 pair_1 one_delta", "of_2x3|flipped of_2x3_again one_delta"],
    "cross_entropy sum": ["class_rows", "of_5x3|sliced"],
    "cross_entropy mean": ["class_rows", "of_5x3|sliced"],
    "sum_to(3)": ["of_2x3|flipped", "no_rows"],
    "matmul": ["special_2x3 of_3x4", "of_2x3 special_2x3|transposed", "of_3x2|transposed of_3x4", "of_2x3|flipped of_3x2", "no_rows of_3x2"],
    "linear": ["special_2x3 of_4x3 of_4", "of_3x2|transposed of_4x3 of_4", "no_rows of_4x3 of_4"],
    "linear relu": ["of_3x2|transposed of_4x3 of_4", "no_rows of_4x3 of_4"],
    "linear sigmoid": ["of_3x2|transposed of_4x3 of_4"],
    "linear tanh": ["of_3x2|transposed of_4x3 of_4"],
    "conv2d": ["special_2x2x5x4 of_4x2x3x2 of_4", "of_2x2x5x4|flipped of_4x2x3x2 of_4"],
    "conv2d_weight": ["of_2x2x5x4|flipped of_2x4x3x2"],
    "conv_transpose2d": ["of_2x4x3x2 of_4x2x3x2 of_2"],
    "reshape(3, 2)": ["of_3x2|transposed", "special_2x3"],
    "permute(2, 0, 1)": ["of_2x3x4|flipped"],
    "broadcast_to(2, 2, 3)": ["of_2x3|flipped", "one", "scalar"],
    "narrow(1, 1, 3)": ["special_2x3", "of_3x2|transposed", "no_rows"],
    "slice(1, 2)": ["of_2x3|flipped"],
    "select(1, 2)": ["of_3x2|transposed"],
    "flip(0)": ["special_2x3", "of_3x2|transposed", "no_rows"],
    "pad": ["special_2x3", "of_3x2|transposed", "no_rows"],
    "concat(0)": ["special_2x3 of_2x3", "of_3x2|transposed of_2x3", "no_rows of_2x3"],
    "stack(1)": ["of_3x2|transposed of_2x3|flipped"],
    "index_select(0)": ["of_4x3|flipped"],
    "index_add(0)": ["of_4x3|flipped of_5x3|narrowed"],
    "gather(0)": ["special_2x3", "of_3x2|transposed"],
    "scatter_add(0)": ["of_2x3 special_2x3", "of_3x2|transposed of_2x3|flipped"],
    "sort(-1)": ["rows", "of_3x2|transposed"],
    "topk(2, -1)": ["ties", "with_nan", "of_3x2|transposed"],
    "linear_top_k(2)": ["of_2x3|flipped of_4x3 of_4"],
    "keep_top_k(2)": ["with_nan", "of_2x4"],
    "sparse_to_dense(4)": ["of_2x2|transposed"],
    "sparse_linear": ["of_2x2|transposed of_4x3 of_3"],
    "sampled_linear": ["of_2x3|flipped of_4x3 of_4"],
    "sparse_transpose_matmul": ["of_2x2|flipped of_2x3"],
}


def operands_of(name):
    """What an expression is evaluated on."""
    if name in UNARY:
        return ["edges", *(POSITIVE if name in OF_POSITIVE else [*VIEWED, "scalar", "no_rows"])]
    if name == "pow":
        return ["pair_0 pair_1", "positive_3x2|transposed of_3", "positive_scalar of_2x3"]
    if name in BINARY or name in COMPARISONS:
        return ["pair_0 pair_1", *PAIRS]
    if name in REDUCTIONS:
        viewed = VIEWED[:-1] if "unbiased" in name else VIEWED
        rows = ["rows"] if "(-1)" in name else ["rows", "equal_rows"] if "(0" in name else []
        rows += ["long_rows", "long_rows|transposed"] if "softmax" in name or "sumexp" in name else []
        rows += ["equal_rows"] if name.startswith(("variance(-1)", "standard_deviation(-1)")) else []
        scalar = ["scalar"] if "_all" in name else []
        empty = ["no_rows"] if "(-1)" in name else []
        return [*rows, *viewed, *scalar, *empty, *(["no_columns"] if name in OF_NOTHING else [])]
    if name in LOSSES:
        loss = name.split()[0]
        return [{"bce": "probabilities|flipped shares|flipped", "bce_with_logits": "of_3x2|transposed shares"}.get(
            loss, "of_3x2|transposed of_2x3_again")]
    return OTHER_CASES[name]


def cases():
    return [(name, operands) for name in EXPRESSIONS for operands in operands_of(name)]


# ---- evaluation ---------------------------------------------------------------------------------------------------


def repeated(values, shape):
    count = math.prod(shape)
    return torch.tensor([values[i % len(values)] for i in range(count)], dtype=torch.float64).reshape(shape)


def gradients(outputs, weights, leaves):
    """The gradients by each leaf, 0 where nothing depends on it."""
    pairs = [(output, weight) for output, weight in zip(outputs, weights) if output.requires_grad]
    found = [None] * len(leaves)
    if pairs:
        found = torch.autograd.grad([o for o, _ in pairs], leaves, [w for _, w in pairs], create_graph=True, allow_unused=True)
    return [torch.zeros_like(leaf) if g is None else g for g, leaf in zip(found, leaves)]


def evaluate(expression, operands):
    leaves, seen = [], []
    for operand in operands.split():
        name, *views = operand.split("|")
        shape, values = OPERANDS[name]
        leaf = torch.tensor(values, dtype=torch.float64).reshape(shape).requires_grad_()
        leaves.append(leaf)
        for view in views:
            leaf = VIEWS[view](leaf)
        seen.append(leaf)
    y = EXPRESSIONS[expression](*seen)
    y = y.to(torch.float64)
    first = gradients([y], [repeated(C, y.shape)], leaves)
    second = gradients(first, [repeated(V, g.shape) for g in first], leaves)
    # Adding to zeros gives a tensor of zeros its storage.
    flat = lambda tensors: [x for tensor in tensors for x in (torch.zeros_like(tensor) + tensor).detach().flatten().tolist()]
    return flat([y]), flat(first), flat(second)


# ---- exact values -------------------------------------------------------------------------------------------------

mp.dps = 2500
# Differences of this size are far below all others, and far above the rounding.
STEP = mpf(10) ** -650


def soft(x):
    exponentials = [mp.exp(a - max(x)) for a in x]
    return [a / sum(exponentials) for a in exponentials]


def deviation(x, correction):
    mean = sum(x) / len(x)
    return sum((a - mean) ** 2 for a in x) / (len(x) - correction)


def log_of(x, place):
    return x[place] - max(x) - mp.log(sum(mp.exp(a - max(x)) for a in x))


# Functions of rows, from a row and its number.
OF_ROWS = {
    "logsumexp(-1)": lambda x, _: [x[0] - log_of(x, 0)],
    "softmax(-1)": lambda x, _: soft(x),
    "log_softmax(-1)": lambda x, _: [log_of(x, place) for place in range(len(x))],
    "norm(-1)": lambda x, _: [mp.sqrt(sum(a * a for a in x))],
    "variance(-1)": lambda x, _: [deviation(x, 0)],
    "variance(-1) unbiased": lambda x, _: [deviation(x, 1)],
    "standard_deviation(-1)": lambda x, _: [mp.sqrt(deviation(x, 0))],
    "standard_deviation(-1) unbiased": lambda x, _: [mp.sqrt(deviation(x, 1))],
    "cross_entropy sum": lambda x, row: [-log_of(x, row)],
    "cross_entropy mean": lambda x, row: [-log_of(x, row) / 3],
    "cross_entropy of the first": lambda x, _: [-log_of(x, 0)],
}
# Of elements of the operands.
OF_ELEMENTS = {
    "sigmoid": lambda x: 1 / (1 + mp.exp(-x)),
    "silu": lambda x: x / (1 + mp.exp(-x)),
    "softplus": lambda x: mp.log(1 + mp.exp(-abs(x))) + max(x, 0),
    "expm1": mp.expm1,
    "exp_remainder": lambda x: mp.exp(x) - 1 - x,
    "binary_cross_entropy_with_logits": lambda z, t: mp.log(1 + mp.exp(-abs(z))) + max(z, 0) - t * z,
}


def derivatives(f, x, weights, seconds):
    """f, the gradient of Σ weights · f, and that of Σ seconds · gradient, by differences."""
    def total(x):
        return sum(c * y for c, y in zip(weights, f(x)))

    def slope(g, x, i):
        moved = lambda by: g([a + by if k == i else a for k, a in enumerate(x)])
        return (moved(STEP) - moved(-STEP)) / (2 * STEP)

    first = [slope(total, x, i) for i in range(len(x))]
    weighted = lambda x: sum(v * slope(total, x, i) for i, v in enumerate(seconds))
    return f(x), first, [slope(weighted, x, i) for i in range(len(x))]


def exact(expression, operands):
    """As `evaluate`, with None where there is no number."""
    data = [OPERANDS[name] for name in operands.split()]
    if expression in OF_ELEMENTS:
        rows = list(zip(*(values for _, values in data)))
        f = lambda x, _: [OF_ELEMENTS[expression](*x)]
        places = lambda row, k: k * len(rows) + row
        of_value = lambda row: row
        seconds = lambda row, k: V[row % 4]
    else:
        (shape, values), = data
        width = shape[-1]
        rows = [values[i:i + width] for i in range(0, len(values), width)]
        f, places = OF_ROWS[expression], lambda row, k: row * width + k
        of_value = lambda row: 0 if "cross" in expression else row
        seconds = lambda row, k: V[places(row, k) % 4]
    outputs, width = None, len(rows[0])
    found = [{}, {}, {}]
    for row, x in enumerate(rows):
        # In the middle of a long row of a few, nothing is new.
        if not all(map(math.isfinite, x)) or len(x) > 4 or "norm" in expression and not any(x):
            continue
        if expression.startswith("standard") and len(set(x)) == 1:
            continue
        x = [mpf(a) for a in x]
        count = len(f(x, row))
        weights = [C[(of_value(row) * count + k) % 5] for k in range(count)]
        parts = derivatives(lambda x: f(x, row), x, weights, [seconds(row, k) for k in range(width)])
        for k, y in enumerate(parts[0]):
            found[0][row * count + k] = y
        for order in (1, 2):
            for k, y in enumerate(parts[order]):
                found[order][places(row, k)] = y
    if "cross" in expression and len(rows) > 1 and "logits" not in expression:
        found[0] = {0: sum(found[0].values())} if len(found[0]) == len(rows) else {}
    lengths = [len(part) for part in evaluate(expression, operands)]
    return [[None if place not in part else float(part[place]) for place in range(length)] for part, length in zip(found, lengths)]


def text(values):
    number = lambda x: "-" if x is None else "0" if x == 0 and math.copysign(1, x) > 0 else repr(x).removesuffix(".0")
    return " ".join(map(number, values))


def lines():
    yield f"version\t{torch.__version__.split('+')[0]}"
    for name, (shape, values) in OPERANDS.items():
        yield "\t".join(["operand", name, "x".join(map(str, shape)), text(values)])
    for expression, operands in cases():
        yield "\t".join(["case", expression, operands, *map(text, evaluate(expression, operands))])
        if expression in OF_ELEMENTS | OF_ROWS and "|" not in operands and not operands.startswith("no_"):
            yield "\t".join(["exact", expression, operands, *map(text, exact(expression, operands))])


def differs(a, b):
    if not (math.isfinite(a) and math.isfinite(b)):
        return not (a == b or math.isnan(a) and math.isnan(b))
    return abs(a - b) > 1e-12 * max(abs(a), abs(b))


def check():
    """The number of lines in which the installed PyTorch differs from the file by more than rounding."""
    now, committed = list(lines()), FILE.read_text().splitlines()
    different = abs(len(now) - len(committed))
    for new, old in zip(now[1:], committed[1:]):
        new, old = new.split("\t"), old.split("\t")
        fields = [[[math.nan if x == "-" else float(x) for x in field.split()] for field in line[3:]] for line in (new, old)]
        same = new[:3] == old[:3] and all(
            len(a) == len(b) and not any(map(differs, a, b)) for a, b in zip(*fields))
        if not same:
            different += 1
            print(f"{old[:3]}\n  committed: {old[3:]}\n  PyTorch {torch.__version__}: {new[3:]}")
    return different


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(1 if check() else 0)
    FILE.write_text("\n".join(lines()) + "\n")
