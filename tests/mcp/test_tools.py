"""What a model is told of the tools."""

import re
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator

from foliot.domain.identity import Role
from foliot.transports.mcp.catalogue import TOOLS
from foliot.transports.mcp.tool import Tool
from tests.http.conftest import House
from tests.mcp.house import Hall, entered

CHARACTERS_PER_TOKEN = 3.5
"""Fewer than any tokenizer of today packs into one for JSON in English: a count that errs on the safe side."""

MOST_TOKENS = 6_000

NAMES = {
    "dead_discard", "dead_list", "dead_replay", "run_get", "run_retry", "task_cancel", "task_create", "task_events",
    "task_get", "task_list", "task_occurrences", "task_pause", "task_preview", "task_resume", "task_run_now",
    "task_runs", "task_status", "task_update", "task_wait", "types_list",
}  # fmt: skip

every_tool = pytest.mark.parametrize("tool", TOOLS.values(), ids=TOOLS)


async def listed(hall: Hall) -> list[dict[str, Any]]:
    """The tools, as they go over the wire."""
    result = await hall.client.list_tools()
    return [tool.model_dump(by_alias=True, mode="json", exclude_none=True) for tool in result.tools]


async def test_all_tools_are_listed_by_name(either: Hall) -> None:
    names = [tool["name"] for tool in await listed(either)]
    assert set(names) == NAMES == set(TOOLS)
    assert names == sorted(names)


async def test_the_whole_list_is_short(foliot: Hall) -> None:
    told = len(msgspec.json.encode(await listed(foliot))) / CHARACTERS_PER_TOKEN
    assert told < MOST_TOKENS, f"{told:.0f} tokens"


@every_tool
def test_a_tool_is_described_with_all_its_parameters(tool: Tool) -> None:
    assert tool.title
    assert len(tool.description) > 40
    assert tool.description.endswith(".")
    for name, member in tool.input_schema["properties"].items():
        assert member.get("description"), name
        assert "type" in member or "enum" in member, name
        assert not re.search("seconds|bytes", name) or member["type"] in ("number", "integer"), name


@every_tool
def test_the_schemas_are_schemas(tool: Tool) -> None:
    for schema in (tool.input_schema, tool.output_schema):
        Draft202012Validator.check_schema(schema)
        assert schema["type"] == "object"
        assert "$ref" not in msgspec.json.encode(schema).decode()
    assert tool.input_schema["additionalProperties"] is False


@every_tool
def test_names_pass_every_host(tool: Tool) -> None:
    assert re.fullmatch(r"[a-z]+(_[a-z]+)+", tool.name)
    assert len(tool.name) <= 40


@every_tool
def test_effects_agree_with_the_role(tool: Tool) -> None:
    assert tool.effects.reads is (tool.role is Role.VIEWER)
    assert not (tool.effects.reads and tool.effects.destroys)


async def test_all_four_annotations_are_told(foliot: Hall) -> None:
    for tool in await listed(foliot):
        hints = {"readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"}
        assert set(tool["annotations"]) == hints, tool["name"]


async def test_dotted_names_are_taken_always_and_listed_when_wanted(house: House, foliot: Hall) -> None:
    assert (await foliot("task.list"))["items"] == []
    assert (await foliot("dead.list"))["items"] == []
    async with entered(house, mcp_tool_names="dotted") as dotted:
        assert {tool["name"] for tool in await listed(dotted)} >= {"task.create", "task.run_now", "types.list"}
        assert (await dotted("task.list"))["items"] == []
        assert (await dotted("task_list"))["items"] == []


async def test_a_role_sees_what_it_may_use(house: House) -> None:
    async with entered(house, role="viewer") as viewer:
        names = {tool["name"] for tool in await listed(viewer)}
        assert names == {tool.name for tool in TOOLS.values() if tool.role is Role.VIEWER}
        assert "task_create" not in names
        assert "task_status" in names
        for tool in TOOLS.values():
            if tool.name not in names:
                assert "FORBIDDEN" in await viewer.refused(tool.name, job_id="x")


async def test_the_types_tell_what_their_payloads_are(foliot: Hall) -> None:
    first = await foliot("types_list", limit=2)
    rest = await foliot("types_list", limit=2, cursor=first["next_cursor"])
    assert [each["type"] for each in first["items"] + rest["items"]] == ["any", "fragile", "greet"]
    assert "next_cursor" not in rest
    [greet] = (await foliot("types_list", name="GREE"))["items"]
    assert greet["payload_schema"]["type"] == "object"
    assert greet["description"] == "Greets."
