"""Jobs that wait for others, over HTTP."""

from typing import Any

import httpx2
import pytest

from tests.http.conftest import House

NOBODY = "01890000-0000-7000-8000-000000000000"
A, B = {"as": "a"}, {"as": "b"}


async def _submit(client: httpx2.AsyncClient, **more: Any) -> str:
    answer = await client.post("/v1/jobs", json={"type": "any"} | more)
    assert answer.status_code == 201, answer.text
    job_id: str = answer.json()["job_id"]
    return job_id


async def _state(client: httpx2.AsyncClient, job_id: str) -> str:
    state: str = (await client.get(f"/v1/runs/{job_id}")).json()["state"]
    return state


async def test_a_job_shows_its_parents_and_its_children(client: httpx2.AsyncClient) -> None:
    parent = await _submit(client)
    child = await _submit(client, parents=[{"job_id": parent, "wait_for": "finished"}], join="any")
    assert await _state(client, child) == "blocked"
    shown = (await client.get(f"/v1/jobs/{child}")).json()
    relative = {"wait_for": "finished", "type": "any"}
    assert shown["parents"] == [relative | {"job_id": parent, "state": "queued"}]
    assert (shown["join"], shown["children"]) == ("any", [])
    shown = (await client.get(f"/v1/jobs/{parent}")).json()
    assert (shown["parents"], shown["join"]) == ([], None)
    assert shown["children"] == [relative | {"job_id": child, "state": "blocked"}]


async def test_a_batch_may_be_a_graph(client: httpx2.AsyncClient) -> None:
    jobs: list[dict[str, Any]] = [
        {"type": "any", "as": "report", "parents": [{"alias": "one"}, {"alias": "two"}]},
        {"type": "any", "as": "one"},
        {"type": "any", "as": "two", "parents": [{"alias": "one", "wait_for": "finished"}]},
    ]
    items = (await client.post("/v1/jobs:batch", json={"jobs": jobs})).json()["items"]
    assert [item["status"] for item in items] == ["created"] * 3
    report, one, two = (item["job_id"] for item in items)
    assert [await _state(client, job_id) for job_id in (report, one, two)] == ["blocked", "queued", "blocked"]
    graph = (await client.get(f"/v1/jobs/{one}/graph")).json()
    assert {(link["parent_id"], link["child_id"]) for link in graph["links"]} == {
        (one, report),
        (one, two),
        (two, report),
    }
    assert {member["job_id"] for member in graph["members"]} == {report, one, two}
    assert (graph["job_id"], graph["parents"], graph["is_whole"]) == (one, [], True)


async def test_a_graph_is_stored_whole_or_rejected_whole_and_beside_it_the_rest(client: httpx2.AsyncClient) -> None:
    jobs: list[dict[str, Any]] = [
        {"type": "any"},
        {"type": "any", "as": "good"},
        {
            "type": "any",
            "as": "bad",
            "parents": [{"alias": "good"}, {"job_id": NOBODY}],
        },
        {"type": "any", "parents": [{"alias": "bad"}]},
        {"type": "any", "as": "head"},
        {"type": "any", "parents": [{"alias": "head"}]},
    ]
    answer = (await client.post("/v1/jobs:batch", json={"jobs": jobs})).json()
    statuses = ["created", "rejected", "rejected", "rejected", "created", "created"]
    assert [item["status"] for item in answer["items"]] == statuses
    assert {item["problem"]["code"] for item in answer["items"] if "problem" in item} == {"unknown_parent"}
    assert len((await client.get("/v1/jobs")).json()["items"]) == 3


@pytest.mark.parametrize(
    ("jobs", "code", "words"),
    [
        ([A | {"parents": [{"alias": "b"}]}, B | {"parents": [{"alias": "a"}]}], "cyclic_graph", "a → b → a"),
        ([{"as": "a"}, {"parents": [{"alias": "a"}], "delay_seconds": "soon"}, B], "invalid_parents", "Mend that one"),
        ([{"as": "a", "parents": [{"alias": "a"}]}], "cyclic_graph", "a → a"),
        ([{"as": "a"}, {"as": "a", "parents": [{"alias": "a"}]}], "invalid_parents", "its own"),
        ([{"parents": [{"alias": "a"}]}], "invalid_parents", "No job of this call has the alias 'a'"),
        ([{"parents": [{}]}], "invalid_parents", "by its job_id, or by the alias"),
        ([{"as": "a"}, {"parents": [{"alias": "a"}, {"alias": "a"}]}], "invalid_parents", "named twice"),
        (
            [{"as": "a"}, {"schedule": {"kind": "every", "seconds": 60}, "parents": [{"alias": "a"}]}],
            "invalid_parents", "recurs cannot wait",
        ),
        ([{"as": "a", "type": "nobody"}, {"parents": [{"alias": "a"}]}], "unknown_job_type", "nobody"),
    ],
)  # fmt: skip
async def test_a_graph_that_cannot_be_is_refused_with_the_reason(
    client: httpx2.AsyncClient, jobs: list[dict[str, Any]], code: str, words: str
) -> None:
    body = {"jobs": [{"type": "any"} | job for job in jobs]}
    [*_, last] = (await client.post("/v1/jobs:batch", json=body)).json()["items"]
    assert last["status"] == "rejected"
    assert last["problem"]["code"] == code
    assert words in last["problem"]["detail"]
    assert (await client.get("/v1/jobs")).json()["items"] == []


async def test_the_parent_of_another_tenant_is_unknown(house: House, client: httpx2.AsyncClient) -> None:
    async with house.client(tenant="globex") as theirs:
        parent = await _submit(theirs)
    answer = await client.post("/v1/jobs", json={"type": "any", "parents": [{"job_id": parent}]})
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (400, "unknown_parent", "parents")


async def test_a_parent_that_has_ended_otherwise_is_a_conflict(client: httpx2.AsyncClient) -> None:
    parent = await _submit(client)
    await client.post(f"/v1/jobs/{parent}/cancel")
    answer = await client.post("/v1/jobs", json={"type": "any", "parents": [{"job_id": parent}]})
    assert (answer.status_code, answer.json()["code"]) == (409, "parent_ended")


async def test_cancelling_a_job_cancels_what_comes_after_it(client: httpx2.AsyncClient) -> None:
    head = await _submit(client)
    middle = await _submit(client, parents=[{"job_id": head}])
    last = await _submit(client, parents=[{"job_id": middle}])
    answer = await client.post(f"/v1/jobs/{head}/cancel")
    assert [child["state"] for child in answer.json()["children"]] == ["cancelled"]
    assert await _state(client, last) == "cancelled"


async def test_after_a_job_that_recurs_come_others_with_it_as_their_root(client: httpx2.AsyncClient) -> None:
    jobs: list[dict[str, Any]] = [
        {"type": "any", "as": "nightly", "schedule": {"kind": "cron", "expression": "0 3 * * *"}},
        {"type": "any", "as": "report", "parents": [{"alias": "nightly"}]},
        {"type": "any", "parents": [{"alias": "report"}], "expires_in_seconds": 60},
    ]
    items = (await client.post("/v1/jobs:batch", json={"jobs": jobs})).json()["items"]
    assert [(item["status"], item.get("run_id")) for item in items] == [("created", None)] * 3
    nightly, report, last = (item["job_id"] for item in items)
    shown = (await client.get(f"/v1/jobs/{last}")).json()
    assert (shown["root_id"], shown["state"], shown["expires_in_seconds"]) == (nightly, "active", 60)
    assert [(each["job_id"], each["state"]) for each in shown["parents"]] == [(report, None)]
    shown = (await client.get(f"/v1/jobs/{nightly}")).json()
    assert (shown["root_id"], [each["job_id"] for each in shown["children"]]) == (None, [report])
    assert (await client.post(f"/v1/jobs/{nightly}/run")).status_code == 200
    graph = (await client.get(f"/v1/jobs/{nightly}/graph")).json()
    assert {each["job_id"]: each["state"] for each in graph["members"]} == {
        nightly: "queued",
        report: "blocked",
        last: "blocked",
    }
    refused = await client.post(f"/v1/jobs/{report}/pause")
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    assert nightly in refused.json()["detail"]


@pytest.mark.parametrize(
    ("more", "code", "words"),
    [
        ({"delay_seconds": 5}, "invalid_parents", "no time of its own"),
        ({"expires_at": "2199-01-01T00:00:00Z"}, "invalid_expiry", "expires_in_seconds"),
        ({"overlap": "allow"}, "invalid_policy", "overlap"),
    ],
)
async def test_what_comes_after_a_job_that_recurs_has_no_time_of_its_own(
    client: httpx2.AsyncClient, more: dict[str, Any], code: str, words: str
) -> None:
    root = await _submit(client, schedule={"kind": "every", "seconds": 60})
    answer = await client.post("/v1/jobs", json={"type": "any", "parents": [{"job_id": root}]} | more)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert words in answer.json()["detail"]


async def test_a_recurring_parent_of_another_tenant_is_unknown(house: House, client: httpx2.AsyncClient) -> None:
    root = await _submit(client, schedule={"kind": "every", "seconds": 60})
    async with house.client(tenant="globex") as theirs:
        answer = await theirs.post("/v1/jobs", json={"type": "any", "parents": [{"job_id": root}]})
    assert answer.json()["code"] == "unknown_parent"
