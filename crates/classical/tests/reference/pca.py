"""Reference values of PCA, from NumPy's singular value decomposition: `python pca.py` writes pca.json beside itself.

The file here is of numpy 2.4.6.
"""

import json
from pathlib import Path

import numpy as np


def case(seed, rows, features, components):
    generator = np.random.default_rng(seed)
    # Multiples of 1/16, which f32 holds exactly, with directions of clearly different variance.
    stretched = generator.normal(size=(rows, features)) * 2.0 ** -np.arange(features)
    x = np.round(16 * (stretched @ generator.normal(size=(features, features)) + 5)) / 16
    mean = x.mean(axis=0)
    _, singular, directions = np.linalg.svd(x - mean, full_matrices=False)
    directions = directions[:components]
    largest = np.abs(directions).argmax(axis=1)
    directions *= np.sign(directions[np.arange(components), largest])[:, None]
    back = (x - mean) @ directions.T @ directions + mean
    return {
        "x": x.tolist(),
        "mean": mean.tolist(),
        "components": directions.tolist(),
        "variances": (singular[:components] ** 2 / rows).tolist(),
        "mse": ((x - back) ** 2).mean(),
    }


cases = {"tall": case(1, 40, 6, 3), "wide": case(2, 5, 9, 3)}
Path(__file__).with_suffix(".json").write_text(json.dumps(cases, indent=1) + "\n")
