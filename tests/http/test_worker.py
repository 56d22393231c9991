"""The worker protocol over HTTP, as a worker in any language meets it."""

import asyncio
from typing import Any

import httpx2
import msgspec
import pytest

from tests.http.conftest import House

TYPE = {"name": "resize", "timeout_seconds": 60, "retry": {"max_attempts": 2, "base_seconds": 0, "jitter": "none"}}
WISH = {"worker": "gopher", "types": ["resize"], "limit": 10}


@pytest.fixture
async def worker(client: httpx2.AsyncClient) -> httpx2.AsyncClient:
    """A worker of the tenant `acme` that has registered what it does."""
    answer = await client.post("/v1/worker/types", json={"types": [TYPE]})
    assert answer.status_code == 200, answer.text
    return client


async def submit(client: httpx2.AsyncClient, **members: Any) -> str:
    answer = await client.post("/v1/jobs", json={"type": "resize", **members})
    assert answer.status_code == 201, answer.text
    run_id: str = answer.json()["run_id"]
    return run_id


async def lease(client: httpx2.AsyncClient, **members: Any) -> list[dict[str, Any]]:
    answer = await client.post("/v1/worker/lease", json=WISH | members)
    assert answer.status_code == 200, answer.text
    runs: list[dict[str, Any]] = answer.json()["runs"]
    return runs


def hold(run: dict[str, Any]) -> dict[str, Any]:
    return {"run_id": run["run_id"], "lease": run["lease"]}


async def say(client: httpx2.AsyncClient, what: str, body: dict[str, Any]) -> Any:
    answer = await client.post(f"/v1/worker/{what}", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def test_from_the_lease_to_the_result(worker: httpx2.AsyncClient) -> None:
    run_id = await submit(worker, payload={"width": 3})
    [run] = await lease(worker)
    assert (run["run_id"], run["type"], run["payload"], run["attempt"]) == (run_id, "resize", {"width": 3}, 1)
    assert (run["timeout_seconds"], run["parents"], run["priority"]) == (60, [], "default")
    assert [item["state"] for item in await say(worker, "heartbeat", {"runs": [hold(run)]})] == ["held"]
    notes = [hold(run) | {"fraction": 0.5, "message": "half"}, hold(run) | {"message": "a line", "fields": {"n": 1}}]
    assert [item["state"] for item in await say(worker, "progress", {"notes": notes})] == ["held", "held"]
    assert (await worker.get(f"/v1/runs/{run_id}")).json()["progress"] == {"fraction": 0.5, "message": "half"}
    outcome = hold(run) | {"outcome": "succeeded", "result": {"ok": True}}
    assert await say(worker, "finish", {"outcomes": [outcome]}) == [
        hold(run) | {"status": "stored", "state": "succeeded"}
    ]
    shown = (await worker.get(f"/v1/runs/{run_id}")).json()
    assert (shown["state"], shown["result"], shown["worker"]) == ("succeeded", {"ok": True}, "gopher")


async def test_a_type_of_workers_outside_may_be_unique(worker: httpx2.AsyncClient) -> None:
    unique = {"args": ["width"], "until": "started"}
    answer = await worker.post("/v1/worker/types", json={"types": [TYPE | {"unique": unique}]})
    assert answer.json()["items"][0]["unique"] == unique
    run_id = await submit(worker, payload={"width": 3, "at": 1})
    again = await worker.post("/v1/jobs", json={"type": "resize", "payload": {"width": 3, "at": 2}})
    assert (again.status_code, again.json()["run_id"], again.json()["created"]) == (200, run_id, False)
    await lease(worker)
    assert await submit(worker, payload={"width": 3, "at": 3}) != run_id
    bad = await worker.post("/v1/worker/types", json={"types": [TYPE | {"unique": {"by": []}}]})
    assert (bad.status_code, bad.json()["code"], bad.json()["field"]) == (400, "invalid_unique", "unique.by")


async def test_the_answer_says_how_often_to_renew(worker: httpx2.AsyncClient) -> None:
    answer = (await worker.post("/v1/worker/lease", json=WISH)).json()
    assert (answer["runs"], answer["lease_seconds"], answer["heartbeat_seconds"]) == ([], 15, 5)


async def test_failures_are_tried_again_and_then_buried(worker: httpx2.AsyncClient) -> None:
    run_id = await submit(worker)
    states = []
    for _ in range(2):
        [run] = await lease(worker, wait_seconds=0)
        outcome = hold(run) | {"outcome": "failed", "error": {"message": "No disk.", "type": "OSError"}}
        [item] = await say(worker, "finish", {"outcomes": [outcome]})
        states.append(item["state"])
        await worker.post(f"/v1/runs/{run_id}/retry")
    assert states == ["retrying", "failed"]
    [dead] = (await worker.get("/v1/dead-letters")).json()["items"]
    assert (dead["id"], dead["error"]["message"]) == (run_id, "No disk.")


async def test_a_worker_waits_for_what_comes(worker: httpx2.AsyncClient) -> None:
    waiting = asyncio.create_task(lease(worker, wait_seconds=10))
    await asyncio.sleep(0.05)
    run_id = await submit(worker)
    async with asyncio.timeout(20):
        assert [run["run_id"] for run in await waiting] == [run_id]


async def test_a_server_that_stops_lets_those_go_who_wait(house: House, worker: httpx2.AsyncClient) -> None:
    waiting = asyncio.create_task(lease(worker, wait_seconds=30))
    await asyncio.sleep(0.05)
    house.app.end_streams()
    async with asyncio.timeout(20):
        assert await waiting == []
    assert await lease(worker, wait_seconds=30) == []


async def test_a_client_that_goes_away_leaves_no_lease(house: House, worker: httpx2.AsyncClient) -> None:
    gone = asyncio.Event()
    asked = False

    async def receive() -> dict[str, Any]:
        nonlocal asked
        if not asked:
            asked = True
            body = msgspec.json.encode(WISH | {"wait_seconds": 30})
            return {"type": "http.request", "body": body, "more_body": False}
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(_: Any) -> None:
        """Nobody is there."""

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/worker/lease",
        "query_string": b"",
        "headers": [(b"authorization", f"Bearer {house.keys['acme', 'operator']}".encode())],
        "http_version": "1.1",
    }
    serving = asyncio.create_task(house.app(scope, receive, send))
    await asyncio.sleep(0.05)
    gone.set()
    async with asyncio.timeout(20):
        await serving
    run_id = await submit(worker)
    assert [run["run_id"] for run in await lease(worker)] == [run_id]


async def test_another_tenants_worker_gets_and_ends_nothing(house: House, worker: httpx2.AsyncClient) -> None:
    run_id = await submit(worker)
    async with house.client(tenant="globex") as stranger:
        await stranger.post("/v1/worker/types", json={"types": [TYPE]})
        assert await lease(stranger) == []
        [run] = await lease(worker)
        assert [item["state"] for item in await say(stranger, "heartbeat", {"runs": [hold(run)]})] == ["lost"]
        [item] = await say(stranger, "finish", {"outcomes": [hold(run) | {"outcome": "succeeded"}]})
        assert (item["status"], item["problem"]["code"]) == ("refused", "lease_lost")
        assert "resize" not in (await worker.get(f"/v1/runs/{run_id}")).json()["state"]
        types = (await stranger.get("/v1/types")).json()["items"]
        assert [(kind["name"], kind["remote"]) for kind in types if kind["name"] == "resize"] == [("resize", True)]


async def test_a_cancellation_reaches_the_worker(worker: httpx2.AsyncClient) -> None:
    run_id = await submit(worker)
    [run] = await lease(worker)
    await worker.post(f"/v1/runs/{run_id}/cancel")
    assert [item["state"] for item in await say(worker, "heartbeat", {"runs": [hold(run)]})] == ["cancelling"]
    [item] = await say(worker, "finish", {"outcomes": [hold(run) | {"outcome": "cancelled"}]})
    assert item["state"] == "cancelled"


async def test_each_outcome_is_judged_by_itself(worker: httpx2.AsyncClient) -> None:
    for _ in range(2):
        await submit(worker)
    one, other = await lease(worker)
    outcomes = [
        hold(one) | {"outcome": "succeeded"},
        hold(other) | {"lease": other["lease"] + 1, "outcome": "succeeded"},
        {"run_id": "nonsense", "lease": 1, "outcome": "handed_back"},
    ]
    items = await say(worker, "finish", {"outcomes": outcomes})
    assert [item["status"] for item in items] == ["stored", "refused", "refused"]
    assert {item["problem"]["code"] for item in items[1:]} == {"lease_lost"}


BAD: dict[str, tuple[str, Any, int, str]] = {
    "no types": ("lease", {"worker": "w", "types": []}, 400, "types"),
    "no name": ("lease", {"types": ["resize"]}, 400, "worker"),
    "too many": ("lease", WISH | {"limit": 1_000}, 400, "limit"),
    "too long": ("lease", WISH | {"wait_seconds": 3_600}, 400, "wait_seconds"),
    "an unknown member": ("lease", WISH | {"waits": 1}, 400, "waits"),
    "a type of the system": ("lease", WISH | {"types": ["any"]}, 409, "types"),
    "no lease": ("heartbeat", {"runs": [{"run_id": "x"}]}, 400, "runs[0].lease"),
    "a lease that is no number": ("heartbeat", {"runs": [{"run_id": "x", "lease": "1"}]}, 400, "runs[0].lease"),
    "no fraction": ("progress", {"notes": [{"run_id": "x", "lease": 1, "fraction": 2}]}, 400, "notes[0].fraction"),
    "an unknown outcome": ("finish", {"outcomes": [{"run_id": "x", "lease": 1, "outcome": "won"}]}, 400,
                           "outcomes[0].outcome"),
    "a type without a name": ("types", {"types": [{}]}, 400, "types[0].name"),
    "a taken name": ("types", {"types": [{"name": "any"}]}, 409, "name"),
    "a bad schema": ("types", {"types": [{"name": "x", "arguments": {"type": 3}}]}, 400, "schema"),
    "a schema that looks elsewhere": ("types", {"types": [{"name": "x", "arguments": {"$ref": "http://a/"}}]}, 400,
                                      "schema"),
    "a bad policy": ("types", {"types": [{"name": "x", "retry": {"max_attempts": 0}}]}, 400, "retry.max_attempts"),
}  # fmt: skip


@pytest.mark.parametrize(("what", "body", "status", "field"), BAD.values(), ids=BAD.keys())
async def test_what_cannot_be_understood_is_refused(
    worker: httpx2.AsyncClient, what: str, body: Any, status: int, field: str
) -> None:
    answer = await worker.post(f"/v1/worker/{what}", json=body)
    assert (answer.status_code, answer.json().get("field")) == (status, field), answer.text


async def test_a_result_that_is_no_utf8_is_refused_alone(worker: httpx2.AsyncClient) -> None:
    for _ in range(2):
        await submit(worker)
    one, other = await lease(worker)
    body = b'{"outcomes": [%b, %b]}' % (
        msgspec.json.encode(hold(one) | {"outcome": "succeeded", "result": "\u00e4"}).replace("ä".encode(), b"\xff"),
        msgspec.json.encode(hold(other) | {"outcome": "succeeded", "result": "ä"}),
    )
    answer = await worker.post("/v1/worker/finish", content=body, headers={"content-type": "application/json"})
    assert [item["status"] for item in answer.json()["items"]] == ["refused", "stored"]
