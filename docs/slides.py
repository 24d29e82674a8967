#!/usr/bin/env python3
"""Write notebooks as slides, build/slides/NAME.html, from their stored outputs; showing them takes neither a network
nor a script. What goes onto a slide follows from the notebook, so there is nothing to keep up to date: headings with
their first paragraph, paragraphs that begin in bold, lists, tables and equations, then what the cells below made.

    .venv/bin/python docs/slides.py [notebooks/06_cifar_dcgan.ipynb …]
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
    parts = re.split(r"\n\s*\n", source.strip())
    if parts[0].startswith("# "):
        return "\n\n".join(parts[:3])  # the title and the objectives
    return "\n\n".join(part for i, part in enumerate(parts) if part.startswith(("#", "**", "- ", "1. ", "|", "$$"))
                       or (i == 1 and parts[0].startswith("#")))


def shown(cell):
    if "define" in cell.metadata.get("tags", []) and len(cell.source.splitlines()) <= LINES:
        yield nbformat.v4.new_markdown_cell(f"```python\n{cell.source}\n```")
    outputs = [output for output in cell.outputs if "<img" in output.get("data", {}).get("text/html", "")
               or (not output.get("text", "○").startswith(("○", "●")) and output.text.count("\n") <= LINES)]
    yield from [nbformat.from_dict(cell | {"outputs": outputs})] if outputs else []


for path in map(Path, sys.argv[1:] or sorted(Path("notebooks").glob("[0-9]*.ipynb"))):
    slides = []
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.source.startswith(("## The ledger", "## Exercises")):
            break
        if cell.cell_type == "markdown":
            slides += [[nbformat.from_dict(cell | {"source": text})] for text in [kept(cell.source)] if text]
        elif not {"setup", "parameters"} & {*cell.metadata.get("tags", [])}:
            for part in shown(cell):
                if part.cell_type == slides[-1][-1].cell_type == "code":
                    slides.append([])  # a second figure has a slide of its own
                slides[-1].append(part)
    bodies = [f'<section class="slide">{page.body(cells)}</section>' for cells in slides]
    with files.atomic(Path("build", "slides", f"{path.stem}.html"), "w", encoding="utf-8") as file:
        file.write(page.shell("\n".join(bodies), path.stem, STYLE))
    print(f"build/slides/{path.stem}.html: {len(bodies)} slides")
