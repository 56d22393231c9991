"""The OpenAPI document and the page that shows it."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from foliot.transports.http.app import ENDPOINTS
from foliot.transports.http.openapi import openapi_document
from tests.http.conftest import House

DOCUMENT: dict[str, Any] = msgspec.json.decode(openapi_document(ENDPOINTS))
OPERATIONS = [
    (f"{method} {path}", operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
]


def nodes(value: object) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for child in value:
            yield from nodes(child)


def resolved(reference: str) -> Any:
    found: Any = DOCUMENT
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    return found


def test_every_reference_leads_somewhere() -> None:
    references = {node["$ref"] for node in nodes(DOCUMENT) if "$ref" in node}
    assert len(references) > 20
    for reference in references:
        assert resolved(reference)


def test_every_schema_is_used() -> None:
    used = {node["$ref"] for node in nodes(DOCUMENT) if "$ref" in node}
    used |= {target for node in nodes(DOCUMENT) for target in node.get("discriminator", {}).get("mapping", {}).values()}
    assert {f"#/components/schemas/{name}" for name in DOCUMENT["components"]["schemas"]} <= used


def test_operations_have_names_of_their_own() -> None:
    names = [operation["operationId"] for _, operation in OPERATIONS]
    assert len(names) == len(set(names)) == len(ENDPOINTS)
    assert all(operation["summary"] and operation["description"] for _, operation in OPERATIONS)


@pytest.mark.parametrize(("name", "operation"), OPERATIONS, ids=[name for name, _ in OPERATIONS])
def test_every_refusal_is_a_problem(name: str, operation: dict[str, Any]) -> None:
    refusals = {status: answer for status, answer in operation["responses"].items() if int(status) >= 400}
    assert {"400", "500"} <= refusals.keys()
    if operation["security"]:
        assert {"401", "403", "503"} <= refusals.keys()
    if "{" in name:
        assert "404" in refusals
    for answer in refusals.values():
        assert list(resolved(answer["$ref"])["content"]) == ["application/problem+json"]


def test_every_place_in_a_path_is_a_parameter() -> None:
    for name, operation in OPERATIONS:
        told = {one["name"] for one in operation["parameters"] if one["in"] == "path"}
        assert told == set(re.findall(r"{(\w+)}", name)), name


def test_unknown_fields_are_told_to_be_refused() -> None:
    job = DOCUMENT["components"]["schemas"]["NewJob"]
    assert job["additionalProperties"] is False
    assert job["required"] == ["type"]
    assert job["properties"]["payload"]["examples"]


def test_query_parameters_are_told_with_their_limits() -> None:
    parameters = {one["name"]: one["schema"] for one in DOCUMENT["paths"]["/v1/runs"]["get"]["parameters"]}
    assert (parameters["limit"]["minimum"], parameters["limit"]["maximum"]) == (1, 500)
    assert set(parameters) == {"limit", "cursor", "state", "type", "queue", "job_id"}


async def test_the_document_is_served_as_it_is(house: House) -> None:
    async with house.anyone() as anyone:
        answer = await anyone.get("/openapi.json")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == DOCUMENT
    assert DOCUMENT["openapi"] == "3.1.0"


async def test_the_page_needs_no_other_host(house: House) -> None:
    async with house.anyone() as anyone:
        page = await anyone.get("/docs")
        assert "default-src 'none'" in page.headers["content-security-policy"]
        loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)
        assert {"/docs/page.js", "/docs/page.css"} <= set(loaded)
        for path in loaded:
            assert path.startswith("/")
            asset = await anyone.get(path)
            assert asset.status_code == 200
            assert not re.search(r"https?://|@import", asset.text) or path == "/openapi.json"
