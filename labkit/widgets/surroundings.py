"""Is there a person who could move a slider, or does a program run this notebook?"""

import os
import sys

from labkit.errors import LabkitError

_WORDS = {"1": False, "true": False, "yes": False, "0": True, "false": True, "no": True}


def interactive() -> bool:
    """Tell whether widgets are to be alive here; otherwise each shows a picture of itself.

    ``LABKIT_HEADLESS`` decides where it is set: 1 means that nobody watches (``labkit run``, the tests and the tool
    that stores outputs set it), 0 that somebody does. Otherwise it is what the front end says when it sends a cell:
    one with a person before it offers to ask that person (``input()``; JupyterLab, Notebook, VS Code), while
    papermill, nbconvert and nbval say that nobody can be asked. Outside a kernel nothing is alive.

    Raises LabkitError when LABKIT_HEADLESS is something else.
    """
    said = os.environ.get("LABKIT_HEADLESS", "").strip().lower()
    if said:
        if said not in _WORDS:
            raise LabkitError(f"LABKIT_HEADLESS is {said!r}. Set it to 1 (pictures only) or 0 (live widgets), or "
                              "leave it unset.")
        return _WORDS[said]
    if "IPython" not in sys.modules:
        return False
    shell = sys.modules["IPython"].get_ipython()
    # ipykernel keeps what the last execute_request said of stdin; other kernels (Pyodide's) run in a browser.
    kernel = getattr(shell, "kernel", None)
    return kernel is not None and bool(getattr(kernel, "_allow_stdin", True))
