"""What a run shows: progress per notebook and cell on a terminal, one line per notebook elsewhere."""

import sys
import time

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from labkit.runner.jobs import Listener, Report, Row
from labkit.runner.words import duration, memory

LINES = 40  # of a traceback; the end says most
NAME, STATUS, TIME, MEMORY, CELLS = 28, 13, 12, 9, 7  # widths of the plain table


def choose(stream=None) -> Listener:
    """Return the terminal's listener where ``stream`` (standard output by default) is one, else the plain one."""
    console = Console(file=stream or sys.stdout, highlight=False, soft_wrap=True)
    return Terminal(console) if console.is_terminal and not console.is_dumb_terminal else Plain(console)


class Plain(Listener):
    """One line per notebook when it has ended, under one head line; errors after the last."""

    def __init__(self, console: Console):
        self.console = console

    def note(self, sentence):
        self._print(sentence)

    def begin(self, names):
        self.width = max([len(name) for name in names] + [NAME])
        self._print(self._line("notebook", "result", "time", "memory", "cells", "images"))

    def ended(self, row):
        cells = f"{row.cells}" if row.cells == row.cells_total else f"{row.cells}/{row.cells_total}"
        self._print(self._line(row.notebook, row.status, duration(row.seconds), memory(row.peak_memory_bytes), cells,
                               "; ".join(row.data)))

    def finish(self, report):
        for row in report.rows:
            if row.error:
                self._print("\n" + problem(row, report).plain)
        self._print(closing(report))

    def _line(self, name, status, seconds, peak, cells, data) -> str:
        return (f"{name:<{self.width}}  {status:<{STATUS}}  {seconds:>{TIME}}  {peak:>{MEMORY}}  {cells:>{CELLS}}  "
                f"{data}").rstrip()

    def _print(self, text: str) -> None:
        print(text, file=self.console.file, flush=True)


class Terminal(Listener):
    """A bar per running notebook, the ended ones above, a table at the end."""

    def __init__(self, console: Console):
        self.console = console
        self.tasks: dict[str, int] = {}
        self.ended_at = time.monotonic()

    def note(self, sentence):
        self.console.print(Text(sentence, style="dim"))  # above the bars, while there are any

    def begin(self, names):
        self.progress = Progress(
            SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(bar_width=24),
            TextColumn("{task.fields[cells]}"), TimeElapsedColumn(), TextColumn("{task.fields[memory]}"),
            console=self.console, transient=True, refresh_per_second=4)
        self.all = len(names)
        self.whole = self.progress.add_task("all notebooks", total=self.all, cells=f"0 of {self.all}", memory="")
        self.progress.start()

    def running(self, name, done, total, peak):
        if name not in self.tasks:
            self.tasks[name] = self.progress.add_task(name, total=None, cells="starting", memory="")
        if total is not None:
            self.progress.update(self.tasks[name], completed=done, total=total, memory=memory(peak or None),
                                 cells=f"cell {min(done + 1, total)} of {total}")

    def ended(self, row):
        self.progress.remove_task(self.tasks.pop(row.notebook))
        self.progress.advance(self.whole)
        done = int(self.progress.tasks[0].completed)
        self.progress.update(self.whole, cells=f"{done} of {self.all}")
        mark = Text("✓ ", style="green") if row.status == "ok" else Text(f"✗ {row.status}: ", style="bold red")
        parts = [row.notebook, duration(row.seconds), memory(row.peak_memory_bytes)]
        self.progress.console.print(mark + Text("  ".join(filter(None, parts))))

    def finish(self, report):
        self.close()
        self.console.print()
        for row in report.rows:
            if row.error:
                self.console.print(problem(row, report))
        self.console.print(table(report), soft_wrap=False)
        self.console.print(Text(closing(report)))

    def close(self):
        """Stop drawing, so that an error can be printed."""
        if hasattr(self, "progress"):
            self.progress.stop()


def table(report: Report) -> Table:
    """Return the rows of a run as a table."""
    result = Table(title=f"Notebooks, profile {report.about['profile']}", title_justify="left", expand=False)
    result.add_column("notebook", no_wrap=True)
    result.add_column("result")
    for name in ("time", "memory", "cells"):
        result.add_column(name, justify="right", no_wrap=True)
    result.add_column("images")
    for row in report.rows:
        style = "green" if row.status == "ok" else "dim" if row.status == "not run" else "red"
        cells = f"{row.cells}" if row.cells == row.cells_total else f"{row.cells}/{row.cells_total}"
        result.add_row(Text(row.notebook), Text(row.status, style=style), duration(row.seconds),
                       memory(row.peak_memory_bytes), cells if row.cells_total else "", Text("\n".join(row.data)))
    return result


def problem(row: Row, report: Report) -> Text:
    """Return what went wrong in a notebook: the cell, the head of its source, the traceback, and a sentence."""
    error = row.error
    where = f"in cell {error['cell']} (In [{error['cell']}])" if error["cell"] else "before the first cell"
    text = Text().append(f"{row.notebook}: {row.status} {where}\n", style="bold red")
    text.append("".join(f"  | {line}".rstrip() + "\n" for line in error["source"].splitlines()), style="cyan")
    lines = "\n".join(error["traceback"]).strip("\n").splitlines()
    if len(lines) > LINES:
        text.append(f"  … {len(lines) - LINES} lines more in the notebook\n", style="dim")
    for line in lines[-LINES:]:
        text.append_text(Text("  ") + Text.from_ansi(line) + Text("\n"))
    if not lines and error["value"] and error["value"] not in error["words"]:
        text.append(f"  {error['name']}: {error['value']}\n")
    if error["words"]:
        text.append(f"{error['words']}\n")
    if error["log"]:
        text.append("What the process printed last:\n", style="dim")
        text.append("".join(f"  {line}\n" for line in error["log"]), style="dim")
    if row.output:
        text.append(f"As far as it came: {report.out / row.output}\n")
    if row.earlier_good:
        text.append(f"The last good result, of {row.earlier_good[:16].replace('T', ' ')}, is still "
                    f"{report.out / row.notebook}.ipynb\n")
    return text


def closing(report: Report) -> str:
    """Return the last line: how many ended well, and where to look."""
    good = sum(row.status == "ok" for row in report.rows)
    total = len(report.rows)
    seconds = duration(sum(row.seconds or 0 for row in report.rows))
    head = f"{good} of {total} notebooks ended well" if total != 1 else "The notebook " + (
        "ended well" if good else "did not end well")
    stopped = "Stopped. " if report.interrupted else ""
    return f"{stopped}{head}, {seconds} in all. Open {report.out / 'index.html'}"
