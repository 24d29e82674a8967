"""ONNX Runtime behind limits: so many computations at once, so long for each."""

import contextlib
import os
import threading

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

    def __call__(self, key: str, latents: np.ndarray) -> np.ndarray:
        """Compute; raises Busy when it takes longer than ``seconds``."""
        session = self._session(key)
        options = onnxruntime.RunOptions()
        options.log_severity_level = 4  # what ends a run arrives as an exception
        stop = threading.Timer(self.seconds, _terminate, [options])
        stop.daemon = True
        stop.start()
        try:
            return session.run(None, {"latent": latents}, options)[0]
        except Fail as error:
            if options.terminate:
                raise Busy(f"The pictures took longer than {self.seconds:g} s, and were given up.") from error
            raise
        finally:
            stop.cancel()

    def _session(self, key):
        with self._loading:
            if key not in self._sessions:
                options = onnxruntime.SessionOptions()
                options.intra_op_num_threads = options.inter_op_num_threads = 1
                options.enable_cpu_mem_arena = False  # an arena never gives back what its largest request took
                options.log_severity_level = 4
                try:
                    self._sessions[key] = onnxruntime.InferenceSession(str(self._paths[key]), options,
                                                                       providers=["CPUExecutionProvider"])
                except (Fail, InvalidGraph, InvalidProtobuf, NoSuchFile) as error:
                    raise LabkitError(f"{self._paths[key]} is no ONNX file that can be read. Delete it and start "
                                      "again: it is made anew.") from error
            return self._sessions[key]


def _terminate(options):
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
