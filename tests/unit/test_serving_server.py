"""labkit.serving: ONNX graphs against Keras, the runtime behind its limits, servers that start, answer and stop."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import psutil
import pytest
import requests
import waitress

from labkit import files, models, serving, training
from labkit.errors import LabkitError
from labkit.serving import export, server
from tests.unit import serving_models


@pytest.mark.slow
def test_every_generator_that_ships_is_exported(tmp_path, monkeypatch):
    (tmp_path / "data").symlink_to(files.home() / "data")
    monkeypatch.setenv("LABKIT_HOME", str(tmp_path))
    assert len(export.prepare(every=True)) == len(list((tmp_path / "build" / "onnx").iterdir())) >= 7


def test_a_graph_draws_what_keras_draws_or_is_refused():
    shape, chance = models.spec("svhn-gan").image_shape, np.random.default_rng(0)
    network = models.build("svhn-gan", seed=1).generator
    for weight in network.weights:  # as after a training: nothing is 0 or 1
        if len(weight.shape) == 1:
            weight.assign(chance.uniform(0.5, 2, weight.shape))
    content = export.convert(network, shape).SerializeToString()
    assert export.check(content, network, shape, count=8) <= 1e-5
    assert network(training.latent(64, 100, 0)).numpy().std() > 0.05, "the comparison is of pictures, not of grey"
    for factor, words in ((1.01, "draws other pictures than Keras"), (np.nan, "nan")):
        weight.assign(weight * factor)
        with pytest.raises(LabkitError, match=words):
            export.check(content, network, shape, count=4)


def test_a_file_that_is_no_graph_is_named_and_without_generators_one_is_told_how_to_get_some(tmp_path, monkeypatch):
    (tmp_path / "broken.onnx").write_bytes(b"no graph")
    with pytest.raises(LabkitError, match=r"broken\.onnx is no ONNX file"):
        server.onnx_engine({"x": tmp_path / "broken.onnx"})("x", np.zeros((1, 4), np.float32))
    monkeypatch.setenv("LABKIT_HOME", str(tmp_path))
    with pytest.raises(LabkitError, match="labkit train"):
        export.prepare()
    monkeypatch.setattr(export, "offered", lambda _: {"x": SimpleNamespace(key="x", path=tmp_path / "x.onnx")})
    done = SimpleNamespace(stdout="x: a pixel differs", stderr="", returncode=0)
    monkeypatch.setattr(export.subprocess, "run", lambda *_, **__: done)
    for first in ("x", None):
        with pytest.raises(LabkitError, match=r"^Not to be served: x: a pixel differs"):
            export.prepare(first)


def test_a_server_answers_draws_and_listens_on_this_machine_alone(running):
    answer = running.get("api/v1/images", n=16, seed=3)
    assert answer.headers["Content-Type"] == "image/png"
    assert running.get("api/v1/images", n=16, seed=3).content == answer.content, "same seed, same pictures"
    assert running.get("api/v1/images", n=16, seed=4).content != answer.content
    assert requests.get(running.url, headers={"Host": "evil.example"}, timeout=10).status_code == 400
    assert not any(server.warning(host, 80) for host in ("127.9.9.9", "localhost", "::1", "[::1]"))
    assert all("port 80 " in server.warning(host, 80) for host in ("0.0.0.0", "::", "192.168.1.5", "example.org"))
    assert 20e6 < psutil.Process(running.pid).memory_info().rss < 250e6  # benchmarks/serving.py asks 10,000 times
    listening = [c.laddr.ip for c in psutil.Process(running.pid).net_connections("inet") if c.status == "LISTEN"]
    assert listening == ["127.0.0.1"]


def test_what_is_too_long_or_no_request_is_refused_in_few_words(running):
    for answer, status in ((requests.get(running.url, headers={"X": "y" * 9000}, timeout=9), 431),
                           (requests.post(running.url, data=b"x" * 5000, timeout=9), 413),
                           (running.get("static/%2e%2e/app.py"), 404)):
        assert answer.status_code == status
        assert not re.search(r"Traceback|site-packages|\.py\b", answer.text)
    with socket.create_connection(("127.0.0.1", int(running.url.split(":")[2].strip("/"))), timeout=15) as wire:
        wire.sendall(b"\x16\x03\x01\x02\x00\x01\r\n\r\n")  # a TLS hello, cut short
        assert wire.recv(100).startswith(b"HTTP/1.0 400")
    assert running.get("healthz").status_code == 200


def test_who_is_slow_or_takes_many_places_gives_way_and_what_is_in_work_is_finished_at_the_end(monkeypatch):
    monkeypatch.setattr(server, "PLACES", 8)
    entered, leave, stop, connections = threading.Event(), threading.Event(), threading.Event(), {}

    def app(environ, start):
        if environ["PATH_INFO"] == "/slow":
            entered.set()
            leave.wait(9)
        start("200 OK", [])
        return [b"drawn"]

    limits = server.LIMITS | {"channel_timeout": 2, "cleanup_interval": 1}
    port = waitress.create_server(app, connections, host="127.0.0.1", port=0, **limits).effective_port
    thread = threading.Thread(target=server.run, args=(connections, stop))
    thread.start()
    with contextlib.ExitStack() as stack, ThreadPoolExecutor() as pool:
        wires = [stack.enter_context(socket.create_connection(("127.0.0.1", port), 9)) for _ in range(12)]
        assert requests.get(f"http://127.0.0.1:{port}/", timeout=9).text == "drawn"
        assert wires[0].recv(1) == b"", "the oldest one of this address gave way"
        began = time.monotonic()
        with contextlib.suppress(OSError):
            while time.monotonic() < began + 9:
                wires[-1].sendall(b"X")
                time.sleep(0.2)
        assert time.monotonic() < began + 6, "who drips is closed, too"
        answer = pool.submit(requests.get, f"http://127.0.0.1:{port}/slow", timeout=9)
        assert entered.wait(9)
        stop.set()
        time.sleep(0.6)
        leave.set()
        assert answer.result().text == "drawn"
    thread.join(9)
    assert not thread.is_alive()


@pytest.fixture
def tiny_home(tmp_path, monkeypatch):
    home = serving_models.home(tmp_path / "home", "cifar-dcgan", "fashion-gan")
    monkeypatch.setenv("LABKIT_HOME", str(home))
    return home


def test_a_server_offers_what_was_asked_for_stops_and_leaves_its_port(tiny_home):
    assert list(export.prepare("fashion-gan")) == ["fashion-gan", "cifar-dcgan"], "the one asked for comes first"
    with serving.start("fashion-gan", only=True) as running:
        body = running.get("api/v1/models").json()
        assert (body["default"], len(body["models"])) == ("fashion-gan", 1)
        port = int(running.url.split(":")[2].strip("/"))
        with pytest.raises(LabkitError, match=rf"port {port}: .*in use.*--port 0 for a free one"):
            serving.start(port=port)
    assert running.poll() is not None
    running.stop()  # a second time
    assert not psutil.pid_exists(running.pid)


def test_a_damaged_card_costs_one_generator_and_fails_prepare(tiny_home, labkit):
    (tiny_home / "data/pretrained/fashion-gan/card.json").write_text("{}")
    assert list(export.prepare(say=(lines := []).append)) == ["cifar-dcgan"]
    assert "fashion-gan/card.json is damaged" in lines[0]
    assert "Not to be served: fashion-gan: " in labkit("serve", "--prepare")[2]


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's")
def test_a_server_ends_with_the_program_that_started_it(tiny_home):
    code = "from labkit import serving; import time; print(serving.start().pid, flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        pid = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)  # no chance to tidy up
    psutil.wait_procs([psutil.Process(pid)] if psutil.pid_exists(pid) else [], timeout=20)
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's")
def test_the_command_warns_before_it_serves_beyond_this_machine(tiny_home):
    process = subprocess.Popen([sys.executable, "-m", "labkit.cli", "serve", "--host", "0.0.0.0", "--port", "0"],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    line = process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=30)
    assert line.startswith("Serving cifar-dcgan, fashion-gan at http://127.0.0.1:"), (line, err)
    assert (process.returncode, out) == (0, "")
    assert err.startswith("Warning: 0.0.0.0 is more than this machine.")


@pytest.mark.parametrize(("arguments", "words"), [
    (["cifar-dcgam"], "no pretrained weights|Did you mean cifar-dcgan"),
    (["svhn-gan"], "No pretrained weights for 'svhn-gan'"),
    (["--port", "0", "--host", "no.such.host.invalid"], "no address of this machine"),
])
def test_the_command_refuses_what_cannot_be_served(tiny_home, labkit, arguments, words):
    status, _, error = labkit("serve", *arguments)
    assert (status, bool(re.search(words, error))) == (2, True), error
