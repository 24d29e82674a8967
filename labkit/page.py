"""A notebook as one HTML page that stands alone: pictures and equations inside, nothing fetched, no script run."""

import functools
import html
import re
import string
from pathlib import Path

from labkit import files

PRIORITY = ["text/html", "text/markdown", "image/svg+xml", "image/png", "image/jpeg", "text/latex", "text/plain"]
SCRIPT = re.compile(r"<script\b.*?</script\s*>|<link\b[^>]*>", re.DOTALL | re.IGNORECASE)


def write(cells, path, title: str, head: str) -> None:
    """Write cells of a notebook as a page, under ``head`` (Markdown), without scripts and papermill's own remarks."""
    import nbformat

    text = body([nbformat.v4.new_markdown_cell(head), *[
        cell for cell in cells if "papermill-error-cell-tag" not in cell.metadata.get("tags", [])]])
    with files.atomic(path, "w", encoding="utf-8") as file:
        file.write(shell(text, title))


def body(cells) -> str:
    """Return cells of a notebook as HTML, without scripts."""
    import nbformat

    notebook = nbformat.from_dict(nbformat.v4.new_notebook(cells=cells))  # a copy
    for data in [output.get("data", {}) for cell in notebook.cells for output in cell.get("outputs", [])]:
        if "text/html" in data:
            data["text/html"] = SCRIPT.sub("", data["text/html"])
        if "text/latex" in data:
            data["text/markdown"] = data.pop("text/latex")  # the same dollar signs, set by the same means
    return _exporter().from_notebook_node(notebook)[0]


def shell(body: str, title: str, style: str = "") -> str:
    """Return a whole page with this body."""
    from pygments.formatters import HtmlFormatter

    light, dark = (HtmlFormatter(style=name).get_style_defs(".highlight") for name in ("default", "github-dark"))
    text, own = (Path(__file__).with_name(f"page.{end}").read_text(encoding="utf-8") for end in ("html", "css"))
    return string.Template(text).substitute(title=html.escape(title), light=light, dark=dark, own=own + style,
                                            body=body)


@functools.cache
def _exporter():
    from jinja2 import pass_context
    from latex2mathml.converter import convert
    from nbconvert import HTMLExporter
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    class Renderer(IPythonRenderer):
        def block_math(self, body, display="block"):
            try:
                return convert(body.replace("{aligned}", "{align*}"), display=display)
            except Exception:  # noqa: BLE001  of a dozen kinds; what is no equation is shown as it was typed
                return f"<code>{html.escape(body)}</code>"

        def inline_math(self, body):
            return self.block_math(body, "inline")

        def latex_environment(self, name, body):
            return self.block_math(f"\\begin{{{name}}}{body}\\end{{{name}}}")

    class Exporter(HTMLExporter):
        @pass_context
        def markdown2html(self, context, source):
            attachments = context.get("cell", {}).get("attachments", {})
            renderer = Renderer(escape=False, attachments=attachments, embed_images=True, anchor_link_text="")
            return MarkdownWithMath(renderer=renderer).render(source)

    exporter = Exporter(template_name="basic", embed_images=True, anchor_link_text="")
    exporter.config.NbConvertBase.display_data_priority = PRIORITY
    return exporter


def line(row: dict) -> str:
    """Return a notebook's row of the summary in one line: its name, result, time, memory, cells, images."""
    seconds, peak = row["seconds"] or 0, row["peak_memory_bytes"] or 0
    time = f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"
    return " · ".join([row["notebook"], row["status"], time, f"{peak / 1e9:.2f} GB",
                       f"{row['cells']} of {row['cells_total']} cells", *row["images"]])


def error(row: dict) -> str:
    """Return what went wrong as Markdown, "" when nothing did."""
    return f"\n\n````text\n{row['error']}\n````\n" if row["error"] else ""


def index(summary: dict, path) -> None:
    """Write the page of a run: what summary.json holds, with a link to each notebook's page."""
    rows = [f"- **{row['title']}** · {line(row)}" + (f" · [page]({row['page']}) · [executed]({row['output']})"
                                                    if row["page"] else "") for row in summary["notebooks"]]
    write([], path, "Image Generation Labs: notebooks", "\n".join([
        "# The notebooks of this run\n", *rows, *map(error, summary["notebooks"]), "\n## The run\n",
        *(f"- {what}: {how}" for what, how in summary["run"].items())]))
