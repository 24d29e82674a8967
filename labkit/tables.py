"""The one way to show a table: in a notebook, as text, on a terminal, in Markdown."""

import html
import io
from collections import namedtuple

# A sign before a word lets a column be scanned; colours, on a terminal alone, only repeat it.
COLOURS = {"✓": "green", "✗": "bold red", "≠": "yellow", "?": "cyan", "…": "bold", "·": "dim"}


class Table(namedtuple("Table", "caption head rows totals right", defaults=[(), ()])):
    """A caption, the columns' headings and rows of cells; the first cell of a row is its heading.

    A cell is anything that ``str`` turns into text; what follows its first line break is a detail, shown smaller. A
    sign of COLOURS before a word is passed over by screen readers. A notebook shows it as HTML, ``print`` as text.
    totals: rows set apart at the end. right: the columns, from 0, that hold numbers.
    """

    def __str__(self):
        file = io.StringIO()
        self.show(file, 120)
        return "\n".join(line.rstrip() for line in file.getvalue().rstrip().split("\n"))

    __repr__ = __str__

    def show(self, file=None, width: int | None = None) -> None:
        """Print it to ``file`` (standard output) in the terminal's width, or in 140 characters where there is none."""
        from rich import box, console, table
        from rich.text import Text

        out = console.Console(file=file, width=width, highlight=False, force_jupyter=False,
                              force_terminal=False if file else None)  # a kernel says that it has colours
        if width is None and not out.is_terminal:
            out.width = 140
        every = [[str(cell) for cell in row] for row in (*self.rows, *self.totals)]
        drawn = table.Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1), show_edge=False,
                            show_lines=any(len(cell) > 60 for row in every for cell in row))
        for i, name in enumerate(self.head):
            drawn.add_column(Text(str(name)), justify="right" if i in self.right else "left", overflow="fold")
        for i, row in enumerate(every):
            if i == len(self.rows):
                drawn.add_section()
            drawn.add_row(*(Text(cell, style=COLOURS.get(cell.partition(" ")[0], "")) for cell in row))
        if self.caption:
            out.print(Text(self.caption, style="bold"))
        out.print(drawn)

    def _repr_html_(self) -> str:
        long = any(len(str(row[0])) > 40 for row in self.rows)  # a whole sentence in bold is hard to read
        body = "".join(self._row(row, "td", 'th scope="row"', ";font-weight:normal" * long) for row in self.rows)
        foot = "".join(self._row(row, "td", 'th scope="row"') for row in self.totals)
        head = self._row(self.head, 'th scope="col"', 'th scope="col"')
        left = 'style="text-align:left;font-weight:bold;padding:0.5em 0"'
        foot = f"<tfoot>\n{foot}</tfoot>\n" if foot else ""
        return (f'<div style="overflow-x:auto">\n<table>\n<caption {left}>{html.escape(self.caption)}</caption>\n'
                f"<thead>\n{head}</thead>\n<tbody>\n{body}</tbody>\n{foot}</table>\n</div>")

    def _row(self, row, tag, first, weight="") -> str:
        cells = []
        for i, cell in enumerate(row):
            side = "right;font-variant-numeric:tabular-nums" if i in self.right else "left"
            style = f"text-align:{side};vertical-align:top{'' if i else weight}"
            this = tag if i else first
            cells.append(f'<{this} style="{style}">{_html(cell)}</{this[:2]}>')
        return f"<tr>{''.join(cells)}</tr>\n"

    def markdown(self) -> str:
        """Return a Markdown table, the caption above it."""
        lines = [self.head, ["---:" if i in self.right else "---" for i in range(len(self.head))], *self.rows,
                 *self.totals]
        table = "\n".join("| " + " | ".join(map(_markdown, line)) + " |" for line in lines)
        return f"{self.caption}\n\n{table}\n" if self.caption else f"{table}\n"


def _html(cell) -> str:
    text, *details = html.escape(str(cell)).split("\n")
    sign, _, word = text.partition(" ")
    if sign in COLOURS and word:
        text = f'<span aria-hidden="true">{sign}</span> {word}'
    return text + "".join(f"<br/><small>{line}</small>" for line in details)


def _markdown(cell) -> str:
    # A bar would end the cell, an angle bracket would begin a tag.
    text, *details = str(cell).replace("|", "\\|").replace("<", "&lt;").split("\n")
    return " ".join([*text.split(), *(f"*{line}*" for line in details)])
