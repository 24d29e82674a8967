"""Do textures of The Starry Night keep its layout? For notebook 13: `python benchmarks/style.py layout`, 20 seconds."""
import arms
import lesson
import numpy as np

from labkit import datasets
from labkit.models import extractors

NAMES, SIZE = ("stem", "block1a", "block2b", "block3b", "block4c", "block5c"), 96


def layout(seeds=3, steps=80):
    """Correlate a texture's colours on 6x6 cells with the painting's, and with those of the painting upside down."""
    notebook, network = lesson.load(13), extractors.efficientnet_lite0(outputs=NAMES)
    data, weights, half = datasets.load("style", size=192, quiet=True), dict.fromkeys(NAMES, 1.0), SIZE // 2
    row = next(i for i, name in enumerate(data.factors["file"]) if "starry_night" in str(name))
    painting = np.float32(notebook.resized(data.images[row], SIZE))

    def train(arm, seed):
        def seen(picture):  # wrapped: around the picture stand parts of itself, so that its edge is no edge
            if arm == "as it is":
                return network(picture[None])
            found = network(notebook.tf.tile(picture, (3, 3, 1))[None, half:-half, half:-half])
            return {name: f[:, f.shape[1] // 4:-f.shape[1] // 4, f.shape[1] // 4:-f.shape[1] // 4]
                    for name, f in found.items()}

        def loss(picture):
            return notebook.tf.stack([notebook.style_loss(seen(picture), goals, weights)])

        goals = {name: notebook.gram(values) for name, values in seen(painting).items()}
        noise = np.random.default_rng(seed).normal(128, 20, painting.shape).clip(0, 255)
        texture, _ = notebook.lbfgs(loss, notebook.Fourier(noise, (painting,)), steps)
        cells = [np.float64(one).reshape(6, SIZE // 6, 6, SIZE // 6, 3).mean((1, 3))
                 for one in (texture, painting, painting[::-1])]
        texture, own, turned = ((one - one.mean((0, 1))).ravel() for one in cells)
        return {"own": round(np.corrcoef(texture, own)[0, 1], 2),
                "upside_down": round(np.corrcoef(texture, turned)[0, 1], 2)}

    arms.run("style-layout", ("as it is", "wrapped"), seeds, train, {"evaluations": steps, "size": SIZE},
             "correlation of the colours on 6x6 cells with the painting's")


if __name__ == "__main__":
    arms.command_line(__doc__, layout)
