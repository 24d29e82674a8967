"""The scores beside the programs they replace: time and peak memory, in one run.

    python benchmarks/metrics.py            # about ten minutes on two cores
    python benchmarks/metrics.py --large    # instead, the peak memory at 50,000 pictures: half an hour

Needs SciPy below 1.18 and, for the neighbour scores, the package prdc: the environment of tests/parity has both.
Ratios compare calls that alternate within one process, so a busy machine slows both. Writes
data/results/metrics-benchmark.json, keeping what this run did not measure.
"""

import argparse
import contextlib
import importlib.util
import io
import json
import os
import platform
import statistics
import subprocess
import sys
import time

import numpy as np
import scipy
import scipy.linalg

from labkit import files, metrics

WIDTH = 2048
RESULT = files.results() / "metrics-benchmark.json"


def features(n, width=WIDTH, seed=0, dtype=np.float32):
    """Features with the decaying spectrum and the clipping at zero that networks' features have."""
    rng = np.random.default_rng(seed)
    made = np.empty((n, width), dtype)
    scale = (np.arange(1, width + 1) ** -0.5).astype(np.float32)
    mix = np.random.default_rng(99).standard_normal((width, width), dtype=np.float32) / np.float32(np.sqrt(width))
    for start in range(0, n, 4096):
        rows = slice(start, min(start + 4096, n))
        made[rows] = np.maximum(rng.standard_normal((rows.stop - start, width), dtype=np.float32) * scale @ mix, -0.02)
    return made


def seconds(call, *arguments):
    """Return (seconds, seconds of processor time, result) of one call, its prints swallowed."""
    start, busy = time.perf_counter(), time.process_time()
    with contextlib.redirect_stdout(io.StringIO()):
        result = call(*arguments)
    return time.perf_counter() - start, time.process_time() - busy, result


def against(ours, theirs, rounds=1):
    """Alternate the two, ours before and after each of theirs; return times and the ratios of the medians.

    The ratio of processor times is the steadier one where other programs share the machine.
    """
    mine, other = [seconds(ours)], []
    for _ in range(rounds):
        other.append(seconds(theirs))
        mine.append(seconds(ours))
    (wall, busy), (other_wall, other_busy) = ([statistics.median(run[clock] for run in runs) for clock in (0, 1)]
                                              for runs in (mine, other))
    return {"labkit_seconds": round(wall, 3), "other_seconds": round(other_wall, 3),
            "ratio": round(other_wall / wall, 1), "ratio_of_processor_time": round(other_busy / busy, 1)}, \
        mine[-1][-1], other[-1][-1]


def traces():
    """The Fréchet distance at D = 2048, N above and below it, against moments and scipy.linalg.sqrtm."""
    found = {}
    for n in (5000, 500, 1000):
        sides = [features(n, seed=seed).astype(np.float64) for seed in (1, 2)]

        def theirs(sides=sides):
            gap = sides[0].mean(0) - sides[1].mean(0)
            first, second = (np.cov(side, rowvar=False) for side in sides)
            root = scipy.linalg.sqrtm(first @ second)
            return float(gap @ gap + np.trace(first) + np.trace(second) - 2 * np.trace(root).real)

        times, mine, other = against(lambda s=sides: float(metrics.frechet_distance(*s)), theirs)
        found[f"N = {n}, D = {WIDTH}"] = {**times, "labkit": mine, "sqrtm": other}
        print(f"Fréchet distance, N = {n}: {times}", flush=True)
    return found


def neighbours():
    """Precision, recall, density, coverage against the package prdc: time here, peak memory in separate processes."""
    from prdc import compute_prdc
    found = {}
    for n, width in ((10_000, 64), (10_000, 512), (10_000, WIDTH)):
        real, fake = features(n, width, 1), features(n, width, 2)
        times, mine, other = against(lambda r=real, f=fake: metrics.manifold_scores(r, f, 5),
                                     lambda r=real, f=fake: compute_prdc(r, f, nearest_k=5), rounds=2)
        memory = {name: peak(name, n, width) for name in ("manifold", "prdc")}
        found[f"N = {n}, D = {width}"] = {
            **times, "labkit_mib": memory["manifold"], "prdc_mib": memory["prdc"],
            "memory_ratio": round(memory["prdc"]["above_inputs"] / memory["manifold"]["above_inputs"], 1),
            "labkit": {name: float(score) for name, score in mine._asdict().items()},
            "prdc": {name: float(value) for name, value in other.items()}}
        print(f"neighbour scores, N = {n}, D = {width}: {times}, {memory}", flush=True)
    return found


def reuse():
    """The second generator scored against the same real set, and the real set read from stored statistics."""
    real = metrics.Features(features(10_000, 512, 1))
    first, *_ = seconds(metrics.evaluate, real, features(2000, 512, 2))
    again, *_ = seconds(metrics.evaluate, real, features(2000, 512, 3))
    stored = real.statistics()
    fake = features(2000, 512, 4)
    whole, *_ = seconds(metrics.frechet_distance, np.array(real.values), fake)
    read, *_ = seconds(metrics.frechet_distance, stored, fake)
    found = {"evaluate_first_seconds": round(first, 2), "evaluate_again_seconds": round(again, 2),
             "frechet_from_features_seconds": round(whole, 3), "frechet_from_statistics_seconds": round(read, 3)}
    print("reuse:", found, flush=True)
    return {"N = 10000 real, 2000 fake, D = 512": found}


def manifold(real, fake):
    return metrics.manifold_scores(real, fake, 5)


def prdc(real, fake):
    from prdc import compute_prdc
    return compute_prdc(real, fake, nearest_k=5)


MEASURED = {"manifold": manifold, "prdc": prdc, "frechet": metrics.frechet_distance, "kernel": metrics.kernel_distance,
            "duplicates": lambda real, fake: metrics.duplicates(fake),
            "nearest": lambda real, fake: metrics.nearest_training(fake, real)}


def peak(name, n, width, dtype="float32"):
    """Return the peak resident memory of one score in MiB: of the process, and above what it had with its inputs."""
    command = [sys.executable, __file__, "--one", name, str(n), str(width), dtype]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": "."})
    return json.loads(done.stdout.splitlines()[-1])


def one(name, n, width, dtype):
    """Run one score and print its peak memory (the other end of ``peak``)."""
    real, fake = features(int(n), int(width), 1, dtype), features(int(n), int(width), 2, dtype)
    MEASURED[name](real[:20], fake[:20])  # libraries are loaded before the count begins
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")  # the peak so far is forgotten: what making the features took does not count
    before = resident("VmRSS")
    taken, *_ = seconds(MEASURED[name], real, fake)
    after = resident("VmHWM")
    print(json.dumps({"peak": round(after), "above_inputs": round(after - before), "seconds": round(taken, 1)}))


def resident(field):
    """Return resident memory (``VmRSS``) or its peak (``VmHWM``) in MiB; Linux only."""
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) / 1024 for line in file if line.startswith(field + ":"))


def large():
    """Peak memory at N = 50,000, both sets in float64; with D = 2048 the inputs alone are 1.6 GB.

    The kernel distance works in tiles of one size whatever D is, so it is measured at a narrower one.
    """
    found = {}
    for name, width in (("frechet", WIDTH), ("duplicates", WIDTH), ("kernel", 64), ("manifold", WIDTH)):
        found[f"{name}, D = {width}"] = peak(name, 50_000, width, "float64")
        print(f"peak memory, N = 50000, {name}, D = {width}: {found[f'{name}, D = {width}']} MiB", flush=True)
    return {"N = 50000, float64, MiB": found}


def main():
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--large", action="store_true", help="the peak memory at N = 50,000, in place of the rest")
    parser.add_argument("--one", nargs=4, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        one(*given.one)
        return
    held = json.loads(RESULT.read_text()) if RESULT.exists() else {}
    held |= {"command": "python benchmarks/metrics.py [--large]", "python": platform.python_version(),
             "numpy": np.__version__, "scipy": scipy.__version__, "cores": os.cpu_count(),
             "blas_threads": os.environ.get("OPENBLAS_NUM_THREADS", "all"),
             "load_before": round(os.getloadavg()[0], 1)}
    parts = {"frechet": traces, "neighbours": neighbours, "reuse": reuse}
    if importlib.util.find_spec("prdc") is None:
        print("prdc is not installed: its comparison is left out (see tests/parity/requirements.txt)")
        del parts["neighbours"]
    if given.large:
        parts = {"large": large}
    for name, part in parts.items():
        held[name] = part()
        files.write_json(RESULT, held)


if __name__ == "__main__":
    main()
