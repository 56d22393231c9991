"""Submitting over HTTP: one job, one job twice, thousands at once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import msgspec
import pytest

from foliot.domain.errors import Unavailable
from foliot.domain.job_type import JobType
from foliot.domain.policy import Policy
from foliot.domain.unique import Unique
from foliot.service.jobs import LARGEST_BATCH
from tests.http.conftest import House


async def test_a_job_is_stored_and_its_receipt_says_where_to_look(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/v1/jobs", json={"type": "greet", "payload": {"name": "Ada"}})
    assert answer.status_code == 201
    receipt = answer.json()
    assert receipt["created"] is True
    assert answer.headers["location"] == receipt["links"]["job"] == f"/v1/jobs/{receipt['job_id']}"
    job = (await client.get(receipt["links"]["job"])).json()
    assert (job["type"], job["payload"], job["created_by"]) == ("greet", {"name": "Ada"}, "acme-operator")
    run = (await client.get(receipt["links"]["run"])).json()
    assert (run["state"], run["job_id"]) == ("queued", receipt["job_id"])


async def test_everything_a_job_may_say_is_kept(client: httpx2.AsyncClient) -> None:
    retry = {"max_attempts": 5, "backoff": "fixed", "base_seconds": 2.0, "jitter": "none"}
    sent: dict[str, Any] = {
        "type": "any",
        "payload": [1, None, "é"],
        "delay_seconds": 60,
        "queue": "slow",
        "priority": "high",
        "timeout_seconds": 9.5,
        "retry": retry,
    }
    receipt = (await client.post("/v1/jobs", json=sent)).json()
    job = (await client.get(f"/v1/jobs/{receipt['job_id']}")).json()
    for name in ("payload", "queue", "priority", "timeout_seconds"):
        assert job[name] == sent[name], name
    assert job["retry"] | retry == job["retry"]
    assert job["schedule"]["kind"] == "at"
    run = (await client.get(f"/v1/runs/{receipt['run_id']}")).json()
    assert (run["state"], run["max_attempts"], run["priority"]) == ("pending", 5, "high")


async def test_the_payload_comes_back_byte_for_byte(client: httpx2.AsyncClient) -> None:
    payload = '{"big":123456789012345678901234567890,"one":1.0,"spaced" : [ 1 ]}'
    receipt = (
        await client.post(
            "/v1/jobs", content=f'{{"type":"any","payload":{payload}}}', headers={"content-type": "application/json"}
        )
    ).json()
    assert payload in (await client.get(f"/v1/jobs/{receipt['job_id']}")).text


async def test_a_recurring_job_has_no_run_yet(client: httpx2.AsyncClient) -> None:
    sent = {"type": "any", "schedule": {"kind": "every", "seconds": 3600, "count": 3}}
    receipt = (await client.post("/v1/jobs", json=sent)).json()
    assert receipt["run_id"] is None
    assert "run" not in receipt["links"]
    job = (await client.get(f"/v1/jobs/{receipt['job_id']}")).json()
    assert job["next_at"].endswith("Z")
    assert job["schedule"]["count"] == 3


async def test_a_job_waits_for_its_instant(client: httpx2.AsyncClient) -> None:
    at = (datetime.now(UTC) + timedelta(days=1)).replace(microsecond=0)
    sent = {"type": "any", "schedule": {"kind": "at", "at": at.astimezone().isoformat()}}
    receipt = (await client.post("/v1/jobs", json=sent)).json()
    run = (await client.get(f"/v1/runs/{receipt['run_id']}")).json()
    assert run["due_at"] == at.isoformat().replace("+00:00", "Z")


# -- submission keys


@pytest.mark.parametrize("again", ['"order-7"', "order-7"])
async def test_the_same_key_again_gets_the_first_job(client: httpx2.AsyncClient, again: str) -> None:
    job = {"type": "greet"}
    first = await client.post("/v1/jobs", json=job, headers={"idempotency-key": '"order-7"'})
    second = await client.post("/v1/jobs", json=job, headers={"idempotency-key": again})
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json() == first.json() | {"created": False}
    assert second.headers["location"] == first.headers["location"]


async def test_a_key_in_the_body_is_the_same_as_in_the_header(client: httpx2.AsyncClient) -> None:
    first = await client.post("/v1/jobs", json={"type": "greet", "key": "a"}, headers={"idempotency-key": '"a"'})
    second = await client.post("/v1/jobs", json={"type": "greet", "key": "a"})
    assert (first.status_code, second.status_code) == (201, 200)


async def test_a_key_that_belongs_to_another_job_is_refused(client: httpx2.AsyncClient) -> None:
    await client.post("/v1/jobs", json={"type": "greet", "key": "a"})
    answer = await client.post("/v1/jobs", json={"type": "any", "key": "a"})
    assert answer.status_code == 422
    assert answer.json()["code"] == "submission_key_conflict"


async def test_each_tenant_has_its_own_keys(house: House, client: httpx2.AsyncClient) -> None:
    await client.post("/v1/jobs", json={"type": "greet", "key": "a"})
    async with house.client(tenant="globex") as other:
        assert (await other.post("/v1/jobs", json={"type": "any", "key": "a"})).status_code == 201


@pytest.mark.parametrize(
    ("in_header", "in_body"),
    [('"a"', "b"), ('""', None), ("", None), ('"a', None), ('"a"b"', None), ('"a\\"b"', None), ("é", None)],
)
async def test_a_key_that_cannot_be_meant_is_refused(
    client: httpx2.AsyncClient, in_header: str, in_body: str | None
) -> None:
    headers = [(b"idempotency-key", in_header.encode("latin-1"))]
    answer = await client.post("/v1/jobs", json={"type": "greet", "key": in_body}, headers=headers)
    assert answer.status_code == 400
    assert answer.json()["field"] in ("Idempotency-Key", "key")
    assert (await client.get("/v1/jobs")).json()["items"] == []


# -- one for all, and in time


async def test_a_unique_job_is_answered_with_the_first(client: httpx2.AsyncClient) -> None:
    sent = {"type": "any", "payload": {"id": 7, "at": 1}, "unique": {"by": ["type", "args"], "args": ["id"]}}
    first = (await client.post("/v1/jobs", json=sent)).json()
    answer = await client.post("/v1/jobs", json=sent | {"payload": {"at": 2, "id": 7}})
    assert (answer.status_code, answer.json()) == (200, first | {"created": False})
    assert (await client.post("/v1/jobs", json=sent | {"payload": {"at": 1, "id": 8}})).status_code == 201


async def test_a_job_of_a_unique_type_is_answered_with_the_first(house: House, client: httpx2.AsyncClient) -> None:
    await house.services.catalogue.register([JobType(name="sync", policy=Policy(unique=Unique(args=("id",))))])
    [shown] = [each for each in (await client.get("/v1/types")).json()["items"] if each["name"] == "sync"]
    assert shown["unique"] == {"args": ["id"]}
    sent = {"type": "sync", "payload": {"id": 7, "at": 1}}
    first = (await client.post("/v1/jobs", json=sent)).json()
    answer = await client.post("/v1/jobs", json=sent | {"payload": {"id": 7, "at": 2}, "repeat_key": "r"})
    assert (answer.status_code, answer.json()) == (200, first | {"created": False})
    keyed = await client.post("/v1/jobs", json=sent, headers={"Idempotency-Key": "mine"})
    assert (keyed.status_code, keyed.json()["created"]) == (201, True)


async def test_a_request_that_is_sent_again_is_answered_as_the_first_time(client: httpx2.AsyncClient) -> None:
    sent = {"type": "any", "payload": 1, "repeat_key": "r"}
    first, again = [await client.post("/v1/jobs", json=sent) for _ in range(2)]
    assert (again.status_code, again.json()) == (first.status_code, first.json()) == (201, first.json())
    batch = (await client.post("/v1/jobs:batch", json={"jobs": [sent]})).json()
    assert batch["items"] == [{"status": "created", "job_id": first.json()["job_id"], "run_id": first.json()["run_id"]}]
    assert (await client.post("/v1/jobs", json=sent | {"payload": 2})).status_code == 422


async def test_a_debounced_job_is_updated(client: httpx2.AsyncClient) -> None:
    sent = {"type": "any", "payload": 1, "key": "k", "debounce_seconds": 60, "debounce_max_wait_seconds": 600}
    first = (await client.post("/v1/jobs", json=sent)).json()
    assert (first["created"], first["updated"]) == (True, False)
    answer = await client.post("/v1/jobs", json=sent | {"payload": 2})
    assert (answer.status_code, answer.json()) == (200, first | {"created": False, "updated": True})
    assert (await client.get(f"/v1/jobs/{first['job_id']}")).json()["payload"] == 2
    events = (await client.get(f"/v1/jobs/{first['job_id']}/events")).json()["items"]
    assert [event["type"] for event in events] == ["job.created", "job.debounced"]
    outcome = (await client.post("/v1/jobs:batch", json={"jobs": [sent, sent | {"key": "other"}]})).json()
    assert [item["status"] for item in outcome["items"]] == ["updated", "created"]
    assert (outcome["created"], outcome["updated"]) == (1, 1)


async def test_a_job_and_its_run_show_when_they_expire(client: httpx2.AsyncClient) -> None:
    receipt = (await client.post("/v1/jobs", json={"type": "any", "expires_at": "2199-01-01T00:00:00+01:00"})).json()
    for link in ("job", "run"):
        assert (await client.get(receipt["links"][link])).json()["expires_at"] == "2198-12-31T23:00:00Z"
    sent = {"type": "any", "expires_in_seconds": 5, "schedule": {"kind": "every", "seconds": 3600}}
    receipt = (await client.post("/v1/jobs", json=sent)).json()
    job = (await client.get(receipt["links"]["job"])).json()
    assert (job["expires_in_seconds"], job["expires_at"]) == (5, None)


@pytest.mark.parametrize(
    ("asked", "code", "field"),
    [
        ({"expires_in_seconds": 5, "delay_seconds": 9}, "invalid_expiry", "expires_in_seconds"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "invalid_expiry", "expires_at"),
        ({"unique": {"by": []}}, "invalid_unique", "unique.by"),
        ({"unique": {"args": ["x"]}, "payload": 3}, "invalid_unique", "unique.args"),
        ({"unique": {}, "key": "k"}, "invalid_unique", "unique"),
        ({"key_expires_in_seconds": 60}, "invalid_unique", "key_expires_in_seconds"),
        ({"debounce_seconds": 5}, "invalid_debounce", "debounce_seconds"),
        ({"debounce_max_wait_seconds": 5, "key": "k"}, "invalid_debounce", "debounce_max_wait_seconds"),
        ({"unique": {"by": ["colour"]}}, "invalid_request", "unique.by"),
    ],
)
async def test_what_makes_no_sense_is_refused(
    client: httpx2.AsyncClient, asked: dict[str, Any], code: str, field: str
) -> None:
    answer = await client.post("/v1/jobs", json={"type": "any"} | asked)
    assert answer.status_code == 400
    assert (answer.json()["code"], answer.json()["field"].partition("[")[0]) == (code, field)
    assert (await client.get("/v1/jobs")).json()["items"] == []


# -- batches


async def test_each_job_of_a_batch_is_judged_by_itself_and_in_order(client: httpx2.AsyncClient) -> None:
    await client.post("/v1/jobs", json={"type": "greet", "key": "known"})
    batch = [
        {"type": "greet"},
        {"type": "greet", "colour": "red"},
        {"type": "greet", "key": "known"},
        {"type": "nobody"},
        {"type": "greet", "payload": {"name": 5}},
        {"type": "any", "key": "known"},
        "not an object",
        {"type": "greet", "priority": "urgent"},
        {"type": "any", "schedule": {"kind": "every", "seconds": 60}},
    ]
    answer = await client.post("/v1/jobs:batch", json={"jobs": batch})
    assert answer.status_code == 200
    outcome = answer.json()
    assert [item.get("problem", item)["code" if "problem" in item else "status"] for item in outcome["items"]] == [
        "created",
        "invalid_request",
        "existing",
        "unknown_job_type",
        "invalid_payload",
        "submission_key_conflict",
        "invalid_request",
        "invalid_request",
        "created",
    ]
    assert (outcome["created"], outcome["existing"], outcome["updated"], outcome["rejected"]) == (2, 1, 0, 6)
    assert outcome["items"][1]["problem"]["field"] == "colour"
    assert outcome["items"][5]["problem"]["status"] == 422
    assert "run_id" not in outcome["items"][8]
    assert len((await client.get("/v1/jobs")).json()["items"]) == 3


async def test_a_key_twice_in_a_batch_makes_one_job(client: httpx2.AsyncClient) -> None:
    job = {"type": "greet", "key": "twin"}
    outcome = (await client.post("/v1/jobs:batch", json={"jobs": [job, job]})).json()
    assert [item["status"] for item in outcome["items"]] == ["created", "existing"]
    assert outcome["items"][0]["job_id"] == outcome["items"][1]["job_id"]


async def test_thousands_fit_in_one_call_and_one_more_is_refused(client: httpx2.AsyncClient) -> None:
    job = b'{"type":"any"}'
    headers = {"content-type": "application/json"}
    most = b'{"jobs":[' + b",".join([job] * LARGEST_BATCH) + b"]}"
    assert (await client.post("/v1/jobs:batch", content=most, headers=headers)).json()["created"] == LARGEST_BATCH
    answer = await client.post("/v1/jobs:batch", content=most.replace(b"[", b"[" + job + b",", 1), headers=headers)
    assert answer.status_code == 400
    assert answer.json()["field"] == "jobs"


async def test_an_empty_batch_is_no_error(client: httpx2.AsyncClient) -> None:
    outcome = (await client.post("/v1/jobs:batch", json={"jobs": []})).json()
    assert outcome == {"items": [], "created": 0, "existing": 0, "updated": 0, "rejected": 0}


@pytest.mark.parametrize("body", ["[]", "{}", '{"jobs":{}}', '{"jobs":[],"extra":1}', '{"jobs":[{]}', "null"])
async def test_a_malformed_batch_is_refused_whole(client: httpx2.AsyncClient, body: str) -> None:
    answer = await client.post("/v1/jobs:batch", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400


async def test_a_batch_takes_no_key_of_its_own(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/v1/jobs:batch", json={"jobs": []}, headers={"idempotency-key": '"a"'})
    assert answer.json()["field"] == "Idempotency-Key"


async def test_a_store_that_cannot_write_is_a_clear_503(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def locked(*_: object) -> None:
        raise Unavailable("The database is locked.")

    monkeypatch.setattr(house.services.jobs, "submit_many", locked)
    async with house.client() as client:
        for path, body in (("/v1/jobs", {"type": "any"}), ("/v1/jobs:batch", {"jobs": [{"type": "any"}]})):
            answer = await client.post(path, json=body)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
            assert answer.json()["detail"] == "The database is locked."


async def test_the_receipt_has_no_member_that_is_not_told(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/v1/jobs", json={"type": "greet"})
    assert set(msgspec.json.decode(answer.content)) == {"job_id", "run_id", "created", "updated", "links"}
