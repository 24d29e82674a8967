#!/usr/bin/env python3
"""Write docs/samples.png, the README's picture: what the pretrained generators draw.

    .venv/bin/python tools/samples.py
"""

from pathlib import Path

import numpy as np

from labkit import device, models
from labkit.plotting import images as pictures

OUT = Path(__file__).resolve().parent.parent / "docs" / "samples.png"
ROWS = (("bedroom-gan", 2, 5), ("cifar-dcgan", 2, 10))  # key, rows, pictures a row: 32- and 64-pixel rows align
SCALE, SEED = 2, 0


def main():
    """Draw, and write the file."""
    device.setup(strategy="none", quiet=True)
    from labkit import training

    strips = []
    for key, rows, columns in ROWS:
        generator = models.weights.load(key)
        images = training.scoring.draw(generator, models.spec(key).image_shape, rows * columns, SEED)
        strips.append(pictures.tiled(images, columns))
    pictures.save(OUT, pictures.tiled(np.concatenate(strips)[None], scale=SCALE))
    print(f"Wrote {OUT.name}")


if __name__ == "__main__":
    main()
