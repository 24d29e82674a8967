"""Write what every program makes of every hard case, in 60 digits: python -m tests.parity.survey."""

import importlib.metadata
import platform

import mpmath
import numpy as np

from labkit import files, metrics
from tests.parity import programs
from tests.unit.test_metrics_distances import fractions

mpmath.mp.dps = 60


def attempt(call, real, fake, expected, scale):
    """Return an error relative to the scale, or what went wrong in words."""
    try:
        found = call(real, fake)
    except programs.FAILURES as error:
        return f"{type(error).__name__}: {str(error)[:100]}".strip(": ")
    return float(f"{float(abs(found - expected) / scale):.2g}") if np.isfinite(found) else "not a number"


def main():
    frechet, kernel = {}, {}
    for name, real, fake in cases():
        expected, scale = exact(real, fake)
        ours = {"labkit": lambda x, y: float(metrics.frechet_distance(x, y))}
        frechet[name] = {program: attempt(call, real, fake, expected, scale)
                         for program, call in (ours | programs.FRECHET).items()}
        real, fake = (side[:20] for side in (real, fake))
        if len(real) == len(fake):  # the programs compare subsets of one size
            expected = float(fractions(real, fake))
            ours = {"labkit": lambda x, y: float(metrics.kernel_distance(x, y))}
            kernel[name] = {program: attempt(call, real, fake, expected, abs(expected))
                            for program, call in (ours | programs.KERNEL).items()}
    versions = {name: importlib.metadata.version(name) for name in
                ("numpy", "scipy", "torch", "torch-fidelity", "clean-fid", "pytorch-fid", "torchmetrics", "prdc")}
    files.write_json(files.results() / "metrics-parity.json", {
        "command": "python -m tests.parity.survey",
        "what": "errors against 60-digit references: of the Fréchet distance relative to tr S1 + tr S2 + |m1 - m2|², "
                "of the kernel distance relative to its value",
        "python": platform.python_version(), "versions": versions, "frechet": frechet, "kernel": kernel})


def matrix(features):
    """Mean (list) and covariance (mpmath matrix), with N - 1 in the denominator."""
    rows = mpmath.matrix(features.tolist())
    n, width = features.shape
    mean = [mpmath.fsum(rows[i, j] for i in range(n)) / n for j in range(width)]
    centred = mpmath.matrix([[rows[i, j] - mean[j] for j in range(width)] for i in range(n)])
    return mean, centred.T * centred / (n - 1)


def exact(real, fake):
    """Return (distance, tr S1 + tr S2 + |m1 - m2|²) as mpmath numbers."""
    (mean_1, s1), (mean_2, s2) = matrix(real), matrix(fake)
    width = len(mean_1)
    gap = mpmath.fsum((a - b) ** 2 for a, b in zip(mean_1, mean_2, strict=True))
    values, vectors = mpmath.eigsy(s1)
    root = vectors * mpmath.diag([mpmath.sqrt(max(v, 0)) for v in values]) * vectors.T
    product = root * s2 * root
    product = (product + product.T) / 2
    trace = mpmath.fsum(mpmath.sqrt(max(v, 0)) for v in mpmath.eigsy(product, eigvals_only=True))
    scale = gap + mpmath.fsum(s1[i, i] + s2[i, i] for i in range(width))
    return scale - 2 * trace, scale


def cases(width=12, seed=0):
    """Yield (name, real, fake): what real evaluations meet, small enough for 60 digits."""
    rng = np.random.default_rng(seed)

    def normal(n, scale=1.0, mix=True):
        x = rng.standard_normal((n, width))
        return (x @ (np.eye(width) + 0.3 * rng.standard_normal((width, width))) if mix else x) * scale

    wide = np.logspace(-4, 4, width)
    few = rng.standard_normal((width // 2, width))
    yield "many samples, well conditioned", normal(60), normal(50) + 0.3
    yield "the same set twice", *([normal(60)] * 2)
    yield "fewer samples than features", normal(8), normal(7) + 0.3
    yield "two samples", normal(2), normal(2) + 0.3
    yield "few real, many fake", normal(6), normal(50) + 0.3
    yield "one feature", normal(30)[:, :1], 1.5 * normal(25)[:, :1]
    yield "scale 1e-4", normal(60, 1e-4), normal(50, 1e-4)
    yield "scale 1e4", normal(60, 1e4), normal(50, 1e4)
    yield "scales 1e-4 to 1e4", normal(60, mix=False) * wide, normal(50, mix=False) * wide
    yield "opposite scales 1e-4 to 1e4", normal(60, mix=False) * wide, normal(50, mix=False) * wide[::-1]
    yield "offset 1e4", 1e4 + normal(60), 1e4 + normal(50)
    yield "offset 1e4, scale 1e-4", 1e4 + normal(60, 1e-4), 1e4 + normal(50, 1e-4)
    yield "half the features are combinations", rng.standard_normal((60, width // 2)) @ few, normal(50)
    lower = np.arange(width) < width // 2
    rotation = np.linalg.qr(rng.standard_normal((width, width)))[0]
    halves = normal(60) * lower, normal(50) * ~lower
    yield "orthogonal halves", *halves
    yield "orthogonal halves, rotated", *(half @ rotation for half in halves)
    dead_real, dead_fake = np.maximum(normal(60) - 0.5, 0), np.maximum(normal(50) - 0.5, 0)
    dead_real[:, :3], dead_fake[:, 2:4] = 0, 0
    yield "units that never fire", dead_real, dead_fake
    yield "a collapsed generator", normal(60), np.repeat(normal(1), 50, axis=0)


if __name__ == "__main__":
    main()
