"""labkit.serving: the page, the API, its limits and its errors, with an engine that computes nothing."""

import base64
import html
import io
import re
import subprocess
import sys
import threading

import numpy as np
import pytest
from PIL import Image

from labkit import models
from labkit.serving import engine, inputs, pictures, store
from labkit.serving.app import create_app
from tests.unit import serving_models

KEYS = ("cifar-dcgan", "fashion-gan")


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """Two generators, from a home of their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LABKIT_HOME", str(serving_models.home(tmp_path_factory.mktemp("home"), *KEYS)))
        yield store.prepare("cifar-dcgan")


def fake(key, latents):
    """Pictures whose pixels all are the mean of their noise, so that each picture tells whose it is."""
    shape = models.spec(key).image_shape
    return np.broadcast_to(latents.mean(1)[:, None, None, None], (len(latents), *shape))


@pytest.fixture
def client(served):
    return create_app(served, fake).test_client()


def picture(data):
    return np.asarray(Image.open(io.BytesIO(data)))


def test_the_keys_are_the_pretrained_generators(served):
    assert tuple(served) == KEYS
    assert tuple(store.prepare("fashion-gan")) == KEYS[::-1], "the one asked for comes first"


def test_json_holds_noise_and_pictures_of_the_seed(client):
    answer = client.get("/api/v1/images?n=3&seed=5&model=fashion-gan&format=json")
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    body = answer.get_json()
    assert (body["n"], body["seed"], body["model"], body["image_shape"]) == (3, 5, "fashion-gan", [28, 28, 1])
    noise = pictures.latent(3, 128, 5)
    np.testing.assert_array_equal(np.array([item["latent"] for item in body["images"]], np.float32), noise)
    for item, expected in zip(body["images"], pictures.to_uint8(fake("fashion-gan", noise)), strict=True):
        np.testing.assert_array_equal(picture(base64.b64decode(item["png"])), expected[..., 0])


def test_the_grid_shows_the_same_pictures_in_order(client):
    answer = client.get("/api/v1/images?n=5&seed=5")
    assert (answer.status_code, answer.mimetype) == (200, "image/png")
    assert answer.headers["Content-Disposition"] == 'inline; filename="cifar-dcgan-n5-seed5.png"'
    sheet = picture(answer.data)
    assert sheet.shape == (2 * 128 + 4, 3 * 128 + 8, 3)
    expected = pictures.to_uint8(fake("cifar-dcgan", pictures.latent(5, 100, 5)))[:, 0, 0, 0]
    found = [sheet[64 + 132 * (i // 3), 64 + 132 * (i % 3), 0] for i in range(5)]
    assert found == expected.tolist()
    assert (sheet[140:, 270:] == 255).all(), "nothing but white where the sixth would be"


def test_defaults(client):
    body = client.get("/api/v1/images?format=json").get_json()
    assert (body["n"], body["seed"], body["model"]) == (inputs.COUNT, inputs.SEED, "cifar-dcgan")


@pytest.mark.parametrize(("query", "parameter", "reason"), [
    ("n=0", "n", "from 1 to 16; 0 is out of range"),
    ("n=17", "n", "from 1 to 16; 17 is out of range"),
    ("n=-1", "n", "not '-1'"),
    ("n=1.5", "n", "not '1.5'"),
    ("n=", "n", "not ''"),
    ("n=+4", "n", "not ' 4'"),
    ("n=%D9%A4", "n", "not '٤'"),
    ("n=1_0", "n", "whole number"),
    ("n=" + "9" * 5000, "n", "…"),
    ("n=4&n=5", "n", "given 2 times"),
    ("seed=4294967296", "seed", "from 0 to 4294967295"),
    ("seed=1e3", "seed", "not '1e3'"),
    ("model=cifar", "model", "one of cifar-dcgan, fashion-gan"),
    ("model=../../etc/passwd", "model", "one of"),
    ("format=gif", "format", "one of png, json"),
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


@pytest.mark.parametrize("path", ["/api/v1/models", "/healthz", "/api/v1/openapi.json"])
def test_paths_without_parameters_refuse_them(client, path):
    assert client.get(path).status_code == 200
    assert client.get(f"{path}?n=1").get_json()["parameter"] == "n"


def test_models_are_listed_with_what_their_cards_say(client):
    body = client.get("/api/v1/models").get_json()
    assert body["default"] == "cifar-dcgan"
    assert [model["key"] for model in body["models"]] == list(KEYS)
    assert body["models"][0]["images_seen"] == 1_203_776
    assert "path" not in body["models"][0], "where a file lies is nobody's business"


@pytest.mark.parametrize(("path", "status"), [("/", 200), ("/?n=99", 422), ("/nowhere", 404), ("/healthz", 200),
                                              ("/static/page.css", 200), ("/api/v1/images?n=0", 422)])
def test_every_answer_has_the_security_headers(client, path, status):
    with client.get(path) as answer:
        assert answer.status_code == status
    policy = dict(part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert "script-src" not in policy, "the page needs no scripts"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_a_frame_only_where_it_is_wanted_and_for_this_machine_alone(served):
    answer = create_app(served, fake, framed=True).test_client().get("/")
    assert "frame-ancestors http://localhost:* http://127.0.0.1:*" in answer.headers["Content-Security-Policy"]


def test_a_strangers_name_for_this_machine_is_refused(served):
    """A page elsewhere may point a name of its own at 127.0.0.1 (DNS rebinding)."""
    client = create_app(served, fake, hosts=["localhost", "127.0.0.1"]).test_client()
    for path in ("/", "/healthz", "/api/v1/images"):
        assert client.get(path, base_url="http://localhost:8080").status_code == 200
        assert client.get(path, base_url="http://evil.example").status_code == 400


@pytest.mark.parametrize("path", ["/", "/api/v1/images?n=1"])
def test_a_mistake_of_ours_tells_strangers_nothing(served, path, caplog):
    def broken(key, latents):
        raise RuntimeError("the secret path")

    client = create_app(served, broken).test_client()
    answer = client.get(path if path != "/" else "/?n=2&seed=1&show=pictures")
    assert answer.status_code == 500
    assert "its log says which" in answer.text
    assert not re.search(r"secret|Traceback|RuntimeError|\.py", answer.text)
    assert "the secret path" in caplog.text, "the log of the server says it"


def test_who_gets_no_turn_is_told_when_to_come_again(served):
    entered, leave = threading.Event(), threading.Event()

    def slow(key, latents):
        entered.set()
        leave.wait(10)
        return fake(key, latents)

    app = create_app(served, slow, turns=engine.Turns(slots=1, patience=0.05))
    first = []
    thread = threading.Thread(target=lambda: first.append(app.test_client().get("/api/v1/images?n=1")))
    thread.start()
    try:
        assert entered.wait(10)
        answer = app.test_client().get("/api/v1/images?n=1")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
        assert "busy" in answer.get_json()["detail"]
        assert app.test_client().get("/healthz").status_code == 200, "what computes nothing waits for nobody"
    finally:
        leave.set()
        thread.join()
    assert first[0].status_code == 200
    assert app.test_client().get("/api/v1/images?n=1").status_code == 200, "the turn was given back"


def test_a_large_body_is_refused(client):
    assert client.post("/api/v1/images", data=b"x" * 5000).status_code in (405, 413)
    answer = client.post("/healthz")
    assert (answer.status_code, set(answer.headers["Allow"].split(", "))) == (405, {"GET", "HEAD", "OPTIONS"})


def links(text):
    return {html.unescape(link) for link in re.findall(r'(?:href|src)="([^"]*)"', text)}


def test_the_page_goes_from_submit_to_predict_to_pictures(client):
    form = client.get("/").text
    assert "Submit" in form
    assert "Predict" not in form
    noise = client.get("/?n=3&seed=7&model=fashion-gan").text
    assert noise.count('class="noise"') == 3
    assert 'class="picture" ' not in noise
    assert "Predict" in noise
    assert "a set &lt;of&gt; tests" in noise, "text from files is escaped"
    shown = client.get("/?n=3&seed=7&model=fashion-gan&show=pictures").text
    assert shown.count('class="noise"') == shown.count('class="picture" ') == 3
    sources = re.findall(r'class="picture" src="data:image/png;base64,([^"]+)"', shown)
    inline = [picture(base64.b64decode(source)) for source in sources]
    expected = pictures.to_uint8(fake("fashion-gan", pictures.latent(3, 128, 7)))
    np.testing.assert_array_equal(inline, expected[..., 0])
    assert "/api/v1/images?n=3&seed=7&model=fashion-gan&format=png" in links(shown)
    for link in links(form) | links(shown):
        assert link.startswith(("/", "data:image/png;base64,", "data:,")), "nothing from elsewhere"
        if link.startswith("/"):
            with client.get(link, follow_redirects=True) as answer:
                assert answer.status_code == 200, link


def test_no_seed_means_any_and_the_address_says_which(client):
    places = {client.get("/?n=4&seed=&model=cifar-dcgan").headers["Location"] for _ in range(5)}
    assert len(places) > 1
    assert all(re.fullmatch(r"/\?n=4&model=cifar-dcgan&seed=\d{1,6}|/\?n=4&seed=\d{1,6}&model=cifar-dcgan", place)
               for place in places)
    assert client.get("/?show=everything").status_code == 422


def test_what_was_typed_comes_back_escaped(client):
    text = client.get("/", query_string={"n": '"><script>alert(1)</script>', "seed": "1"}).text
    assert "<script" not in text
    assert 'aria-invalid="true"' in text
    assert "&lt;script&gt;" in text


def test_the_process_that_serves_imports_neither_tensorflow_nor_matplotlib(served):
    code = """if True:
        import sys
        for name in ("tensorflow", "keras", "jax", "matplotlib", "onnx", "IPython"):
            sys.modules[name] = None  # importing it fails
        from labkit.commands import serve
        from labkit.serving import listen, store
        from labkit.serving.app import create_app
        found = store.prepare("cifar-dcgan")
        from labkit.serving.engine import OnnxEngine
        app = create_app(found, OnnxEngine({key: model.path for key, model in found.items()}))
        answer = app.test_client().get("/api/v1/images?n=2")
        assert answer.status_code == 200, answer.text
    """
    subprocess.run([sys.executable, "-c", code], check=True)
