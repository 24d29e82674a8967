"""The loop of notebook 04, broken on purpose: digits, and points on the ring, several seeds each.

    python benchmarks/adversarial.py digits [--seeds 8 --steps 300]     # 7 minutes of one processor core
    python benchmarks/adversarial.py ring [--seeds 8 --steps 2000]      # 7 minutes
"""

import arms
import lesson
import numpy as np

from labkit import device

device.quiet_tensorflow()

from labkit import datasets, metrics, training  # noqa: E402
from labkit.models import extractors  # noqa: E402

notebook = lesson.load(4)
DIGITS = {"as it is": {}, "minimax loss": {"g_cost": notebook.minimax}, "slow D": {"rate_d": 1e-4},
          "fast D": {"rate_d": 1e-2}, "no batch norm": {}}
RING = {"as it is": {}, "minimax loss": {"g_cost": notebook.minimax}, "slow D": {"rate_d": 1e-4},
        "R1 0.1": {"d_cost": notebook.with_r1(0.1)}, "R1 1": {"d_cost": notebook.with_r1(1.0)},
        "informed D": {}, "informed slow D": {"rate_d": 1e-4}, "shuffled labels": {}}
LOOKS = 20  # at each game on the ring
PICTURES = 1000


def digits(seeds=8, steps=300):
    """Train the arms on MNIST; judge 1,000 pictures of each by the classifier's features."""
    data, extractor = datasets.load("mnist", quiet=True), extractors.load_default("mnist")
    real = metrics.extract(datasets.load("mnist", "test", quiet=True).images, extractor)

    def sample(random, count):
        return data.images[random.integers(len(data), size=count)].astype("float32") / 127.5 - 1

    def train(arm, seed):
        g, d = notebook.networks(norm=arm != "no batch norm", seed=seed)
        notebook.train(notebook.make_step(g, d, **DIGITS[arm]), sample, 64, steps, seed)
        fake = metrics.extract(training.generate(g, training.latent(PICTURES, 64, seed)), extractor)
        return {"frechet": round(metrics.frechet_distance(real, fake).value, 2),
                "classes": int((np.bincount(fake.logits.argmax(1), minlength=10) >= PICTURES // 50).sum())}

    arms.run("adversarial-digits", DIGITS, seeds, train, {"steps": steps, "pictures": PICTURES},
             "Fréchet distance of a classifier's features, and classes with at least 2 % of the pictures")


def ring(seeds=8, steps=2000):
    """Train the arms on the ring; count modes and good samples."""
    def train(arm, seed):
        ways = {"informed": notebook.informed, "shuffled": lambda seed: notebook.informed(seed, shuffle=True)}
        g, d = ways.get(arm.split()[0], notebook.points)(seed)
        moments = notebook.play(g, d, steps, seed, steps // LOOKS, **RING[arm])
        seen = [notebook.coverage(samples) for _, samples, _ in moments]
        return {"covered": seen[-1][0], "good": round(seen[-1][1], 3),
                "looks": [[covered, round(good, 2)] for covered, good in seen]}

    arms.run("adversarial-ring", RING, seeds, train, {"rounds": steps},
             "modes covered and share of samples within three deviations, of 2,500")


if __name__ == "__main__":
    device.setup(quiet=True)
    arms.command_line(__doc__, digits, ring)
