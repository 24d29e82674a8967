"""How scores are shown: plain text where they are printed, an HTML table in a notebook."""

import dataclasses
import html

from labkit.errors import LabkitError
from labkit.metrics import results

ORDER = ("frechet", "kernel", "inception", "precision", "recall", "density", "coverage", "classes", "duplicates",
         "memorisation")


def html_table(caption: str, head, rows) -> str:
    """Return an HTML table; the first cell of each row is its heading. Everything is escaped."""
    def cells(tag, values, **attributes):
        given = "".join(f' {key}="{value}"' for key, value in attributes.items())
        return "".join(f"<{tag}{given}>{html.escape(str(value))}</{tag}>" for value in values)

    body = "".join(f"<tr>{cells('th', row[:1], scope='row')}{cells('td', row[1:])}</tr>" for row in rows)
    return (f"<table><caption>{html.escape(caption)}</caption><thead><tr>{cells('th', head, scope='col')}</tr></thead>"
            f"<tbody>{body}</tbody></table>")


def text_table(caption: str, head, rows) -> str:
    """Return a table of aligned columns."""
    lines = [[str(cell) for cell in row] for row in (head, *rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    text = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]
    return "\n".join([caption, text[0], "-" * len(max(text, key=len)), *text[1:]])


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Scores:
    """What ``evaluate`` found: ``scores["frechet"]`` or ``scores.frechet`` is a ``Score``.

    ``results`` maps names to scores, ``skipped`` maps the names of those not computed to the reason; ``extractor``,
    ``n_real``, ``n_fake``, ``seed`` and ``seconds`` (all together, extraction included) say how.
    """

    results: dict[str, results.Score]
    skipped: dict[str, str]
    extractor: str
    n_real: int
    n_fake: int
    seed: int
    seconds: float

    def __getitem__(self, name):
        if name in self.results:
            return self.results[name]
        reason = self.skipped.get(name)
        raise LabkitError(f"{name} was not computed: {reason}." if reason else
                          f"there is no score {name!r}; there are {', '.join(self.results)}.")

    def __getattr__(self, name):
        if not name.startswith("_") and name in self.__dict__.get("results", {}):
            return self.results[name]
        raise AttributeError(f"Scores has no {name!r}; it holds {', '.join(self.__dict__.get('results', {}))}")

    def __iter__(self):
        return iter(self.results)

    @property
    def caption(self) -> str:
        """One line that says how the scores were made."""
        return (f"{self.n_real:,} real and {self.n_fake:,} fake pictures, extractor {self.extractor or 'not named'}, "
                f"seed {self.seed}, {self.seconds:.1f} s")

    def rows(self) -> list[tuple[str, str, str, str, str]]:
        """Return (score, value ± error, pictures, how, seconds) for each score, in the order of the table."""
        names = [name for name in ORDER if name in self.results]
        return [(f"{score.name} {results.ARROWS[score.better]}".strip(), score.number(), score.size(), score.convention,
                 "" if score.seconds is None else f"{score.seconds:.1f}")
                for score in (self.results[name] for name in names)]

    HEAD = ("score", "value ± error", "pictures", "how", "seconds")

    def __str__(self):
        return text_table(self.caption, self.HEAD, self.rows())

    __repr__ = __str__

    def _repr_html_(self):
        return html_table(self.caption, self.HEAD, self.rows())

    def as_dict(self) -> dict:
        """Return everything but arrays, as JSON can hold it: for the cards of weights and for data/results."""
        return {"extractor": self.extractor, "n_real": self.n_real, "n_fake": self.n_fake, "seed": self.seed,
                "seconds": round(self.seconds, 3), "skipped": dict(self.skipped),
                "scores": {name: score.as_dict() for name, score in self.results.items()}}


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """Several ``Scores`` side by side: one row a generator, one column a score. Shows as a table."""

    scores: dict[str, Scores]
    columns: tuple[str, ...] = ("frechet", "kernel", "inception", "precision", "recall", "density", "coverage")

    def __post_init__(self):
        if not self.scores:
            raise LabkitError('there is nothing to compare; pass {"a name": metrics.evaluate(…), …}.')
        known = {name for scores in self.scores.values() for name in scores}
        if unknown := [name for name in self.columns if name not in known and name not in ORDER]:
            raise LabkitError(f"there is no score {unknown[0]!r}; choose from {', '.join(ORDER)}.")
        object.__setattr__(self, "columns", tuple(name for name in self.columns if name in known))

    @property
    def caption(self) -> str:
        """One line that names the extractors; distances by different ones cannot be compared."""
        extractors = sorted({scores.extractor or "not named" for scores in self.scores.values()})
        if len(extractors) == 1:
            return f"extractor {extractors[0]}"
        return f"extractors {', '.join(extractors)}: compare only rows of the same extractor"

    def head(self) -> list[str]:
        """Return the columns' headings."""
        titles = []
        for name in self.columns:
            score = next(scores.results[name] for scores in self.scores.values() if name in scores.results)
            titles.append(f"{score.name} {results.ARROWS[score.better]}".strip())
        return ["", *titles, "pictures", "extractor"]

    def rows(self) -> list[list[str]]:
        """Return one row of cells for each generator."""
        return [[name, *(scores.results[column].number() if column in scores.results else "–"
                         for column in self.columns), f"{scores.n_fake:,}", scores.extractor]
                for name, scores in self.scores.items()]

    def __str__(self):
        return text_table(self.caption, self.head(), self.rows())

    __repr__ = __str__

    def _repr_html_(self):
        return html_table(self.caption, self.head(), self.rows())
