"""The OpenAPI document in the repository is the one that is served, and a change that breaks clients is seen."""

import copy
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from tests.http.breaking import broken
from tests.http.document import as_kept, kept

DOCUMENT: dict[str, Any] = msgspec.json.decode(as_kept())

Change = Callable[[dict[str, Any]], Any]


def _new_job(document: dict[str, Any]) -> Any:
    return document["components"]["schemas"]["NewJob"]


def _run(document: dict[str, Any]) -> Any:
    return document["components"]["schemas"]["RunView"]


def _parameter(document: dict[str, Any], path: str, name: str) -> Any:
    return next(one for one in document["paths"][path]["get"]["parameters"] if one["name"] == name)


def test_it_is_written_as_the_code_tells_it() -> None:
    assert kept() == as_kept(), "run ./dev openapi"


def test_the_document_does_not_break_itself() -> None:
    assert broken(DOCUMENT, copy.deepcopy(DOCUMENT)) == []


BREAKING: dict[str, Change] = {
    "an operation is gone": lambda it: it["paths"]["/v1/jobs/{job_id}"].pop("get"),
    "a parameter is gone": lambda it: it["paths"]["/v1/runs"]["get"]["parameters"].pop(),
    "a parameter is required": lambda it: _parameter(it, "/v1/runs", "state").update(required=True),
    "a parameter takes less": lambda it: _parameter(it, "/v1/runs", "limit")["schema"].update(maximum=100),
    "a parameter is of another type": lambda it: _parameter(it, "/v1/runs", "limit").update(schema={"type": "string"}),
    "a member of a request is gone": lambda it: _new_job(it)["properties"].pop("queue"),
    "a member of a request is required": lambda it: _new_job(it)["required"].append("queue"),
    "a member of a request is null no more": lambda it: _new_job(it)["properties"].update(key={"type": "string"}),
    "a word of a request is gone": lambda it: it["components"]["schemas"]["WaitFor"]["enum"].remove("failed"),
    "a member of a response is gone": lambda it: _run(it)["properties"].pop("state"),
    "a member of a response may be missing": lambda it: _run(it)["required"].remove("state"),
    "a member of a response may be null": lambda it: _run(it)["properties"].update(
        type={"anyOf": [{"type": "string"}, {"type": "null"}]}
    ),
    "a status of success is gone": lambda it: it["paths"]["/v1/jobs"]["post"]["responses"].pop("201"),
}
HARMLESS: dict[str, Change] = {
    "a new operation": lambda it: it["paths"].update({"/v2": copy.deepcopy(it["paths"]["/healthz"])}),
    "a new parameter": lambda it: it["paths"]["/v1/types"]["get"]["parameters"].append(
        {"name": "new", "in": "query", "schema": {"type": "string"}}
    ),
    "a new member of a request": lambda it: _new_job(it)["properties"].update(new={"type": "string"}),
    "a new member of a response": lambda it: _run(it)["properties"].update(new={"type": "string"}),
    "a new word of a response": lambda it: it["components"]["schemas"]["EventType"]["enum"].append("run.new"),
    "a wider limit": lambda it: _parameter(it, "/v1/runs", "limit")["schema"].update(maximum=1000),
    "other words": lambda it: it["info"].update(description="Other words."),
}


@pytest.mark.parametrize("change", BREAKING.values(), ids=BREAKING.keys())
def test_what_breaks_clients_is_told(change: Change) -> None:
    changed = copy.deepcopy(DOCUMENT)
    change(changed)
    assert broken(DOCUMENT, changed)


@pytest.mark.parametrize("change", HARMLESS.values(), ids=HARMLESS.keys())
def test_what_breaks_nobody_is_let_through(change: Change) -> None:
    changed = copy.deepcopy(DOCUMENT)
    change(changed)
    assert broken(DOCUMENT, changed) == []
