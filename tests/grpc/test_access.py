"""Who may call: keys, roles, and other tenants."""

from typing import Any
from uuid import uuid4

import grpc
import pytest

from tests.grpc.client import SERVICE, Client, every, refused
from tests.grpc.conftest import House

READING = {
    "GetJob", "ListJobs", "WatchJob", "ListJobEvents", "GetGraph", "GetRun", "ListRuns", "WatchRun", "ListAttempts",
    "ListRunEvents", "ListDeadLetters", "ListJobTypes",
}  # fmt: skip
RPCS = [method.name for method in SERVICE.methods]
OF_A_JOB = {
    "BackfillJob",
    "GetGraph",
    "ListOccurrences",
    "UpdateJob",
    "GetJob",
    "WatchJob",
    "CancelJob",
    "PauseJob",
    "ResumeJob",
    "RunJob",
    "ListJobEvents",
}
OF_A_RUN = {
    "GetRun", "WatchRun", "CancelRun", "RetryRun", "ListAttempts", "ListRunEvents", "ReplayDeadLetter",
    "DiscardDeadLetter",
}  # fmt: skip
ANSWERED = {"ListOccurrences", "PreviewSchedule", "ListCalendars", "GetCalendar", "WatchRuns"}
"""What a viewer may ask too, in ways that `asked` does not have."""
OF_ADMINS = {"ListKeys", "CreateKey", "RevokeKey"}


def asked(rpc: str, identifier: str) -> Any:
    """A sensible request."""
    if rpc == "BackfillJob":
        return {"job_id": identifier, "since": {"seconds": 1_700_000_000}}
    if rpc in OF_A_JOB:
        return {"job_id": identifier}
    if rpc in OF_A_RUN:
        return {"run_id": identifier}
    if rpc == "SubmitJob":
        return {"job": {"type": "any"}}
    if rpc == "BatchSubmitJobs":
        return {"jobs": [{"type": "any"}]}
    if rpc == "SubmitJobs":
        return [b"\x0a\x05\x12\x03any"]
    return None


@pytest.mark.parametrize("rpc", RPCS)
async def test_nothing_is_done_without_a_key(house: House, rpc: str) -> None:
    for key in (None, "", "nonsense", "fol_0_0"):
        async with Client(house.target, key) as anybody:
            told = await refused(anybody.call(rpc, asked(rpc, str(uuid4()))))
            assert (told.code, told.reason) == (grpc.StatusCode.UNAUTHENTICATED, "unauthenticated")


@pytest.mark.parametrize("rpc", sorted(set(RPCS) - READING - ANSWERED - OF_ADMINS))
async def test_a_viewer_may_change_nothing(house: House, rpc: str) -> None:
    dead = await house.dead_letter()
    async with house.client("viewer") as viewer:
        told = await refused(viewer.call(rpc, asked(rpc, dead)))
    assert (told.code, told.reason) == (grpc.StatusCode.PERMISSION_DENIED, "forbidden")
    assert "operator" in told.message


@pytest.mark.parametrize("rpc", sorted(OF_ADMINS))
async def test_keys_are_for_admins(house: House, rpc: str) -> None:
    async with house.client("operator") as operator:
        told = await refused(operator.call(rpc, {"name": "new", "role": "ROLE_VIEWER"} if rpc == "CreateKey" else None))
    assert (told.code, told.reason) == (grpc.StatusCode.PERMISSION_DENIED, "forbidden")
    assert "admin" in told.message


@pytest.mark.parametrize("rpc", sorted(READING))
async def test_a_viewer_may_read(house: House, rpc: str) -> None:
    dead = await house.dead_letter()
    async with house.client("viewer") as viewer:
        call = viewer.call(rpc, asked(rpc, dead))
        if rpc.startswith("Watch"):
            assert await every(call)
        else:
            await call


@pytest.mark.parametrize("rpc", sorted(OF_A_JOB | OF_A_RUN))
async def test_what_is_another_tenants_is_not_found(house: House, rpc: str) -> None:
    dead = await house.dead_letter()
    async with house.client("admin", "globex") as stranger:
        told = await refused(stranger.call(rpc, asked(rpc, dead)))
        nobody = await refused(stranger.call(rpc, asked(rpc, "01a2046f-3f91-739b-82ce-6f447f4dba8c")))
    assert (told.code, told.reason) == (grpc.StatusCode.NOT_FOUND, "not_found")
    assert told.message.replace(dead, "…") == nobody.message.replace("01a2046f-3f91-739b-82ce-6f447f4dba8c", "…")


async def test_a_revoked_key_opens_nothing(house: House, client: Client) -> None:
    await client.call("ListJobs")
    identity = await house.services.access.authenticate(house.keys["acme", "admin"])
    for key in await house.services.access.keys(identity):
        if key.name == "acme-operator":
            await house.services.access.revoke_key(identity, key.id)
    assert (await refused(client.call("ListJobs"))).code is grpc.StatusCode.UNAUTHENTICATED


async def test_two_keys_are_one_too_many(client: Client) -> None:
    told = await refused(client.call("ListJobs", metadata=[("authorization", "Bearer other")]))
    assert (told.code, told.fields) == (grpc.StatusCode.INVALID_ARGUMENT, ["authorization"])


async def test_the_trace_of_a_failure_is_for_admins(house: House) -> None:
    from foliot.domain.run import Cause, Failure
    from foliot.domain.states import RunState

    async with house.client() as client:
        run_id = (await client.call("SubmitJob", {"job": {"type": "any"}})).run_id
    failure = Failure("handler_error", "It broke.", "ValueError", "File …")
    await house._end(tuple(await house.begin()), RunState.FAILED, Cause.RAISED, error=failure)
    for role, trace in (("viewer", ""), ("operator", ""), ("admin", "File …")):
        async with house.client(role) as client:
            assert (await client.call("GetRun", {"run_id": run_id})).run.error.trace == trace
