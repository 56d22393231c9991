"""`Prefer: wait=n`: an answer with the result where it comes soon, the usual one where it does not."""

import asyncio
from typing import Any

import httpx2
import pytest

from foliot.transports.http.preferences import wait_of
from tests.http.conftest import House


async def _end_the_next(house: House, result: object) -> None:
    async with asyncio.timeout(20):
        while not (claimed := await house.begin()):
            await asyncio.sleep(0.005)
    await house.succeed(claimed[0], result)


async def test_a_quick_job_is_answered_with_its_result(house: House, client: httpx2.AsyncClient) -> None:
    ending = asyncio.create_task(_end_the_next(house, {"n": 7}))
    answer = await client.post("/v1/jobs", json={"type": "any"}, headers={"prefer": "wait=20"})
    await ending
    told = answer.json()
    assert (answer.status_code, answer.headers["preference-applied"]) == (200, "wait=20")
    assert (told["run"]["state"], told["run"]["result"], told["created"]) == ("succeeded", {"n": 7}, True)
    assert answer.headers["location"] == f"/v1/jobs/{told['job_id']}"


async def test_a_failed_run_is_told_with_its_error(house: House, client: httpx2.AsyncClient) -> None:
    run_id = await house.dead_letter()
    told = (await client.get(f"/v1/runs/{run_id}", headers={"prefer": "wait=20"})).json()
    assert (told["state"], told["error"]["message"]) == ("failed", "It broke.")


async def test_a_slow_job_is_answered_as_without(house: House, client: httpx2.AsyncClient) -> None:
    answer = await client.post("/v1/jobs", json={"type": "any"}, headers={"prefer": "wait=0"})
    assert (answer.status_code, answer.headers["preference-applied"]) == (201, "wait=0")
    assert "run" not in answer.json()


async def test_a_key_that_is_known_gets_the_result_of_its_job(house: House, client: httpx2.AsyncClient) -> None:
    body = {"type": "any", "key": "once"}
    await client.post("/v1/jobs", json=body)
    waiting = asyncio.create_task(client.post("/v1/jobs", json=body, headers={"prefer": "wait=20"}))
    await _end_the_next(house, "done")
    told = (await waiting).json()
    assert (told["created"], told["run"]["result"]) == (False, "done")


async def test_a_job_that_recurs_has_no_end_to_wait_for(client: httpx2.AsyncClient) -> None:
    body = {"type": "any", "schedule": {"kind": "every", "seconds": 60}}
    answer = await client.post("/v1/jobs", json=body, headers={"prefer": "wait=20"})
    assert (answer.status_code, "preference-applied" in answer.headers) == (201, False)


async def test_a_run_is_waited_for_and_shown_as_it_stands(house: House, client: httpx2.AsyncClient) -> None:
    run_id = (await client.post("/v1/jobs", json={"type": "any"})).json()["run_id"]
    still = await client.get(f"/v1/runs/{run_id}", headers={"prefer": "wait=0"})
    assert (still.json()["state"], still.headers["preference-applied"]) == ("queued", "wait=0")
    waiting = asyncio.create_task(client.get(f"/v1/runs/{run_id}", headers={"prefer": "wait=20"}))
    await _end_the_next(house, 1)
    assert (await waiting).json()["result"] == 1


async def test_who_goes_away_is_waited_for_no_more(house: House, client: httpx2.AsyncClient) -> None:
    run_id = (await client.post("/v1/jobs", json={"type": "any"})).json()["run_id"]
    left, asked = asyncio.Event(), asyncio.Event()

    async def receive() -> dict[str, Any]:
        if not asked.is_set():
            asked.set()
            return {"type": "http.request", "body": b"", "more_body": False}
        await left.wait()
        return {"type": "http.disconnect"}

    async def send(_: object) -> None: ...

    key = house.keys["acme", "viewer"].encode()
    scope = {
        "type": "http", "method": "GET", "path": f"/v1/runs/{run_id}", "query_string": b"", "http_version": "1.1",
        "headers": [(b"authorization", b"Bearer " + key), (b"prefer", b"wait=60")],
    }  # fmt: skip
    serving = asyncio.create_task(house.app(scope, receive, send))
    async with asyncio.timeout(20):
        while not house.services.watch._waiting:
            await asyncio.sleep(0)
        left.set()
        await serving
    assert not house.services.watch._waiting


@pytest.mark.parametrize(
    ("prefer", "seconds"),
    [
        (None, None),
        ("wait=5", 5),
        ("respond-async, wait=10", 10),
        ('WAIT = "7"; x=1', 7),
        ("wait=100000", 60),
        ("wait=0", 0),
        ("wait", None),
        ("wait=-1", None),
        ("wait=1.5", None),
        ("await=5", None),
        ("return=minimal", None),
    ],
)
def test_what_a_header_asks_for(prefer: str | None, seconds: int | None) -> None:
    assert wait_of(prefer) == seconds
