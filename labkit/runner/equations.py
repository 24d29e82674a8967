"""TeX to SVG without a network: matplotlib's own mathematics parser draws the equations of a page.

MathJax is a program that a page would have to fetch. matplotlib ships a parser for a subset of TeX; what it cannot
read (matrices, for instance) is shown as its TeX source.
"""

import functools
import html
import re

# Spellings that matplotlib's parser does not know, and the same thing in those it knows.
SPELLINGS = {
    r"\lVert": r"\|", r"\rVert": r"\|", r"\Vert": r"\|", r"\lvert": "|", r"\rvert": "|", r"\le": r"\leq",
    r"\ge": r"\geq", r"\ne": r"\neq", r"\to": r"\rightarrow", r"\gets": r"\leftarrow", r"\tfrac": r"\frac",
    r"\lt": "<", r"\gt": ">", r"\argmin": r"\operatorname{arg\,min}", r"\argmax": r"\operatorname{arg\,max}",
    r"\textbf": r"\mathbf", r"\textit": r"\mathit", r"\textrm": r"\mathrm", r"\land": r"\wedge", r"\lor": r"\vee",
    r"\colon": ":", r"\lbrace": r"\{", r"\rbrace": r"\}", r"\iff": r"\Leftrightarrow", r"\implies": r"\Rightarrow",
    r"\textstyle": "", r"\displaystyle": "", r"\limits": "", r"\nonumber": "", r"\notag": "", r"\middle": "",
    **{f"\\{size}{side}": "" for size in ("big", "Big", "bigg", "Bigg") for side in ("", "l", "r", "m")},
}
SIZE = 100  # font size of the drawn paths; everything is scaled to em
ALIGNED = re.compile(r"\s*\\begin\{(aligned|align|align\*|gathered|gather|gather\*|split|equation|equation\*)\}"
                     r"(.*)\\end\{\1\}\s*", re.DOTALL)


def draw(tex: str, block: bool) -> str:
    """Return HTML that shows ``tex`` (without its dollar signs) in the text's colour and size.

    A block may be an ``aligned`` or ``gathered`` environment; its lines are set at their ``&``. Screen readers
    get the TeX source.
    """
    label = html.escape(" ".join(tex.split()))
    match = ALIGNED.fullmatch(tex)
    rows = [[tex]] if not match else [row.split("&") for row in re.split(r"\\\\", match[2]) if row.strip()]
    try:
        drawn = [[_svg(cell, block) if cell.strip() else "" for cell in row] for row in rows]
    except (ValueError, RuntimeError):
        source = html.escape(tex.strip())
        return f'<code class="tex block">{source}</code>' if block else f'<code class="tex">{source}</code>'
    if match:
        lines = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in drawn)
        kind = "gathered" if "gather" in match[1] else "aligned"
        return f'<div class="math" role="math" aria-label="{label}"><table class="{kind}">{lines}</table></div>'
    tag = "div" if block else "span"
    return f'<{tag} class="math" role="math" aria-label="{label}">{drawn[0][0]}</{tag}>'


@functools.lru_cache(maxsize=512)
def _svg(tex: str, block: bool) -> str:
    """Draw one line; fractions of a block are large. Raises ValueError when matplotlib cannot read it."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.mathtext import MathTextParser
    from matplotlib.textpath import TextPath

    spelled = _spelled(tex)
    if block:
        spelled = spelled.replace(r"\frac", r"\dfrac")
    text = f"${spelled}$"
    font = FontProperties(math_fontfamily="cm", size=SIZE)
    # matplotlib measures a line at 72 dots per inch, as TextPath draws it: one unit is SIZE-th of an em.
    width, height, depth, _, _ = MathTextParser("path").parse(text, dpi=72, prop=font)
    path = TextPath((0, 0), text, size=SIZE, prop=font, usetex=False)
    width, top, bottom = width + 4, height - depth + 6, depth + 6
    data = "".join(_command(points, code, top) for points, code in path.iter_segments(simplify=False, curves=True))
    size = f"width:{width / SIZE:.2f}em;height:{(top + bottom) / SIZE:.2f}em;vertical-align:{-bottom / SIZE:.2f}em"
    return (f'<svg viewBox="-2 0 {width:.0f} {top + bottom:.0f}" aria-hidden="true" style="{size}">'
            f'<path fill="currentColor" d="{data}"/></svg>')


def _command(points, code, top: float) -> str:
    letter = {1: "M", 2: "L", 3: "Q", 4: "C", 79: "Z"}[int(code)]
    if letter == "Z":
        return "Z"
    pairs = zip(points[::2], points[1::2], strict=True)
    return letter + " ".join(f"{x:.0f} {top - y:.0f}" for x, y in pairs)


def _spelled(tex: str) -> str:
    tex = re.sub(r"\\(?:label|tag)\*?\{[^}]*\}", "", " ".join(tex.split()))
    tex = re.sub(r"\\([td]?frac)\s*(\d)\s*(\d)", r"\\\1{\2}{\3}", tex)
    tex = tex.replace(r"\operatorname*", r"\operatorname").replace("$", "")
    return re.sub(r"\\[A-Za-z]+", lambda match: SPELLINGS.get(match[0], match[0]) + (
        " " if match[0] in SPELLINGS and SPELLINGS[match[0]][-1:].isalpha() else ""), tex)
