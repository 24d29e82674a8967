"""The Flask application: the page of report 4, figure 12, and a small API. It knows nothing of ONNX or TensorFlow."""

import base64
import logging
import secrets

import flask
from werkzeug.exceptions import HTTPException, SecurityError, ServiceUnavailable, UnprocessableEntity

import labkit
from labkit.plotting.images import noise_picture, png, tiled
from labkit.serving import inputs, openapi, pictures
from labkit.serving.engine import Busy, Turns

BODY = 1024  # bytes of a request's body: nothing here needs one
SIDE = 128  # pixels that a picture of the PNG has at most, enlarged by a whole number
RETRY = 2  # seconds after which a client that found the server busy may try again
LOG = logging.getLogger("labkit.serving")
LABELS = {"n": "Number of noises", "seed": "Seed", "model": "Generator"}  # of the page's fields
#: Nothing comes from elsewhere, nothing runs in the page, nobody may put it into a frame.
POLICY = {"default-src": "'none'", "img-src": "'self' data:", "style-src": "'self'", "form-action": "'self'",
          "base-uri": "'none'"}
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}


def create_app(models, engine, turns=None, hosts=None, framed=False) -> flask.Flask:
    """Return the application.

    models: key -> labkit.serving.store.Model, the default first. engine: called with a key and latents (n, dim)
    float32, gives images (n, H, W, C) float32 in [-1, 1] or raises Busy. turns: limits the computations at once; None:
    the usual limits. hosts: the names under which the server may be called, against pages elsewhere that point a name
    of theirs at this machine; None: any. framed: whether a page of this machine, such as JupyterLab, may show it in a
    frame.
    """
    app = flask.Flask(__name__)
    app.config.update(MAX_CONTENT_LENGTH=BODY, TRUSTED_HOSTS=hosts, PROPAGATE_EXCEPTIONS=False)
    app.json.sort_keys = False
    turns = turns or Turns()
    policy = POLICY | {"frame-ancestors": "http://localhost:* http://127.0.0.1:*" if framed else "'none'"}
    headers = HEADERS | {"Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items())}
    document = openapi.description(models)

    def draw(wanted):
        """Return the noise and the pictures that were asked for."""
        latents = pictures.latent(wanted.n, models[wanted.model].latent_dim, wanted.seed)
        with turns.turn():
            return latents, pictures.to_uint8(engine(wanted.model, latents))

    @app.get("/")
    def page():
        query = flask.request.args.copy()
        show = query.poplist("show")
        if show not in ([], ["pictures"]):
            raise inputs.Invalid("show", "show=pictures is what the button Predict sends; there is nothing else.")
        if not query:
            return _page(models)
        if query.getlist("seed") in ([], [""]):  # choose one, and let the address say which
            query["seed"] = str(secrets.randbelow(1_000_000))
            inputs.read(query, models)
            return flask.redirect(flask.url_for("page", **query), 303)
        wanted = inputs.read(query, models)
        if not show:
            latents = pictures.latent(wanted.n, models[wanted.model].latent_dim, wanted.seed)
            return _page(models, wanted, [_inline(noise_picture(latent)) for latent in latents])
        latents, images = draw(wanted)
        return _page(models, wanted, [_inline(noise_picture(latent)) for latent in latents],
                     [_inline(image) for image in images])

    @app.get("/api/v1/images")
    def images():
        wanted = inputs.read(flask.request.args, models)
        latents, drawn = draw(wanted)
        if wanted.format == "png":
            name = f"{wanted.model}-n{wanted.n}-seed{wanted.seed}.png"
            return flask.Response(png(_grid(drawn)), mimetype="image/png",
                                  headers={"Content-Disposition": f'inline; filename="{name}"'})
        return {
            "model": wanted.model, "n": wanted.n, "seed": wanted.seed,
            "image_shape": models[wanted.model].image_shape,
            "images": [{"latent": latent.tolist(), "png": base64.b64encode(png(image)).decode()}
                       for latent, image in zip(latents, drawn, strict=True)],
        }

    @app.get("/api/v1/models")
    def listed():
        _no_parameters()
        return {"default": next(iter(models)), "models": [
            {name: getattr(model, name) for name in ("key", "report", "summary", "image_shape", "latent_dim",
                                                     "trained_on", "is_stand_in", "images_seen", "weights")}
            for model in models.values()]}

    @app.get("/api/v1/openapi.json")
    def described():
        _no_parameters()
        return document

    @app.get("/healthz")
    def health():
        _no_parameters()
        return {"status": "ok", "models": len(models), "version": labkit.__version__}

    @app.errorhandler(inputs.Invalid)
    def invalid(error):
        return _failed(models, UnprocessableEntity(error.reason), error.parameter)

    @app.errorhandler(Busy)
    def busy(error):
        return _failed(models, ServiceUnavailable(str(error), retry_after=RETRY))

    @app.errorhandler(HTTPException)
    def refused(error):
        return _failed(models, error)

    @app.errorhandler(Exception)
    def broken(error):
        LOG.exception("%s %s failed", flask.request.method, flask.request.path)  # here, and not in the answer
        return _failed(models, ServerError())

    @app.after_request
    def guarded(response):
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        return response

    return app


class ServerError(HTTPException):
    """What a stranger is told of a mistake of ours."""

    code = 500
    description = "The server made a mistake; its log says which."


def _no_parameters():
    for name in flask.request.args:
        raise inputs.Invalid(inputs.shown(name), f"{flask.request.path} takes no parameters.")


def _grid(images):
    return tiled(images, scale=max(1, SIDE // max(images.shape[1:3])), gap=4)


def _inline(image) -> str:
    return "data:image/png;base64," + base64.b64encode(png(image)).decode()


def _page(models, wanted=None, noises=(), drawn=(), problem=None, status=200):
    """Fill the template: the form alone, the form with the noise, or with the noise and the pictures."""
    default = inputs.Wanted(inputs.COUNT, inputs.SEED, next(iter(models)))
    asked = flask.request.args
    fields = {"n": asked.get("n", default.n), "seed": asked.get("seed", ""), "model": asked.get("model", default.model)}
    text = flask.render_template("page.html", models=models, most=inputs.MOST, seeds=inputs.SEEDS, fields=fields,
                                 wanted=wanted, noises=noises, drawn=drawn, problem=problem, labels=LABELS)
    return text, status


def _failed(models, error, parameter=None):
    """Answer an error: as a page at ``/``, as application/problem+json (RFC 9457) everywhere else."""
    if error.code is None or error.code < 400:  # a redirect, or a response that was raised
        return error.get_response()
    original = error.get_response()
    problem = {"title": error.name, "status": error.code, "detail": error.description or error.name}
    if parameter:
        problem["parameter"] = parameter
    if flask.request.path == "/" and not isinstance(error, SecurityError):  # a wrong host: no links can be made
        text, status = _page(models, problem=problem, status=error.code)
        response = flask.make_response(text, status)
    else:
        response = flask.jsonify(problem)
        response.status_code, response.mimetype = error.code, "application/problem+json"
    for name in ("Allow", "Retry-After"):
        if name in original.headers:
            response.headers[name] = original.headers[name]
    return response
