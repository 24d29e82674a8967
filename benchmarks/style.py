"""Style transfer's comparisons: arms × seeds with the networks, losses and searches of notebook 13, at 96 pixels.

    python benchmarks/style.py  # writes data/results/style-*.json and style-textures.png; some five minutes
"""

import arms
import lesson
import numpy as np

from labkit import datasets, device, files
from labkit.plotting import images

SIDE, SEEDS, EVALUATIONS = 96, 6, 25
PHOTOGRAPHS = ("chelsea", "astronaut", "coffee", "china", "flower", "life")
PAINTINGS = ("starry_night", "great_wave", "shipwreck")

if __name__ == "__main__":
    device.setup(strategy="none", quiet=True)
    course, loaded, made = lesson.load(13), datasets.load("style", size=256), {"as it is": [], "wrapped": []}
    whole = {name: picture for name in PHOTOGRAPHS + PAINTINGS
             for file, picture in zip(loaded.factors["file"], loaded.images, strict=True) if name in str(file)}
    tiny = {name: course.resized(picture, SIDE) for name, picture in whole.items()}

    def distances(arm, seed):
        network = course.whole if arm == "trained" else course.untrained(seed)
        rows = course.versions(whole["chelsea"], whole["starry_night"], seed)
        return dict(zip(rows, course.apart(lambda x: network(x)[course.content_layer], rows).tolist(), strict=True))

    def way(arm, seed):
        how, half = course.ways.get(arm, course.ways["Fourier, L-BFGS"]), arm not in course.ways
        painting = course.resized(whole[PAINTINGS[seed % 3]], SIDE // (1 + half))
        image, rows = course.transfer(tiny[PHOTOGRAPHS[seed]], painting, EVALUATIONS, *how)
        total, content, style, _ = rows[rows[:, 0].argmin()].tolist()
        return {"total": total, "content": content, "style": style, "detail": course.detail(image)}

    def texture(arm, seed):
        made[arm].append(course.texture(tiny["starry_night"], seed, 150, wrap=arm == "wrapped"))
        found = (np.corrcoef(course.layout(made[arm][-1]), course.layout(tiny["starry_night"][::way]))[0, 1].item()
                 for way in (1, -1))
        return dict(zip(("own", "turned"), found, strict=True))

    arms.run("style-untrained", ("trained", "untrained"), SEEDS, distances, {"side": 256}, "squared distances")
    arms.run("style-ways", (*course.ways, "half-size painting"), SEEDS, way, {"evaluations": EVALUATIONS}, "losses")
    arms.run("style-textures", tuple(made), SEEDS, texture, {"evaluations": 150}, "correlations of 6x6 cells")
    images.save(files.results() / "style-textures.png", images.tiled(np.concatenate(list(made.values())), SEEDS, gap=4))
