"""One thread that repaints widgets, always from their newest settings: fast moves never queue up.

A slider sends more events than a generator can answer. Each event only notes that its widget is out of date, which
takes microseconds, so the kernel stays free; this thread then paints the newest state, and everything that came in
between is never computed.
"""

import threading
import time


class Painter:
    """Calls ``paint()`` of what was asked for, one at a time, in the order of asking; asked twice, it is painted once.

    Tasks are hashable functions without arguments, for example bound methods. They must not raise.
    """

    def __init__(self):
        self._changed = threading.Condition()
        self._waiting: dict = {}  # used as an ordered set
        self._running = None
        self._thread = None

    def ask(self, task) -> None:
        """Run ``task`` soon, after everything that waits already; nothing happens when it waits already."""
        with self._changed:
            self._waiting.setdefault(task)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="labkit-painter", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def settle(self, timeout: float = 30.0) -> bool:
        """Wait until nothing waits and nothing runs; tell whether that came about in time."""
        end = time.monotonic() + timeout
        with self._changed:
            while self._waiting or self._running is not None:
                if not self._changed.wait(end - time.monotonic()) and time.monotonic() >= end:
                    return False
        return True

    def _run(self):
        while True:
            with self._changed:
                while not self._waiting:
                    self._changed.wait()
                self._running = next(iter(self._waiting))
                del self._waiting[self._running]
            try:
                self._running()
            finally:
                with self._changed:
                    self._running = None
                    self._changed.notify_all()


PAINTER = Painter()  # one for all widgets: they share the processor, too
