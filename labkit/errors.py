"""The one exception whose message is written for a student."""


class LabkitError(Exception):
    """Something the reader can mend.

    The message says what is wrong, with which file or argument, and what to type next. The command line
    prints it without a traceback and exits with status 2; in a notebook it ends the cell.
    """
