"""waitress: who may connect, how much they may send, and how the server ends."""

import ctypes
import ipaddress
import os
import signal
import socket
import sys
import threading

import waitress

from labkit.errors import LabkitError
from labkit.serving.app import BODY, create_app
from labkit.serving.engine import OnnxEngine
from labkit.serving.pictures import latent

HOST, PORT = "127.0.0.1", 8080  # this machine alone; report 4's port
M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8  # glibc's malloc.h
LIMITS = {
    "threads": 8,  # requests in work; how many compute at once is the engine's business
    "connection_limit": 200,
    "channel_timeout": 20,  # seconds of silence after which a connection is closed
    "cleanup_interval": 5,
    "max_request_header_size": 8192,
    "max_request_body_size": BODY,
    "backlog": 128,
}


def is_local(host: str) -> bool:
    """Tell whether only programs of this machine can reach ``host``."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def address(host: str, port: int) -> str:
    """Return the URL under which a server on this machine answers."""
    host = host.strip("[]")
    if host in ("0.0.0.0", "::"):
        host = "127.0.0.1" if host == "0.0.0.0" else "::1"
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def warning(host: str, port: int) -> str | None:
    """Return what to say about a server that others can reach; None for one that they cannot."""
    if is_local(host):
        return None
    return (f"Warning: {host} is more than this machine. Whoever can reach port {port} can use this server: it asks "
            "for no password and does not encrypt. Put a proxy with TLS before it, and open the firewall for that "
            "port alone, not for all traffic.")


def bound(host: str, port: int) -> socket.socket:
    """Return a listening-to-be socket. port 0: a free one. Raises LabkitError when it cannot be had."""
    try:
        family, kind, number, _, where = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM,
                                                            flags=socket.AI_PASSIVE)[0]
        listener = socket.socket(family, kind, number)
    except OSError as error:
        raise LabkitError(f"{host!r} is no address of this machine ({error.strerror}). "
                          f"Take --host {HOST}, or --host 0.0.0.0 for all its addresses.") from error
    try:
        if os.name == "posix":  # a port left a moment ago is free; on Windows the option means something else
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(where)
    except OSError as error:
        listener.close()
        raise LabkitError(f"Cannot listen on {host}, port {port}: {error.strerror.lower()}. Take another port, for "
                          f"instance --port {port + 1 if 0 < port < 65535 else 8081}, or --port 0 for a free "
                          "one.") from error
    return listener


def modest_memory() -> bool:
    """Tell glibc to keep little of what is freed; return whether it listened (elsewhere there is no need, or no way).

    By itself it lets every thread have a heap of its own and learns from large blocks to keep them: a server of 8
    threads grows to twice its size. Two heaps, and large blocks always given back, cost no time that one could measure.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return False
    return bool(mallopt(M_ARENA_MAX, 2) and mallopt(M_MMAP_THRESHOLD, 128 * 1024))


def serve(models, host: str = HOST, port: int = PORT, framed: bool = False, until_stdin_ends: bool = False,
          say=print, warn=lambda text: print(text, file=sys.stderr)) -> None:
    """Serve until SIGTERM or Ctrl-C. Draws one picture first: what is broken shows before anybody asks.

    models: key -> store.Model, the default first. host, port: where to listen; port 0 takes a free one. framed: as in
    ``create_app``. until_stdin_ends: end when standard input does, that is, with the program that started this one.
    say, warn: called with the lines that a person should see. Raises LabkitError when the address cannot be had.
    """
    listener = bound(host, port)
    modest_memory()
    try:
        port = listener.getsockname()[1]
        engine = OnnxEngine({key: model.path for key, model in models.items()})
        first = next(iter(models.values()))
        engine(first.key, latent(1, first.latent_dim, 0))
        hosts = ["localhost", "127.0.0.1", "[::1]", host] if is_local(host) else None
        app = create_app(models, engine, hosts=hosts, framed=framed)
        server = waitress.create_server(app, sockets=[listener], ident=None, expose_tracebacks=False, **LIMITS)
    except BaseException:
        listener.close()
        raise
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
    if until_stdin_ends:
        threading.Thread(target=_follow_stdin, daemon=True).start()
    if text := warning(host, port):
        warn(text)
    say(f"Serving {', '.join(models)} at {address(host, port)} (Ctrl-C ends it)")
    try:
        server.run()
    finally:
        server.close()


def _follow_stdin():
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM if os.name == "posix" else signal.SIGINT)
