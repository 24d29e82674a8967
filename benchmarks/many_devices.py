"""What a second worker brings: step times of one and of two workers, each on a processor core of its own (notebook 14).

    python benchmarks/many_devices.py
    python benchmarks/many_devices.py apart               # two minutes: one process beside two workers; Keras on JAX
    python benchmarks/many_devices.py pictures 102400     # five minutes: what fewer updates do; and 25600
    python benchmarks/many_devices.py pictures 204800 "8 devices, 512 rows"     # as many updates as 64 rows had

The first GAN (``vanilla-gan``) on real digits. "weak": 100 pictures for each worker; "strong": 100 together.
``load``: the machine's load average when it began; well above 0 on two cores, and the times are too long.
"""

import inspect
import json
import os
import sys
import tempfile
import time
from pathlib import Path

import arms
import keras
import lesson
import numpy as np

from labkit import datasets, device, files, metrics, models, training
from labkit.models import extractors
from labkit.plotting import images
from labkit.training import recipes, results, run

notebook = lesson.load(14)
BATCH, STEPS = 100, 80
FOUR = {"4 devices, 256 rows": (256, 1e-3), "4 devices, rate x 2, beta_1 0": (256, 2e-3, 0.0)}  # of exercise 14.2


def worker(index, batch, out):
    """Train as one worker, and write the seconds of each step to ``out/INDEX.json``."""
    times = []
    clock = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: times.append(time.perf_counter()))
    recipe = recipes.get("vanilla-gan", "quick", batch_size=batch, steps=STEPS)
    run.train(recipe, limit=2000, callbacks=[clock], strategy="workers")
    files.write_json(Path(out) / f"{index}.json", float(np.median(np.diff(times[10:]))))


def measured(count, batch):
    """Run ``count`` workers with a minibatch of ``batch`` in all; return seconds per step and pictures per second."""
    with tempfile.TemporaryDirectory() as out:
        addresses, command = notebook.free_addresses(count), [Path(__file__).resolve()]
        processes = [notebook.start([*command, index, batch, out], addresses, index) for index in range(count)]
        for index, process in enumerate(processes if hasattr(os, "sched_setaffinity") else ()):
            mine = sorted(os.sched_getaffinity(0))
            os.sched_setaffinity(process.pid, {mine[index % len(mine)]})
        for process in processes:
            error = process.communicate()[1]
            if process.returncode:
                sys.exit(error)
        seconds = max(json.loads((Path(out) / f"{index}.json").read_text()) for index in range(count))
    return {"workers": count, "minibatch": batch, "step_seconds": round(seconds, 5),
            "pictures_per_second": round(batch / seconds, 1)}


def pictures(count, *names, seeds=3):
    """Train notebook 14's arms, or those of ``names``; score what they draw, beside sets of known worth."""
    device.setup(quiet=True)
    count, known_arms = int(count), notebook.ARMS | FOUR
    digits, judge, sheet = datasets.load("mnist", quiet=True, stand_in="refuse").images, extractors.load("mnist"), []

    def scores(drawn):
        far = metrics.frechet_distance(*(metrics.extract(each, judge) for each in (digits[:2000], drawn)))
        return {"reached": round(float(notebook.reached(digits[:2000], drawn)), 3), "classifier": round(float(far), 1)}

    def once(arm, seed):
        batch, rate, *beta_1 = known_arms[arm]
        drawn = notebook.grown(digits, batch, rate, seed, count, *beta_1)
        sheet.extend(drawn[:10] if seed == 0 and arm in notebook.ARMS else ())
        return scores(drawn)

    known = {name: scores(each) for name, each in notebook.known(digits[2000:4000]).items()}
    chosen = {name: known_arms[name] for name in names or known_arms}
    arms.run(f"many-devices-{count}", chosen, seeds, once, {"pictures": count},
             "2,000 real digits and 2,000 drawn: distance to the nearest, 1 for the mean digit; classifier's Fréchet",
             calibration=known)
    if sheet:
        images.save(files.results() / f"many-devices-{count}.png", images.tiled(np.stack(sheet), 10))


def apart():
    """How far one worker with the whole minibatch gets from two with halves of it, in the notebook's own program, and
    what they draw. With JAX installed, the losses of Keras' own way on one and on two devices, too."""
    cells = json.loads(next(lesson.NOTEBOOKS.glob("14_*.ipynb")).read_text(encoding="utf-8"))["cells"]
    pieces = ["".join(cell["source"]).partition("\n") for cell in cells]
    digits = datasets.load("mnist", limit=2000, quiet=True, stand_in="refuse").images
    made, reached, ways, network = [], [], [], notebook.networks()[0]
    with tempfile.TemporaryDirectory() as out:
        folder = Path(out)
        (folder / "networks.py").write_text("import keras\n\n\n" + inspect.getsource(notebook.networks))
        for name in ("worker.py", "keras_way.py"):
            (folder / name).write_text("".join(code for head, _, code in pieces if head.endswith(f"}}/{name}")))
        for count in (1, 2):
            addresses, command = notebook.free_addresses(count), [folder / "worker.py", 200, folder / str(count)]
            for process in [notebook.start(command, addresses, index) for index in range(count)]:
                print(*process.communicate())
            steps = [np.load(path) for path in sorted((folder / str(count)).glob("*.npz"))]
            made.append([np.concatenate([step[str(number)].ravel() for number in range(20)]) for step in steps])
            network.set_weights([steps[-1][str(number)] for number in range(14)])  # the generator's; then those of D
            drawn = training.generate(network, training.latent(2000, 64, seed=1))
            reached.append(round(float(notebook.reached(digits, drawn)), 3))
            ways.append(notebook.start([folder / "keras_way.py", count]).communicate()[0].strip())
    results.write(files.results() / "many-devices-apart.json", {
        "what": "one worker and two: weights apart, a share of their length, by step; nearest after 200; Keras on JAX",
        "apart": {20 * (k + 1): round(float(np.linalg.norm(one - two) / np.linalg.norm(two)), 6)
                  for k, (one, two) in enumerate(zip(*made, strict=True))}, "reached": reached, "keras_way": ways})


def main():
    load = os.getloadavg()[0]
    rows = {"one": measured(1, BATCH), "weak": measured(2, 2 * BATCH), "strong": measured(2, BATCH)}
    alone = {batch: measured(1, batch)["step_seconds"] for batch in (16, 64, 128, 256)}
    row, fixed = np.polyfit(list(alone), list(alone.values()), 1).tolist()
    results.write(files.results() / "many-devices.json", {
        "key": "vanilla-gan", "steps": STEPS, "load": round(load, 1), "rows": rows,
        "one_worker": {"step_seconds": alone, "fixed_seconds": round(fixed, 5), "seconds_per_row": round(row, 7),
                       "gradients": sum(network.count_params() for network in models.build("vanilla-gan", seed=0))}})


if __name__ == "__main__":
    verb, *words = sys.argv[1:] or ["main"]  # a worker of its own gets INDEX BATCH OUT
    verbs = {"main": main, "apart": apart, "pictures": pictures}
    verbs[verb](*words) if verb in verbs else worker(verb, *words)
