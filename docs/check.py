"""Check a site: does every link lead somewhere, down to its anchor, and does nothing come from another host?

    python docs/check.py build/book/html
"""

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


class Page(HTMLParser):
    """What a page has: its anchors, its links, and what it loads."""

    def __init__(self, path):
        super().__init__()
        self.ids, self.links, self.loads = set(), [], []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.ids.add(attrs.get("id") or attrs.get("name"))
        (self.links if tag == "a" else self.loads).extend(filter(None, (attrs.get("href"), attrs.get("src"))))
        if tag == "img" and not (attrs.get("alt") or "").strip() and attrs.get("aria-hidden") != "true":
            self.loads.append(f"picture-without-description:{(attrs.get('src') or '')[:60]}")


def problems(site: Path) -> list[str]:
    pages, found = {path: Page(path) for path in sorted(site.rglob("*.html"))}, []
    for path, page in pages.items():
        for address in page.links + page.loads:
            scheme, host, file, _, anchor = urlsplit(address)
            if scheme in ("data", "mailto") or (scheme and address in page.links):
                continue
            target = (path.parent / unquote(file)).resolve() if file else path
            if scheme or host:
                found.append(f"{path.relative_to(site)} loads {address}")
            elif not target.is_file() or (anchor and target in pages and unquote(anchor) not in pages[target].ids):
                found.append(f"{path.relative_to(site)}: no {address}")
    return found


if __name__ == "__main__":
    bad = problems(Path(sys.argv[1]).resolve())
    print("\n".join(bad) or f"{sys.argv[1]}/index.html: every link leads somewhere")
    sys.exit(bool(bad))
