"""What a second worker brings: step times of one and of two workers, each on a processor core of its own (notebook 14).

    python benchmarks/many_devices.py
    python benchmarks/many_devices.py pictures 102400     # five minutes: what fewer updates do; and 25600
    python benchmarks/many_devices.py pictures 204800 "8 devices, 512 rows"     # as many updates as 64 rows had

The first GAN (``vanilla-gan``) on drawn or real digits. "weak": 100 pictures for each worker; "strong": 100 together.
``load``: the machine's load average when it began; well above 0 on two cores, and the times are too long.
"""

import itertools
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import arms
import lesson
import numpy as np

from labkit import datasets, device, files, metrics, models, training
from labkit.models import extractors
from labkit.plotting import images
from labkit.training import recipes, results

notebook = lesson.load(14)
BATCH, STEPS = 100, 80


def worker(index, batch, out):
    """Train as one worker, and write the seconds of each step to ``out/INDEX.json``."""
    device.quiet_tensorflow()
    import keras

    from labkit.training import run

    times = []
    clock = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: times.append(time.perf_counter()))
    recipe = recipes.get("vanilla-gan", "quick", batch_size=batch, steps=STEPS)
    run.train(recipe, limit=2000, callbacks=[clock], strategy="workers")
    files.write_json(Path(out) / f"{index}.json", statistics.median(
        b - a for a, b in itertools.pairwise(times[10:])))


def curve(steps):
    """Return the processor seconds of a step on one device and one thread, by minibatch, and a line through them.

    On one thread, and with nothing to wait for, that is the wall-clock time of a quiet machine.
    """
    device.setup(threads=1, quiet=True)
    import keras

    images = datasets.load("mnist", limit=2000, quiet=True).images
    gan = training.GAN(*models.build("vanilla-gan", seed=0))
    gan.compile(keras.optimizers.Adam(2e-4), keras.optimizers.Adam(2e-4))
    seconds = {}
    for batch in (16, 64, 128, 256):
        gan.fit(images, batch, steps_per_epoch=5)
        began = time.process_time()
        gan.fit(images, batch, steps_per_epoch=steps)
        seconds[batch] = round((time.process_time() - began) / steps, 5)
    row, fixed = np.polyfit(list(seconds), list(seconds.values()), 1)
    return {"step_seconds": seconds, "fixed_seconds": round(float(fixed), 5), "seconds_per_row": round(float(row), 7),
            "gradients": gan.generator.count_params() + gan.discriminator.count_params()}


def measured(count, batch):
    """Run ``count`` workers with a minibatch of ``batch`` in all; return seconds per step and pictures per second."""
    with tempfile.TemporaryDirectory() as out:
        addresses = notebook.free_addresses(count)
        processes = [notebook.start([Path(__file__).resolve(), index, batch, out], addresses, index)
                     for index in range(count)]
        for index, process in enumerate(processes if hasattr(os, "sched_setaffinity") else ()):
            mine = sorted(os.sched_getaffinity(0))
            os.sched_setaffinity(process.pid, {mine[index % len(mine)]})
        for process in processes:
            error = process.communicate(timeout=900)[1]
            if process.returncode:
                sys.exit(error)
        seconds = max(json.loads((Path(out) / f"{index}.json").read_text()) for index in range(count))
    return {"workers": count, "minibatch": batch, "step_seconds": round(seconds, 4),
            "pictures_per_second": round(batch / seconds, 1)}


def pictures(count, *names, seeds=3):
    """Train notebook 14's arms, or those of ``names``; score what they draw, beside sets of known worth."""
    device.setup(quiet=True)
    digits, judge = datasets.load("mnist", quiet=True, stand_in="refuse").images, extractors.load("mnist")
    sheet = []

    def scores(drawn):
        far = metrics.frechet_distance(*(metrics.extract(each, judge) for each in (digits[:2000], drawn)))
        return {"reached": round(float(notebook.reached(digits[:2000], drawn)), 3), "classifier": round(float(far), 1)}

    def once(arm, seed):
        drawn = notebook.grown(digits, *notebook.ARMS[arm], seed, count)
        sheet.extend(drawn[:10] if seed == 0 else ())
        return scores(drawn)

    known = {name: scores(each) for name, each in notebook.known(digits[2000:4000]).items()}
    chosen = {name: notebook.ARMS[name] for name in names or notebook.ARMS}
    arms.run(f"many-devices-{count}", chosen, seeds, once, {"pictures": count},
             "2,000 real digits and 2,000 drawn: distance to the nearest, 1 for the mean digit; classifier's Fréchet",
             calibration=known)
    if sheet:
        images.save(files.results() / f"many-devices-{count}.png", images.tiled(np.stack(sheet), 10))


def main():
    load = os.getloadavg()[0]
    rows = {"one": measured(1, BATCH), "weak": measured(2, 2 * BATCH), "strong": measured(2, BATCH)}
    efficiency = {name: round(rows[name]["pictures_per_second"] / (2 * rows["one"]["pictures_per_second"]), 3)
                  for name in ("weak", "strong")}
    results.write(files.results() / "many-devices.json", {
        "key": "vanilla-gan", "steps": STEPS, "load": round(load, 1), "rows": rows, "efficiency": efficiency,
        "one_thread": curve(30)})


if __name__ == "__main__":
    if sys.argv[1:2] == ["pictures"]:
        pictures(int(sys.argv[2]), *sys.argv[3:])
    else:
        worker(*sys.argv[1:]) if len(sys.argv) > 1 else main()  # a worker of its own gets INDEX BATCH OUT
