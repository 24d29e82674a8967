"""From a notebook that papermill has left aside to a result in its place: the executed notebook and its page."""

import re
from pathlib import Path

from labkit import files
from labkit.errors import LabkitError

UNFINISHED = ".unfinished"
# What labkit.datasets prints for each set that a notebook loads: "Fashion-MNIST, train: 60,000 images from …".
SOURCE_LINE = re.compile(r"^\S.{0,90}: [\d,]+ (?:\w+ )?images?\b.*$", re.MULTILINE)


def error(name: str, value="", cell=None, words="", trace=(), log=()) -> dict:
    """Return what a row of the summary says about an error, ready for JSON.

    ``cell`` is ``{"cell": number in In [n], "source": head of its source}`` or None; ``words`` a sentence for people;
    ``trace`` the lines of the traceback, with their colours; ``log`` the last lines that the process printed.
    """
    return (cell or {"cell": None, "source": ""}) | {
        "name": name, "value": value, "words": words, "traceback": list(trace), "log": list(log)}


def log_tail(path) -> list[str]:
    """Return the last lines that a notebook's processes printed outside of its cells, without Jupyter's own notes."""
    try:
        text = Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return [line for line in text.splitlines() if line.strip() and not line.startswith("[IPKernelApp]")][-15:]


def keep(job: dict, row: dict) -> dict:
    """Move the notebook that lies aside into place and make its page.

    A notebook that ended well becomes NAME.ipynb and NAME.html; any other NAME.unfinished.ipynb and .html, so that
    the last good result stays. Returns the columns "data" (source lines that the notebook printed), "output" and
    "page" (file names in the output folder). Raises LabkitError when it cannot be read or written.
    """
    import nbformat

    aside, out = Path(job["aside"]), Path(job["out"])
    try:
        notebook = nbformat.read(aside, as_version=4)
    except (nbformat.reader.NotJSONError, nbformat.ValidationError, UnicodeDecodeError) as problem:
        raise LabkitError(f"What was executed of {job['name']} could not be kept: {aside.name} was cut off "
                          "in the middle of writing.") from problem
    good = row["status"] == "ok"
    stem = job["name"] + ("" if good else UNFINISHED)
    _mend(notebook, job, row, f"{stem}.ipynb")
    with files.atomic(out / f"{stem}.ipynb", "w", encoding="utf-8") as file:
        file.write(nbformat.writes(notebook))
    kept = {"data": sources(notebook), "output": f"{stem}.ipynb"}
    kept["page"] = _page(notebook, job, row | kept, out / f"{stem}.html")
    if good:
        for suffix in (".ipynb", ".html"):
            (out / f"{job['name']}{UNFINISHED}{suffix}").unlink(missing_ok=True)
    aside.unlink(missing_ok=True)
    return kept


def sources(notebook) -> list[str]:
    """Return the lines about where images came from, each once, in the order printed."""
    found = []
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "stream" and output.name == "stdout":
                found += [match[0].strip() for match in SOURCE_LINE.finditer(output.text)]
    return list(dict.fromkeys(found))


def _mend(notebook, job: dict, row: dict, name: str) -> None:
    """Correct what papermill writes when a kernel dies: every later cell is "completed", and no error is to be seen."""
    import nbformat

    recorded = notebook.metadata.setdefault("papermill", {})
    recorded["input_path"], recorded["output_path"] = job["shown"], name
    if row["status"] == "ok":
        return
    failing, reached = (row["error"] or {}).get("cell"), 0
    for cell in notebook.cells:
        state = cell.metadata.get("papermill", {})
        if cell.cell_type == "code" and cell.source.strip():
            reached += bool(state.get("start_time"))
        if not state.get("start_time") or reached > (failing or 0):
            state["status"] = "pending"
        elif reached == failing and cell.cell_type == "code" and cell.source.strip():
            state |= {"status": "failed", "exception": True}
            recorded["exception"] = True
            if words := row["error"]["words"]:
                cell.outputs.append(nbformat.v4.new_output("error", ename=row["error"]["name"], evalue=words,
                                                           traceback=[words]))


def _page(notebook, job: dict, row: dict, path: Path) -> str | None:
    from jinja2 import TemplateError
    from nbconvert.filters.markdown_mistune import InvalidNotebook
    from nbconvert.utils.exceptions import ConversionException

    from labkit.runner import page

    try:
        page.write(notebook, path, job["title"], row)
    except (ConversionException, InvalidNotebook, TemplateError) as problem:
        path.unlink(missing_ok=True)  # an old page beside a new notebook would mislead
        print(f"No page could be made of {job['name']}: {problem}")
        return None
    return path.name
