"""Run by test_workers, once for each worker: trains without dropout, whose masks depend on the number of replicas.

    worker_script.py OUT WORKERS INDEX [resume] [die AT]    ("" for WORKERS: one process)
"""

import functools
import json
import os
import sys

from labkit import models
from labkit.errors import LabkitError
from labkit.training import devices, recipes, run
from labkit.training.callbacks import StepLog

models.build = functools.partial(models.build, dropout=0.0)
out, workers, index, *rest = sys.argv[1:]


class Dies(StepLog):
    def on_train_batch_end(self, batch, logs=None):
        if "die" in rest and self.model.steps_done == int(rest[-1]):
            os.kill(os.getpid(), 9)


recipe = recipes.get("vanilla-gan", "quick", steps=8, batch_size=20, checkpoint_every=3)
if workers:
    os.environ["TF_CONFIG"] = json.dumps(devices.tf_config(workers, int(index)))
try:
    trained = run.train(recipe, out=out, resume="resume" in rest, limit=100, callbacks=[Dies()],
                        strategy="workers" if workers else "none")
except LabkitError as error:
    sys.exit(f"Error: {error}")
