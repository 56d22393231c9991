"""Editing jobs over HTTP: merge patches, and conditions on what was seen."""

from datetime import timedelta
from typing import Any

import httpx2
import pytest

from foliot.domain.identity import Role
from tests.contract.builders import occurrence
from tests.http.conftest import OWNER, House
from tests.http.test_jobs_and_runs import submitted

EVERY_MINUTE = {"kind": "every", "seconds": 60, "end": "2190-01-01T00:00:00Z"}


async def recurring(client: httpx2.AsyncClient, **job: Any) -> str:
    receipt = await submitted(
        client, **({"schedule": EVERY_MINUTE, "payload": {"a": {"b": 1, "c": 2}, "d": [1]}} | job)
    )
    return f"/v1/jobs/{receipt['job_id']}"


async def patched(client: httpx2.AsyncClient, path: str, **patch: Any) -> dict[str, Any]:
    answer = await client.patch(path, json=patch)
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


# -- merging


async def test_what_is_left_out_stays_and_what_is_null_follows_the_type(client: httpx2.AsyncClient) -> None:
    path = await recurring(client)
    job = (await client.get(path)).json()
    retry = {"max_attempts": 9, "base_seconds": 5}
    edited = await patched(client, path, queue="slow", priority="high", timeout_seconds=5, retry=retry)
    assert edited == job | {
        "queue": "slow", "priority": "high", "timeout_seconds": 5.0, "retry": edited["retry"], "revision": 2,
    }  # fmt: skip
    assert retry.items() <= edited["retry"].items()
    again = await patched(client, path, retry={"max_attempts": 2})
    assert (again["retry"]["max_attempts"], again["retry"]["base_seconds"]) == (2, 5)
    assert await patched(client, path, queue=None, priority=None, timeout_seconds=None, retry=None) == job | {
        "revision": 4
    }
    events = (await client.get(f"{path}/events")).json()["items"]
    assert [event["type"] for event in events] == ["job.created", "job.updated", "job.updated", "job.updated"]
    assert events[2]["data"]["changed"].keys() == {"retry"}


async def test_expiry_is_given_and_taken_off(client: httpx2.AsyncClient) -> None:
    path = await recurring(client)
    assert (await patched(client, path, expires_in_seconds=60))["expires_in_seconds"] == 60
    assert (await patched(client, path, expires_in_seconds=None))["expires_in_seconds"] is None
    refused = await client.patch(path, json={"expires_at": "2190-01-01T00:00:00Z"})
    assert (refused.status_code, refused.json()["field"]) == (400, "expires_at")


@pytest.mark.parametrize(
    ("patch", "payload"),
    [
        ({"a": {"b": 5, "c": None}}, {"a": {"b": 5}, "d": [1]}),
        ({"a": None, "e": {"f": None, "g": "h"}}, {"d": [1], "e": {"g": "h"}}),
        ({"d": {"x": 1}}, {"a": {"b": 1, "c": 2}, "d": {"x": 1}}),
        ({"d": [2, None]}, {"a": {"b": 1, "c": 2}, "d": [2, None]}),
        ([1, None], [1, None]),
        (5, 5),
        (None, {}),
        (
            {"big": 123456789012345678901234567890},
            {"a": {"b": 1, "c": 2}, "d": [1], "big": 123456789012345678901234567890},
        ),
    ],
)
async def test_a_payload_is_merged_as_rfc_7396_says(client: httpx2.AsyncClient, patch: Any, payload: Any) -> None:
    path = await recurring(client)
    assert (await patched(client, path, payload=patch))["payload"] == payload
    assert (await client.get(path)).json()["payload"] == payload


async def test_a_schedule_is_merged_and_forgets_what_its_new_kind_does_not_have(client: httpx2.AsyncClient) -> None:
    path = await recurring(client)
    edited = await patched(client, path, schedule={"seconds": 30})
    assert (edited["schedule"]["seconds"], edited["schedule"]["end"]) == (30, EVERY_MINUTE["end"])
    cron = {"kind": "cron", "expression": "0 9 * * *", "timezone": "Europe/Zurich"}
    edited = await patched(client, path, schedule=cron)
    assert cron.items() <= edited["schedule"].items()
    assert (edited["schedule"]["end"], "seconds" in edited["schedule"]) == (EVERY_MINUTE["end"], False)
    assert (await patched(client, path, schedule={"end": None}))["schedule"]["end"] is None


async def test_a_simple_form_replaces_a_schedule(client: httpx2.AsyncClient) -> None:
    path = await recurring(client)
    edited = await patched(client, path, schedule={"kind": "daily", "at_time": "08:00", "timezone": "Asia/Taipei"})
    assert (edited["schedule"]["kind"], edited["schedule"]["rule"]) == ("rrule", "FREQ=DAILY;INTERVAL=1")
    assert edited["next_at"].endswith("T00:00:00Z")


async def test_policies_for_what_recurs_are_merged(client: httpx2.AsyncClient) -> None:
    path = await recurring(client, misfire={"kind": "catch_up", "limit": 3})
    edited = await patched(client, path, misfire={"stagger_seconds": 9}, overlap="allow")
    assert (edited["misfire"]["limit"], edited["misfire"]["stagger_seconds"], edited["overlap"]) == (3, 9, "allow")
    edited = await patched(client, path, misfire={"kind": "skip"})
    assert edited["misfire"] == {"kind": "skip", "grace_seconds": edited["misfire"]["grace_seconds"]}
    assert (await patched(client, path, misfire="coalesce"))["misfire"] == {"kind": "coalesce"}
    edited = await patched(client, path, misfire=None, overlap=None)
    assert (edited["misfire"], edited["overlap"]) == (None, None)
    refused = await client.patch(path, json={"misfire": {"limit": 5}})
    assert (refused.status_code, refused.json()["field"]) == (400, "misfire.kind")


async def test_a_job_that_runs_once_gets_another_time(client: httpx2.AsyncClient) -> None:
    receipt = await submitted(client, delay_seconds=60)
    at = {"kind": "at", "at": "2190-01-01T00:00:00Z"}
    assert (await patched(client, receipt["links"]["job"], schedule=at))["schedule"] == at
    assert (await client.get(receipt["links"]["run"])).json()["due_at"] == at["at"]
    assert (await patched(client, receipt["links"]["job"], schedule=None))["schedule"] is None
    assert (await client.get(receipt["links"]["run"])).json()["state"] == "queued"


async def test_a_run_that_has_started_is_not_reached(house: House, client: httpx2.AsyncClient) -> None:
    receipt = await submitted(client)
    [run] = await house.begin()
    begun = await client.patch(receipt["links"]["job"], json={"payload": {"a": 1}})
    await house.succeed(run, 1)
    ended = await client.patch(receipt["links"]["job"], json={"payload": {"a": 1}})
    assert [(answer.status_code, answer.json()["code"]) for answer in (begun, ended)] == [(409, "conflict")] * 2


@pytest.mark.parametrize(
    ("patch", "status", "code", "field"),
    [
        ('{"colour": "red"}', 400, "invalid_request", "colour"),
        ('{"type": "greet"}', 400, "invalid_request", "type"),
        ('{"queue": 5}', 400, "invalid_request", "queue"),
        ('{"queue": ""}', 400, "invalid_policy", "queue"),
        ('{"priority": "urgent"}', 400, "invalid_request", "priority"),
        ('{"timeout_seconds": 0}', 400, "invalid_request", "timeout_seconds"),
        ('{"schedule": 5}', 400, "invalid_request", "schedule"),
        ('{"schedule": {"kind": "sundial"}}', 400, "invalid_request", "schedule.kind"),
        ('{"schedule": {"kind": null}}', 400, "invalid_request", "schedule.kind"),
        ('{"schedule": {"expression": "* * * * *"}}', 400, "invalid_request", "schedule.expression"),
        ('{"schedule": {"seconds": 0.1}}', 400, "invalid_schedule", "schedule.seconds"),
        ('{"schedule": null}', 409, "conflict", None),
        ('{"retry": {"max_attempts": 0}}', 400, "invalid_policy", "retry.max_attempts"),
        ('{"retry": {"colour": "red"}}', 400, "invalid_request", "retry.colour"),
        ('{"payload": {"a":"\\ud800"}}', 400, "invalid_request", None),
        ('{"payload": {"a": 1e999}}', 400, "invalid_payload", "payload"),
        ('[{"op": "replace"}]', 400, "invalid_request", None),
        ("null", 400, "invalid_request", None),
        ("", 400, "invalid_request", None),
        ('{"schedule": ' + '{"a":' * 3000 + "1" + "}" * 3001, 400, "invalid_request", None),
        ('{"payload": ' + '{"a":' * 3000 + "1" + "}" * 3001, 400, None, None),
    ],
)
async def test_a_bad_patch_is_refused_and_changes_nothing(
    client: httpx2.AsyncClient, patch: str, status: int, code: str | None, field: str | None
) -> None:
    path = await recurring(client)
    before = (await client.get(path)).json()
    answer = await client.patch(path, content=patch.encode(), headers={"content-type": "application/merge-patch+json"})
    problem = answer.json()
    assert answer.status_code == status, problem
    assert (problem["code"], problem.get("field")) == (code or problem["code"], field if code else problem.get("field"))
    assert (await client.get(path)).json() == before


async def test_a_patch_is_a_merge_patch_or_plain_json(client: httpx2.AsyncClient) -> None:
    path = await recurring(client)
    for media_type, status in (
        ("application/merge-patch+json", 200),
        ("application/merge-patch+json; charset=utf-8", 200),
        ("application/json", 200),
        ("application/json-patch+json", 415),
        ("text/plain", 415),
    ):
        answer = await client.patch(path, content=b'{"queue":"slow"}', headers={"content-type": media_type})
        assert answer.status_code == status, media_type
    answer = await client.post(f"{path}/pause", content=b"{}", headers={"content-type": "application/merge-patch+json"})
    assert answer.status_code == 200


async def test_editing_is_for_operators_of_the_tenant(house: House, client: httpx2.AsyncClient) -> None:
    path = await recurring(client)
    async with house.client(role=Role.VIEWER) as viewer, house.client(tenant="globex") as stranger:
        assert (await viewer.patch(path, json={"queue": "slow"})).status_code == 403
        assert (await stranger.patch(path, json={"queue": "slow"})).status_code == 404


async def test_the_methods_of_a_job_are_told(house: House, client: httpx2.AsyncClient) -> None:
    path = await recurring(client)
    assert (await client.options(path)).headers["allow"] == "GET, OPTIONS, PATCH"


# -- conditions


async def test_whoever_has_seen_the_present_revision_may_edit(client: httpx2.AsyncClient) -> None:
    path = await recurring(client)
    first = (await client.get(path)).headers["etag"]
    edited = await client.patch(path, json={"queue": "slow"}, headers={"if-match": first})
    assert (edited.status_code, edited.headers["etag"] == first) == (200, False)
    late = await client.patch(path, json={"queue": "fast"}, headers={"if-match": first})
    assert (late.status_code, late.json()["code"], late.json()["revision"]) == (412, "precondition_failed", 2)
    assert late.headers["content-type"] == "application/problem+json"
    again = await client.patch(path, json={"queue": "fast"}, headers={"if-match": edited.headers["etag"]})
    assert again.json()["revision"] == 3


@pytest.mark.parametrize(
    ("if_match", "status"),
    [
        ("*", 200),
        ('"1"', 200),
        ('"2", "1"', 200),
        ('"1-0123456789abcdef"', 200),
        ('"2"', 412),
        ('"2","3"', 412),
        ('"0"', 412),
        ('"something else"', 400),
        ('"something-else"', 412),
        ('""', 412),
        ('"99999999999999999999"', 412),
        ('W/"1"', 400),
        ("1", 400),
        ('"1', 400),
        ('"1" "2"', 400),
        ("", 400),
        ("*, *", 400),
    ],
)
async def test_the_tags_of_if_match(client: httpx2.AsyncClient, if_match: str, status: int) -> None:
    path = await recurring(client)
    answer = await client.patch(path, json={"queue": "slow"}, headers={"if-match": if_match})
    assert answer.status_code == status, answer.text
    assert (await client.get(path)).json()["queue"] == ("slow" if status == 200 else "default")
    if status == 400:
        assert answer.json()["field"] == "If-Match"


async def test_a_run_that_is_planned_meanwhile_refuses_no_edit_but_makes_a_copy_old(
    house: House, client: httpx2.AsyncClient
) -> None:
    path = await recurring(client)
    tag = (await client.get(path)).headers["etag"]
    assert (await client.get(path, headers={"if-none-match": tag})).status_code == 304
    await client.post(f"{path}/run")  # which the job does not show
    assert (await client.get(path, headers={"if-none-match": tag})).status_code == 304
    tenant = await house.services.access.tenant_named(OWNER, "acme")
    job = await house.store.job(tenant.id, path.rpartition("/")[2])
    assert job is not None
    assert job.next_at is not None
    await house.store.plan([occurrence(job, following=job.next_at + timedelta(seconds=60))])
    assert (await client.get(path, headers={"if-none-match": tag})).status_code == 200
    answer = await client.patch(path, json={"queue": "slow"}, headers={"if-match": tag})
    assert answer.status_code == 200


async def test_what_the_caller_has_is_not_sent_again(client: httpx2.AsyncClient) -> None:
    path = await recurring(client)
    shown = await client.get(path)
    tag = shown.headers["etag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        answer = await client.get(path, headers={"if-none-match": known})
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)
    assert (await client.get(path, headers={"if-none-match": '"1"'})).status_code == 200
    assert (await client.get(path, headers={"if-none-match": "1"})).status_code == 400


async def test_every_deed_on_a_job_answers_with_its_tag(client: httpx2.AsyncClient) -> None:
    path = await recurring(client)
    tags = [(await client.get(path)).headers["etag"]]
    for deed in ("pause", "resume", "cancel"):
        answer = await client.post(f"{path}/{deed}")
        assert answer.headers["etag"] == (await client.get(path)).headers["etag"]
        tags.append(answer.headers["etag"])
    assert [tag.strip('"').split("-")[0] for tag in tags] == ["1", "2", "3", "3"]
    assert len(set(tags)) == 4


async def test_running_now_and_cancelling_heed_if_match(client: httpx2.AsyncClient) -> None:
    path = await recurring(client)
    assert (await client.post(f"{path}/run", headers={"if-match": '"2"'})).status_code == 412
    assert (await client.get(f"{path}/runs")).json()["items"] == []
    assert (await client.post(f"{path}/run", headers={"if-match": '"1"'})).status_code == 200
    assert (await client.post(f"{path}/cancel", headers={"if-match": '"2"'})).status_code == 412
    assert (await client.get(path)).json()["state"] == "active"
    assert (await client.post(f"{path}/cancel", headers={"if-match": '"1"'})).json()["state"] == "cancelled"


async def test_pausing_and_resuming_heed_if_match(client: httpx2.AsyncClient) -> None:
    path = await recurring(client)
    assert (await client.post(f"{path}/pause", headers={"if-match": '"2"'})).status_code == 412
    assert (await client.post(f"{path}/pause", headers={"if-match": '"1"'})).json()["state"] == "paused"
    assert (await client.post(f"{path}/resume", headers={"if-match": '"1"'})).status_code == 412
    assert (await client.post(f"{path}/resume", headers={"if-match": '"2"'})).json()["state"] == "active"
