"""labkit.serving: ONNX Runtime behind its limits, and servers that start, answer, warn and stop."""

import os
import platform
import re
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import onnx
import pytest
import requests
from click.testing import CliRunner
from onnx import TensorProto, helper, numpy_helper

from labkit import serving
from labkit.commands import serve as serve_command
from labkit.errors import LabkitError
from labkit.serving import engine, listen, store
from tests.unit import serving_models


def test_a_computation_that_takes_too_long_is_given_up(tmp_path):
    """A graph that loops for minutes, ended after a tenth of a second."""
    state = [helper.make_tensor_value_info(name, kind, shape) for name, kind, shape in (
        ("i", TensorProto.INT64, []), ("go", TensorProto.BOOL, []), ("x", TensorProto.FLOAT, None))]
    body = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["on"]), helper.make_node("Tanh", ["x"], ["y"])], "body", state,
        [helper.make_tensor_value_info("on", TensorProto.BOOL, []),
         helper.make_tensor_value_info("y", TensorProto.FLOAT, None)])
    weights = [numpy_helper.from_array(np.array(10**9, np.int64), "times"),
               numpy_helper.from_array(np.array(True), "yes"),
               numpy_helper.from_array(np.array([-1, 2, 2, 1], np.int64), "shape")]
    nodes = [helper.make_node("Loop", ["times", "yes", "latent"], ["flat"], body=body),
             helper.make_node("Reshape", ["flat", "shape"], ["images"])]
    serving_models.write(tmp_path / "slow.onnx", nodes, weights, 4, (2, 2, 1))
    slow = engine.OnnxEngine({"slow": tmp_path / "slow.onnx"}, seconds=0.1)
    begun = time.monotonic()
    with pytest.raises(engine.Busy, match=r"longer than 0.1 s"):
        slow("slow", np.zeros((1, 4), np.float32))
    assert time.monotonic() - begun < 30


def test_a_file_that_is_no_graph_is_named(tmp_path):
    (tmp_path / "broken.onnx").write_bytes(b"no graph")
    with pytest.raises(LabkitError, match=r"broken\.onnx is no ONNX file"):
        engine.OnnxEngine({"x": tmp_path / "broken.onnx"})("x", np.zeros((1, 4), np.float32))


def test_turns_are_counted_and_given_back():
    turns = engine.Turns(slots=2, patience=0.02)
    with turns.turn(), turns.turn(), pytest.raises(engine.Busy, match="busy"), turns.turn():
        pass
    with pytest.raises(ValueError, match="x"), turns.turn():
        raise ValueError("x")
    with turns.turn(), turns.turn():
        pass


def test_only_loopback_is_local():
    assert all(map(listen.is_local, ("127.0.0.1", "127.9.9.9", "localhost", "::1", "[::1]")))
    assert not any(map(listen.is_local, ("0.0.0.0", "::", "192.168.1.5", "example.org", "")))
    assert listen.warning("127.0.0.1", 8080) is None
    assert "port 8080" in listen.warning("0.0.0.0", 8080)
    assert listen.address("0.0.0.0", 80) == "http://127.0.0.1:80/"
    assert listen.address("::1", 80) == "http://[::1]:80/"


def test_a_server_answers_and_draws(running):
    answer = running.get("api/v1/images", n=16, seed=3)
    assert answer.headers["Content-Type"] == "image/png"
    assert running.get("api/v1/images", n=16, seed=3).content == answer.content, "same seed, same pictures"
    assert running.get("api/v1/images", n=16, seed=4).content != answer.content
    assert 20e6 < running.memory() < 250e6
    assert requests.get(running.url, headers={"Host": "evil.example"}, timeout=10).status_code == 400


def test_a_server_listens_on_this_machine_alone(running):
    import psutil

    listening = [c.laddr.ip for c in psutil.Process(running.pid).net_connections("inet") if c.status == "LISTEN"]
    assert listening == ["127.0.0.1"]


def test_a_frame_for_a_reader_and_words_for_nobody(running, monkeypatch):
    monkeypatch.setenv("LABKIT_HEADLESS", "1")
    assert "JupyterLab" in running.frame()
    monkeypatch.setenv("LABKIT_HEADLESS", "0")
    assert f'src="{running.url}"' in running.frame(500)._repr_html_()


def test_memory_stays_flat_while_the_sizes_of_requests_change(running):
    """A tenth is allowed: pages of the allocator. benchmarks/serving.py asks 10,000 times."""
    def ask(count):
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda k: requests.get(running.url + "api/v1/images", params={"n": 1 + k % 16}, timeout=60),
                          range(count)))
        return running.memory()

    first = ask(48)
    assert ask(96) < first * 1.1


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="glibc's malloc is meant")
def test_glibc_listens():
    code = "from labkit.serving import listen; assert listen.modest_memory() is True"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.fixture
def tiny_home(tmp_path, monkeypatch):
    home = serving_models.home(tmp_path / "home", "cifar-dcgan", "fashion-gan")
    monkeypatch.setenv("LABKIT_HOME", str(home))
    return home


def test_a_server_stops_and_leaves_its_port(tiny_home):
    with serving.start("fashion-gan") as server:
        assert server.get("api/v1/models").json()["default"] == "fashion-gan"
        assert len(server.get("api/v1/models").json()["models"]) == 2
        url, pid = server.url, server.pid
    assert not server.running
    server.stop()
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=5)
    import psutil

    assert not psutil.pid_exists(pid)


def test_one_generator_alone(tiny_home):
    with serving.start("fashion-gan", only=True) as server:
        assert [model["key"] for model in server.get("api/v1/models").json()["models"]] == ["fashion-gan"]
    assert CliRunner().invoke(serve_command.command, ["--only"]).exit_code == 2


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's")
def test_a_server_ends_with_the_program_that_started_it(tiny_home):
    code = ("from labkit import serving; import time; "
            "print(serving.start().pid, flush=True); time.sleep(60)")
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    pid = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)  # no chance to tidy up
    parent.wait()
    parent.stdout.close()
    import psutil

    psutil.wait_procs([psutil.Process(pid)] if psutil.pid_exists(pid) else [], timeout=20)
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_a_port_in_use_is_named_with_another(tiny_home):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(LabkitError, match=rf"port {port}: .*in use.*--port 0 for a free one"):
            serving.start(port=port)


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's")
def test_the_command_warns_before_it_serves_beyond_this_machine(tiny_home):
    process = subprocess.Popen([sys.executable, "-m", "labkit.cli", "serve", "--host", "0.0.0.0", "--port", "0"],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    line = process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=30)
    assert line.startswith("Serving cifar-dcgan, fashion-gan at http://127.0.0.1:"), (line, err)
    assert process.returncode == 0
    assert err.startswith("Warning: 0.0.0.0 is more than this machine.")
    assert out == ""


@pytest.mark.parametrize(("arguments", "words"), [
    (["cifar-dcgam"], "no pretrained weights|Did you mean cifar-dcgan"),
    (["svhn-gan"], "No pretrained weights for 'svhn-gan'"),
    (["--port", "0", "--host", "no.such.host.invalid"], "no address of this machine"),
    (["--host", " "], "--host is empty"),
    (["--port", "99999"], "99999 is not in the range"),
])
def test_the_command_refuses_what_cannot_be_served(tiny_home, arguments, words):
    result = CliRunner().invoke(serve_command.command, arguments)
    assert result.exit_code != 0
    said = f"{result.output}{result.exception}"
    assert re.search(words, said), said


def test_without_pretrained_generators_it_says_how_to_get_some(tmp_path, monkeypatch):
    monkeypatch.setenv("LABKIT_HOME", str(tmp_path))
    with pytest.raises(LabkitError, match="labkit train"):
        store.prepare()
    (tmp_path / "data" / "pretrained" / "classifier-x").mkdir(parents=True)
    (tmp_path / "data" / "pretrained" / "classifier-x" / "card.json").write_text("{}")
    assert store.keys() == (), "what is no generator is no candidate"


def test_the_graphs_of_the_tests_are_valid(tiny_home):
    for found in store.prepared().values():
        onnx.checker.check_model(str(found.path), full_check=True)
