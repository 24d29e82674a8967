"""The server against its own OpenAPI description: thousands of requests made from it, and none answered with 500."""

import contextlib
import json
import random
import re
import socket
from urllib.parse import quote

import jsonschema
import pytest

from labkit.serving import store
from labkit.serving.app import create_app
from tests.unit import serving_models
from tests.unit.test_serving_app import KEYS, fake

METHODS = ("GET",) * 12 + ("HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW")
NASTY = ("", " ", "0", "-0", "00", "007", "1e3", "0x10", "NaN", "inf", "null", "true", "[]", "{}", "16.0", "１６", "²",
         "%00", "\x00", "\r\nSet-Cookie: a=b", "'; DROP TABLE noises; --", "<script>alert(1)</script>",
         "../../../etc/passwd", "{{7*7}}", "%s%s%n", "\ud7ff", "😀" * 9, "a" * 3000, "9" * 400, "-" * 50)


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LABKIT_HOME", str(serving_models.home(tmp_path_factory.mktemp("home"), *KEYS)))
        yield create_app(store.prepare("cifar-dcgan"), fake).test_client()


@pytest.fixture(scope="module")
def document(client):
    return client.get("/api/v1/openapi.json").get_json()


def value(chance, schema):
    """Return a text for a parameter: mostly near what its schema allows."""
    kind = chance.random()
    if kind < 0.35:
        return chance.choice(NASTY)
    if "enum" in schema:
        key = chance.choice(schema["enum"])
        return key if kind < 0.9 else chance.choice([key.upper(), key[:-1], f"{key} ", f"{key}\x00"])
    low, high = schema["minimum"], schema["maximum"]
    return str(chance.choice([low - 1, low, low + 1, high - 1, high, high + 1, chance.randint(low, high)]))


def allowed(schema, text) -> bool:
    """Tell by the schema alone whether a text is a value of the parameter; whole numbers are ASCII digits."""
    if schema["type"] == "integer":
        if not re.fullmatch(r"[0-9]{1,20}", text, re.ASCII):
            return False
        text = int(text)
    return jsonschema.Draft202012Validator(schema).is_valid(text)


def query(chance, parameters):
    """Return pairs of names and values: some parameters left out, some twice, some that do not exist."""
    pairs = [(p["name"], value(chance, p["schema"])) for p in parameters if chance.random() < 0.6]
    if pairs and chance.random() < 0.1:
        pairs.append(chance.choice(pairs))
    if chance.random() < 0.08:
        pairs.append((chance.choice(["N", "seeds", "x", "callback", *NASTY]), "1"))
    chance.shuffle(pairs)
    return pairs


def test_the_description_is_sound(document):
    assert document["openapi"].startswith("3.1")
    for schema in document["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    names = set(document["components"]["schemas"])
    assert set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(document))) == names, "all are used, all exist"
    assert set(document["paths"]) == {"/api/v1/images", "/api/v1/models", "/api/v1/openapi.json", "/healthz"}


def test_the_description_names_every_path_of_the_application(client, document):
    rules = {rule.rule for rule in client.application.url_map.iter_rules()}
    assert rules == set(document["paths"]) | {"/", "/static/<path:filename>"}


def conforms(document, path, answer):
    """Check an answer to GET against the description: a status it names, a type it names, a body of its schema."""
    operation = document["paths"][path]["get"]
    described = operation["responses"].get(str(answer.status_code), operation["responses"]["default"])
    assert answer.mimetype in described["content"], answer.mimetype
    schema = described["content"][answer.mimetype]["schema"]
    if answer.mimetype.endswith("json"):
        root = {"$ref": schema["$ref"], "components": document["components"]} if "$ref" in schema else schema
        jsonschema.validate(answer.get_json(), root, jsonschema.Draft202012Validator)
    else:
        assert answer.data.startswith(b"\x89PNG")


@pytest.mark.parametrize("seed", range(4))
def test_a_seeded_fuzzer_finds_neither_a_500_nor_an_answer_that_is_not_described(client, document, seed):
    chance, seen = random.Random(seed), {}
    for _ in range(500):
        path = chance.choice(list(document["paths"]))
        parameters = document["paths"][path]["get"].get("parameters", [])
        path = "/api/v1/images" if chance.random() < 0.5 else path
        parameters = document["paths"][path]["get"].get("parameters", [])
        pairs, method = query(chance, parameters), chance.choice(METHODS)
        headers = {chance.choice(["Accept", "Range", "If-None-Match", "X-Forwarded-Host", "Content-Type", "Cookie"]):
                   chance.choice(["*/*", "bytes=0-1", "application/json", "x" * 500, "evil.example", "a=b; c"])}
        url = path + "?" + "&".join(f"{quote(name)}={quote(text)}" for name, text in pairs)
        body = chance.choice([None, b"{}", b"\xff" * 3000])
        with client.open(url, method=method, headers=headers, data=body) as answer:
            assert answer.status_code < 500, (method, url, answer.text[:300])
            seen[answer.status_code] = seen.get(answer.status_code, 0) + 1
            if method in ("GET", "HEAD"):
                schemas = {p["name"]: p["schema"] for p in parameters}
                names = [name for name, _ in pairs]
                good = len(set(names)) == len(names) and all(
                    name in schemas and allowed(schemas[name], text) for name, text in pairs)
                assert (answer.status_code == 200) == good, (method, url, answer.status_code)
            if method == "GET":
                conforms(document, path, answer)
            elif answer.status_code != 200:
                assert answer.status_code in (405, 413, 422), (method, url)
    assert {200, 405, 422} <= set(seen), "the fuzzer reached good and bad answers alike"
    assert min(seen[200], seen[422]) > 50


@pytest.mark.parametrize("seed", range(2))
def test_the_page_survives_the_same(client, document, seed):
    chance = random.Random(seed)
    parameters = [*document["paths"]["/api/v1/images"]["get"]["parameters"],
                  {"name": "show", "schema": {"type": "string", "enum": ["pictures"]}}]
    for _ in range(150):
        pairs = query(chance, parameters)
        with client.get("/?" + "&".join(f"{quote(name)}={quote(text)}" for name, text in pairs)) as answer:
            assert answer.status_code in (200, 303, 422), (pairs, answer.status_code)
            assert "<script" not in answer.text
            assert "Set-Cookie" not in answer.headers


LINES = [
    b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nzz\r\n",
    b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * 20_000 + b"\r\n\r\n",
    b"GET /%ff%fe/..%2f..%2f?n=%ff HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /static/../app.py HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /static/%2e%2e/app.py HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: local\xffhost\r\n\r\n",
    b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
    b"GET / HTTP/1.0\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(200)),
    b"\r\n\r\n\r\n\r\n",
    b"BREW /pot HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"POST /api/v1/images HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000\r\n\r\n" + b"x" * 5000,
]


def asked(url, content, seconds=15) -> bytes:
    """Send bytes to the server; return everything that comes back until it closes or says nothing more."""
    host, port = re.match(r"http://([^:/]+):(\d+)/", url).groups()
    answer = b""
    with socket.create_connection((host, int(port)), timeout=seconds) as connection:
        with contextlib.suppress(OSError):  # a server may answer and close before everything was sent
            connection.sendall(content)
            connection.shutdown(socket.SHUT_WR)
        with contextlib.suppress(ConnectionError, TimeoutError):
            while piece := connection.recv(65536):
                answer += piece
    return answer


def test_bytes_that_are_no_request_get_a_refusal_or_nothing(running):
    chance = random.Random(0)
    noise = [bytes(chance.randrange(256) for _ in range(chance.randint(1, 300))) for _ in range(40)]
    for content in [*LINES, *noise]:
        answer = asked(running.url, content)
        status = re.match(rb"HTTP/1\.[01] (\d{3})", answer)
        assert status or not answer, answer[:80]
        # 501: waitress itself says so of a transfer encoding that it does not know.
        assert not status or int(status[1]) in (200, 400, 404, 405, 413, 414, 422, 431, 501), (content[:60], status)
        assert not re.search(rb"Traceback|site-packages|\.py\b", answer), content[:60]
    assert running.get("healthz").status_code == 200


def test_the_server_does_not_say_what_it_is_made_of(running):
    answer = running.get("")
    assert "Server" not in answer.headers
    for path in ("static/../app.py", "static/page.html", "static/", "..%2f..%2fpyproject.toml"):
        assert running.get(path).status_code == 404
