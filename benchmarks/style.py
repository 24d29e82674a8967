"""Style transfer's comparisons: arms × seeds with the networks, losses and searches of notebook 13, at 96 pixels.

    python benchmarks/style.py  # writes data/results/style-*.json and style-textures.png; some five minutes
"""

import arms
import lesson
import numpy as np

from labkit import datasets, device, files
from labkit.plotting import images

SIDE, SEEDS = 96, 6
PHOTOGRAPHS = ("chelsea", "astronaut", "coffee", "china", "flower", "life")
PAINTINGS = ("starry_night", "great_wave", "shipwreck")
MORE = {"half-size painting": ("Fourier, L-BFGS", 2, 25, 0.0), "pixels, L-BFGS, 100": ("pixels, L-BFGS", 1, 100, 0.0),
        "Fourier, Adam, 300": ("slow", 1, 300, 0.0), "Fourier, Adam 0.3, 300": ("Fourier, Adam", 1, 300, 0.0),
        **{f"{way}, variation": (way, 1, 25, 10.0) for way in ("pixels, L-BFGS", "pixels, Adam")}}

if __name__ == "__main__":
    device.setup(strategy="none", quiet=True)
    course, loaded, made = lesson.load(13), datasets.load("style", size=256), {"padded": [], "wrapped": []}
    slow = {"slow": (course.adam, type("Slow", (course.Fourier,), {"rate": 0.1}))}
    whole = {name: picture for name in PHOTOGRAPHS + PAINTINGS
             for file, picture in zip(loaded.factors["file"], loaded.images, strict=True) if name in str(file)}
    tiny = {name: course.resized(picture, SIDE) for name, picture in whole.items()}

    def distances(arm, seed):
        network = course.whole if arm == "trained" else course.untrained(seed)
        rows = course.versions(whole["chelsea"], whole["starry_night"], seed)
        return dict(zip(rows, course.apart(lambda x: network(x)[course.content_layer], rows).tolist(), strict=True))

    def way(arm, seed):
        how, part, count, price = MORE.get(arm, (arm, 1, 25, 0.0))
        pair = tiny[PHOTOGRAPHS[seed]], course.resized(whole[PAINTINGS[seed % 3]], SIDE // part)
        image, rows = course.transfer(*pair, count, *(course.ways | slow)[how], variation_weight=price)
        total, content, style, _ = rows[rows[:, 0].argmin()].tolist()
        return {"total": total, "content": content, "style": style, "detail": course.detail(image)}

    def texture(arm, seed):
        own, other = (tiny[PAINTINGS[(seed + one) % 2]] for one in (0, 1))
        image = course.texture(own, seed, 150, course.wrapped if arm == "wrapped" else course.network)
        made[arm].append(image)
        return {"own": course.likeness(image, own), "moved": course.likeness(image, own, 6),
                "other": course.likeness(image, other, 6)}

    arms.run("style-untrained", ("trained", "untrained"), SEEDS, distances, {"side": 256}, "squared distances")
    arms.run("style-ways", (*course.ways, *MORE), SEEDS, way, {"evaluations": "25, or what the arm says"}, "losses")
    arms.run("style-textures", tuple(made), 2 * SEEDS, texture, {"evaluations": 150, "odd seeds": "The Great Wave"},
             "correlations of 6x6 cells: in place, best of 36 shifts, best of 36 with the other painting")
    if sheet := made["padded"] + made["wrapped"]:  # nothing where the results file holds them already
        images.save(files.results() / "style-textures.png", images.tiled(np.stack(sheet), 2 * SEEDS, gap=4))
