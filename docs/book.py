"""What the book adds to Sphinx: contents with hours, folded outcomes, links to the glossary, equations as MathML."""

import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TERM = re.compile(r"^- \*\*(.+?)\*\*(?: \((.+?)\))?: ", re.MULTILINE)  # - **Term** (other names): what it is.
SECTION = re.compile(r"\[\d\d, (section (\d+)|\w+)\]\(\.\./(notebooks/\w+\.ipynb)\)")
HOURS = re.compile(r"For a student: (?:about )?(.+? hours?)\b")
ROW = re.compile(r"^\| \d\d \| \[`\w+`\]\(\.\./(notebooks/\w+\.ipynb)\) \| (.+?) \|", re.MULTILINE)
HIDDEN = {"code_prompt_show": "Predict first, then open the outcome", "code_prompt_hide": "Close the outcome"}


def anchor(term: str) -> str:
    return "term-" + re.sub(r"[^a-z0-9]+", "-", term.lower())


def title(found) -> str:
    """Return the title of the section that a link of the glossary names: [04, section 3](…), [00, summary](…)."""
    cells = json.loads((ROOT / found[3]).read_text(encoding="utf-8"))["cells"]
    words = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    titles = re.findall(rf"^## ({found[2]}\. .+)$" if found[2] else rf"(?i)^## ({found[1]})$", words, re.MULTILINE)
    if len(titles) != 1:
        raise ValueError(f"the glossary: {found[0]}: no such section, or several")
    return titles[0]


def terms() -> dict[str, str]:
    """Return {a name of a term, also as it begins a sentence: the anchor of its entry in the glossary}."""
    found = TERM.findall((ROOT / "docs/glossary.md").read_text(encoding="utf-8"))
    return {form: anchor(term) for term, others in found for name in [term, *filter(None, others.split(", "))]
            for form in (name, name[0].upper() + name[1:])}


def contents() -> list[tuple[str, str, str, str]]:
    """Return path, title and hours of each notebook, from its header, and the words of docs/notebooks.md."""
    found = []
    for path, words in ROW.findall((ROOT / "docs/notebooks.md").read_text(encoding="utf-8")):
        header = "".join(json.loads((ROOT / path).read_text(encoding="utf-8"))["cells"][0]["source"])
        found.append((path, header.split("\n")[0].removeprefix("# "), HOURS.search(header)[1], words))
    return found


def prepare(app, docname, source):
    """Change what Sphinx reads of a page, never the file."""
    from mdit_py_plugins.anchors.index import slugify

    if docname == "docs/index":
        source[0] = source[0].replace("<!-- contents -->", "\n".join(
            f"- [{name}](../{path}) · {hours}\n\n  {words[0].upper()}{words[1:]}.\n"
            for path, name, hours, words in contents()))
    if docname == "docs/studio/index" and not (Path(app.outdir) / "docs/studio/app/models.json").is_file():
        source[0] = source[0].split("```{raw}")[0] + "*This copy was built without the studio's program.*\n"
    if docname == "docs/glossary":
        source[0] = SECTION.sub(lambda m: f"{m[0][:-1]}#{slugify(title(m))})", source[0])
        source[0] = TERM.sub(lambda m: m[0].replace(f"**{m[1]}**", f"[**{m[1]}**]{{#{anchor(m[1])}}}"), source[0])
    if not docname.startswith("notebooks/"):
        return
    notebook, ledger = json.loads(source[0]), (ROOT / "docs/ledger.md").read_text(encoding="utf-8")
    for cell in notebook["cells"]:
        if cell["metadata"].get("jupyter", {}).get("outputs_hidden"):
            cell["metadata"].update(tags=[*cell["metadata"].get("tags", []), "hide-output"], mystnb=HIDDEN)
        if "## The ledger" in "".join(cell["source"]):
            number = notebook["metadata"]["labkit"]["report"]
            place = slugify(re.search(rf"^## (Report {number}: .+)$", ledger, re.MULTILINE)[1])
            cell["source"] = [*cell["source"], f"\n\n[All claims of report {number}](../docs/ledger.md#{place})."]
    source[0] = json.dumps(notebook)


def link_terms(app, doctree, docname):
    """Link a term to the glossary where a notebook's prose first uses it."""
    from docutils import nodes

    if not docname.startswith("notebooks/"):
        return
    places, used, glossary = terms(), set(), app.builder.get_relative_uri(docname, "docs/glossary")
    names = "|".join(map(re.escape, sorted(places, key=len, reverse=True)))  # the longest of those that fit
    pattern = re.compile(rf"(?<![\w-])({names})s?(?![\w-])")
    for text in list(doctree.findall(nodes.Text)):
        above = text.parent
        if not isinstance(above, (nodes.paragraph, nodes.emphasis, nodes.strong)):
            continue
        while above is not None and not isinstance(above, (nodes.reference, nodes.title, nodes.table, nodes.raw)):
            above = above.parent
        new, words, end = [], text.astext() if above is None else "", 0
        for found in pattern.finditer(words):
            place = places[found[1]]
            if place not in used:
                used.add(place)
                link = nodes.reference("", found[0], refuri=f"{glossary}#{place}", internal=True, classes=["term"])
                new += [nodes.Text(words[end : found.start()]), link]
                end = found.end()
        if new:
            text.parent.replace(text, [*new, nodes.Text(words[end:])])


def mathml(display):
    from docutils import nodes
    from latex2mathml.converter import convert

    def visit(self, node):
        tex = node.astext().replace("{aligned}", "{align*}")  # the name it knows
        tex = re.sub(r"\\(min|max)_", r"\\\1\\limits_", tex) if display == "block" else tex
        made = re.sub(r"<mi>(log|exp|sin|cos|tanh)</mi>(?!<mo)", r'<mo lspace=".17em" rspace=".17em">\1</mo>',
                      convert(tex, display=display))
        self.body.append(f'<span class="math-{display}">{made}</span>')
        raise nodes.SkipNode
    return visit, None


def setup(app):
    app.add_html_math_renderer("mathml", mathml("inline"), mathml("block"))
    app.connect("source-read", prepare)
    app.connect("doctree-resolved", link_terms)
    app.connect("html-page-context", lambda app, page, template, context, doctree: context.update(  # the words say more
        body=context.get("body", "").replace(' aria-label="Toggle hidden content"', "")))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
