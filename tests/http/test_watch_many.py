"""`GET /v1/watch`: many runs in one stream of server-sent events."""

import httpx2
import msgspec
import pytest

from foliot.service import changes
from tests.http.conftest import House
from tests.http.test_watch import listening_at, submitted


async def test_changes_come_with_the_run_and_a_cursor(house: House, client: httpx2.AsyncClient) -> None:
    async with listening_at(house, "/v1/watch?type=any,greet&state=succeeded") as listener:
        assert (await listener.event())["event"] == "ready"
        run_id = await submitted(client)
        [claimed] = await house.begin()
        await house.succeed(claimed, {"secret": 1})
        told = await listener.event()
    run = msgspec.json.decode(told["data"])
    assert (told["event"], run["id"], run["state"]) == ("run", run_id, "succeeded")
    assert "result" not in run
    await house.dead_letter()
    async with listening_at(house, "/v1/watch", last_event_id=told["id"]) as again:
        missed = []
        while (event := await again.event())["event"] == "run":
            missed.append(msgspec.json.decode(event["data"])["state"])
    assert (missed[-1], event["event"]) == ("failed", "ready")


async def test_named_runs_are_watched_until_they_are_over(house: House, client: httpx2.AsyncClient) -> None:
    ids = [await house.dead_letter(), await submitted(client)]
    async with listening_at(house, f"/v1/watch?run_id={','.join(ids)}") as listener:
        events = [await listener.event() for _ in range(3)]
        assert [event["event"] for event in events] == ["run", "run", "ready"]
        [claimed] = await house.begin()
        await house.succeed(claimed, None)
        while (last := await listener.event())["event"] != "over":
            pass
        assert await listener.next() is None
    answer = await client.get(f"/v1/watch?run_id={ids[1]}", headers={"last-event-id": last["id"]})
    assert (answer.status_code, answer.content) == (204, b"")


async def test_a_quiet_stream_moves_its_cursor_on(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "QUIET_SECONDS", 0.01)
    async with listening_at(house, "/v1/watch") as listener:
        await listener.event()
        comment, cursor = ((await listener.next()) or b"").decode().strip().split("\n")
    assert comment.startswith(":")
    assert cursor.startswith("id: ")


async def test_a_stream_is_ended_by_the_server(house: House) -> None:
    async with listening_at(house, "/v1/watch") as listener:
        await listener.event()
        house.app.end_streams()
        while await listener.next() is not None:
            pass


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        ("state=asleep", 400, "state"),
        ("state=queued,", 400, "state"),
        ("run_id=seven", 400, "run_id"),
        ("job_id=", 400, "job_id"),
        ("type=", 400, "type"),
        ("type=a,,b", 400, "type"),
        ("colour=red", 400, "colour"),
        ("run_id=01a2046f-3f91-739b-82ce-6f447f4dba8c", 404, None),
    ],
)
async def test_a_filter_that_cannot_be_used_is_a_problem(
    client: httpx2.AsyncClient, query: str, status: int, field: str | None
) -> None:
    answer = await client.get(f"/v1/watch?{query}")
    assert (answer.status_code, answer.json().get("field")) == (status, field)


async def test_a_cursor_of_another_making_is_a_problem(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/v1/watch", headers={"last-event-id": "nonsense"})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor")
