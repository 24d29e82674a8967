"""index.html: the table of a run, with a link to each notebook's page."""

import html
from pathlib import Path

from labkit.runner import page
from labkit.runner.words import duration, memory

COLUMNS = ("notebook", "result", "time", "memory", "cells", "images")


def write(summary: dict, path: Path) -> None:
    """Write the index of ``summary`` (see ``labkit.runner.summary``) as one page that stands alone."""
    run = summary["run"]
    good = sum(row["status"] == "ok" for row in summary["notebooks"])
    state = f"{good} of {len(summary['notebooks'])} ended well"
    if run["interrupted"]:
        state += ", then it was stopped"
    elif not run["finished"]:
        state += ", not finished"
    parts = [f"<h1>Notebooks, profile {html.escape(run['profile'])}: {state}</h1>", _table(summary["notebooks"])]
    parts += [f"<h2>{html.escape(row['title'])}</h2>{page.problem(row)}{_source(row)}"
              for row in summary["notebooks"] if row["error"]]
    if summary["earlier"]:
        parts += ["<h2>From earlier runs</h2>", _table(summary["earlier"], earlier=True)]
    parts += ["<h2>This run</h2>", _facts(run)]
    page.shell(path, "Image Generation Labs: notebooks", "<main>" + "\n".join(parts) + "</main>")


def _table(rows: list[dict], earlier=False) -> str:
    head = "".join(f"<th>{name}</th>" for name in COLUMNS)
    return (f'<table class="listing"><thead><tr>{head}</tr></thead><tbody>'
            + "".join(_row(row, earlier) for row in rows) + "</tbody></table>")


def _row(row: dict, earlier: bool) -> str:
    title = html.escape(row["title"])
    if row["page"]:
        title = f'<a href="{html.escape(row["page"])}">{title}</a>'
    links = f'<br><span class="soft">{html.escape(row["notebook"])}'
    if row["output"]:
        links += f' · <a href="{html.escape(row["output"])}">.ipynb</a>'
    if row["earlier_good"] and row["status"] != "ok":
        links += (f' · <a href="{html.escape(row["notebook"])}.html">last good result</a>, '
                  f'{html.escape(row["earlier_good"][:10])}')
    links += "</span>"
    good = row["status"] == "ok"
    result = f'<span class="{"ok" if good else "bad"}">{"✓" if good else "✗"} {html.escape(row["status"])}</span>'
    if earlier:
        when = html.escape(f"{(row['finished'] or '')[:10]}, {row['profile']}")
        result += f'<br><span class="soft">{when}</span>'
    cells = f"{row['cells']} of {row['cells_total']}" if row["cells"] != row["cells_total"] else str(row["cells"])
    data = "<br>".join(map(html.escape, row["data"]))
    numbers = {"time": duration(row["seconds"]), "memory": memory(row["peak_memory_bytes"]), "cells": cells}
    return (f"<tr><td>{title}{links}</td><td>{result}</td>"
            + "".join(f'<td class="number" data-name="{name}">{value}</td>' for name, value in numbers.items())
            + f'<td data-name="images">{data}</td></tr>')


def _source(row: dict) -> str:
    return f"<pre>{html.escape(row['error']['source'])}</pre>" if row["error"]["source"] else ""


def _facts(run: dict) -> str:
    machine = run["machine"]
    limit = run["seconds_per_cell"]
    facts = {
        "command": f"<code>{html.escape(run['command'])}</code>",
        "started": html.escape(run["started"]),
        "finished": html.escape(run["finished"] or "not finished"),
        "machine": html.escape(f"{machine['processor']}, {machine['cores']} cores, "
                               f"{memory(machine['memory_bytes'])}, {machine['system']}"),
        "at once": f"{run['jobs']} notebook{'s' * (run['jobs'] != 1)}",
        "time limit": f"{duration(limit)} per cell" if limit else "none",
        "commit": html.escape(run["commit"] or "not in a git clone"),
        "versions": html.escape(", ".join([f"Python {run['python']}", f"labkit {run['labkit']}"] + [
            f"{name} {version}" for name, version in run["versions"].items()])),
        "memory": html.escape(run["memory_is"]),
    }
    return "<dl>" + "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in facts.items()) + "</dl>"
