"""The one exception whose message is written for a student, and the sentence for a name that does not exist."""

import difflib


class LabkitError(Exception):
    """Something the reader can mend: what is wrong, with which file or argument, and what to type next.

    The command line prints it without a traceback and exits with status 2.
    """


def lookup(name, names: dict, what: str):
    """Return ``names[name]``; LabkitError with the nearest names, and all of them where they are few, otherwise."""
    if name in names:
        return names[name]
    near = difflib.get_close_matches(str(name), names, n=3, cutoff=0.4)
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    there = "" if near and len(names) > 20 else f" There are: {', '.join(list(names)[:20]) or 'none'}."
    raise LabkitError(f"There is no {what} {name!r}.{hint}{there}")
