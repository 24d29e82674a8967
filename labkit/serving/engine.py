"""ONNX Runtime behind limits: so many computations at once, so long for each."""

import contextlib
import os
import threading
import time

import numpy as np
import onnxruntime
from onnxruntime.capi.onnxruntime_pybind11_state import Fail, InvalidGraph, InvalidProtobuf, NoSuchFile

from labkit.errors import LabkitError

SLOTS = max(1, min(4, os.cpu_count() or 1))  # computations at once: each keeps one core busy
PATIENCE = 2.0  # seconds that a request waits for its turn
SECONDS = 5.0  # seconds that a computation may take


class Busy(Exception):
    """The server cannot compute this now; the message says why, in words for the one who asked."""


class OnnxEngine:
    """Call it with a key and latents (n, latent_dim) float32; it returns images (n, H, W, C) float32 in [-1, 1].

    paths: key -> ONNX file. Each is loaded when it is first asked for, and stays. One thread for each computation:
    pictures this small gain nothing from more, and several requests share the cores fairly.
    """

    def __init__(self, paths, seconds: float = SECONDS):
        self._paths, self.seconds = dict(paths), seconds
        self._sessions, self._loading = {}, threading.Lock()
        self._watch = _Watch(min(0.25, seconds / 4))

    def __call__(self, key: str, latents: np.ndarray) -> np.ndarray:
        """Compute; raises Busy when it takes longer than ``seconds``."""
        session = self._session(key)
        options = onnxruntime.RunOptions()
        options.log_severity_level = 4  # what ends a run arrives as an exception
        with self._watch.watched(options, self.seconds):
            try:
                return session.run(None, {"latent": latents}, options)[0]
            except Fail as error:
                if options.terminate:
                    raise Busy(f"The pictures took longer than {self.seconds:g} s, and were given up.") from error
                raise

    def _session(self, key):
        with self._loading:
            if key not in self._sessions:
                options = onnxruntime.SessionOptions()
                options.intra_op_num_threads = options.inter_op_num_threads = 1
                options.enable_cpu_mem_arena = False  # an arena keeps what its largest request took
                options.log_severity_level = 4
                try:
                    self._sessions[key] = onnxruntime.InferenceSession(str(self._paths[key]), options,
                                                                       providers=["CPUExecutionProvider"])
                except (Fail, InvalidGraph, InvalidProtobuf, NoSuchFile) as error:
                    raise LabkitError(f"{self._paths[key]} is no ONNX file that can be read. Delete it and start "
                                      "again: it is made anew.") from error
            return self._sessions[key]


class _Watch:
    """Ends computations that take too long: one thread for all of them, which looks every ``interval`` seconds."""

    def __init__(self, interval: float):
        self._interval, self._ends = interval, {}
        self._thread, self._starting = None, threading.Lock()

    @contextlib.contextmanager
    def watched(self, options, seconds: float):
        """Watch the run that these RunOptions belong to while the block lasts."""
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._look, daemon=True)
                self._thread.start()
        token = object()
        self._ends[token] = (time.monotonic() + seconds, options)
        try:
            yield
        finally:
            del self._ends[token]

    def _look(self):
        while True:
            time.sleep(self._interval)
            now = time.monotonic()
            for end, options in list(self._ends.values()):
                if end < now:
                    options.terminate = True


class Turns:
    """At most ``slots`` computations at once; who waits longer than ``patience`` seconds is sent away."""

    def __init__(self, slots: int = SLOTS, patience: float = PATIENCE):
        self._free, self.patience = threading.BoundedSemaphore(slots), patience

    @contextlib.contextmanager
    def turn(self):
        """Wait for a slot and hold it; raises Busy when none comes free in time."""
        if not self._free.acquire(timeout=self.patience):
            raise Busy(f"The server is busy: no turn came free within {self.patience:g} s.")
        try:
            yield
        finally:
            self._free.release()
