"""Report 1's networks, measured: regularisation on small twins with several seeds; one step at full size.

    python benchmarks/report1.py regularisation [--seeds 4 --epochs 100]   # about 10 minutes on two free cores
    python benchmarks/report1.py ablation [--seeds 3]                      # notebook 01: about 10 minutes
    python benchmarks/report1.py rows [--seeds 3]                          # notebook 01, section 9: 2 minutes
    python benchmarks/report1.py convolutions [--seeds 3]                  # notebook 02: about 3 minutes
    python benchmarks/report1.py constants                                 # seconds
    python benchmarks/report1.py full-size plain-lstm cnn-lstm …           # 8 GB of memory for plain-lstm

Each writes a file of its own into data/results; ``full-size`` keeps the networks that it was not asked for.
"""

import multiprocessing
import resource
import time
from concurrent.futures import ProcessPoolExecutor

import arms
import keras
import lesson
import numpy as np
from keras import layers

from labkit import datasets, device, files
from labkit.training import autoencoder, results

FULL_SIZE = files.results() / "report1-full-size.json"
#: What is compared: one network, the twin of models 3 and 4, with other dropout and L2.
REGULARISED = {
    "neither": ("cnn-lstm-tuned", {"dropout": 0.0}),
    "dropout 0.3": ("cnn-lstm-tuned", {"dropout": 0.3}),
    "dropout 0.4": ("cnn-lstm-tuned", {"dropout": 0.4}),
    "L2 1e-6": ("cnn-lstm-l2", {"dropout": 0.0, "l2": 1e-6}),
    "L2 1e-5": ("cnn-lstm-l2", {"dropout": 0.0, "l2": 1e-5}),
    "L2 1e-4": ("cnn-lstm-l2", {"dropout": 0.0, "l2": 1e-4}),
    "dropout 0.3, L2 1e-5": ("cnn-lstm-l2", {"dropout": 0.3, "l2": 1e-5}),
}


def constants():
    """What constant pictures score on all photos at 256x256, under the losses that report 1's numbers may be."""
    images = datasets.load("photos", "all", stand_in="refuse").images
    x = images.reshape(len(images), -1) / np.float32(255)
    grey, mean, median = np.float32(0.5), x.mean(0), np.median(x, axis=0)

    def mse(p):
        return float(((x - p) ** 2).mean(dtype=np.float64))

    def entropy(p):
        p = np.clip(p, 1e-7, 1 - 1e-7)
        return -float((x * np.log(p) + (1 - x) * np.log(1 - p)).mean(dtype=np.float64))

    losses = {"mse": mse, "rmse": lambda p: mse(p) ** 0.5,
              "mae": lambda p: float(np.abs(x - p).mean(dtype=np.float64)),
              "mse_minus_one_to_one": lambda p: 4 * mse(p), "cross_entropy": entropy}
    rows = {name: {what: round(loss(p), 4) for what, p in (
        ("perfect", x), ("best_constant", median if name == "mae" else mean), ("grey", grey))}
        for name, loss in losses.items()}
    results.write(files.results() / "report1-constants.json", {
        "what": "losses of a perfect copy, of the best constant picture (mean; median for mae) and of plain grey 0.5 "
                "on all photos, 256x256, values in [0, 1]", "images": len(images), "losses": rows})


def photos():
    """Return the training and the test pictures, in [0, 1]."""
    device.setup(quiet=True)
    return [datasets.load("photos", split, size=32, stand_in="refuse").images / np.float32(255)
            for split in ("train", "test")]


def regularisation(seeds=4, epochs=100):
    """Train every arm with every seed; keep the last losses and the pictures' own errors."""
    train, test = photos()

    def once(arm, seed):
        key, options = REGULARISED[arm]
        plan = autoencoder.plan(key, seed=seed, epochs=epochs, options=options)
        network = autoencoder.build(plan)
        history = autoencoder.fit(network, plan, train, held_out=test)
        return {"last": {metric: values[-1] for metric, values in history.items()},
                "picture_error": {split: float(np.mean((autoencoder.repeat(network, images) - images) ** 2))
                                  for split, images in (("train", train), ("test", test))}}

    runs = arms.run("report1-regularisation", REGULARISED, seeds, once, {"epochs": epochs},
                    "cnn-lstm-tuned and cnn-lstm-l2 as twins of 32x32 (autoencoders.toml, quick), trained to repeat "
                    "photos; test tiles come from other photographs", train_images=len(train), test_images=len(test))
    printed = {"loss": ("last", "loss"), "val_loss": ("last", "val_loss"), "train_error": ("picture_error", "train"),
               "test_error": ("picture_error", "test")}
    summary = {arm: {what: {"mean": round(float(np.mean([run[group][name] for run in runs if run["arm"] == arm])), 5)}
                     for what, (group, name) in printed.items()} for arm in REGULARISED}
    path = files.results() / "report1-regularisation.json"
    results.write(path, results.read(path) | {"summary": summary})


def unexplained(network, given, pictures, mean):
    """Return 1 - R²: the error of the network's answers by that of the mean training picture."""
    answers = network.predict(given, verbose=0).reshape(pictures.shape)
    return round(float(((answers - pictures) ** 2).mean() / ((pictures - mean) ** 2).mean()), 4)


def ablation(seeds=3):
    """Train model 1's twin with its LSTM, with a dense layer instead, and as a linear network: few and many epochs."""
    train, test = photos()
    size, after = train[0].size, {"LSTM": (60, 300, 1000), "dense": (60, 300), "linear": (60, 300)}

    def once(arm, seed):
        plan = autoencoder.plan("plain-lstm", seed=seed)
        network = autoencoder.build(plan)
        if arm != "LSTM":
            keras.utils.set_random_seed(seed)
            inner = [layers.Dense(64, "tanh"), layers.Dense(64, "relu")] if arm == "dense" else [layers.Dense(64)]
            last = layers.Dense(size, "sigmoid" if arm == "dense" else None)
            network = keras.Sequential([keras.Input((1, size)), *inner, last, layers.Reshape((size,))])
            network.compile(keras.optimizers.Adam(plan.learning_rate), "mse")
        rows, done = [], 0
        for epochs in after[arm]:
            given = train.reshape(len(train), 1, -1)
            keras.utils.set_random_seed(seed)
            network.fit(given, given[:, 0], batch_size=plan.batch_size, epochs=epochs - done, verbose=0)
            shares = {name: unexplained(network, one.reshape(len(one), 1, -1), one, train.mean(0))
                      for name, one in (("train", train), ("test", test))}
            rows, done = [*rows, {"epochs": epochs, **shares}], epochs
        return rows

    arms.run("report1-ablation", after, seeds, once, {"batch": 32, "code": 64},
             "photos at 32x32: unexplained share (1 - R²) of model 1's twin (64 units), of the same with a dense layer "
             "of 64 (tanh) in place of the LSTM, of a linear network with a code of 64")


def rows(seeds=3, count=20_000, epochs=2):
    """Train the network of notebook 01 that draws digits row by row: whole, without memory, without the look left."""
    device.setup(quiet=True)
    lab = lesson.load(1)
    digits = datasets.load("mnist", "train", stand_in="refuse").images
    known = lab.small(digits[np.random.default_rng(0).permutation(len(digits))[:count]])
    unseen = lab.small(datasets.load("mnist", "test", quiet=True).images[:2000])
    options = {"whole": {}, "without memory": {"steps": 1}, "without left": {"left": False}}

    def once(arm, seed):
        keras.utils.set_random_seed(seed)
        network = lab.RowByRow(**options[arm])
        steps = epochs * -(-count // 64)
        network.compile(keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(1e-2, steps)), lab.nats)
        network.fit(known, known, batch_size=64, epochs=epochs, verbose=0)
        return {"nats": round(network.evaluate(unseen, unseen, batch_size=500, verbose=0), 3)}

    arms.run("report1-rows", options, seeds, once, {"digits": count, "epochs": epochs},
             "MNIST as 14x14 black and white pixels: nats for an unseen digit, row by row")


def convolutions(seeds=3):
    """Train encoders and decoders with and without convolutions (notebook 02), and model 2's twin, as long."""
    train, test = photos()
    lab = lesson.load(2)

    def once(arm, seed):
        keras.utils.set_random_seed(seed)
        if arm == "report":
            network = keras.Sequential([*autoencoder.build(autoencoder.plan("cnn-lstm", seed=seed)).layers,
                                        keras.layers.Reshape((32, 32, 3), name="picture")])
        else:
            network = lab.repeater(*arm.split(", "))
        network.compile(lab.adam(len(train)), "mse")
        keras.utils.set_random_seed(seed)
        network.fit(train, train, batch_size=lab.BATCH, epochs=lab.EPOCHS_EACH, verbose=0)
        return {"parameters": network.count_params()} | {
            name: unexplained(network, one, one, train.mean(0)) for name, one in (("train", train), ("test", test))}

    kinds = ("conv, conv", "conv, dense", "dense, conv", "dense, dense", "report")
    settings = {"epochs": lab.EPOCHS_EACH, "batch": lab.BATCH, "code": lab.CODE}
    arms.run("report1-convolutions", kinds, seeds, once, settings,
             "photos at 32x32: unexplained share (1 - R²) of autoencoders; an arm names encoder and decoder; report: "
             "the twin of model 2")


def full_size(keys, steps=6):
    """Build each network at full size in a process of its own, take a few steps, and note time and memory."""
    kept = results.read(FULL_SIZE).get("networks", {}) if FULL_SIZE.is_file() else {}
    for key in keys:
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
            kept[key] = process.submit(one, key, steps).result()
        print(key, kept[key], flush=True)
    results.write(FULL_SIZE, {"what": "minibatches of 256x256 photos at the report's batch size, mean squared error",
                              "networks": kept})


def one(key, steps):
    """Return what a few steps of one network take."""
    device.setup(quiet=True)
    plan = autoencoder.plan(key, "full")
    images = datasets.load("photos", size=plan.image_size, stand_in="refuse", quiet=True).images
    network = autoencoder.build(plan)
    before = [weights.copy() for weights in network.get_weights()]
    seconds = []
    for step in range(steps):
        batch = autoencoder.as_input(network, images[np.arange(step, step + plan.batch_size) % len(images)])
        began = time.perf_counter()
        network.train_on_batch(batch, batch.reshape(len(batch), -1))
        seconds.append(time.perf_counter() - began)
    # ru_maxrss counts the copy of the weights, too: it is taken off.
    copy = sum(weights.nbytes for weights in before)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - copy
    after = network.get_weights()
    unchanged = {"all": sum(int((a == b).sum()) for a, b in zip(before, after, strict=True))}
    if key == "plain-lstm":  # kernel, recurrent kernel, bias; the gates stand side by side: input, forget, cell, output
        forget = np.s_[..., 256:512]
        unchanged["recurrent kernel"] = int((before[1] == after[1]).sum())
        unchanged["forget gate"] = sum(int((before[i][forget] == after[i][forget]).sum()) for i in (0, 2))
    return {
        "parameters": network.count_params(), "batch_size": plan.batch_size, "steps": steps,
        "step_seconds": round(float(np.median(seconds[1:])), 2), "peak_memory_gb": round(peak / 1e9, 1),
        "unchanged": unchanged,
    }


if __name__ == "__main__":
    arms.command_line(__doc__, constants, regularisation, ablation, rows, convolutions, full_size)
