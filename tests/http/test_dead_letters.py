"""Dead letters: list, replay, discard."""

import httpx2
import pytest

from tests.http.conftest import House


async def dead(client: httpx2.AsyncClient, **query: str) -> list[str]:
    return [run["id"] for run in (await client.get("/v1/dead-letters", params=query)).json()["items"]]


async def test_a_run_that_failed_for_good_is_listed(house: House, client: httpx2.AsyncClient) -> None:
    run_id = await house.dead_letter()
    assert await dead(client) == [run_id]
    assert await dead(client, type="fragile") == [run_id]
    assert await dead(client, type="greet") == []


async def test_a_replay_is_a_new_run_that_names_the_dead_one(house: House, client: httpx2.AsyncClient) -> None:
    run_id = await house.dead_letter()
    answer = await client.post(f"/v1/dead-letters/{run_id}/replay")
    assert answer.status_code == 201
    fresh = answer.json()
    assert (fresh["replay_of"], fresh["state"]) == (run_id, "queued")
    assert (await client.get(answer.headers["location"])).json()["id"] == fresh["id"]
    assert await dead(client) == []
    assert (await client.post(f"/v1/dead-letters/{run_id}/replay")).status_code == 404


async def test_a_discarded_run_stays_in_the_history(house: House, client: httpx2.AsyncClient) -> None:
    run_id = await house.dead_letter()
    answer = await client.post(f"/v1/dead-letters/{run_id}/discard")
    assert (answer.status_code, answer.content) == (204, b"")
    assert await dead(client) == []
    assert (await client.get(f"/v1/runs/{run_id}")).json()["state"] == "failed"
    assert (await client.post(f"/v1/dead-letters/{run_id}/discard")).status_code == 404


async def test_many_are_replayed_up_to_a_limit(house: House, client: httpx2.AsyncClient) -> None:
    run_ids = [await house.dead_letter() for _ in range(3)]
    replayed = (await client.post("/v1/dead-letters:replay", json={"type": "fragile", "limit": 2})).json()
    assert replayed["replayed"] == len(replayed["run_ids"]) == 2
    assert await dead(client) == [run_ids[0]]


async def test_many_are_discarded_by_filter(house: House, client: httpx2.AsyncClient) -> None:
    await house.dead_letter()
    assert (await client.post("/v1/dead-letters:discard", json={"queue": "other"})).json() == {"discarded": 0}
    assert (await client.post("/v1/dead-letters:discard", json={})).json() == {"discarded": 1}
    assert await dead(client) == []


@pytest.mark.parametrize("verb", ["replay", "discard"])
async def test_bulk_never_touches_another_tenant(house: House, client: httpx2.AsyncClient, verb: str) -> None:
    theirs = await house.dead_letter("globex")
    await client.post(f"/v1/dead-letters:{verb}", json={})
    async with house.client(tenant="globex") as other:
        assert await dead(other) == [theirs]


@pytest.mark.parametrize("verb", ["replay", "discard"])
@pytest.mark.parametrize(
    ("body", "field"),
    [({"limit": 0}, "limit"), ({"limit": 501}, "limit"), ({"limit": "5"}, "limit"), ({"all": True}, "all")],
)
async def test_bulk_refuses_what_it_does_not_know(
    client: httpx2.AsyncClient, verb: str, body: dict[str, object], field: str
) -> None:
    answer = await client.post(f"/v1/dead-letters:{verb}", json=body)
    assert (answer.status_code, answer.json()["field"]) == (400, field)


async def test_bulk_without_a_body_is_refused(house: House, client: httpx2.AsyncClient) -> None:
    run_id = await house.dead_letter()
    assert (await client.post("/v1/dead-letters:discard")).status_code == 400
    assert await dead(client) == [run_id]
