"""The Flask application: the page of report 4, figure 12, and a small API. It knows nothing of ONNX or TensorFlow."""

import base64
import difflib
import json
import re
import secrets
import threading
from pathlib import Path
from types import SimpleNamespace

import flask
from werkzeug.exceptions import HTTPException, SecurityError, ServiceUnavailable, UnprocessableEntity

import labkit
from labkit import device
from labkit.plotting.images import latent, noise_picture, png, tiled, to_levels

BODY = 1024  # bytes of a request's body: nothing here needs one
SIDE = 128  # pixels that a picture of the PNG has at most, enlarged by a whole number
SLOTS = min(4, device.cores())  # computations at once: each keeps one core busy
PATIENCE = 2.0  # seconds that others wait for their turn
#: Nothing comes from elsewhere, nothing runs in the page, nobody may put it into a frame.
POLICY = "default-src 'none'; img-src 'self' data:; style-src 'self'; form-action 'self'; base-uri 'none'; "
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}


class Invalid(UnprocessableEntity):
    """A query that cannot be answered: the message says why, ``parameter`` names the one to mend."""

    def __init__(self, parameter, text):
        super().__init__(text)
        self.parameter = parameter


def read(query, allowed) -> SimpleNamespace:
    """Return the values of a query by name, or raise Invalid. query: a werkzeug MultiDict; allowed: JSON schemas."""
    for name in query:
        if name not in allowed:
            near = difflib.get_close_matches(name, allowed, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise Invalid(shown(name), f"There is no parameter {shown(name)!r}.{hint} There are {', '.join(allowed)}.")
        if len(query.getlist(name)) > 1:
            raise Invalid(name, f"{name} is given {len(query.getlist(name))} times. Give it once.")
    return SimpleNamespace(**{name: _value(name, query[name], schema) if name in query else schema["default"]
                              for name, schema in allowed.items()})


def _value(name, text, schema):
    if "enum" in schema:
        if text in schema["enum"]:
            return text
        raise Invalid(name, f"{name} is one of {', '.join(schema['enum'])}, not {shown(text)!r}.")
    wanted = f"{name} is a whole number from {schema['minimum']} to {schema['maximum']}"
    # Not int(): it also takes " 7", "+7", "1_0" and the digits of other scripts, and a million digits.
    if not re.fullmatch(r"[0-9]{1,20}", text, re.ASCII):
        raise Invalid(name, f"{wanted}, not {shown(text)!r}.")
    if not schema["minimum"] <= int(text) <= schema["maximum"]:
        raise Invalid(name, f"{wanted}; {int(text)} is out of range.")
    return int(text)


def shown(text: str, most: int = 40) -> str:
    """Return a stranger's text short and printable, fit for an error message."""
    text = "".join(c if c.isprintable() else "·" for c in text[: most + 1])
    return text if len(text) <= most else text[:most] + "…"


def create_app(models, engine, hosts=None, framed=False) -> flask.Flask:
    """Return the application. openapi.json describes its API, and holds the limits that requests are checked by.
    models: key -> export.Model, the default first. engine: of ``server.onnx_engine``. hosts: the names under which it
    may be called (against DNS rebinding); None: any. framed: whether a page of this machine may show it in a frame."""
    app = flask.Flask(__name__)
    app.config.update(MAX_CONTENT_LENGTH=BODY, PROPAGATE_EXCEPTIONS=False)
    app.json.sort_keys = False
    turns = threading.BoundedSemaphore(SLOTS)
    ancestors = "http://localhost:* http://127.0.0.1:*" if framed else "'none'"
    headers = HEADERS | {"Content-Security-Policy": f"{POLICY}frame-ancestors {ancestors}"}
    document = json.loads((Path(__file__).parent / "openapi.json").read_text("utf-8"))
    document["info"]["version"] = labkit.__version__
    document["components"]["schemas"]["Key"]["enum"] = list(models)
    allowed = {each["name"]: each["schema"] for each in document["paths"]["/api/v1/images"]["get"]["parameters"]}
    allowed["model"] |= {"enum": list(models), "default": next(iter(models))}

    def noise(wanted):
        return latent(wanted.n, models[wanted.model].latent_dim, wanted.seed)

    def draw(wanted):
        if not turns.acquire(timeout=PATIENCE):
            raise ServiceUnavailable(f"The server is busy: no turn came free within {PATIENCE:g} s.", retry_after=2)
        try:
            return to_levels(engine(wanted.model, noise(wanted)))
        finally:
            turns.release()

    def page(wanted=None, drawn=(), problem=None):
        """Fill the template: the form alone, the form with the noise, or with the noise and the pictures."""
        noises = [encoded(noise_picture(one)) for one in (noise(wanted) if wanted else ())]
        return flask.render_template("page.html", models=models, allowed=allowed, asked=flask.request.args,
                                     wanted=wanted, noises=noises, drawn=[encoded(image) for image in drawn],
                                     problem=problem)

    @app.before_request
    def known():  # Werkzeug's TRUSTED_HOSTS knows no address of IPv6
        if hosts and re.sub(r":\d+$", "", flask.request.host).lower() not in hosts:
            raise SecurityError(f"Host {shown(flask.request.host)!r} is not trusted.")

    @app.get("/", endpoint="page")
    def asked():
        query = flask.request.args.copy()
        show = query.poplist("show")
        if show not in ([], ["pictures"]):
            raise Invalid("show", "show=pictures is what the button Predict sends; there is nothing else.")
        if query and query.getlist("seed") in ([], [""]):  # choose one, and let the address say which
            query["seed"] = str(secrets.randbelow(1_000_000))
            read(query, allowed)
            return flask.redirect(flask.url_for("page", **query), 303)
        wanted = read(query, allowed) if query else None
        return page(wanted, draw(wanted) if wanted and show else ())

    @app.get("/api/v1/images")
    def images():
        wanted = read(flask.request.args, allowed)
        drawn = draw(wanted)
        if wanted.format == "png":
            sheet = tiled(drawn, scale=max(1, SIDE // max(drawn.shape[1:3])), gap=4)
            name = f"{wanted.model}-n{wanted.n}-seed{wanted.seed}.png"
            return flask.Response(png(sheet), mimetype="image/png",
                                  headers={"Content-Disposition": f'inline; filename="{name}"'})
        pairs = [{"latent": one.tolist(), "png": encoded(image)}
                 for one, image in zip(noise(wanted), drawn, strict=True)]
        return {"model": wanted.model, "n": wanted.n, "seed": wanted.seed,
                "image_shape": models[wanted.model].image_shape, "images": pairs}

    listed = [{name: value for name, value in model._asdict().items() if name != "path"} for model in models.values()]
    fixed = {
        "/api/v1/models": {"default": next(iter(models)), "models": listed},
        "/api/v1/openapi.json": document,
        "/healthz": {"status": "ok", "models": len(models), "version": labkit.__version__},
    }
    for path, answer in fixed.items():
        app.add_url_rule(path, path, lambda answer=answer: answer)

    @app.get("/readyz")
    def ready():  # alive is who answers, ready who draws
        draw(SimpleNamespace(model=next(iter(models)), n=1, seed=0))
        return {"status": "ready"}

    @app.errorhandler(HTTPException)
    def failed(error):
        """Answer an error: as a page at ``/``, as application/problem+json (RFC 9457) everywhere else."""
        if error.code is None or error.code < 400:  # a redirect, or a response that was raised
            return error
        text = "The server made a mistake; its log says which." if error.code == 500 else error.description
        problem = {"title": error.name, "status": error.code, "detail": text or error.name}
        problem |= {"parameter": error.parameter} if isinstance(error, Invalid) else {}
        if flask.request.path == "/" and not isinstance(error, SecurityError):  # a wrong host: no links can be made
            response = flask.make_response(page(problem=problem), error.code)
        else:
            response = flask.make_response(problem, error.code)
            response.mimetype = "application/problem+json"
        response.headers.extend([pair for pair in error.get_headers() if pair[0] in ("Allow", "Retry-After")])
        return response

    @app.after_request
    def guarded(response):
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        return response

    return app


def encoded(image) -> str:
    """Return a picture as base64 text of its PNG."""
    return base64.b64encode(png(image)).decode()
