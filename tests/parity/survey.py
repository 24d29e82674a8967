"""Write what every program makes of every hard case: ``python -m tests.parity.survey``."""

import importlib.metadata
import platform

import numpy as np

from labkit import files, metrics
from tests.parity import programs, references
from tests.unit.test_metrics_distances import fractions


def attempt(call, real, fake, expected, scale):
    """Return an error relative to the scale, or what went wrong in words."""
    try:
        found = call(real, fake)
    except programs.FAILURES as error:
        return f"{type(error).__name__}: {str(error)[:100]}".strip(": ")
    return float(f"{float(abs(found - expected) / scale):.2g}") if np.isfinite(found) else "not a number"


def main():
    frechet, kernel = {}, {}
    for name, real, fake in references.cases():
        expected, scale = references.frechet(real, fake)
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


if __name__ == "__main__":
    main()
