"""Readers of the official file formats: a path in, NumPy arrays out. They know nothing of where files come from."""
