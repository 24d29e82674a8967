"""ONNX Runtime behind waitress, and servers in processes of their own: started, called, measured, stopped."""

import contextlib
import ctypes
import functools
import ipaddress
import logging
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time

import onnxruntime
import waitress
from onnxruntime.capi.onnxruntime_pybind11_state import Fail, InvalidGraph, InvalidProtobuf, NoSuchFile
from waitress import channel, wasyncore

from labkit.errors import LabkitError
from labkit.plotting.images import latent
from labkit.serving import export
from labkit.serving.app import BODY, create_app

#: threads: requests in work. channel_timeout: seconds for a whole request, and of silence between two.
LIMITS = {"threads": 8, "connection_limit": 200, "channel_timeout": 20, "cleanup_interval": 5, "backlog": 128,
          "max_request_header_size": 8192, "max_request_body_size": BODY, "ident": None, "expose_tracebacks": False}
PLACES = 100  # connections of one address


class Channel(channel.HTTPChannel):
    """A connection that is closed channel_timeout seconds after it began or was last answered, however many bytes have
    come since (slow senders). Of an address with more than PLACES connections the longest idle one is closed."""

    def __init__(self, server, sock, addr, adj, map=None):
        super().__init__(server, sock, addr, adj, map)
        same = [each for each in server.active_channels.values() if each.addr[0] == addr[0] and not each.will_close]
        waiting = [each for each in same if not each.requests]
        if len(same) > PLACES and waiting:
            min(waiting, key=lambda each: each.last_activity).will_close = True

    def handle_read(self):
        before = self.last_activity
        super().handle_read()
        self.last_activity = before

    def service(self):
        if not self.server.accepting:  # shutting down: this answer is the connection's last
            self.requests[0].headers["CONNECTION"] = "close"
        super().service()


def run(connections, stop, patience=5.0) -> None:
    """Answer until ``stop``, an Event, is set; then accept nobody and finish the requests in work, within ``patience``
    seconds. connections: the map of a waitress server."""
    listeners = [each for each in connections.values() if each.accepting]
    for each in listeners:
        each.channel_class = Channel
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # says how many wait, for each that comes
    turn = functools.partial(wasyncore.loop, timeout=0.3, map=connections, count=1)
    while not stop.is_set():
        turn()
    for each in listeners:
        for _ in range(LIMITS["backlog"]):  # those that connected already
            each.handle_accept()
        wasyncore.dispatcher.close(each)
    began = time.monotonic()
    while (since := time.monotonic() - began) < patience:
        left = [each for each in connections.values() if isinstance(each, Channel)]
        if since > 0.5 and not any(each.requests or each.request or each.total_outbufs_len for each in left):
            break  # half a second: who has just connected sends soon
        turn()
    for each in left:
        each.handle_close()


def onnx_engine(paths):
    """Return a function of a key and latents (n, latent_dim) float32 that draws images (n, H, W, C) in [-1, 1]. paths:
    key -> ONNX file; each is loaded when it is first asked for. The function raises LabkitError for a file that is no
    graph. One thread computes: so several requests share the cores fairly."""
    @functools.cache
    def session(key):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False  # an arena keeps what its largest request took
        options.log_severity_level = 4
        try:
            return onnxruntime.InferenceSession(str(paths[key]), options, providers=["CPUExecutionProvider"])
        except (Fail, InvalidGraph, InvalidProtobuf, NoSuchFile) as error:
            raise LabkitError(f"{paths[key]} is no ONNX file that can be read. Delete it and start again: it is made "
                              "anew.") from error

    return lambda key, latents: session(key).run(None, {"latent": latents})[0]


def warning(host: str, port: int) -> str | None:
    """Return what to say about a server that others can reach; None for one that this machine alone reaches."""
    try:
        local = host.lower() == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        local = False
    return None if local else (
        f"Warning: {host} is more than this machine. Whoever can reach port {port} can use this server: it asks for no "
        "password and does not encrypt. Put a proxy with TLS before it, and open the firewall for that port alone, not "
        "for all traffic.")


def serve(models, host: str, port: int, framed=False, until_stdin_ends=False) -> None:
    """Serve until SIGTERM or Ctrl-C, and finish what is in work. Draws one picture first: what is broken shows before
    anybody asks. models, framed: as in ``create_app``. port: 0 takes a free one. until_stdin_ends: end with the program
    that started this one. Prints its URL; raises LabkitError when the address cannot be had."""
    with contextlib.suppress(AttributeError, OSError, TypeError):  # another C library: no need, or no way
        # By itself glibc gives every thread a heap and keeps large blocks: 430 MB with all generators. With two heaps,
        # and large blocks given back, it is 180 MB, and no slower that one could measure.
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(-8, 2)  # malloc.h: M_ARENA_MAX
        mallopt(-3, 128 * 1024)  # M_MMAP_THRESHOLD
    first, draw = next(iter(models.values())), onnx_engine({key: model.path for key, model in models.items()})
    draw(first.key, latent(1, first.latent_dim, 0))
    hosts = ["localhost", "127.0.0.1", "[::1]", host] if warning(host, port) is None else None
    app, name = create_app(models, draw, hosts, framed), host.strip("[]")
    connections, stop = {}, threading.Event()
    try:
        server = waitress.create_server(app, connections, host=name, port=port, **LIMITS)
    except ValueError as error:  # waitress' own word for a name without an address
        raise LabkitError(f"{host!r} is no address of this machine. "
                          "Take --host 127.0.0.1, or --host 0.0.0.0 for all its addresses.") from error
    except OSError as error:
        raise LabkitError(f"Cannot listen on {host}, port {port}: {error.strerror.lower()}. Take another port, for "
                          f"instance --port {port + 1 if 0 < port < 65535 else 8081}, or --port 0 for a free "
                          "one.") from error
    port = server.effective_listen[0][1] if hasattr(server, "effective_listen") else server.effective_port
    name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(name, name)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if until_stdin_ends:
        threading.Thread(target=_follow_stdin, daemon=True).start()
    if text := warning(host, port):
        print(text, file=sys.stderr)
    url = f"http://{f'[{name}]' if ':' in name else name}:{port}/"
    print(f"Serving {', '.join(models)} at {url} (Ctrl-C ends it)", flush=True)
    run(connections, stop)


def _follow_stdin():
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM if os.name == "posix" else signal.SIGINT)


class Server(subprocess.Popen):
    """A running ``labkit serve`` at ``url``, which ends with a slash. It ends with the program that started it."""

    url = None

    def get(self, path: str = "", **parameters):
        """GET a path such as "api/v1/images" with a query; return the requests.Response."""
        import requests

        none = {"http": ""}  # a proxy of the network has no business between us and this machine
        return requests.get(self.url + path.lstrip("/"), params=parameters, timeout=30, proxies=none)

    def stop(self, *error) -> None:
        """End the server and wait until it has gone; a second call does nothing."""
        self.terminate()
        try:
            self.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()
        self.communicate()

    __exit__ = stop


def start(key: str | None = None, port: int = 0, command=None, only=False, patience=120.0) -> Server:
    """Start a server on this machine alone, wait until it answers, and return it. key: the generator that its page
    begins with; None: the first. only: offer no other one. port: 0 takes a free one. command: another program that
    prints its URL. patience: seconds. Exports to ONNX first where needed. Raises LabkitError when it does not start."""
    if command is None:
        export.prepare(key, only=only)
        command = [sys.executable, "-m", "labkit.cli", "serve", "--framed", "--until-stdin-ends", "--port", str(port),
                   *([key] if key else []), *(["--only"] if only else [])]
    with tempfile.TemporaryFile("w+", encoding="utf-8") as log:  # the server keeps a handle of its own
        server = Server(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True)
        late = threading.Timer(patience, server.kill)
        late.start()
        said = ""
        for line in server.stdout:
            said += line
            if found := re.search(r"http://\S+", line):
                late.cancel()
                server.url = found[0]
                return server
        late.cancel()
        server.communicate()
        log.seek(0)
        said = (said + log.read()).strip().removeprefix("labkit: ")
    raise LabkitError(f"The server did not start: {said or 'it took too long.'}")
