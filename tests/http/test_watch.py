"""Watching a run: server-sent events that resume, and end when the run does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import httpx2
import msgspec
import pytest

from foliot.domain.errors import Unavailable
from foliot.transports.http import streams
from foliot.transports.http.asgi import Message
from tests.http.conftest import House


class Listener:
    """A client at the far end of a stream, which httpx2's ASGI transport cannot be: it waits for the whole answer."""

    def __init__(self, house: House, path: str, last_event_id: str | None = None) -> None:
        self.started: Message = {}
        self._house = house
        self._path, _, self._query = path.partition("?")
        self._last = last_event_id
        self._chunks: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._left = asyncio.Event()
        self._asked = False

    def leave(self) -> None:
        self._left.set()

    async def next(self) -> bytes | None:
        """The next piece, None at the end."""
        async with asyncio.timeout(20):
            return await self._chunks.get()

    async def event(self) -> dict[str, str]:
        """The next event's lines by their names."""
        piece = await self.next()
        assert piece is not None, "the stream ended"
        return dict(line.split(": ", 1) for line in piece.decode().strip().split("\n"))

    async def serve(self) -> None:
        headers = [(b"authorization", f"Bearer {self._house.keys['acme', 'viewer']}".encode())]
        if self._last is not None:
            headers.append((b"last-event-id", self._last.encode()))
        scope = {
            "type": "http",
            "method": "GET",
            "path": self._path,
            "query_string": self._query.encode(),
            "headers": headers,
            "http_version": "1.1",
        }
        await self._house.app(scope, self._receive, self._send)

    async def _receive(self) -> Message:
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = message
            return
        if message["body"]:
            self._chunks.put_nowait(message["body"])
        if not message.get("more_body"):
            self._chunks.put_nowait(None)


@asynccontextmanager
async def listening_at(house: House, path: str, last_event_id: str | None = None) -> AsyncIterator[Listener]:
    listener = Listener(house, path, last_event_id)
    serving = asyncio.create_task(listener.serve())
    yield listener
    listener.leave()
    async with asyncio.timeout(20):
        await serving


def listening(house: House, run_id: str) -> AbstractAsyncContextManager[Listener]:
    return listening_at(house, f"/v1/runs/{run_id}/watch")


async def submitted(client: httpx2.AsyncClient) -> str:
    run_id: str = (await client.post("/v1/jobs", json={"type": "any"})).json()["run_id"]
    return run_id


async def test_events_come_as_they_happen_and_end_with_the_run(house: House, client: httpx2.AsyncClient) -> None:
    run_id = await submitted(client)
    async with listening(house, run_id) as listener:
        assert (await listener.event())["event"] == "run.created"
        assert (await listener.event())["event"] == "run.queued"
        [run] = await house.begin()
        assert (await listener.event())["event"] == "run.started"
        await house.succeed(run, 1)
        last = await listener.event()
        assert last["event"] == "run.succeeded"
        assert await listener.next() is None
    event = msgspec.json.decode(last["data"])
    assert (event["id"], event["run_id"], event["type"]) == (last["id"], run_id, "run.succeeded")


async def test_the_stream_is_never_buffered_nor_stored(house: House, client: httpx2.AsyncClient) -> None:
    run_id = await submitted(client)
    async with listening(house, run_id) as listener:
        await listener.event()
        headers = dict(listener.started["headers"])
    assert headers[b"content-type"].startswith(b"text/event-stream")
    assert headers[b"cache-control"] == b"no-store"
    assert headers[b"x-accel-buffering"] == b"no"
    assert b"x-request-id" in headers


async def test_a_client_that_comes_back_gets_what_it_missed(house: House, client: httpx2.AsyncClient) -> None:
    run_id = await submitted(client)
    async with listening(house, run_id) as listener:
        await listener.event()
        seen = (await listener.event())["id"]
    [run] = await house.begin()
    await house.succeed(run, 1)
    answer = await client.get(f"/v1/runs/{run_id}/watch", headers={"last-event-id": seen})
    assert [line for line in answer.text.splitlines() if line.startswith("event: ")] == [
        "event: run.started",
        "event: run.succeeded",
    ]


async def test_after_the_last_event_there_is_nothing_to_come_back_for(house: House, client: httpx2.AsyncClient) -> None:
    run_id = await house.dead_letter()
    last = (await client.get(f"/v1/runs/{run_id}/events")).json()["items"][-1]["id"]
    answer = await client.get(f"/v1/runs/{run_id}/watch", headers={"last-event-id": last})
    assert (answer.status_code, answer.content) == (204, b"")


async def test_an_unknown_last_event_tells_the_whole_story(house: House, client: httpx2.AsyncClient) -> None:
    run_id = await house.dead_letter()
    answer = await client.get(f"/v1/runs/{run_id}/watch", headers={"last-event-id": "nonsense"})
    assert "event: run.created" in answer.text


async def test_a_missing_run_is_a_problem_and_no_stream(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/v1/runs/01a2046f-3f91-739b-82ce-6f447f4dba8c/watch")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


async def test_a_quiet_stream_is_kept_alive(
    house: House, client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "KEEP_ALIVE_SECONDS", 0.01)
    run_id = await submitted(client)
    async with listening(house, run_id) as listener:
        pieces = [await listener.next() for _ in range(4)]
    assert pieces[-1] == b": still here\n\n"


async def test_a_client_that_leaves_ends_its_stream(house: House, client: httpx2.AsyncClient) -> None:
    run_id = await submitted(client)
    async with listening(house, run_id) as listener:
        await listener.event()
        listener.leave()
        while await listener.next() is not None:
            pass


async def test_a_server_that_stops_ends_its_streams(house: House, client: httpx2.AsyncClient) -> None:
    run_id = await submitted(client)
    async with listening(house, run_id) as listener:
        await listener.event()
        house.app.end_streams()
        while await listener.next() is not None:
            pass
    async with listening(house, run_id) as latecomer:
        assert await latecomer.next() is None


async def test_what_goes_wrong_under_way_is_told_as_an_event(
    house: House, client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = await submitted(client)
    async with listening(house, run_id) as listener:
        await listener.event()
        await listener.event()

        async def locked(*_: object) -> None:
            raise Unavailable("The database is locked.")

        monkeypatch.setattr(house.services.runs, "story", locked)
        told = await listener.event()
        assert told["event"] == "problem"
        assert "id" not in told
        assert msgspec.json.decode(told["data"])["code"] == "unavailable"
        assert await listener.next() is None
