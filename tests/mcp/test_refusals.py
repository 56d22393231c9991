"""What the door refuses: other tenants, wrong roles, and misuse of the protocol."""

import msgspec
import pytest
from mcp import MCPDeprecationWarning, MCPError
from mcp_types import INTERNAL_ERROR, INVALID_PARAMS, METHOD_NOT_FOUND

from foliot.domain.errors import Unavailable
from foliot.transports.mcp.catalogue import TOOLS
from tests.http.conftest import House
from tests.mcp.house import Hall, entered, text_of

NOBODYS = "01a21b2f-45e0-73bc-9239-b38537b4e0dd"


NAMERS = {
    name: next((each for each in ("run_id", "job_id") if each in tool.input_schema["properties"]), None)
    for name, tool in TOOLS.items()
}
"""The tools that name a run or a job, and how."""


@pytest.mark.parametrize(("name", "member"), [(name, member) for name, member in NAMERS.items() if member])
async def test_another_tenants_ids_are_not_found(house: House, foliot: Hall, name: str, member: str) -> None:
    made = await foliot("task_create", type="greet", every="1h")
    run = await foliot("task_run_now", job_id=made["job_id"])
    async with entered(house, tenant="globex") as stranger:
        assert (await stranger.refused(name, **{member: run[member]})).startswith("NOT_FOUND: ")
        assert (await stranger("task_list"))["items"] == []
    async with entered(house, tenant="acme", role="admin") as admin:
        assert (await admin.refused(name, **{member: NOBODYS})).startswith("NOT_FOUND: ")


async def test_another_tenants_resources_are_not_found(house: House, either: Hall) -> None:
    made = await either("task_create", type="greet")
    uris = [f"foliot://{kind}/{made['job_id']}{part}" for kind in ("jobs", "runs") for part in ("", "/events")]
    async with entered(house, tenant="globex") as stranger:
        for uri in uris:
            with pytest.raises(MCPError) as caught:
                await stranger.client.read_resource(uri)
            assert caught.value.code == INVALID_PARAMS
            assert caught.value.data == {"uri": uri}
            with pytest.raises(MCPError):
                async with stranger.client.listen(resource_subscriptions=[uri]):
                    pass
    async with entered(house, "legacy", tenant="globex") as stranger:
        with pytest.raises(MCPError), pytest.warns(MCPDeprecationWarning):
            await stranger.client.subscribe_resource(uris[0])


async def test_an_unknown_tool_is_an_error_of_the_protocol(either: Hall) -> None:
    for name in ("nope", "task_", "task.create.x", ""):
        with pytest.raises(MCPError) as caught:
            await either.client.call_tool(name, {})
        assert caught.value.code == INVALID_PARAMS
        assert "task_create" in caught.value.message


async def test_a_method_that_nobody_knows(either: Hall) -> None:
    from mcp_types import EmptyResult, Request, RequestParams

    with pytest.raises(MCPError) as caught:
        await either.client.session.send_request(
            Request[RequestParams, str](method="tools/nope", params=RequestParams()), EmptyResult
        )
    assert caught.value.code == METHOD_NOT_FOUND


@pytest.mark.parametrize("what", ["list_tools", "list_prompts", "list_resource_templates"])
async def test_a_cursor_that_was_not_made_here(either: Hall, what: str) -> None:
    with pytest.raises(MCPError) as caught:
        await getattr(either.client, what)(cursor="nope")
    assert caught.value.code == INVALID_PARAMS


async def test_the_store_may_be_away(house: House) -> None:
    class Away:
        async def page(self, *_: object) -> None:
            raise Unavailable("The database is away.")

    house.services = msgspec.structs.replace(house.services, jobs=Away())
    async with entered(house) as hall:
        assert await hall.refused("task_list") == "UNAVAILABLE: The database is away. Call again in a few seconds."


async def test_a_fault_of_ours_tells_nothing_of_the_inside(house: House) -> None:
    class Broken:
        async def page(self, *_: object) -> None:
            raise RuntimeError("password=hunter2")

    house.services = msgspec.structs.replace(house.services, jobs=Broken())
    async with entered(house) as hall:
        with pytest.raises(MCPError) as caught:
            await hall.client.call_tool("task_list", {})
    assert caught.value.code == INTERNAL_ERROR
    assert "hunter2" not in str(caught.value)


async def test_a_viewer_may_look_but_not_touch(house: House, foliot: Hall) -> None:
    made = await foliot("task_create", type="greet")
    async with entered(house, role="viewer") as viewer:
        assert (await viewer("task_get", job_id=made["job_id"]))["state"] == "active"
        for name in ("task_create", "task_cancel", "task_pause", "task_run_now", "run_retry", "dead_replay"):
            said = await viewer.refused(name)
            assert said.startswith("FORBIDDEN: This needs the role operator; this key has viewer.")
            assert said.endswith("Tell the user; you cannot mend this.")


async def test_where_code_broke_is_not_told(foliot: Hall) -> None:
    dead = await foliot.dead()
    for name in ("run_get", "task_events"):
        assert "Traceback" not in text_of(await foliot.raw(name, run_id=dead))
