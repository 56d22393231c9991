"""Unique and debounced jobs, and the policies of those that recur."""

from typing import Any

import grpc
import pytest

from foliot.domain.identity import Identity, Role
from foliot.domain.policy import Overlap, Overrides
from foliot.domain.schedule import CatchUp, Coalesce, MisfirePolicy, Skip
from foliot.domain.unique import By, Unique, Until, Window
from foliot.transports.grpc.generated.scheduler.v1 import unique_pb2
from foliot.transports.grpc.unique import unique_message, unique_of
from tests.grpc.client import Client, refused
from tests.grpc.conftest import House

CHOSEN = "6f1c0a50-8d7e-4c3a-9d61-2f1d6a0b7c11"
HOURLY = {"every": {"interval": {"seconds": 3600}}}


async def submit(client: Client, **job: Any) -> Any:
    return await client.call("SubmitJob", {"job": {"type": "any"} | job})


async def test_a_unique_job_is_answered_with_the_first(client: Client) -> None:
    first = await submit(client, payload_json='{"id": 7, "at": 1}', unique={"args": ["id"]})
    again = await submit(client, payload_json='{"id": 7, "at": 2}', unique={"args": ["id"]})
    other = await submit(client, payload_json='{"id": 8, "at": 1}', unique={"args": ["id"]})
    assert (again.job_id, again.created, again.updated) == (first.job_id, False, False)
    assert other.created


def test_all_of_unique_is_read() -> None:
    said = unique_pb2.Unique(
        by=["BY_TYPE", "BY_QUEUE"], until="UNTIL_STARTED", period={"seconds": 90}, window="WINDOW_FIXED"
    )
    assert unique_of(said) == Unique(
        by=(By.TYPE, By.QUEUE), until=Until.STARTED, period_seconds=90, window=Window.FIXED
    )
    assert unique_of(unique_pb2.Unique()) == Unique()


@pytest.mark.parametrize(
    "unique", [Unique(), Unique(by=(By.QUEUE,), until=Until.ENDED), Unique(args=("a",), period_seconds=0.5)]
)
def test_a_message_says_all_of_it(unique: Unique) -> None:
    message = unique_message(unique)
    assert message is not None
    assert unique_of(message) == unique


async def test_a_debounced_job_does_what_was_asked_for_last(client: Client) -> None:
    debounced = {"idempotency_key": "k", "debounce": {"quiet": {"seconds": 60}, "max_wait": {"seconds": 600}}}
    first = await submit(client, payload_json="1", **debounced)
    again = await submit(client, payload_json="2", **debounced)
    assert (again.job_id, again.created, again.updated) == (first.job_id, False, True)
    assert (await client.call("GetJob", {"job_id": first.job_id})).payload_json == "2"
    job = {"type": "any", "payload_json": "3"} | debounced
    batch = await client.call("BatchSubmitJobs", {"jobs": [job, {"type": "any"}]})
    assert (batch.created, batch.existing, batch.updated, batch.rejected) == (1, 0, 1, 0)
    assert [result.updated for result in batch.results] == [True, False]


@pytest.mark.parametrize(
    ("job", "field", "reason"),
    [
        ({"unique": {"args": ["x"]}, "payload_json": "3"}, "job.unique.args", "invalid_unique"),
        ({"unique": {"period": {"seconds": -1}}}, "job.unique.period", "invalid_unique"),
        ({"unique": {"by": [9]}}, "job.unique.by", "invalid_request"),
        ({"unique": {}, "idempotency_key": "k"}, "job.unique", "invalid_unique"),
        ({"unique": {}, "job_id": CHOSEN}, "job.job_id", "invalid_unique"),
        ({"key_expires_in": {"seconds": 60}}, "job.key_expires_in", "invalid_unique"),
        ({"debounce": {}, "idempotency_key": "k"}, "job.debounce.quiet", "invalid_debounce"),
        (
            {"debounce": {"quiet": {"seconds": 9}, "max_wait": {"seconds": 1}}, "idempotency_key": "k"},
            "job.debounce.max_wait",
            "invalid_debounce",
        ),
        ({"debounce": {"quiet": {"seconds": 9}}, "job_id": CHOSEN}, "job.job_id", "invalid_unique"),
        ({"schedule": HOURLY, "overlap": 9}, "job.overlap", "invalid_request"),
        ({"schedule": HOURLY, "misfire": {"catch_up": {"limit": 0}}}, "job.misfire.catch_up.limit", "invalid_policy"),
        (
            {"schedule": HOURLY, "misfire": {"skip": {"grace": {"seconds": -1}}}},
            "job.misfire.skip.grace",
            "invalid_policy",
        ),
    ],
)
async def test_what_cannot_be_names_its_field(client: Client, job: dict[str, Any], field: str, reason: str) -> None:
    told = await refused(client.call("SubmitJob", {"job": {"type": "any"} | job}))
    assert (told.code, told.fields, told.reason) == (grpc.StatusCode.INVALID_ARGUMENT, [field], reason)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ({"coalesce": {}}, Coalesce()),
        ({"skip": {}}, Skip()),
        ({"skip": {"grace": {"seconds": 5}}}, Skip(grace_seconds=5)),
        ({"catch_up": {}}, CatchUp()),
        (
            {"catch_up": {"limit": 3, "stagger": {"seconds": 2}, "grace": {"seconds": 60}}},
            CatchUp(limit=3, stagger_seconds=2, grace_seconds=60),
        ),
    ],
)
async def test_policies_are_kept_shown_and_changed(
    house: House, client: Client, said: dict[str, Any], meant: MisfirePolicy
) -> None:
    job_id = (await submit(client, schedule=HOURLY, misfire=said, overlap="OVERLAP_ALLOW")).job_id
    acme = await house.services.access.authenticate(house.keys["acme", "viewer"])
    stored = await house.services.jobs.get(Identity(acme.tenant_id, "test", Role.VIEWER), job_id)
    assert stored.overrides == Overrides(misfire=meant, overlap=Overlap.ALLOW)
    shown = await client.call("GetJob", {"job_id": job_id})
    again = (await submit(client, schedule=HOURLY, misfire=shown.misfire, overlap=shown.overlap)).job_id
    assert (await client.call("GetJob", {"job_id": again})).misfire == shown.misfire
    change = {"job_id": job_id, "update_mask": {"paths": ["misfire", "overlap"]}, "job": {}}
    changed = (await client.call("UpdateJob", change)).job
    assert not changed.HasField("misfire")
    assert changed.overlap == 0
