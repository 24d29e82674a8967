"""The exported generators on disk: build/onnx/KEY-HASH.onnx, made when they are first needed."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from labkit import files, models
from labkit.errors import LabkitError
from labkit.models import weights as shipped

FORMAT = 2  # of the graphs; count up when labkit.serving.export writes others, and old files are left aside


@dataclass(frozen=True, slots=True)
class Model:
    """An exported generator and what its card says.

    ``path`` of the ONNX file; ``image_shape`` (H, W, C); ``latent_dim`` numbers of noise make one picture.
    """

    key: str
    path: Path
    report: int
    summary: str
    image_shape: tuple[int, int, int]
    latent_dim: int
    trained_on: str
    is_stand_in: bool
    images_seen: int
    weights: str  # SHA-256 of the weights file


def keys() -> tuple[str, ...]:
    """Return the keys of the pretrained generators that can be served: noise goes in, a picture comes out."""
    specs = [models.spec(key) for key in shipped.available()]
    return tuple(spec.key for spec in specs if spec.kind == "gan" and spec.latent_dim)


def model(key: str) -> Model:
    """Return what is known of ``key``, whether its file exists or not. Raises LabkitError when it has no weights."""
    spec, card = models.spec(key), shipped.card(key)
    if key not in keys():
        raise LabkitError(f"{key} makes no pictures from noise, so there is nothing to serve. "
                          f"There are {', '.join(keys()) or 'none yet'}.")
    path = files.home() / "build" / "onnx" / f"{key}-{card['sha256'][:12]}-{FORMAT}.onnx"
    return Model(key, path, spec.report, spec.summary, spec.image_shape, spec.latent_dim, card["dataset"],
                 card["is_stand_in"], card["images_seen"], card["sha256"])


def prepared() -> dict[str, Model]:
    """Return the generators whose ONNX file lies on disk already, by key."""
    return {key: found for key in keys() if (found := model(key)).path.is_file()}


def prepare(first: str | None = None, say=None, only: bool = False) -> dict[str, Model]:
    """Export what is missing, and return all generators that can be served, by key; ``first`` comes first.

    first: a key that must be among them; None: any. only: ``first`` alone, without the others. say: called with a line
    of text before the export, which starts TensorFlow in a process of its own (some 10 s). Raises LabkitError when
    ``first`` cannot be served, or none can.
    """
    if first is not None:
        model(first)
    wanted = (first,) if only and first is not None else keys()
    missing = [found for key in wanted if not (found := model(key)).path.is_file()]
    problems = _export(missing, say or (lambda text: None)) if missing else ""
    there = {key: found for key, found in prepared().items() if key in wanted}
    if first is not None and first not in there:
        raise LabkitError(f"{first} could not be exported to ONNX. {problems}")
    if not there:
        raise LabkitError(problems or f"There are no pretrained generators in {files.pretrained()}. Restore them with "
                          "git checkout -- data/pretrained, or train one: labkit train cifar-dcgan --ship")
    return {key: there[key] for key in sorted(there, key=lambda key: (key != first, key))}


def _export(missing, say) -> str:
    """Run the exporter; return what it complained about."""
    say(f"Exporting {', '.join(found.key for found in missing)} to ONNX, once …")
    pairs = [text for found in missing for text in (found.key, str(found.path))]
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run([sys.executable, "-m", "labkit.serving.export", *pairs], env=environment, text=True,
                          capture_output=True, stdin=subprocess.DEVNULL)
    for line in done.stdout.splitlines():
        say(line)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"the exporter ended with status {done.returncode}"]
        for line in lines[-3:]:
            say(line)
        return lines[-1]
    return ""
