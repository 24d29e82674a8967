"""Put the studio together: its page and scripts, ONNX Runtime for browsers, and every shipped generator as ONNX.

    .venv/bin/python docs/studio/build.py FOLDER

FOLDER then works on any web server that hands out files. ONNX Runtime comes with npm, once, and is kept in
build/studio; its archive's hash is checked. Nothing else is fetched.
"""

import base64
import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

from labkit import files
from labkit.errors import LabkitError
from labkit.models import spec
from labkit.serving import export
from labkit.widgets import noise

HERE = Path(__file__).parent
RUNTIME = "onnxruntime-web@1.30.0"
INTEGRITY = "q0y+JrrtukXSzsBWEMccVfqX25LRmosXHF+CaRJmg8pZClzcV7svNc4rKY3jL02Vb7QmRMDs1SigqR4CXAfKYQ=="  # sha512
PARTS = ("ort.wasm.min.mjs", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm")
DIRECTIONS = 6


def runtime(folder):
    """Put ONNX Runtime's three files into a folder. Raises LabkitError where there is no npm, or another archive."""
    kept = files.home() / "build" / "studio"
    archive = kept / f"{RUNTIME.replace('@', '-')}.tgz"
    if not archive.is_file():
        if not (npm := shutil.which("npm")):
            raise LabkitError("The studio needs ONNX Runtime for browsers, which npm brings, and there is no npm here. "
                              "Install Node.js, or leave the studio out.")
        kept.mkdir(parents=True, exist_ok=True)
        done = subprocess.run([npm, "pack", "--silent", RUNTIME], cwd=kept, capture_output=True, text=True)
        if done.returncode:
            raise LabkitError(f"npm could not fetch {RUNTIME}: {done.stderr.strip()[-300:] or 'it gives no reason'}")
    content = archive.read_bytes()
    if base64.b64encode(hashlib.sha512(content).digest()).decode() != INTEGRITY:
        archive.unlink()
        raise LabkitError(f"{archive.name} is not the archive that is expected, and was removed. Build again.")
    with tarfile.open(archive) as inside:
        for name in PARTS:
            (folder / name).write_bytes(inside.extractfile(f"package/dist/{name}").read())


def directions(path, dim):
    """Return the directions along which a generator changes most, float (DIRECTIONS, dim): as
    labkit.widgets.principal_directions, from the first kernel of its graph; [] for a flow, which has none."""
    import onnx

    kernels = map(onnx.numpy_helper.to_array, onnx.load(path).graph.initializer)
    kernel = next((array for array in kernels if array.ndim == 2 and len(array) == dim), None)
    return [] if kernel is None else noise.kernel_directions(kernel, DIRECTIONS).vectors.tolist()


def models(keys):
    """Return what can be drawn with, exported where needed: the generators of these keys; None: all that are served,
    and notebook 16's flow."""
    if keys:
        return {key: export.prepare(key, say=print, only=True)[key] for key in keys}
    found, flow = export.prepare(say=print, every=True), export.described(spec("fashion-flow"))
    if not flow.path.is_file():
        said = export.write([flow])
        if not flow.path.is_file():
            raise LabkitError(f"Not to be drawn with: {' '.join(said)}")
    return found | {flow.key: flow}


def build(folder, keys=None) -> None:
    """Write the studio, with generators of these keys alone or with all, to a folder. Raises LabkitError for what is
    missing."""
    folder = Path(folder)
    for name in ("ort", "models"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    runtime(folder / "ort")
    told = {}
    for key, model in models(keys).items():
        shutil.copyfile(model.path, folder / "models" / f"{key}.onnx")
        told[key] = {"file": f"{key}.onnx", "bytes": model.path.stat().st_size, "shape": model.image_shape,
                     "dim": model.latent_dim, "report": model.report, "summary": model.summary.replace("->", "→"),
                     "images_seen": model.images_seen, "trained_on": model.trained_on,
                     "is_stand_in": model.is_stand_in, "directions": directions(model.path, model.latent_dim)}
    (folder / "models.json").write_text(json.dumps(told), "utf-8")
    for name in ("studio.js", "noise.js", "studio.css"):
        shutil.copyfile(HERE / name, folder / name)
    page = (HERE / "page.html").read_text("utf-8")
    (folder / "index.html").write_text(
        '<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>The studio</title>\n'
        '<meta name="color-scheme" content="light dark">\n<link rel="icon" href="data:,">\n'
        '<link rel="stylesheet" href="studio.css">\n'
        '<script type="module" src="studio.js"></script></head>\n'
        '<body style="font: 1rem/1.5 system-ui; max-width: 48rem; margin: 1rem auto; padding: 0 0.75rem">\n'
        f'<h1>The studio</h1>\n{page}</body>\n</html>\n', "utf-8")


if __name__ == "__main__":
    try:
        build(sys.argv[1])
    except LabkitError as error:
        raise SystemExit(str(error)) from None
