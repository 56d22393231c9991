"""The OpenAPI 3.1 document, read off the declared endpoints."""

import inspect
import re
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from importlib.metadata import version
from typing import Any, Final

import msgspec

from foliot.transports.http.endpoint import Endpoint
from foliot.transports.http.problems import PROBLEM_MEDIA_TYPE, Problem

Json = dict[str, Any]

_COMPONENTS: Final = "#/components/schemas/{name}"
_ID: Final[Json] = {"type": "string", "format": "uuid"}
_HEADERS: Final[Mapping[str, Json]] = {
    "idempotency-key": {
        "type": "string",
        "description": "A structured-field string; bare text is taken as well.",
        "pattern": r'^("[ !#-\[\]-~]{1,255}"|[!#-~]([ -~]{0,253}[!-~])?)$',
        "examples": ['"welcome-ada"'],
    },
    "prefer": {"type": "string", "description": "`wait=n`, in seconds (RFC 7240).", "examples": ["wait=1"]},
}
_ABOUT: Final = (
    "A durable, multi-tenant scheduler and job queue. Send an API key as `Authorization: Bearer fol_…`. "
    "Errors are problem details (RFC 9457) with a stable `code`. Times are RFC 3339 in UTC. "
    "Another tenant's id is a 404."
)
_ABOUT_TAGS: Final = '`"<revision>-<digest>"`: If-None-Match looks at all of it, If-Match at the revision.'
_REFUSALS: Final = {
    400: "Something in the request has to change; the problem says what.",
    401: "No key, or one that opens nothing.",
    403: "The role of the key does not allow it.",
    404: "This tenant has no such thing.",
    409: "It does not fit the present state.",
    412: "Somebody has changed it since; the problem tells its present revision.",
    413: "The body is too large.",
    415: "The body is of a kind that is not taken here.",
    422: "The submission key belongs to another job.",
    500: "A fault of the server; it was logged under the request id.",
    503: "Not now; the same request may succeed after `Retry-After` seconds. Nothing was stored.",
}


def openapi_document(endpoints: Sequence[Endpoint]) -> bytes:
    """The document as JSON."""
    shapes = {Problem: None} | dict.fromkeys(_shapes(endpoints))
    references, components = msgspec.json.schema_components(tuple(shapes), ref_template=_COMPONENTS)
    schemas = dict(zip(shapes, references, strict=True))
    paths: dict[str, Json] = {}
    for endpoint in endpoints:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint, schemas, components)
    queries = {schemas[endpoint.query]["$ref"].rpartition("/")[2] for endpoint in endpoints if endpoint.query}
    document = {
        "openapi": "3.1.0",
        "info": {
            "title": "Foliot",
            "version": version("foliot"),
            "description": _ABOUT,
            "license": {"name": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": tag} for tag in dict.fromkeys(endpoint.tag for endpoint in endpoints)],
        "paths": paths,
        "components": {
            "schemas": {name: _tidy(schema) for name, schema in components.items() if name not in queries},
            "responses": {_refusal_name(status): _refusal(status, schemas) for status in _REFUSALS},
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "description": "An API key, fol_…"}},
        },
    }
    return msgspec.json.encode(document)


def _shapes(endpoints: Iterable[Endpoint]) -> list[type[msgspec.Struct]]:
    told = (shape for endpoint in endpoints for shape in (endpoint.query, endpoint.body, endpoint.gives))
    return [shape for shape in told if inspect.isclass(shape) and issubclass(shape, msgspec.Struct)]


def _operation(endpoint: Endpoint, schemas: Mapping[Any, Json], components: Mapping[str, Json]) -> Json:
    operation: Json = {
        "operationId": endpoint.operation_id,
        "summary": endpoint.summary,
        "description": _one_paragraph(endpoint.function.__doc__ or ""),
        "tags": [endpoint.tag],
        "parameters": _parameters(endpoint, schemas, components),
        "responses": _responses(endpoint, schemas),
        "security": [{"key": []}] if endpoint.needs_key else [],
    }
    if endpoint.body is not None:
        operation["requestBody"] = {
            "required": True,
            "content": {
                kind: {"schema": {"type": "string"} if kind == endpoint.text_type else schemas[endpoint.body]}
                for kind in endpoint.body_types
            },
        }
    return operation


def _parameters(endpoint: Endpoint, schemas: Mapping[Any, Json], components: Mapping[str, Json]) -> list[Json]:
    parameters: list[Json] = [
        {"name": place, "in": "path", "required": True, "schema": _ID if place.endswith("_id") else {"type": "string"}}
        for place in endpoint.places
    ]
    if endpoint.query is not None:
        properties = components[schemas[endpoint.query]["$ref"].rpartition("/")[2]]["properties"]
        parameters += [{"name": name, "in": "query", "schema": _given(schema)} for name, schema in properties.items()]
    parameters += [
        {"name": name.title(), "in": "header", "schema": _HEADERS.get(name, {"type": "string"})}
        for parameter, name in endpoint.headers.items()
        if parameter not in endpoint.unwelcome
    ]
    return parameters


def _given(schema: Json) -> Json:
    """The schema of a query parameter: it is left out where a struct has None."""
    schema = {name: value for name, value in schema.items() if not (name == "default" and value is None)}
    alternatives = [one for one in schema.pop("anyOf", ()) if one != {"type": "null"}]
    return schema | alternatives[0] if alternatives else schema


def _responses(endpoint: Endpoint, schemas: Mapping[Any, Json]) -> Json:
    responses: Json = {}
    for status in sorted({endpoint.status, *endpoint.also}):
        response: Json = {"description": HTTPStatus(status).phrase}
        if status not in (204, 304):
            schema = schemas.get(endpoint.gives, {"type": "string"})
            response["content"] = {endpoint.media_type: {"schema": schema}}
        told: Json = {}
        if status == 201:
            told["Location"] = {"schema": {"type": "string"}, "description": "Where it can be seen."}
        if endpoint.has_tag:
            told["ETag"] = {"schema": {"type": "string"}, "description": _ABOUT_TAGS}
        if "prefer" in endpoint.headers:
            told["Preference-Applied"] = {"schema": {"type": "string"}, "description": "`wait=n`, if it was heeded."}
        if told:
            response["headers"] = told
        responses[str(status)] = response
    refusals = {400, 500, *endpoint.refuses}
    refusals |= {401, 403, 503} if endpoint.needs_key else set()
    refusals |= {404} if endpoint.places else set()
    refusals |= {413, 415} if endpoint.body_types else set()
    for status in sorted(refusals):
        responses[str(status)] = {"$ref": f"#/components/responses/{_refusal_name(status)}"}
    return responses


def _refusal_name(status: int) -> str:
    return re.sub(r"\W", "", HTTPStatus(status).phrase)


def _refusal(status: int, schemas: Mapping[Any, Json]) -> Json:
    refusal: Json = {
        "description": _REFUSALS[status],
        "content": {PROBLEM_MEDIA_TYPE: {"schema": schemas[Problem]}},
    }
    if status == 503:
        refusal["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."}}
    elif status == 401:
        refusal["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}}}
    return refusal


def _tidy(schema: Json) -> Json:
    if "description" in schema:
        schema = schema | {"description": _one_paragraph(schema["description"])}
    return schema


def _one_paragraph(text: str) -> str:
    return " ".join(text.split())
