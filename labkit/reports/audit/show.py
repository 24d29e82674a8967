"""An audit as plain text and as HTML that takes its colours from the page."""

from html import escape

MARKS = {"agrees": "✓", "differs": "✗", "not built": "✗", "not stated": "·"}


def shape(value) -> str:
    """Return a shape as a table prints it; "" for None."""
    return "" if value is None else "(" + ", ".join(map(str, value)) + ")"


def number(value) -> str:
    """Return a count with thousands separated, a word as it is; "" for None."""
    if value is None:
        return ""
    return value if isinstance(value, str) else f"{value:,}"


def mark(verdict: str) -> str:
    """Return the verdict with a sign before it."""
    return f"{MARKS[verdict.split(':')[0]]} {verdict}"


def summary(audit) -> str:
    """Return the audit in one sentence."""
    extra = f" with {', '.join(f'{name}={value!r}' for name, value in audit.options.items())}" if audit.options else ""
    start = f"{audit.key}{extra}, report {audit.report}, {audit.title}: "
    if audit.stated:
        return f"{start}{audit.agreeing} of {audit.stated} stated rows and numbers come out exactly."
    return f"{start}the report states no numbers of it."


def cells(row) -> tuple[str, ...]:
    """Return layer, class, shape, stated parameters, built parameters, verdict."""
    one = row.stated or row.built
    stated = row.stated.params if row.stated else None
    built = row.built.params if row.built else None
    return one.name, one.kind, shape(one.shape), number(stated), number(built), mark(row.verdict)


def details(row) -> str:
    """Return what was built where it is not what the report states; "" where they agree."""
    return "; ".join(f"built {field}: {shape(value) if field == 'shape' else value}" for field in row.differences
                     for value in [getattr(row.built, field)])


HEADER = ("layer", "class", "output shape", "report", "built", "verdict")


def caption(network) -> str:
    """Return whose table it is."""
    printed = any(row.stated for row in network.rows)
    whole = "" if network.complete else ", printed in part" if printed else ", described without a table"
    return f"{network.role} ({network.place}{whole})"


def text(audit) -> str:
    """Return the audit as plain text."""
    lines = [summary(audit)]
    for network in audit.networks:
        table = [HEADER, *(cells(row) for row in network.rows)]
        table += [(count.what, "", "", number(count.stated), number(count.built), mark(count.verdict))
                  for count in network.counts]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        notes = ["", *(details(row) for row in network.rows), *("" for _ in network.counts)]
        lines += ["", caption(network)]
        for row, note in zip(table, notes, strict=True):
            line = "  ".join(cell.rjust(width) if i in (3, 4) else cell.ljust(width)
                             for i, (cell, width) in enumerate(zip(row, widths, strict=True)))
            lines.append(f"{line}  {note}".rstrip())
    if audit.findings:
        lines += ["", *(f"{finding.kind}: {finding.text}" for finding in audit.findings)]
    return "\n".join(lines)


def html(audit) -> str:
    """Return the audit as HTML: real tables with captions and header cells, verdicts in words, no colours."""
    left, right = ("style='text-align:left'", "style='text-align:right;font-variant-numeric:tabular-nums'")

    def line(values, tag="td"):
        scope = "scope=col " if tag == "th" else ""
        first, *rest = (f"{right if i in (3, 4) else left}>{escape(value)}" for i, value in enumerate(values))
        body = "".join(f"<{tag} {scope}{cell}</{tag}>" for cell in rest)
        return f"<tr><th scope={'col' if tag == 'th' else 'row'} {first}</th>{body}</tr>"

    parts = [f"<p><strong>{escape(summary(audit))}</strong></p>"]
    for network in audit.networks:
        rows = [line((*each[:-1], "; ".join(filter(None, [each[-1], details(row)]))))
                for row in network.rows for each in [cells(row)]]
        totals = [line((count.what, "", "", number(count.stated), number(count.built), mark(count.verdict)))
                  for count in network.counts]
        parts.append(f"<table><caption {left}>{escape(caption(network))}</caption><thead>{line(HEADER, 'th')}</thead>"
                     f"<tbody>{''.join(rows)}</tbody><tfoot>{''.join(totals)}</tfoot></table>")
    if audit.findings:
        items = "".join(f"<li><em>{escape(each.kind)}</em>: {escape(each.text)}</li>" for each in audit.findings)
        parts.append(f"<ul>{items}</ul>")
    return "".join(parts)
