"""labkit.serving: the page, the API, its limits and its errors, with an engine that computes nothing."""

import base64
import html
import importlib.metadata
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import jsonschema
import numpy as np
import pytest
from packaging.utils import canonicalize_name
from PIL import Image

from labkit import models, training
from labkit.serving import app as serving
from labkit.serving import export
from tests.unit import serving_models

ROOT = Path(__file__).resolve().parents[2]
KEYS = ("cifar-dcgan", "fashion-gan")


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """Two generators, from a home of their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LABKIT_HOME", str(serving_models.home(tmp_path_factory.mktemp("home"), *KEYS)))
        yield export.prepare("cifar-dcgan")


def fake(key, latents):
    """Pictures whose pixels all are the mean of their noise, so that each picture tells whose it is."""
    shape = models.spec(key).image_shape
    return np.broadcast_to(latents.mean(1)[:, None, None, None], (len(latents), *shape))


@pytest.fixture(scope="module")
def client(served):
    return serving.create_app(served, fake).test_client()


def picture(data):
    return np.asarray(Image.open(io.BytesIO(data)))


def test_json_holds_noise_and_pictures_of_the_seed(client):
    answer = client.get("/api/v1/images?n=3&seed=5&model=fashion-gan&format=json")
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    body = answer.get_json()
    assert (body["n"], body["seed"], body["model"], body["image_shape"]) == (3, 5, "fashion-gan", [28, 28, 1])
    listed = client.get("/api/v1/models").get_json()["models"]
    assert ([model["key"] for model in listed], listed[0]["images_seen"]) == ([*KEYS], 1_203_776)
    assert "path" not in listed[0], "where a file lies is nobody's business"
    noise = training.latent(3, 128, 5)
    np.testing.assert_array_equal(np.array([item["latent"] for item in body["images"]], np.float32), noise)
    for item, expected in zip(body["images"], training.to_uint8(fake("fashion-gan", noise)), strict=True):
        np.testing.assert_array_equal(picture(base64.b64decode(item["png"])), expected[..., 0])
    sheet = picture(client.get("/api/v1/images?n=5&seed=5").data)  # the grid shows them in order
    expected = training.to_uint8(fake("cifar-dcgan", training.latent(5, 100, 5)))[:, 0, 0, 0]
    assert [sheet[64 + 132 * (i // 3), 64 + 132 * (i % 3), 0] for i in range(5)] == expected.tolist()


@pytest.mark.parametrize(("query", "parameter", "reason"), [
    ("n=17", "n", "from 1 to 16; 17 is out of range"), ("n=", "n", "not ''"), ("n=" + "9" * 5000, "n", "…"),
    ("n=4&n=5", "n", "given 2 times"), ("model=../../etc/passwd", "model", "one of cifar-dcgan, f"),
    ("sed=1", "sed", "Did you mean 'seed'?"),
    ("n=4&%00%1b[31m=1", "··[31m", "There is no parameter"),
])
def test_bad_input_is_422_with_a_reason(client, query, parameter, reason):
    answer = client.get(f"/api/v1/images?{query}")
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    problem = answer.get_json()
    assert (problem["status"], problem["parameter"]) == (422, parameter)
    assert reason in problem["detail"]
    assert len(problem["detail"]) < 200
    if parameter in ("n", "seed", "model"):  # the page says the same
        page = client.get(f"/?seed=1&{query}" if parameter != "seed" else f"/?{query}")
        assert page.status_code == 422
        assert problem["detail"] in html.unescape(page.text)


@pytest.mark.parametrize("path", ["/", "/?n=99", "/healthz", "/api/v1/images"])
def test_every_answer_forbids_scripts_frames_and_other_names_of_this_machine(served, path):
    """A page elsewhere may point a name of its own at 127.0.0.1 (DNS rebinding)."""
    client = serving.create_app(served, fake, hosts=["localhost", "[::1]"]).test_client()
    with client.get(path, base_url="http://localhost:8080") as answer:
        policy = dict(part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert "script-src" not in policy, "the page needs no scripts"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    for host, good in (("evil.example", False), ("[::1]:8080", True), ("[::2]", False)):
        with client.get(path, base_url=f"http://{host}") as answer:
            assert (answer.status_code != 400) is good


@pytest.mark.parametrize("path", ["/?n=2&seed=1&show=pictures", "/api/v1/images?n=1", "/readyz"])
def test_a_mistake_of_ours_tells_strangers_nothing(served, path, caplog):
    def broken(key, latents):
        raise RuntimeError("the secret path")

    answer = serving.create_app(served, broken).test_client().get(path)
    assert answer.status_code == 500
    assert "its log says which" in answer.text
    assert not re.search(r"secret|Traceback|RuntimeError|\.py", answer.text)
    assert "the secret path" in caplog.text, "the log of the server says it"


def test_who_gets_no_turn_is_told_when_to_come_again(served, monkeypatch):
    monkeypatch.setattr(serving, "SLOTS", 1)
    monkeypatch.setattr(serving, "PATIENCE", 0.05)
    answers = []

    def asking(key, latents):  # while it draws, the only turn is taken
        answers.extend(app.test_client().get(path) for path in ("/api/v1/images?n=1", "/healthz"))
        return fake(key, latents)

    app = serving.create_app(served, asking)
    assert app.test_client().get("/api/v1/images?n=1").status_code == 200
    busy, health = answers
    assert (busy.status_code, busy.headers["Retry-After"], health.status_code) == (503, "2", 200)
    assert "busy" in busy.get_json()["detail"]
    assert app.test_client().get("/api/v1/images?n=1").status_code == 200, "the turn was given back"


def test_the_page_names_the_seed_that_it_chose_and_escapes_what_files_say(client):
    assert "a set &lt;of&gt; tests" in client.get("/?n=3&seed=7&model=fashion-gan").text
    places = {client.get("/?n=4&seed=&model=cifar-dcgan").headers["Location"] for _ in range(5)}
    assert len(places) > 1, "no seed means any"
    assert all(re.search(r"[?&]seed=\d{1,6}(&|$)", place) for place in places), "and the address says which"


IMAGES = "/api/v1/images"
NASTY = ("", " ", "-0", "1e3", "NaN", "16.0", "１６", "²", "\x00", "\r\nSet-Cookie: a=b", "<script>alert(1)</script>",
         "../../../etc/passwd", "{{7*7}}", "😀" * 9, "9" * 400)


def test_answers_are_as_openapi_json_describes_them(client):
    """Requests made from the description: none is answered with 500, or with a body of another schema."""
    document = client.get("/api/v1/openapi.json").get_json()
    rules = {rule.rule for rule in client.application.url_map.iter_rules()}
    assert rules == set(document["paths"]) | {"/", "/static/<path:filename>"}
    names = set(document["components"]["schemas"])
    assert set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(document))) == names, "all are used, all exist"
    cases = [(path, "", 200) for path in document["paths"]]
    for name, schema in ((each["name"], each["schema"]) for each in document["paths"][IMAGES]["get"]["parameters"]):
        ends = [schema["minimum"], schema["maximum"]] if "minimum" in schema else []
        cases += [(IMAGES, f"{name}={value}", 200) for value in schema.get("enum", ends)]
        cases += [(IMAGES, f"{name}={quote(str(text))}", 422) for text in (*NASTY, *(ends and (-1, ends[1] + 1)))]
    for path, query, status in cases:
        answer = client.get(f"{path}?{query}")
        assert answer.status_code == status, query
        schema = document["paths"][path]["get"]["responses"][str(status)]["content"][answer.mimetype]["schema"]
        if answer.mimetype.endswith("json"):
            jsonschema.validate(answer.get_json(), schema | {"components": document["components"]},
                                jsonschema.Draft202012Validator)
        with client.get(f"/?{query}") as page:
            assert page.status_code in (200, 303, 422), query
            assert "<script" not in page.text
            assert "Set-Cookie" not in page.headers
        assert client.put(path, data=b"\xff" * 3000).status_code in (405, 413)


def test_the_container_has_what_the_server_imports_and_no_tensorflow(tmp_path):
    """Serve and draw in a fresh process, and see which distributions it has imported."""
    stages = re.sub(r"\\\n\s*", "", (ROOT / "Containerfile").read_text("utf-8")).split("\nFROM ")
    assert "pip install --no-cache-dir --require-hashes -r requirements-server.lock" in stages[2]
    locked = set(re.findall(r"^([\w-]+)==", (ROOT / "requirements-server.lock").read_text("utf-8"), re.MULTILINE))
    code = """if True:
        import sys
        from labkit.serving import app, export, server
        found = export.prepare("cifar-dcgan")
        draw = server.onnx_engine({key: model.path for key, model in found.items()})
        answer = app.create_app(found, draw).test_client().get("/?n=2&seed=1&show=pictures")
        assert answer.status_code == 200, answer.text
        print(" ".join(sorted({name.split(".")[0] for name in sys.modules})))
    """
    environment = os.environ | {"LABKIT_HOME": str(serving_models.home(tmp_path, "cifar-dcgan"))}
    said = subprocess.check_output([sys.executable, "-c", code], text=True, env=environment)
    providers = importlib.metadata.packages_distributions()
    used = {canonicalize_name(name) for module in said.split() for name in providers.get(module, ())}
    assert {"flask", "waitress", "onnxruntime", "numpy", "pillow"} <= used
    assert used - locked <= {"image-generation-labs", "setuptools"}  # site-packages' start-up hook
    assert not {"tensorflow", "tensorflow-cpu", "keras", "onnx", "matplotlib"} & locked
    for source in re.findall(r"^COPY (?!--from)(\S+) ", "\n".join(stages), re.MULTILINE):
        assert f"!{source}" in (ROOT / ".dockerignore").read_text().splitlines(), source
    assert re.search(r"^USER \d+$", stages[2], re.MULTILINE)
    assert '"serve", "cifar-dcgan", "--host", "0.0.0.0"' in stages[2]
