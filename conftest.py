"""pytest's door to the whole collection: notebooks are tests, judged as tests/notebooks/nearly.py says."""

import importlib.util

# The environment of `make test-parity` has no nbval, and needs none.
pytest_plugins = ["tests.notebooks.nearly"] if importlib.util.find_spec("nbval") else []
