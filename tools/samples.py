#!/usr/bin/env python3
"""Write docs/samples.png, the README's picture: what the pretrained generators draw.

    .venv/bin/python tools/samples.py
"""

import numpy as np

from labkit import device, files, models, training
from labkit.plotting import images

OUT = files.home() / "docs" / "samples.png"
ROWS = (("bedroom-gan", 2, 5), ("cifar-dcgan", 2, 10))  # key, rows, pictures a row: 32- and 64-pixel rows align

if __name__ == "__main__":
    device.setup(strategy="none", quiet=True)
    strips = []
    for key, rows, columns in ROWS:
        drawn = training.scoring.draw(models.weights.load(key), models.spec(key).image_shape, rows * columns)
        strips.append(images.tiled(drawn, columns))
    images.save(OUT, images.tiled(np.concatenate(strips)[None], scale=2))
    print(f"Wrote {OUT.name}")
