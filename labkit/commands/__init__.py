"""The labkit command, one module per verb; each defines a click command called ``command``."""
