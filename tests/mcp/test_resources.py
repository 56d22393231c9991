"""Resources, prompts and completion."""

import asyncio
import json
from typing import Any

import pytest
from mcp import Client, MCPDeprecationWarning, MCPError
from mcp.client.subscriptions import ResourceUpdated
from mcp_types import INVALID_PARAMS, PromptReference, ResourceTemplateReference, ResourceUpdatedNotification

from foliot.transports.mcp.prompts import PROMPTS
from foliot.transports.mcp.subscriptions import MOST_WATCHED
from tests.http.conftest import House
from tests.mcp.house import Hall, server_for


async def read(hall: Hall, uri: str) -> Any:
    """What is at a URI."""
    [content] = (await hall.client.read_resource(uri)).contents
    assert content.mime_type == "application/json"
    return json.loads(content.text)  # type: ignore[union-attr]  # ours are texts


async def test_jobs_runs_and_their_stories_are_read_by_uri(either: Hall) -> None:
    made = await either("task_create", type="greet", payload={"name": "Ada"})
    job_id = made["job_id"]
    [run] = await either.house.begin()
    await either.house.succeed(run, "hello")
    job = await read(either, f"foliot://jobs/{job_id}")
    assert (job["payload"], job["run_state"]) == ({"name": "Ada"}, "succeeded")
    assert (await read(either, f"foliot://runs/{job_id}"))["result"] == "hello"
    assert [event["type"] for event in await read(either, f"foliot://jobs/{job_id}/events")] == ["job.created"]
    assert [event["type"] for event in await read(either, f"foliot://runs/{job_id}/events")][-1] == "run.succeeded"


async def test_jobs_are_listed_in_pages(either: Hall) -> None:
    made = [(await either("task_create", type="any", payload={"n": n}))["job_id"] for n in range(60)]
    first = await either.client.list_resources()
    rest = await either.client.list_resources(cursor=first.next_cursor)
    uris = [str(resource.uri) for resource in [*first.resources, *rest.resources]]
    assert uris == [f"foliot://jobs/{job_id}" for job_id in reversed(made)]
    assert rest.next_cursor is None
    templates = (await either.client.list_resource_templates()).resource_templates
    assert [template.uri_template for template in templates] == [
        "foliot://jobs/{job_id}", "foliot://jobs/{job_id}/events",
        "foliot://runs/{run_id}", "foliot://runs/{run_id}/events",
    ]  # fmt: skip


@pytest.mark.parametrize("uri", ["foliot://jobs/x", "foliot://nope", "file:///etc/passwd", "foliot://jobs/../runs/x"])
async def test_what_is_no_resource(either: Hall, uri: str) -> None:
    with pytest.raises(MCPError) as caught:
        await either.client.read_resource(uri)
    assert (caught.value.code, caught.value.data) == (INVALID_PARAMS, {"uri": uri})


async def test_a_listener_hears_of_changes(foliot: Hall) -> None:
    made = await foliot("task_create", type="greet")
    other = await foliot("task_create", type="greet", every="1h")
    uris = [f"foliot://runs/{made['run_id']}", f"foliot://jobs/{other['job_id']}"]
    async with foliot.client.listen(resource_subscriptions=uris) as changes:
        heard = aiter(changes)
        [run] = await foliot.house.begin()
        assert await anext(heard) == ResourceUpdated(uris[0])
        await foliot.house.succeed(run, 1)
        await foliot("task_pause", job_id=other["job_id"])
        assert {await anext(heard), await anext(heard)} >= {ResourceUpdated(uris[1])}


async def test_a_subscriber_of_the_past_era_hears_of_changes(house: House) -> None:
    heard: asyncio.Queue[str] = asyncio.Queue()

    async def hear(message: Any) -> None:
        if isinstance(message, ResourceUpdatedNotification):
            heard.put_nowait(str(message.params.uri))

    identity = await house.services.access.authenticate(house.keys["acme", "operator"])
    async with Client(server_for(house, identity).server, mode="legacy", message_handler=hear) as client:
        hall = Hall(house, client)
        made = await hall("task_create", type="greet")
        uri = f"foliot://jobs/{made['job_id']}"
        with pytest.warns(MCPDeprecationWarning):
            await client.subscribe_resource(uri)
        [run] = await house.begin()
        assert await heard.get() == uri
        with pytest.warns(MCPDeprecationWarning):
            await client.unsubscribe_resource(uri)
        await house.succeed(run, 1)
        await hall("task_status", job_id=made["job_id"])
        assert heard.empty()


async def test_nobody_follows_everything(foliot: Hall) -> None:
    made = await foliot("task_create", type="greet")
    uris = [f"foliot://runs/{made['run_id']}"] + [
        f"foliot://runs/{made['run_id'][:-3]}{n:03}" for n in range(MOST_WATCHED)
    ]
    with pytest.raises(MCPError) as caught:
        async with foliot.client.listen(resource_subscriptions=uris):
            pass
    assert str(MOST_WATCHED) in caught.value.message


async def test_prompts_are_filled_in(either: Hall) -> None:
    listed = (await either.client.list_prompts()).prompts
    assert [prompt.name for prompt in listed] == list(PROMPTS)
    for prompt in listed:
        assert prompt.title
        assert prompt.description
        arguments = {argument.name: f"<{argument.name}>" for argument in prompt.arguments or ()}
        [message] = (await either.client.get_prompt(prompt.name, arguments)).messages
        text = message.content.text  # type: ignore[union-attr]  # ours are texts
        assert all(value in text for value in arguments.values())
        assert "{" not in text
    newest = await either.client.get_prompt("explain_failure")
    assert "of the newest dead letter" in newest.messages[0].content.text  # type: ignore[union-attr]  # as above


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("nope", {}, "There is no prompt 'nope'. Known: schedule_once"),
        ("schedule_once", {"type": "x", "when": "now"}, "needs the argument timezone"),
        ("whats_running", {"zone": "UTC"}, "has no argument 'zone'. Known: timezone."),
    ],
)
async def test_prompts_that_cannot_be_filled_in(foliot: Hall, name: str, arguments: dict[str, str], words: str) -> None:
    with pytest.raises(MCPError) as caught:
        await foliot.client.get_prompt(name, arguments)
    assert caught.value.code == INVALID_PARAMS
    assert words in caught.value.message


async def completed(hall: Hall, argument: str, typed: str) -> list[str]:
    """What an argument of a prompt may become."""
    result = await hall.client.complete(
        PromptReference(name="schedule_once"), argument={"name": argument, "value": typed}
    )
    return result.completion.values


async def test_types_and_zones_are_completed(either: Hall) -> None:
    assert await completed(either, "type", "gr") == ["greet"]
    assert await completed(either, "timezone", "Europe/Ber") == ["Europe/Berlin"]
    assert (await completed(either, "timezone", "new y"))[0] == "America/New_York"
    assert len(await completed(either, "timezone", "")) == 100
    assert await completed(either, "when", "to") == []


async def test_ids_are_completed(foliot: Hall) -> None:
    made = await foliot("task_create", type="greet")
    result = await foliot.client.complete(
        ResourceTemplateReference(uri="foliot://jobs/{job_id}"), argument={"name": "job_id", "value": ""}
    )
    assert result.completion.values == [made["job_id"]]
    with pytest.raises(MCPError):
        await foliot.client.complete(PromptReference(name="nope"), argument={"name": "type", "value": ""})
    with pytest.raises(MCPError):
        await foliot.client.complete(ResourceTemplateReference(uri="x://y"), argument={"name": "type", "value": ""})
