"""Run by test_workers, once for each worker: trains without dropout, whose masks depend on the number of replicas.

    worker_script.py OUT WORKERS INDEX [resume] [die AT]    ("" for WORKERS: one process)
"""

import functools
import os
import sys

from labkit import cluster, models
from labkit.errors import LabkitError
from labkit.training import recipes, run
from labkit.training.callbacks import StepLog

models.build = functools.partial(models.build, dropout=0.0)
out, workers, index, *rest = sys.argv[1:]


class Dies(StepLog):
    def on_train_batch_end(self, batch, logs=None):
        if "die" in rest and self.model.steps_done == int(rest[-1]):
            os.kill(os.getpid(), 9)


recipe = recipes.get("vanilla-gan", "quick", steps=8, batch_size=20, checkpoint_every=3)
try:
    trained = run.train(recipe, out=out, resume="resume" in rest, limit=100, callbacks=[Dies()],
                        cluster=cluster.parse(workers, int(index)) if workers else None)
except LabkitError as error:
    sys.exit(f"Error: {error}")
