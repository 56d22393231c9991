"""JSON Schemas that tenants write: what may stand in them, and a check of payloads that cannot take for ever.

Payloads are checked in the process that serves everybody. So what JSON Schema has that looks elsewhere, or may take
exponential time within one step, is refused when a type is registered; all steps of a check share a budget of time.
"""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import msgspec

from foliot.domain.errors import InvalidSchema

LARGEST_SCHEMA_BYTES: Final = 32 * 1024
LONGEST_CHECK_SECONDS: Final = 0.25
"""Of the processor's time; an honest check takes a thousandth of it."""

_DEEPEST: Final = 50
_LONGEST_FAULT: Final = 500
_REFERENCE: Final = re.compile(r"#/\$defs/([\w.-]+)", re.ASCII)
_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_ONE: Final = frozenset({"items", "additionalProperties", "contains", "propertyNames", "not", "if", "then", "else"})
_LISTS: Final = frozenset({"prefixItems", "anyOf", "allOf", "oneOf"})
_MAPS: Final = frozenset({"properties", "$defs", "dependentSchemas"})
_PLAIN: Final = frozenset({
    "$ref", "$comment", "title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly", "format",
    "type", "enum", "const", "required", "dependentRequired", "minimum", "maximum", "exclusiveMinimum",
    "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "minItems", "maxItems", "minContains", "maxContains",
    "minProperties", "maxProperties",
})  # fmt: skip


class TakesTooLong(Exception):
    """The time of a check is over."""


def check_schema(schema: Mapping[str, Any]) -> None:
    """Refuse a schema that is none, is too large, or says what is not offered here.

    Raises:
        InvalidSchema: with the place.
    """
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError

    if (size := len(msgspec.json.encode(schema))) > LARGEST_SCHEMA_BYTES:
        raise InvalidSchema(f"The schema has {size:,} bytes, {LARGEST_SCHEMA_BYTES:,} are allowed.", "schema")
    if schema.get("$schema", _DIALECT) != _DIALECT:
        raise InvalidSchema(f"Schemas here are of one dialect; leave $schema out, or say {_DIALECT}.", "schema")
    for place, part in _parts(_without_dialect(schema), "$", 0):
        _refuse_what_is_not_offered(place, part, schema)
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        why = f"{error.message[:_LONGEST_FAULT]} - at {error.json_path}"
        raise InvalidSchema(f"This is no JSON Schema (2020-12): {why}.", "schema") from None


def checker(schema: Mapping[str, Any]) -> Callable[[Any], str | None]:
    """What tells why a payload does not fit a schema that `check_schema` has passed; None if it does.

    It raises `TakesTooLong` where that cannot be told in time.
    """
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend

    ends_at = 0.0

    def timed(keyword: Any) -> Any:
        def apply(*arguments: Any) -> Any:
            if time.thread_time() > ends_at:
                raise TakesTooLong
            return keyword(*arguments)

        return apply

    keywords = {name: timed(keyword) for name, keyword in Draft202012Validator.VALIDATORS.items()}
    kind: Any = extend(Draft202012Validator, keywords)  # type: ignore[no-untyped-call]  # has no types
    validator = kind(_without_dialect(schema))

    def fault(payload: Any) -> str | None:
        nonlocal ends_at
        ends_at = time.thread_time() + LONGEST_CHECK_SECONDS
        found = next(validator.iter_errors(payload), None)
        return None if found is None else f"{found.message[:_LONGEST_FAULT]} - at `{found.json_path}`"

    return fault


def _without_dialect(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A schema that names its dialect would be given back to the plain validator, which has no budget."""
    return {name: value for name, value in schema.items() if name != "$schema"}


def _parts(schema: Any, place: str, depth: int) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """A schema and all that are in it, with their places."""
    if depth > _DEEPEST:
        raise InvalidSchema(f"The schema is nested more than {_DEEPEST} deep - at {place}.", "schema")
    if not isinstance(schema, Mapping):
        return
    yield place, schema
    for name, value in schema.items():
        within: Mapping[Any, Any] = {}
        if name in _ONE:
            within = {"": value}
        elif name in _LISTS and isinstance(value, list):
            within = dict(enumerate(value))
        elif name in _MAPS and isinstance(value, Mapping):
            within = value
        for key, part in within.items():
            yield from _parts(part, f"{place}.{name}" + (f".{key}" if key != "" else ""), depth + 1)


def _refuse_what_is_not_offered(place: str, part: Mapping[str, Any], whole: Mapping[str, Any]) -> None:
    for name in part:
        if name not in _ONE | _LISTS | _MAPS | _PLAIN:
            raise InvalidSchema(
                f"{name[:50]!r} is not offered in the schema of a payload - at {place}; let the worker check that.",
                "schema",
            )
    reference = part.get("$ref")
    if reference is not None and not _is_there(reference, whole):
        raise InvalidSchema(f"$ref names a place in this schema, as in '#/$defs/address' - at {place}.", "schema")


def _is_there(reference: Any, whole: Mapping[str, Any]) -> bool:
    """Whether it names a definition of the whole schema, or the whole."""
    if reference == "#":
        return True
    named = _REFERENCE.fullmatch(reference) if isinstance(reference, str) else None
    definitions = whole.get("$defs")
    return named is not None and isinstance(definitions, Mapping) and named[1] in definitions
