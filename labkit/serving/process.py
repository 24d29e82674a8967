"""A server in a process of its own, for notebooks, tests and benchmarks: started, called, measured, stopped."""

import atexit
import contextlib
import subprocess
import sys
import tempfile
import threading

import psutil
import requests

from labkit.errors import LabkitError
from labkit.serving import store
from labkit.widgets.base import interactive

PATIENCE = 120.0  # seconds that a start may take


class Server:
    """A running ``labkit serve``. ``url`` ends with a slash; ``pid`` is its process.

    Usable with ``with``; it also ends with the program that started it.
    """

    def __init__(self, process, url, log):
        self.url, self.pid = url, process.pid
        self._process, self._log = process, log
        self._session = requests.Session()
        self._session.trust_env = False  # a proxy of the network has no business between us and this machine
        atexit.register(self.stop)

    def get(self, path: str = "", **parameters) -> requests.Response:
        """GET a path such as "api/v1/images" with a query; return the response, whatever its status."""
        return self._session.get(self.url + path.lstrip("/"), params=parameters, timeout=30)

    def memory(self) -> float:
        """Return the memory of the server's process in bytes, as it is now (resident set size)."""
        return float(psutil.Process(self.pid).memory_info().rss)

    def frame(self, height: int = 620):
        """Return the page as a frame for a live notebook; without a reader, a line of text that takes its place.

        It needs a browser on the same machine: from elsewhere nobody reaches 127.0.0.1.
        """
        if not interactive():
            return "Run this cell in JupyterLab: the page itself appears here."
        from IPython.display import IFrame

        return IFrame(self.url, width="100%", height=height)

    def stop(self) -> None:
        """End the server and wait until it has gone; a second call does nothing."""
        atexit.unregister(self.stop)
        self._session.close()
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._log):
            with contextlib.suppress(OSError):
                stream.close()

    @property
    def running(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.stop()

    def __repr__(self):
        return f"<Server {self.url} {'running' if self.running else 'stopped'}>"


def start(key: str | None = None, port: int = 0, framed: bool = True, command=None, only: bool = False,
          patience: float = PATIENCE) -> Server:
    """Start a server on this machine alone, wait until it answers, and return it.

    key: the generator that its page begins with; None: the first. only: offer no other one. port: 0 takes a free one.
    framed: whether JupyterLab may show its page. command: another program that prints its URL, for comparisons.
    patience: seconds to wait. Exports to ONNX first where that was not done yet. Raises LabkitError when the server
    does not start, with what it said.
    """
    if command is None:
        store.prepare(key, only=only)
        command = [sys.executable, "-m", "labkit.cli", "serve", *([key] if key else []), "--port", str(port),
                   "--until-stdin-ends", *(["--framed"] if framed else []), *(["--only"] if only else [])]
    log = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 (the server's, closed when it stops)
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True)
    late = threading.Timer(patience, process.kill)
    late.start()
    said = []
    for line in process.stdout:
        said.append(line)
        if "http://" in line:
            late.cancel()
            return Server(process, "http://" + line.split("http://")[1].split()[0], log)
    late.cancel()
    process.wait()
    process.stdin.close(), process.stdout.close()
    log.seek(0)
    said = "".join([*said, log.read()]).strip()
    log.close()
    raise LabkitError(f"The server did not start: {said.removeprefix('labkit: ') or 'it took too long.'}")
