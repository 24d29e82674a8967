"""Image sets fetched once, before the notebooks that need them run offline."""

import os

from labkit.errors import LabkitError


def fetch(notebooks, say) -> None:
    """Fetch what the notebooks' metadata name, each set once; ``say(sentence)`` for each that cannot be had.

    A failure never stops a run: the notebook then draws a stand-in, or says itself what is missing.
    """
    if os.environ.get("LABKIT_OFFLINE") == "1":
        return
    names = dict.fromkeys(name for notebook in notebooks for name in notebook.datasets or ())
    if not names:
        return
    from labkit import datasets

    for name in names:
        try:
            for split in datasets.entry(name).usual_splits:  # some sets have a file for each
                datasets.load(name, split, limit=1, stand_in="refuse", quiet=True)
        except LabkitError as error:
            say(f"{name} could not be fetched: {error}")
