"""From what a person types to notebooks: a path, a stem ("06_cifar_dcgan"), a number ("6"), or nothing for all."""

import dataclasses
import difflib
import json
import re
from pathlib import Path

from labkit import files
from labkit.errors import LabkitError

NUMBERED = re.compile(r"(\d\d)_\w[\w.-]*\.ipynb")


@dataclasses.dataclass(frozen=True, slots=True)
class Notebook:
    """A notebook that can be run.

    Attributes:
        path: absolute path of the file.
        name: its stem; results are named after it.
        title: text of its first heading, or the stem.
        datasets: names of the image sets that it loads, from its metadata ``labkit: {datasets: [...]}``; None
            where it does not say.
    """

    path: Path
    name: str
    title: str
    datasets: tuple[str, ...] | None


def folder() -> Path:
    """Return the folder of the numbered notebooks: ``notebooks/`` beside ``data/``, or of the clone, or here.

    Raises LabkitError where there is none.
    """
    places = [files.home() / "notebooks", Path(__file__).resolve().parents[2] / "notebooks", Path.cwd() / "notebooks"]
    for place in places:
        if place.is_dir():
            return place
    raise LabkitError(f"There is no folder notebooks/ at {places[0]}. Name the notebooks to run by their paths, "
                      "for example: labkit run path/to/notebook.ipynb")


def numbered(place: Path) -> list[Path]:
    """Return the collection in order: files of ``place`` named NN_something.ipynb."""
    return sorted(path for path in place.iterdir() if NUMBERED.fullmatch(path.name))


def find(names=()) -> list[Notebook]:
    """Return the notebooks called ``names`` in the order given, each once; all numbered ones for no names.

    Raises LabkitError for an unknown name (with the nearest), an ambiguous number, two different files of one
    stem (their results would overwrite each other), and for a file that is not a notebook.
    """
    if names:
        paths = [_path(str(name)) for name in names]
    else:
        paths = numbered(folder())
        if not paths:
            raise LabkitError(f"{folder()} holds no numbered notebooks (NN_name.ipynb). Name one by its path, "
                              "for example: labkit run path/to/notebook.ipynb")
    found: dict[str, Notebook] = {}
    for path in dict.fromkeys(path.resolve() for path in paths):
        if path.stem in found:
            raise LabkitError(f"Two notebooks are called {path.stem}: {found[path.stem].path} and {path}. "
                              "Their results would have the same names: run them one by one, each with its own --out.")
        found[path.stem] = read(path)
    return list(found.values())


def _path(name: str) -> Path:
    given = Path(name).expanduser()
    looks_like_path = given.suffix == ".ipynb" or len(given.parts) > 1
    if looks_like_path and given.is_file():
        return given
    try:
        collection = numbered(folder())
    except LabkitError:
        if looks_like_path:
            raise _unknown(name, []) from None
        raise
    if name.isdecimal():
        same = [path for path in collection if int(path.name[:2]) == int(name)]
        if len(same) > 1:
            raise LabkitError(f"Several notebooks have the number {name}: {', '.join(path.stem for path in same)}. "
                              "Type one of these names instead.")
    else:
        stem = given.stem if looks_like_path else name
        same = [path for path in folder().glob("*.ipynb") if path.stem == stem and len(given.parts) == 1]
        same = same or [path for path in collection if path.stem[3:] == stem and not looks_like_path]
    if not same:
        raise _unknown(name, collection)
    return same[0]


def _unknown(name: str, collection: list[Path]) -> LabkitError:
    if Path(name).is_dir():
        return LabkitError(f"{name} is a folder. Name notebooks, for example: labkit run {Path(name) / '*.ipynb'}")
    stems = [path.stem for path in collection]
    wanted = Path(name).stem
    near = difflib.get_close_matches(wanted, stems, 3, 0.4)
    near = near or [path.stem for path in collection if wanted.lower() in path.stem]
    if wanted.isdecimal() or not near:
        numbers = ", ".join(stem[:2] for stem in stems)
        hint = f"There are {numbers}; `labkit run --list` shows them." if stems else (
            "There are no numbered notebooks beside data/ either; name one by its path.")
    else:
        hint = f"Did you mean {' or '.join(near)}? `labkit run --list` shows all."
    return LabkitError(f"There is no notebook {name}. {hint}")


def read(path: Path) -> Notebook:
    """Read what must be known before a run. Raises LabkitError when the file is no Python notebook."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise LabkitError(f"{path} is not a notebook: it is not JSON ({error}). "
                          "Restore it, for example with: git checkout -- FILE") from error
    except OSError as error:
        raise LabkitError(f"{path} cannot be read: {error.strerror}.") from error
    if not isinstance(content, dict) or not isinstance(content.get("cells"), list):
        raise LabkitError(f"{path} is not a notebook of format 4: it has no list of cells. "
                          f"Convert it with: jupyter nbconvert --to notebook --inplace {path}")
    metadata = content.get("metadata") or {}
    language = (metadata.get("kernelspec") or {}).get("language") or "python"
    if language != "python":
        raise LabkitError(f"{path} is a notebook for {language}; labkit run executes Python notebooks.")
    sets = (metadata.get("labkit") or {}).get("datasets")
    if sets is not None and not (isinstance(sets, list) and all(isinstance(name, str) for name in sets)):
        raise LabkitError(f"{path}: the metadata labkit.datasets must be a list of names of image sets, not {sets!r}.")
    return Notebook(path, path.stem, _title(content["cells"]) or path.stem, None if sets is None else tuple(sets))


def _title(cells: list[dict]) -> str:
    for cell in cells:
        if cell.get("cell_type") == "markdown":
            source = cell.get("source", "")
            for line in ("".join(source) if isinstance(source, list) else source).splitlines():
                if line.startswith("# "):
                    return line[2:].strip()
    return ""
