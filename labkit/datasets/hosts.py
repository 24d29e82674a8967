"""Which servers can be reached, found out quickly and remembered, so that a whole run loses five seconds at most.

What was found is remembered for ten minutes in a small file in the cache folder and in the environment variable
``LABKIT_UNREACHABLE``, which the kernels that a process starts inherit.
"""

import contextlib
import json
import os
import socket
import threading
import time
import urllib.parse

from labkit import files
from labkit.errors import LabkitError

VARIABLE = "LABKIT_UNREACHABLE"
CONNECT = 2.5       # seconds for one server
BUDGET = 5.0        # seconds for all that a run tries in vain
REMEMBERED = 600.0  # seconds


def offline() -> bool:
    """Tell whether ``LABKIT_OFFLINE`` forbids downloads."""
    return os.environ.get("LABKIT_OFFLINE", "").strip().lower() not in ("", "0", "no", "false", "off")


def of(url: str) -> str:
    """Return the server's name of an address, with its port where one is given."""
    return urllib.parse.urlsplit(url).netloc.rpartition("@")[2]


def _file():
    return files.cache() / ".unreachable.json"


def _valid(text):
    """Parse a memory; drop what is old, from the future, or no memory at all."""
    now = time.time()
    try:
        memory = json.loads(text)
        return {str(host): (float(when), float(cost)) for host, (when, cost) in memory.items()
                if 0 <= now - float(when) < REMEMBERED}
    except (ValueError, TypeError, AttributeError):
        return {}


def memory() -> dict[str, tuple[float, float]]:
    """Return the servers that lately could not be reached: name → (when, seconds that it cost)."""
    text = ""
    with contextlib.suppress(OSError, LabkitError, UnicodeDecodeError):
        text = _file().read_text(encoding="utf-8")
    return _valid(os.environ.get(VARIABLE, "")) | _valid(text)


def _store(memory):
    os.environ[VARIABLE] = json.dumps(memory)
    with contextlib.suppress(OSError, LabkitError):
        if memory:
            files.write_json(_file(), memory)
        else:
            _file().unlink(missing_ok=True)


def remember(hosts, seconds: float) -> None:
    """Remember that these servers could not be reached, and that finding out took so many seconds altogether."""
    hosts = list(hosts)
    now = time.time()
    _store(memory() | {host: (now, round(seconds / len(hosts), 3)) for host in hosts})


def forget(hosts) -> None:
    """Forget what was remembered of these servers."""
    kept = memory()
    if kept.keys() & set(hosts):
        _store({host: value for host, value in kept.items() if host not in hosts})


def time_left() -> float:
    """Return how many of the five seconds for unreachable servers are left."""
    return max(0.0, BUDGET - sum(cost for _, cost in memory().values()))


def reachable(urls, insist: bool = False) -> set[str]:
    """Return the servers of these addresses that accept a connection, asked all at once.

    Servers that could not be reached lately are not asked again, and once the run's five seconds are spent no new
    one is; ``insist`` asks all the same, for someone who typed the command. With a proxy, the proxy is asked.
    """
    targets = {of(url): _target(url) for url in urls}
    bad = set() if insist else targets.keys() & memory().keys()
    limit = CONNECT if insist else min(CONNECT, time_left())
    asked = sorted(targets.keys() - bad)
    if not asked or limit < 0.1:
        return set()
    began = time.monotonic()
    answers: dict[str, bool] = {}
    threads = [threading.Thread(target=_ask, args=(host, *targets[host], limit, answers), daemon=True)
               for host in asked]
    for thread in threads:
        thread.start()
    for thread in threads:  # looking a name up has no time limit of its own, so waiting has
        thread.join(max(0.0, began + limit - time.monotonic()))
    good = {host for host in asked if answers.get(host)}
    if failed := set(asked) - good:
        remember(failed, time.monotonic() - began)
    forget(good)
    return good


def _target(url):
    from requests import utils

    proxy = utils.select_proxy(url, utils.get_environ_proxies(url))
    parts = urllib.parse.urlsplit(proxy if proxy and "://" in proxy else f"http://{proxy}" if proxy else url)
    return parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)


def _ask(host, name, port, limit, answers):
    try:
        with socket.create_connection((name, port), timeout=limit):
            answers[host] = True
    except (OSError, ValueError, UnicodeError):
        answers[host] = False
