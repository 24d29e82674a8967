"""A notebook as one HTML page that stands alone: nothing is fetched and no script runs."""

import copy
import functools
import html
import re
from pathlib import Path

from labkit import files
from labkit.runner.words import duration, memory

# A browser that honours this neither fetches anything nor runs a script, whatever a cell's output asks for.
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; media-src data:; font-src data:"
PRIORITY = ["text/html", "text/markdown", "image/svg+xml", "image/png", "image/jpeg", "text/latex", "text/plain"]
MARKER = "papermill-error-cell-tag"
SCRIPT = re.compile(r"<script\b.*?</script\s*>|<link\b[^>]*>", re.DOTALL | re.IGNORECASE)


def write(notebook, path: Path, title: str, row: dict) -> None:
    """Write the page of an executed notebook.

    Args:
        notebook: nbformat node.
        path: of the page; it links back to index.html in the same folder.
        title: heading of the browser's tab.
        row: the notebook's row of the summary; says above the cells how the run went.
    """
    shell(path, title, f'<header>{_back()}<p class="run">{_heading(row)}</p>{problem(row)}</header>\n'
                       f'<main class="notebook">{body(notebook)}</main>\n<footer>{_back()}</footer>')


def shell(path: Path, title: str, content: str) -> None:
    """Write ``content`` (HTML) as a page with labkit's style, light and dark."""
    text = ('<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            '<meta name="color-scheme" content="light dark">\n'
            f"<title>{html.escape(title)}</title>\n<style>{_style()}</style></head>\n<body>\n{content}\n</body></html>\n")
    with files.atomic(path, "w", encoding="utf-8") as file:
        file.write(text)


def body(notebook) -> str:
    """Return the cells as HTML, images embedded, equations drawn, scripts left out."""
    import nbformat
    from traitlets.config import Config

    notebook = copy.deepcopy(notebook)
    notebook.metadata.pop("widgets", None)
    # papermill says in two cells of its own where the error is; the head of the page does.
    notebook.cells = [cell for cell in notebook.cells if MARKER not in cell.metadata.get("tags", [])]
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if "text/html" in data:
                data["text/html"] = SCRIPT.sub("", data["text/html"])
            if "text/latex" in data:
                data["text/markdown"] = data.pop("text/latex")  # the same dollar signs, drawn by the same means
    notebook = nbformat.from_dict(notebook)
    settings = Config({"NbConvertBase": {"display_data_priority": PRIORITY}})
    return _exporter()(config=settings, template_name="basic", embed_images=True, anchor_link_text="",
                       ).from_notebook_node(notebook)[0]


@functools.cache
def _exporter():
    from jinja2 import pass_context
    from nbconvert import HTMLExporter
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    from labkit.runner import equations

    class Renderer(IPythonRenderer):
        def block_math(self, body):
            return equations.draw(body, block=True)

        def inline_math(self, body):
            return equations.draw(body, block=False)

        def latex_environment(self, name, body):
            return equations.draw(f"\\begin{{{name}}}{body}\\end{{{name}}}", block=True)

    class Exporter(HTMLExporter):
        @pass_context
        def markdown2html(self, context, source):
            cell = context.get("cell", {})
            renderer = Renderer(escape=False, attachments=cell.get("attachments", {}), embed_images=True,
                                anchor_link_text="")
            return MarkdownWithMath(renderer=renderer).render(source)

    return Exporter


def problem(row: dict) -> str:
    """Return what went wrong as HTML, or an empty string."""
    error = row["error"]
    if not error:
        return ""
    where = f"cell {error['cell']} (In [{error['cell']}])" if error["cell"] else "before the first cell"
    what = ": ".join(filter(None, [error["name"], error["value"]])) if error["traceback"] else error["words"]
    extra = f"<p>{html.escape(error['words'])}</p>" if error["traceback"] and error["words"] else ""
    log = "".join(f"{html.escape(line)}\n" for line in error["log"])
    log = f"<details><summary>What the process printed last</summary><pre>{log}</pre></details>" if log else ""
    return (f'<section class="problem"><p><strong>{html.escape(row["status"])}</strong>, {where}: '
            f"{html.escape(what)}</p>{extra}{log}</section>")


def _heading(row: dict) -> str:
    parts = [row["status"], f"{row['cells']} of {row['cells_total']} cells", duration(row["seconds"]),
             memory(row["peak_memory_bytes"]), *row["data"]]
    return " · ".join(html.escape(part) for part in parts if part)


def _back() -> str:
    return '<nav><a href="index.html">← all notebooks of this run</a></nav>'


@functools.cache
def _style() -> str:
    from pygments.formatters import HtmlFormatter

    own = (Path(__file__).parent / "page.css").read_text(encoding="utf-8")
    light = HtmlFormatter(style="default").get_style_defs(".highlight")
    dark = HtmlFormatter(style="github-dark").get_style_defs(".highlight")
    return f"{light}\n@media (prefers-color-scheme: dark) {{\n{dark}\n}}\n{own}"
