"""pytest's door to the whole collection: notebooks under ``--nbval`` are compared as tests/notebooks/nearly.py says."""

pytest_plugins = ["tests.notebooks.nearly"]
