"""JSON Schemas of tenants: what may stand in them, and that no check takes for ever."""

import time
from typing import Any

import pytest

from foliot.domain.errors import InvalidPayload, InvalidSchema
from foliot.domain.job_type import JobType

PERSON = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "required": ["name"],
    "properties": {"name": {"$ref": "#/$defs/text"}, "pattern": {"enum": ["a", "b"]}, "age": {"minimum": 0}},
    "additionalProperties": False,
    "$defs": {"text": {"type": "string", "maxLength": 10}},
}


def job_type(schema: dict[str, Any]) -> JobType:
    return JobType(name="person", schema=schema, tenant_id="01890000-0000-7000-8000-00000000acee").checked()


@pytest.mark.parametrize("payload", [b'{"name": "Ada"}', b'{"name": "Ada", "pattern": "b", "age": 36}'])
def test_what_fits_is_accepted(payload: bytes) -> None:
    job_type(PERSON).decode(payload)


@pytest.mark.parametrize(
    "payload", [b"{}", b"[]", b'{"name": 3}', b'{"name": "Ada", "x": 1}', b'{"name": "Ada", "age": -1}']
)
def test_what_does_not_fit_is_refused(payload: bytes) -> None:
    with pytest.raises(InvalidPayload, match="does not fit the arguments of person"):
        job_type(PERSON).decode(payload)


def test_without_a_schema_anything_is_accepted() -> None:
    job_type({}).decode(b'[1, "two", null]')


@pytest.mark.parametrize(
    "schema",
    [
        {"pattern": "(a+)+$"},
        {"properties": {"x": {"patternProperties": {}}}},
        {"items": {"uniqueItems": True}},
        {"anyOf": [{"unevaluatedProperties": False}]},
        {"$dynamicRef": "#x"},
        {"$id": "http://example.org/"},
        {"$ref": "http://example.org/schema"},
        {"$ref": "#/$defs/nowhere"},
        {"$ref": "#/$defs/a/b", "$defs": {"a/b": {}}},
        {"$ref": 3},
        {"$schema": "http://json-schema.org/draft-07/schema#"},
        {"properties": {"x": {"$schema": "https://json-schema.org/draft/2020-12/schema"}}},
        {"type": "objekt"},
        {"properties": []},
        {"items": [{}]},
        {"description": "x" * 40_000},
    ],
)
def test_what_is_no_schema_or_not_offered_is_refused(schema: dict[str, Any]) -> None:
    with pytest.raises(InvalidSchema):
        job_type(schema)


def test_a_schema_that_is_nested_too_deeply_is_refused() -> None:
    schema: dict[str, Any] = {}
    for _ in range(60):
        schema = {"not": schema}
    with pytest.raises(InvalidSchema, match="deep"):
        job_type(schema)


def test_a_check_that_would_take_exponential_time_is_given_up() -> None:
    definitions: dict[str, Any] = {f"a{n}": {"anyOf": [{"$ref": f"#/$defs/a{n + 1}"}] * 2} for n in range(40)}
    kind = job_type({"$ref": "#/$defs/a0", "$defs": definitions | {"a40": {"type": "null"}}})
    begun = time.thread_time()
    with pytest.raises(InvalidPayload, match="takes too long"):
        kind.decode(b"{}")
    assert time.thread_time() - begun < 2


def test_a_schema_that_goes_round_in_circles_is_a_refusal_and_no_fault() -> None:
    with pytest.raises(InvalidPayload):
        job_type({"$ref": "#"}).decode(b"{}")
