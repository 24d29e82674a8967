"""Downloads from a server of our own on 127.0.0.1: right, wrong, cut off, unreachable, on a full disk."""

import dataclasses
import errno
import hashlib
import http.server
import json
import socket
import threading
import time

import pytest

from labkit import datasets
from labkit.datasets import catalogue, download, hosts
from labkit.errors import LabkitError
from tests.unit import datasets_files as made


class Server(http.server.ThreadingHTTPServer):
    """Serves ``content[path]``; keeps what was asked in ``asked``; ``cuts`` ends so many answers early."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.content, self.asked, self.cuts, self.delay = {}, [], 0, 0

    def handle_error(self, *_):
        """Say nothing when a client hangs up: some tests make it do so."""

    def url(self, name):
        return f"http://127.0.0.1:{self.server_port}/{name}"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        name = self.path.lstrip("/")
        start = int((self.headers.get("Range") or "bytes=0-")[6:-1])
        self.server.asked.append((name, start))
        time.sleep(self.server.delay)
        if name not in self.server.content:
            self.send_error(404)
            return
        content = self.server.content[name]
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(content) - start))
        if name.endswith(".gz"):
            self.send_header("Content-Encoding", "gzip")  # as some servers do: it must not be unpacked on the way
        self.end_headers()
        rest = content[start:]
        if self.server.cuts:
            self.server.cuts -= 1
            rest = rest[: len(rest) // 2]
        self.wfile.write(rest)

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def cache(monkeypatch, tmp_path):
    cache = made.isolate(monkeypatch, tmp_path)
    monkeypatch.delenv("LABKIT_OFFLINE")
    return cache


@pytest.fixture
def server():
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def publish(monkeypatch, server, name, contents, urls=None):
    """Put files into the catalogue as published by our server, with the checksums of ``contents``."""
    entry = catalogue.ENTRIES[name]
    new = []
    for file in entry.files:
        if file.name in contents:
            content = contents[file.name]
            server.content[file.name] = content
            new.append(dataclasses.replace(file, size=len(content), sha256=hashlib.sha256(content).hexdigest(),
                                           urls=urls or (server.url(file.name),), crc32=None))
    monkeypatch.setitem(catalogue.ENTRIES, name, dataclasses.replace(entry, files=tuple(new)))
    return datasets.entry(name)


@pytest.fixture
def mnist(monkeypatch, tmp_path, server):
    """MNIST's training files, twenty images, on our server."""
    made.write_idx(tmp_path / "made")
    contents = {path.name: path.read_bytes() for path in (tmp_path / "made").iterdir()}
    return publish(monkeypatch, server, "mnist", contents)


def closed_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def left_over(cache):
    return sorted(path.name for path in cache.rglob("*") if path.is_file() and path.name != ".unreachable.json")


IMAGES = "train-images-idx3-ubyte.gz"


def test_load_downloads_and_says_so(cache, server, mnist, capsys):
    data = datasets.load("mnist")
    assert (len(data), data.is_stand_in) == (20, False)
    out = capsys.readouterr().out.splitlines()
    assert out[-1] == "MNIST, train: 20 images from $LABKIT_DATA/mnist"
    assert "downloading" in out[0]
    assert left_over(cache) == [IMAGES, "train-labels-idx1-ubyte.gz"]
    assert (cache / "mnist" / IMAGES).stat().st_mode & 0o044  # others may read a shared folder
    asked = len(server.asked)
    datasets.load("mnist", quiet=True)
    assert len(server.asked) == asked
    assert capsys.readouterr().out == ""


def test_an_archive_is_checked_and_unpacked(cache, monkeypatch, server):
    publish(monkeypatch, server, "cifar10", {"cifar-10-python.tar.gz": made.cifar_archive()})
    assert len(datasets.load("cifar10", "test", quiet=True)) == 10
    assert [path.name for path in (cache / "cifar10").iterdir()] == ["cifar-10-batches-py"]


def test_a_broken_connection_is_taken_up_where_it_stopped(cache, server, mnist):
    server.cuts = 3
    assert len(datasets.load("mnist", quiet=True)) == 20
    starts = [start for name, start in server.asked if name == IMAGES]
    assert len(starts) == 4
    assert starts[0] == 0
    assert starts == sorted(set(starts))


def test_a_server_that_always_breaks_leaves_nothing(cache, server, mnist):
    server.cuts = 1000
    with pytest.raises(LabkitError, match="could not be fetched"):
        datasets.fetch("mnist", ["train"])
    assert left_over(cache) == []


@pytest.mark.parametrize(("sent", "words"), [
    (lambda content: content[:-1] + b"x", "not the published file"),
    (lambda content: made.HTML, "sent a web page"),
    (lambda content: content + b"more", "sent more than"),
    (lambda content: content[:-5], "only"),
])
def test_a_wrong_file_is_thrown_away(cache, server, mnist, sent, words, capsys):
    content = server.content[IMAGES]
    server.content[IMAGES] = sent(content)
    with pytest.raises(LabkitError, match=words) as caught:
        datasets.fetch("mnist", ["train"])
    assert IMAGES in str(caught.value)
    assert "labkit data fetch mnist" in str(caught.value)
    assert IMAGES not in left_over(cache)
    # A notebook goes on with a stand-in, and says why.
    data = datasets.load("mnist", limit=5)
    assert data.is_stand_in
    assert "drawn digits, not MNIST, train: 5 images in place of MNIST: " in capsys.readouterr().out


def test_force_keeps_the_old_file_until_the_new_one_is_whole(cache, server, mnist):
    datasets.fetch("mnist", ["train"])
    path = cache / "mnist" / IMAGES
    path.write_bytes(b"damaged")
    assert datasets.fetch("mnist", ["train"]) == []  # it is there: nothing to do
    good = server.content[IMAGES]
    server.content[IMAGES] = made.HTML
    with pytest.raises(LabkitError, match="untouched"):
        datasets.fetch("mnist", ["train"], force=True)
    assert path.read_bytes() == b"damaged"
    server.content[IMAGES] = good
    assert len(datasets.fetch("mnist", ["train"], force=True)) == 2
    assert path.read_bytes() == good


def test_mirrors_are_tried_in_turn(cache, monkeypatch, server):
    content = b"anything"
    dead = f"http://127.0.0.1:{closed_port()}/{IMAGES}"
    entry = publish(monkeypatch, server, "mnist", {IMAGES: content}, (dead, server.url("missing"), server.url(IMAGES)))
    other = f"http://localhost:{server.server_port}/{IMAGES}"  # the same server by another name
    file = dataclasses.replace(entry.files[0], urls=(dead, server.url("missing"), other))
    monkeypatch.setitem(catalogue.ENTRIES, "mnist", dataclasses.replace(entry, files=(file,)))
    assert [path.read_bytes() for path in datasets.fetch("mnist", ["train"])] == [content]
    assert [name for name, _ in server.asked] == ["missing", IMAGES]
    broken = dataclasses.replace(file, urls=(dead, server.url("missing")))
    monkeypatch.setitem(catalogue.ENTRIES, "mnist", dataclasses.replace(entry, files=(broken,)))
    with pytest.raises(LabkitError, match=r"cannot be reached; .* answered 404"):
        datasets.fetch("mnist", ["train"], force=True)


def test_offline_nothing_is_asked(cache, monkeypatch, server, mnist):
    monkeypatch.setenv("LABKIT_OFFLINE", "1")
    assert datasets.load("mnist", limit=3, quiet=True).is_stand_in
    with pytest.raises(LabkitError, match="unset LABKIT_OFFLINE"):
        datasets.load("mnist", stand_in="refuse")
    with pytest.raises(LabkitError, match="unset LABKIT_OFFLINE"):
        datasets.fetch("mnist")
    assert server.asked == []
    monkeypatch.setenv("LABKIT_OFFLINE", "0")
    assert not datasets.load("mnist", quiet=True).is_stand_in


def test_max_download_is_kept(cache, server, mnist):
    size = sum(file.size for file in mnist.files)
    with pytest.raises(LabkitError, match="more than max_download allows"):
        datasets.load("mnist", stand_in="refuse", max_download=size - 1)
    assert server.asked == []
    assert len(datasets.load("mnist", max_download=size, quiet=True)) == 20


def test_what_is_given_only_on_request_is_not_downloaded_unasked(cache, server):
    for name in ("bedrooms", "faces"):
        with pytest.raises(LabkitError, match="only on request"):
            datasets.load(name, stand_in="refuse")
    with pytest.raises(LabkitError, match=r"45.9 GB.*--max-size 45923"):
        datasets.fetch("bedrooms", ["train"])
    with pytest.raises(LabkitError, match=r"rooms.* cannot be fetched: .*kitchen/"):
        datasets.fetch("rooms")
    with pytest.raises(LabkitError, match=r"paintings.* cannot be fetched: "):  # it has no test split
        datasets.fetch("style")


def test_a_full_disk_is_said_and_loses_nothing(cache, monkeypatch, server, mnist):
    class Full:
        def __init__(self, *_):
            pass

        def __call__(self, url, output, _):
            raise OSError(errno.ENOSPC, "No space left on device", output)

    with monkeypatch.context() as patch:
        patch.setattr(download, "_Downloader", Full)
        for call in (lambda: datasets.fetch("mnist"), lambda: datasets.load("mnist")):
            with pytest.raises(LabkitError, match="The disk is full"):
                call()
    assert left_over(cache) == []
    with monkeypatch.context() as patch:
        patch.setattr(download.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 1000}))
        with pytest.raises(LabkitError, match="The disk is too full"):
            datasets.fetch("mnist", ["train"])
    assert len(datasets.fetch("mnist", ["train"])) == 2


def test_a_cache_that_cannot_be_written_is_said(cache, monkeypatch, server, mnist, capsys):
    def refuse(*_, **__):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(download.tempfile, "mkdtemp", refuse)
    with pytest.raises(LabkitError, match=r"mnist cannot be written \(read-only file system\): set LABKIT_DATA"):
        datasets.fetch("mnist")
    assert datasets.load("mnist", limit=2).is_stand_in
    assert "set LABKIT_DATA" in capsys.readouterr().out


def test_what_a_killed_download_left_is_swept_a_day_later(cache, server, mnist):
    import os

    for name, age in ((".download-old", 2 * 86_400), (".download-new", 60)):
        (cache / "mnist" / name).mkdir(parents=True)
        os.utime(cache / "mnist" / name, (time.time() - age,) * 2)
    datasets.fetch("mnist", ["train"])
    assert sorted(path.name for path in (cache / "mnist").glob(".*")) == [".download-new"]


# --- unreachable servers


@pytest.fixture
def black_hole(monkeypatch):
    """Let every connection hang, as behind a firewall that drops packets; return the hosts that were asked."""
    asked = []

    def hang(address, timeout):
        asked.append(address[0])
        time.sleep(timeout + 5)
        raise TimeoutError

    monkeypatch.setattr(hosts.socket, "create_connection", hang)
    monkeypatch.setattr(hosts, "CONNECT", 0.2)
    monkeypatch.setattr(hosts, "BUDGET", 0.5)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    return asked


def test_unreachable_servers_cost_a_run_their_time_once(cache, black_hole):
    began = time.monotonic()
    for name in ("mnist", "fashion_mnist", "cifar10", "svhn", "mnist", "svhn"):
        datasets.load(name, limit=1, quiet=True)
        datasets.load(name, "test", limit=1, quiet=True)
    spent = sum(cost for _, cost in hosts.memory().values())
    assert spent <= hosts.BUDGET + 0.2
    assert time.monotonic() - began < 60  # drawing on a busy machine; the waiting itself is bounded above
    assert len(black_hole) == len(set(black_hole))  # nobody was asked twice
    assert hosts.time_left() < 0.1


def test_all_mirrors_are_asked_at_once(cache, black_hole):
    urls = [f"http://host{i}.invalid/x" for i in range(8)]
    began = time.monotonic()
    assert hosts.reachable(urls) == set()
    assert time.monotonic() - began < 2
    assert len(black_hole) == 8


def test_what_is_unreachable_is_known_to_child_processes_and_later_ones(cache, black_hole, monkeypatch):
    hosts.reachable(["https://www.cs.toronto.edu/x"])
    assert "www.cs.toronto.edu" in json.loads(hosts.os.environ[hosts.VARIABLE])
    # A sibling has the file, not the variable; a child on a cache that cannot be written has only the variable.
    saved = hosts.os.environ[hosts.VARIABLE]
    monkeypatch.setenv(hosts.VARIABLE, "")
    assert "www.cs.toronto.edu" in hosts.memory()
    (cache / ".unreachable.json").unlink()
    assert hosts.memory() == {}
    monkeypatch.setenv(hosts.VARIABLE, saved)
    assert "www.cs.toronto.edu" in hosts.memory()


def test_the_memory_fades_and_is_never_trusted_blindly(cache, monkeypatch):
    hosts.remember(["a", "b"], 1.0)
    assert hosts.memory().keys() == {"a", "b"}
    assert hosts.time_left() == pytest.approx(hosts.BUDGET - 1)
    hosts.forget(["a"])
    assert hosts.memory().keys() == {"b"}
    hosts.forget(["b"])
    assert not (cache / ".unreachable.json").exists()
    for text in ("not json", "[]", '{"a": 1}', '{"a": ["x", 1]}', '{"a": [1.0, 2.0]}', '{"a": [99999999999, 1]}',
                 "\xff"):
        (cache / ".unreachable.json").write_text(text, encoding="latin1")
        monkeypatch.setenv(hosts.VARIABLE, text)
        assert hosts.memory() == {}


def test_who_types_the_command_is_asked_for_again(cache, server, mnist):
    hosts.remember([hosts.of(server.url(""))], 9.0)
    assert datasets.load("mnist", limit=2, quiet=True).is_stand_in
    assert server.asked == []
    assert len(datasets.fetch("mnist", ["train"])) == 2  # and with it, the server is reachable again
    assert hosts.memory() == {}


def test_a_proxy_is_asked_in_place_of_the_server(cache, server, mnist, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("no_proxy", "")
    monkeypatch.setenv("http_proxy", server.url(""))
    assert hosts._target("http://somewhere.invalid/x") == ("127.0.0.1", server.server_port)
    monkeypatch.delenv("http_proxy")
    monkeypatch.delenv("HTTP_PROXY", raising=False)
    monkeypatch.delenv("all_proxy", raising=False)
    monkeypatch.delenv("ALL_PROXY", raising=False)
    assert hosts._target("http://somewhere.invalid:8080/x") == ("somewhere.invalid", 8080)
    assert hosts._target("http://somewhere.invalid/x") == ("somewhere.invalid", 80)


def test_a_server_that_accepts_and_never_answers(cache, server, mnist, monkeypatch):
    server.delay = 1.5
    monkeypatch.setattr(download._Downloader, "__init__", _impatient(download._Downloader.__init__))
    began = time.monotonic()
    assert datasets.load("mnist", limit=1, quiet=True).is_stand_in
    assert datasets.load("mnist", limit=1, quiet=True).is_stand_in
    assert time.monotonic() - began < 30
    assert len(server.asked) == 1


def _impatient(initialise):
    def shorter(self, *arguments):
        initialise(self, *arguments)
        self.timeout = (0.3, 0.3)
    return shorter


def test_progress_bars_are_for_people(monkeypatch):
    monkeypatch.setenv("LABKIT_HEADLESS", "1")
    assert not download.attended()
    monkeypatch.delenv("LABKIT_HEADLESS")
    monkeypatch.setattr(download.sys, "stderr", type("Terminal", (), {"isatty": lambda self: True})())
    assert download.attended()


def test_the_catalogue_is_whole():
    for name in datasets.names():
        entry = datasets.entry(name)
        assert entry.licence
        assert entry.stand_in
        assert entry.files or entry.by_hand
        for file in entry.files:
            assert len(file.sha256) == 64
            assert file.md5 is None or len(file.md5) == 32
            assert set(file.splits) <= set(entry.counts)
            assert all(url.startswith(("http://", "https://")) for url in file.urls)
