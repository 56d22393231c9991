"""JSON Schemas (2020-12) of arguments and answers, as short as they can be: a model pays for every word of them."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

_MANY: Final = 3
_TEXT: Final = {"type": "string"}
_NOISE: Final = frozenset({"title", "format", "default"})


def input_schema(shape: type[msgspec.Struct]) -> dict[str, Any]:
    """The schema of a struct of arguments. Defaults that are not null are told, descriptions and bounds are kept."""
    schema = _told(shape, keep=frozenset({"default", "format"}))
    return {"type": "object", "properties": {}, "additionalProperties": False} | schema


def output_schema(shape: type[msgspec.Struct]) -> dict[str, Any]:
    """The schema of an answer. Members that may be absent are optional and never null. Of names of states it is told
    that they are text, of the items of a list which members they have. Many members that are text are named together
    in one pattern: the same promise in a third of the words."""
    told: dict[str, Any] = _plain(_told(shape, keep=frozenset()))
    members = told["properties"]
    texts = [name for name, member in members.items() if member == _TEXT]
    if len(texts) < _MANY:
        return told
    rest = {name: member for name, member in members.items() if member != _TEXT}
    return told | {"properties": rest, "patternProperties": {f"^({'|'.join(texts)})$": _TEXT}}


def compact(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema from elsewhere in as few words, with its parts in their places; as it is, if they contain themselves."""
    try:
        told: dict[str, Any] = _inlined(schema, schema.get("$defs", {}), frozenset({"title", "$defs"}))
    except (KeyError, RecursionError):
        return schema
    return told


def _told(shape: type[msgspec.Struct], keep: frozenset[str]) -> dict[str, Any]:
    [schema], parts = msgspec.json.schema_components([shape], ref_template="{name}")
    told: dict[str, Any] = _inlined(schema, parts, _NOISE - keep)
    told.pop("description", None)  # of the struct; the tool has its own
    return told


def _inlined(schema: Any, parts: Mapping[str, Any], noise: frozenset[str]) -> Any:
    if isinstance(schema, list):
        return [_inlined(each, parts, noise) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        part = parts[schema["$ref"].removeprefix("#/$defs/")]
        target = {name: value for name, value in part.items() if name != "description"}
        return _inlined(target | {k: v for k, v in schema.items() if k != "$ref"}, parts, noise)
    if "properties" in schema:
        members = {name: _member(member, parts, noise) for name, member in schema["properties"].items()}
        return _inlined({k: v for k, v in schema.items() if k != "properties"}, parts, noise) | {"properties": members}
    told = {key: _inlined(value, parts, noise) for key, value in schema.items() if key not in noise}
    if told.get("required") == []:
        del told["required"]
    return told


def _member(schema: Mapping[str, Any], parts: Mapping[str, Any], noise: frozenset[str]) -> Any:
    """A member that may be left out says what it is when it is there."""
    rest = {key: value for key, value in schema.items() if not (key == "default" and value in (None, [], (), {}))}
    if (choices := rest.get("anyOf")) is not None:
        real = [choice for choice in choices if choice != {"type": "null"}]
        if len(real) == 1:
            del rest["anyOf"]
            rest = {**real[0], **rest}
    return _inlined(rest, parts, noise)


def _plain(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_plain(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "enum" in schema:
        return {"type": "string"}
    told = {key: _plain(each) for key, each in schema.items()}
    if "properties" in told.get("items", ()):
        told["items"] = {key: value for key, value in told["items"].items() if key != "properties"}
    return told
