#!/usr/bin/env python3
"""Write notebooks as slides, from their stored outputs; showing them takes neither a network nor a script.

    .venv/bin/python docs/slides.py [notebooks/06_cifar_dcgan.ipynb …]

What goes onto a slide follows from the notebook, so there is nothing to keep up to date: headings with their first
paragraph, paragraphs that begin in bold, lists, tables and equations, then what the cells below printed and drew.
"""

import re
import sys
from pathlib import Path

import nbformat

from labkit import files, page

LINES = 22  # of printed text, or of a definition, on a slide
STYLE = """
html { scroll-snap-type: y proximity; }
body { max-width: none; padding: 0; font-size: clamp(1rem, 1.55vw, 1.6rem); }
.slide { min-height: 100vh; padding: 4vh 7vw; display: flex; flex-direction: column; justify-content: center;
  scroll-snap-align: start; break-after: page; border-bottom: 1px solid var(--line); }
.slide > * { width: 100%; }
.slide img { zoom: 1.4; max-height: 42vh; width: auto; }
.slide pre { font-size: .85em; }
.input, figcaption { display: none; }
"""


def kept(source):
    """Return what of a Markdown cell goes onto a slide."""
    parts = re.split(r"\n\s*\n", source.strip())
    if parts[0].startswith("# "):
        return "\n\n".join(parts[:3])  # the title and the objectives
    return "\n\n".join(part for i, part in enumerate(parts) if part.startswith(("#", "**", "- ", "1. ", "|", "$$"))
                       or (i == 1 and parts[0].startswith("#")))


def shown(cell):
    """Return a short definition, and the outputs of a cell that a slide can hold."""
    if "define" in cell.metadata.get("tags", []) and len(cell.source.splitlines()) <= LINES:
        yield nbformat.v4.new_markdown_cell(f"```python\n{cell.source}\n```")
    outputs = [output for output in cell.outputs if "<img" in output.get("data", {}).get("text/html", "")
               or (not output.get("text", "○").startswith(("○", "●")) and output.text.count("\n") <= LINES)]
    if outputs:
        yield nbformat.from_dict(cell | {"outputs": outputs})


def slides(notebook):
    """Return the slides of a notebook, each a list of cells; they end where the ledger or the exercises begin."""
    found = []
    for cell in notebook.cells:
        if cell.source.startswith(("## The ledger", "## Exercises")):
            break
        if cell.cell_type == "markdown":
            found += [[nbformat.from_dict(cell | {"source": text})] for text in [kept(cell.source)] if text]
        elif not {"setup", "parameters"} & {*cell.metadata.get("tags", [])}:
            for part in shown(cell):
                if part.cell_type == "code" and found[-1][-1].cell_type == "code":
                    found.append([])  # a second figure has a slide of its own
                found[-1].append(part)
    return found


if __name__ == "__main__":
    root = Path(__file__).resolve().parent.parent
    for path in map(Path, sys.argv[1:] or sorted((root / "notebooks").glob("[0-9]*.ipynb"))):
        bodies = [f'<section class="slide">{page.body(cells)}</section>'
                  for cells in slides(nbformat.read(path, as_version=4))]
        with files.atomic(root / "build" / "slides" / f"{path.stem}.html", "w", encoding="utf-8") as file:
            file.write(page.shell("\n".join(bodies), path.stem, STYLE))
        print(f"build/slides/{path.stem}.html: {len(bodies)} slides")
