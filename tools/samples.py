#!/usr/bin/env python3
"""Write docs/samples.png, the README's picture: what the pretrained generators draw.

    .venv/bin/python tools/samples.py
"""

from pathlib import Path

import numpy as np

from labkit import device, files

OUT = Path(__file__).resolve().parent.parent / "docs" / "samples.png"
ROWS = (("bedroom-gan", 2, 5), ("cifar-dcgan", 2, 10))  # key, rows, pictures a row: 32- and 64-pixel rows align
SCALE, SEED = 2, 0


def strip(key, rows, columns):
    """Return ``rows`` x ``columns`` pictures of a pretrained generator as one, uint8 (height, width, 3)."""
    from labkit import training

    generator = training.pretrained.load(key)
    images = training.generate(generator, training.latent(rows * columns, generator.input_shape[-1], SEED))
    height, width, channels = images.shape[1:]
    tiles = images.reshape(rows, columns, height, width, channels).swapaxes(1, 2)
    return tiles.reshape(rows * height, columns * width, channels)


def main():
    """Draw, and write the file."""
    from PIL import Image

    device.setup(strategy="none", quiet=True)
    sheet = np.concatenate([strip(*row) for row in ROWS])
    picture = Image.fromarray(sheet).resize((SCALE * sheet.shape[1], SCALE * sheet.shape[0]), Image.Resampling.NEAREST)
    with files.atomic(OUT) as file:
        picture.save(file, format="PNG", optimize=True)
    print(f"Wrote {OUT.name}: {picture.width} x {picture.height} pixels")


if __name__ == "__main__":
    main()
