"""TensorFlow's start-up lines on file descriptor 2, held back; ``labkit.device`` says why."""

import contextlib
import os
import re
import sys
import tempfile

_CHATTER = re.compile(
    r"WARNING: All log messages before absl::InitializeLog"
    r"|[IW]\d{4} \d\d:\d\d:\d\d"                         # absl: severity, month and day, time
    r"|[IW]0000 00:00:\d+"                               # absl before its clock is set
    r"|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+: [IW] "       # TensorFlow's own older format
    r"|To enable the following instructions:"            # second line of the processor hint
    r"|.*Unable to register cu\w+ (factory|plugin)"      # GPU builds: each library registers twice
    r"|.*computation_placer"
    r"|.*(cuInit|Could not find cuda drivers|kernel driver does not appear to be running)"  # no GPU: `setup` says it
    r"|\s*$")


@contextlib.contextmanager
def held_back():
    """Hold file descriptor 2 back, and pass on at the end whatever is not TensorFlow's start-up chatter.

    Python's own ``sys.stderr`` keeps working. In a Jupyter kernel descriptor 2 is the kernel's pipe; it is put
    back as it was.
    """
    if os.environ.get("TF_CPP_MIN_LOG_LEVEL") in ("0", "1"):  # asked for: show everything
        yield
        return
    try:
        saved = os.dup(2)
    except OSError:  # a program without stderr: nothing to hold back
        yield
        return
    with tempfile.TemporaryFile() as held:
        _flush()
        os.dup2(held.fileno(), 2)
        try:
            yield
        finally:
            _flush()
            os.dup2(saved, 2)
            os.close(saved)
            held.seek(0)
            if rest := worth_reading(held.read().decode("utf-8", "replace")):
                os.write(2, rest.encode("utf-8", "replace"))


def worth_reading(text: str) -> str:
    """Return the lines of ``text`` that are not TensorFlow's start-up chatter."""
    return "".join(line for line in text.splitlines(keepends=True) if not _CHATTER.match(line))


def _flush():
    if sys.stderr is not None:
        sys.stderr.flush()
