"""The book: Sphinx and MyST-NB over the notebooks as they are stored. `make book` writes build/book/html."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

project = html_title = "Image Generation Labs"
language = "en"
root_doc = "docs/index"
extensions = ["myst_nb", "book"]

# The root of the repository is the source, so that links hold here as they do on the disk; these are the pages.
include_patterns = ["docs/*.md", "docs/studio/*.md", "notebooks/*.ipynb", "data/README.md", "data/*/README.md",
                    "CONTRIBUTING.md"]
exclude_patterns = [".*", "build", "data/cache", "dist", "labkit", "tests"]

nb_execution_mode = "off"
nb_ipywidgets_js = {}  # each widget is stored as a picture of itself
nb_merge_streams = True
myst_enable_extensions = ["attrs_inline", "dollarmath"]
myst_dmath_double_inline = True
myst_heading_anchors = 3

html_theme = "furo"
html_math_renderer = "mathml"
html_static_path = ["book.css"]
html_extra_path = ["front"]  # the site's root leads to the first page
html_favicon = "favicon.svg"
html_css_files = ["book.css"]
html_copy_source = html_show_sphinx = html_show_copyright = False
pygments_dark_style = "github-dark"
