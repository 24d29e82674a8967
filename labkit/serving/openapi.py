"""The API's description in OpenAPI 3.1, made from the same table that checks the requests."""

import labkit
from labkit.serving import inputs

_TEXT = {
    "n": "How many pictures, each from a noise of its own.",
    "seed": "Decides the noise. The same seed gives the same pictures; the first pictures do not depend on n.",
    "model": "The generator that draws.",
    "format": "png: one picture, a grid, enlarged. json: noise and picture, one by one, pixel for pixel.",
}


def description(models) -> dict:
    """Return the OpenAPI document of a server; models: the keys that it serves, the default first."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Image Generation Labs: pictures from noise",
            "version": labkit.__version__,
            "summary": "Pretrained generators of the labs behind HTTP, as in report 4, section 7.",
        },
        "paths": {
            "/api/v1/images": {"get": {
                "operationId": "images",
                "summary": "Draw pictures from noise",
                "parameters": [
                    {"name": name, "in": "query", "required": False, "description": _TEXT[name], "schema": schema}
                    for name, schema in inputs.schemas(models).items()
                ],
                "responses": {
                    "200": {"description": "The pictures.", "content": {
                        "image/png": {"schema": {"type": "string", "contentMediaType": "image/png"}},
                        "application/json": {"schema": {"$ref": "#/components/schemas/Images"}},
                    }},
                    "422": _problem("A parameter is unknown, given twice, or not what it must be."),
                    "503": _problem("Too many requests at once, or it took too long. Try again after Retry-After."),
                    "default": _problem("Anything else that went wrong."),
                },
            }},
            "/api/v1/models": {"get": _plain("models", "List the generators", "Models")},
            "/api/v1/openapi.json": {"get": _plain("openapi", "This description", None)},
            "/healthz": {"get": _plain("health", "Is the server alive?", "Health")},
        },
        "components": {"schemas": _schemas(models)},
    }


def _plain(operation, summary, schema):
    """Describe a path without parameters that answers with JSON."""
    content = {"schema": {"$ref": f"#/components/schemas/{schema}"} if schema else {"type": "object"}}
    return {"operationId": operation, "summary": summary, "responses": {
        "200": {"description": "As asked.", "content": {"application/json": content}},
        "422": _problem("It takes no parameters."),
        "default": _problem("Anything else that went wrong."),
    }}


def _problem(text):
    return {"description": text,
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}


def _record(properties, required=None):
    return {"type": "object", "properties": properties, "required": required or list(properties),
            "additionalProperties": False}


def _schemas(models):
    allowed = inputs.schemas(models)
    key = {"type": "string", "enum": list(models)}
    shape = {"type": "array", "items": {"type": "integer", "minimum": 1}, "minItems": 3, "maxItems": 3,
             "description": "height, width, channels"}
    positive = {"type": "integer", "minimum": 1}
    return {
        "Images": _record({
            "model": key, "n": allowed["n"], "seed": allowed["seed"], "image_shape": shape,
            "images": {"type": "array", "minItems": 1, "maxItems": inputs.MOST, "items": _record({
                "latent": {"type": "array", "items": {"type": "number"}, "description": "the noise"},
                "png": {"type": "string", "contentEncoding": "base64", "contentMediaType": "image/png"},
            })},
        }),
        "Models": _record({"default": key, "models": {"type": "array", "minItems": 1, "items": _record({
            "key": key, "report": positive, "summary": {"type": "string"}, "image_shape": shape,
            "latent_dim": positive, "trained_on": {"type": "string"}, "is_stand_in": {"type": "boolean"},
            "images_seen": positive, "weights": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
        })}}),
        "Health": _record({"status": {"const": "ok"}, "models": positive, "version": {"type": "string"}}),
        "Problem": _record({
            "title": {"type": "string"}, "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "detail": {"type": "string"}, "parameter": {"type": "string", "description": "the one to mend"},
        }, ["title", "status", "detail"]),
    }
