"""Reference values of measures and baselines: `python measures.py` writes measures.json beside itself.

The file here is of scikit-learn 1.9.1, scikit-image 0.26.0, scipy 1.17.1, numpy 2.4.6.
"""

import json
from pathlib import Path

import numpy as np
from scipy.ndimage import median_filter
from scipy.stats import false_discovery_control
from skimage.metrics import peak_signal_noise_ratio, structural_similarity
from sklearn.ensemble import IsolationForest
from sklearn.linear_model import LogisticRegression
from sklearn.manifold import trustworthiness
from sklearn.metrics import average_precision_score, log_loss, roc_auc_score
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import KNeighborsClassifier


def table(generator, *shape):
    """Multiples of 1/64, which f32 holds exactly."""
    return np.round(64 * generator.normal(size=shape)) / 64


def ranking():
    generator = np.random.default_rng(1)
    labels = generator.random(80) < 0.3
    # Whole numbers, of which many are equal.
    scores = np.round(3 * generator.normal(size=80) + 4 * labels)
    return {
        "labels": labels.tolist(),
        "scores": scores.tolist(),
        "auroc": roc_auc_score(labels, scores),
        "average_precision": average_precision_score(labels, scores),
        "quantiles": [np.quantile(scores, level) for level in (0.0, 0.1, 0.37, 0.95, 1.0)],
    }


def discoveries():
    generator = np.random.default_rng(2)
    p_values = np.concatenate([generator.random(30), 0.01 * generator.random(10)])
    return {"p_values": p_values.tolist(), "adjusted": false_discovery_control(p_values, method="bh").tolist()}


def pictures():
    generator = np.random.default_rng(3)
    x = np.round(64 * generator.random(size=(2, 3, 14, 17))) / 64
    y = np.clip(x + np.round(16 * generator.normal(size=x.shape)) / 64, 0, 1)
    options = dict(data_range=1.0, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, channel_axis=0)
    return {
        "x": x.tolist(),
        "y": y.tolist(),
        "psnr": [peak_signal_noise_ratio(a, b, data_range=1.0) for a, b in zip(x, y)],
        "ssim": [structural_similarity(a, b, **options) for a, b in zip(x, y)],
        "median_3": median_filter(x, size=(1, 1, 3, 3), mode="reflect").tolist(),
        "median_5": median_filter(x, size=(1, 1, 5, 5), mode="reflect").tolist(),
    }


def embedding():
    generator = np.random.default_rng(4)
    # Not on a grid: no two distances are equal, whose order scikit-learn leaves open.
    x = generator.normal(size=(60, 5)).astype(np.float32).astype(np.float64)
    codes = (x[:, :2] + generator.normal(size=(60, 2)) / 4).astype(np.float32).astype(np.float64)
    classes = (x[:, 0] > 0).astype(int) + (x[:, 1] > 0.5)
    left_out = []
    for row in range(60):
        others = np.arange(60) != row
        model = KNeighborsClassifier(1).fit(codes[others], classes[others])
        left_out.append(model.predict(codes[row : row + 1])[0] == classes[row])
    cases = {}
    for k in (1, 4, 12):
        cases[str(k)] = [trustworthiness(x, codes, n_neighbors=k), trustworthiness(codes, x, n_neighbors=k)]
    return {
        "x": x.tolist(),
        "codes": codes.tolist(),
        "classes": classes.tolist(),
        "accuracy": float(np.mean(left_out)),
        "cases": cases,
    }


def logistic():
    generator = np.random.default_rng(5)
    x = table(generator, 90, 4)
    classes = np.argmax(x @ generator.normal(size=(4, 3)) + generator.normal(size=(90, 3)), axis=1)
    cases = []
    for c in (0.1, 1.0, 10.0):
        model = LogisticRegression(C=c, tol=1e-10, max_iter=10_000).fit(x, classes)
        probabilities = model.predict_proba(x)
        penalty = (model.coef_**2).sum() / (2 * c * len(x))
        cases.append(
            {
                "inverse_penalty": c,
                "loss": log_loss(classes, probabilities) + penalty,
                "weights": model.coef_.tolist(),
                "probabilities": probabilities.tolist(),
                "predictions": model.predict(x).tolist(),
            }
        )
    return {"x": x.tolist(), "classes": classes.tolist(), "cases": cases}


def mixture():
    generator = np.random.default_rng(6)
    roots = generator.normal(size=(3, 4, 4))
    model = GaussianMixture(3, covariance_type="full")
    model.weights_ = np.array([0.5, 0.3, 0.2])
    model.means_ = generator.normal(size=(3, 4))
    model.covariances_ = roots @ roots.transpose(0, 2, 1) + 0.1 * np.eye(4)
    model.precisions_cholesky_ = np.stack(
        [np.linalg.cholesky(np.linalg.inv(covariance)) for covariance in model.covariances_]
    )
    z = table(generator, 20, 4) * 2
    return {
        "weights": model.weights_.tolist(),
        "means": model.means_.tolist(),
        "covariances": model.covariances_.tolist(),
        "z": z.tolist(),
        "log_density": model.score_samples(z).tolist(),
    }


def forest():
    generator = np.random.default_rng(7)
    x = table(generator, 400, 4)
    anomalous = np.arange(400) < 40
    x[anomalous] *= 1.75
    areas = []
    for seed in range(20):
        scores = -IsolationForest(n_estimators=100, max_samples=256, random_state=seed).fit(x).score_samples(x)
        areas.append(roc_auc_score(anomalous, scores))
    model = IsolationForest(n_estimators=2000, max_samples=256, random_state=0).fit(x)
    return {
        "x": x.tolist(),
        "anomalous": anomalous.tolist(),
        "auroc": float(np.mean(areas)),
        "deviation": float(np.std(areas)),
        "scores_of_many_trees": (-model.score_samples(x)).tolist(),
    }


cases = {
    "ranking": ranking(),
    "discoveries": discoveries(),
    "pictures": pictures(),
    "embedding": embedding(),
    "logistic": logistic(),
    "mixture": mixture(),
    "forest": forest(),
}
Path(__file__).with_suffix(".json").write_text(json.dumps(cases, separators=(",", ":")) + "\n")
