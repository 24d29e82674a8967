"""Downloads from a server of our own on 127.0.0.1: right, wrong, cut off, unreachable, on a full disk."""

import contextlib
import errno
import socket
import threading
import time
from types import SimpleNamespace

import pytest
from werkzeug import serving

from labkit import datasets
from labkit.datasets import catalogue, downloading
from labkit.errors import LabkitError
from tests.unit import datasets_files as made

IMAGES = "train-images-idx3-ubyte.gz"


@pytest.fixture
def cache(monkeypatch, tmp_path):
    cache = made.isolate(monkeypatch, tmp_path)
    monkeypatch.delenv("LABKIT_OFFLINE")
    return cache


@pytest.fixture
def server():
    """Serves ``content[name]``; keeps what was asked in ``asked``; ``cut`` ends answers early, ``delay`` in s;
    ``drips`` sends no length, and only as many bytes, each 0.05 s."""
    state = SimpleNamespace(content={}, asked=[], cut=False, delay=0, drips=0)

    def app(environ, start):
        state.asked.append(name := environ["PATH_INFO"].lstrip("/"))
        time.sleep(state.delay)
        content = state.content.get(name, b"")
        if state.drips:
            start("200 OK", [])
            return iter(lambda: time.sleep(0.05) or (state.drips and state.drips * b"x"), None)
        start("200 OK" if content else "404 Not Found", [("Content-Length", str(len(content)))])
        return [content[: len(content) // 2] if state.cut else content]

    server = serving.make_server("127.0.0.1", 0, app, threaded=True)
    state.port = server.server_port
    with contextlib.closing(server.socket):
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield state
        server.shutdown()


def publish(monkeypatch, server, name, contents, urls=None):
    """Let these files be a set's, published by our server."""
    server.content |= contents
    made.publish(monkeypatch, name, contents, urls or (f"http://127.0.0.1:{server.port}/{{}}",))


@pytest.fixture
def mnist(monkeypatch, tmp_path, server):
    """MNIST's training files, twenty images, on our server."""
    made.write_idx(tmp_path / "made")
    publish(monkeypatch, server, "mnist", {path.name: path.read_bytes() for path in (tmp_path / "made").iterdir()})


def left_over(cache):
    return sorted(path.name for path in cache.rglob("*") if path.is_file())


def test_load_downloads_and_says_so(cache, server, mnist, capsys, monkeypatch):
    size = sum(file.size for file in datasets.entry("mnist").files)
    with pytest.raises(LabkitError, match="more than max_download allows"):
        datasets.load("mnist", stand_in="refuse", max_download=size - 1)
    assert server.asked == []
    data = datasets.load("mnist", max_download=size)
    assert (len(data), data.is_stand_in) == (20, False)
    assert "downloading" in capsys.readouterr().out
    assert left_over(cache) == [IMAGES, "train-labels-idx1-ubyte.gz"]
    assert (cache / "mnist" / IMAGES).stat().st_mode & 0o044  # others may read a shared folder
    datasets.load("mnist", quiet=True)
    assert (len(server.asked), capsys.readouterr().out) == (2, "")
    publish(monkeypatch, server, "cifar10", {"cifar-10-python.tar.gz": made.cifar_archive(cache / "made")})
    assert len(datasets.load("cifar10", "test", quiet=True)) == 10
    assert [path.name for path in (cache / "cifar10").iterdir()] == ["cifar-10-batches-py"]


@pytest.mark.parametrize(("sent", "words"), [
    (lambda content: content[:-1] + b"x", "not the published file"), (None, "the connection to .* broke"),
    (lambda content: made.HTML, "not the published file")])
def test_a_wrong_file_is_thrown_away(cache, server, mnist, sent, words, capsys):
    server.cut = sent is None
    server.content[IMAGES] = sent(server.content[IMAGES]) if sent else server.content[IMAGES]
    with pytest.raises(LabkitError, match=rf"{IMAGES}.*{words}.*labkit data fetch mnist"):
        datasets.fetch("mnist", ["train"])
    assert left_over(cache) == []
    assert datasets.load("mnist", limit=5).is_stand_in  # a notebook goes on with a stand-in, and says why
    assert "digits, not MNIST, train: 5 images in place of MNIST: " in capsys.readouterr().out


def test_force_keeps_the_old_file_until_the_new_one_is_whole(cache, server, mnist):
    datasets.fetch("mnist", ["train"])
    path, good = cache / "mnist" / IMAGES, server.content[IMAGES]
    path.write_bytes(b"damaged")
    server.content[IMAGES] = made.HTML
    with pytest.raises(LabkitError, match="untouched"):
        datasets.fetch("mnist", ["train"], force=True)
    assert path.read_bytes() == b"damaged"
    server.content[IMAGES] = good
    assert len(datasets.fetch("mnist", ["train"], force=True)) == 2
    assert path.read_bytes() == good


def test_mirrors_are_tried_in_turn(cache, monkeypatch, server):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        dead = f"http://127.0.0.1:{taken.getsockname()[1]}/{IMAGES}"  # nobody listens
        gone = f"http://127.0.0.1:{server.port}/missing"
        other = f"http://localhost:{server.port}/{IMAGES}"  # the same server by another name
        publish(monkeypatch, server, "mnist", {IMAGES: b"anything"}, (dead, gone, other))
        assert [path.read_bytes() for path in datasets.fetch("mnist", ["train"])] == [b"anything"]
        assert server.asked == ["missing", IMAGES]
        publish(monkeypatch, server, "mnist", {IMAGES: b"anything"}, (dead, gone))
        with pytest.raises(LabkitError, match=r"cannot be reached; .* answered 404"):
            datasets.fetch("mnist", ["train"], force=True)


def test_what_is_fetched_unasked_and_what_is_not(cache, monkeypatch):
    asked = []
    monkeypatch.setattr(catalogue, "_retrieve", lambda entry, file, *_: asked.append(file.name) or cache / "none")
    monkeypatch.setattr(catalogue, "unpack", lambda *_: [])
    (cache / "none").touch()
    assert datasets.load("bedrooms", limit=1, quiet=True).is_stand_in
    assert asked == ["bedroom_val_lmdb.zip"]  # 5 MB
    with pytest.raises(LabkitError, match="only on request"):
        datasets.load("faces", stand_in="refuse")
    with pytest.raises(LabkitError, match=r"rooms.* cannot be fetched: .*kitchen/"):
        datasets.fetch("rooms")
    assert len(asked) == 1


@pytest.mark.parametrize(("code", "words"), [(errno.ENOSPC, "The disk is full"), (errno.EROFS, "cannot be written")])
def test_a_disk_that_is_full_or_closed_is_said(cache, monkeypatch, server, mnist, code, words):
    def refuse(*_, **__):
        raise OSError(code, "Read-only file system")

    monkeypatch.setattr("pooch.retrieve", refuse)
    with pytest.raises(LabkitError, match=words):
        datasets.fetch("mnist")
    assert left_over(cache) == []


def test_a_server_that_does_not_answer_is_asked_once(cache, server, mnist, monkeypatch):
    server.delay = 1.5
    monkeypatch.setattr(catalogue, "TIMEOUT", (0.3, 0.3))
    for _ in range(3):
        assert datasets.load("mnist", limit=1, quiet=True).is_stand_in
    assert len(server.asked) == 1


@pytest.mark.parametrize(("drips", "words"), [
    (1, "sends less than 5 kB a second"), (1_000_000, "sent more than the file's")])
def test_a_server_that_drips_or_never_ends_is_given_up(cache, server, mnist, monkeypatch, drips, words):
    server.drips = drips
    monkeypatch.setattr(downloading, "WINDOW", 0.4)
    with pytest.raises(LabkitError, match=words):
        datasets.fetch("mnist")
    server.drips = None
    assert left_over(cache) == []


def test_what_a_killed_download_left_is_swept(cache, mnist, monkeypatch):
    (left := cache / "mnist" / ".download-killed").mkdir(parents=True)
    now = time.time()
    for later, there in ((3000, True), (4000, False)):  # one that still runs stays
        monkeypatch.setattr(catalogue.time, "time", lambda later=later: now + later)
        datasets.fetch("mnist", ["train"], force=True)
        assert left.exists() == there
