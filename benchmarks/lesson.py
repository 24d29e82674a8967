"""The code of a lesson, for benchmarks: what the cells of a notebook with the tag ``define`` import and define.

    points = lesson.load(4)
    gan = points.PointGan(points.ring(), points.Rules(), seed=0)
"""

import json
import linecache
import sys
import types
from pathlib import Path

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"


def load(number: int) -> types.ModuleType:
    """Return a module with the names that the ``define`` cells of a notebook define, from the top."""
    [path] = NOTEBOOKS.glob(f"{number:02d}_*.ipynb")
    module = types.ModuleType(f"lesson{number:02d}")
    sys.modules[module.__name__] = module  # dataclasses look their module up
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if "define" in cell["metadata"].get("tags", []):
            code, name = "".join(cell["source"]), f"{path.name}, cell {cell['id']}"
            linecache.cache[name] = len(code), None, code.splitlines(keepends=True), name  # tf.function reads it
            exec(compile(code, name, "exec"), module.__dict__)
    return module
