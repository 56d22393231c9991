"""Refusals: canonical codes with details, and nothing of the inside."""

import asyncio
from typing import Any
from urllib.parse import quote

import grpc
import pytest

from foliot.domain import errors
from foliot.domain.errors import FoliotError, Unavailable
from foliot.transports.grpc.problems import TooManyStreams, code_of, refusal_of, shortened
from tests.grpc.client import Client, refused
from tests.grpc.conftest import House

OURS = {"FoliotError", "RunError", "RunFailed", "RunCancelled", "PermanentError", "RetryLater", "CancelRun"}
"""Of these a caller hears only as part of a run."""


def every_error() -> list[type[FoliotError]]:
    found = [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, FoliotError)]
    return [error for error in found if error.__name__ not in OURS]


@pytest.mark.parametrize("error", every_error(), ids=lambda error: error.__name__)
def test_every_error_that_a_caller_can_get_has_a_code(error: type[FoliotError]) -> None:
    assert code_of(error("It is so.")) not in (grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN)


async def test_the_request_id_is_the_callers_if_it_is_sane(client: Client) -> None:
    told = await refused(client.call("GetJob", metadata=[("x-request-id", "mine-7")]))
    assert told.request_id == "mine-7"
    told = await refused(client.call("GetJob", metadata=[("x-request-id", "not mine; at all")]))
    assert told.request_id is not None
    assert len(told.request_id) == 32


async def test_an_answer_has_a_request_id_too(client: Client) -> None:
    call = client.call("ListJobs", metadata=[("x-request-id", "mine-8")])
    await call
    assert dict(await call.trailing_metadata())["x-request-id"] == "mine-8"


async def test_what_may_succeed_later_says_when(house: House) -> None:
    class Away:
        async def page(self, *_: object) -> None:
            raise Unavailable("The database is away.")

    async with house.serving(jobs=Away()) as target, house.client(target=target) as client:
        told = await refused(client.call("ListJobs"))
    assert (told.code, told.reason, told.retry_after) == (grpc.StatusCode.UNAVAILABLE, "unavailable", 1.0)
    assert told.message == "The database is away."


async def test_a_fault_of_ours_tells_nothing_and_is_logged(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    class Broken:
        async def page(self, *_: object) -> None:
            raise RuntimeError("the secret of the house")

    async with house.serving(jobs=Broken()) as target, house.client(target=target) as client:
        told = await refused(client.call("ListJobs", metadata=[("x-request-id", "mine-9")]))
    assert (told.code, told.reason) == (grpc.StatusCode.INTERNAL, "internal")
    assert "secret" not in told.message + str(told.status)
    logged = capsys.readouterr().out
    assert "the secret of the house" in logged
    assert "mine-9" in logged


async def test_an_unknown_method_is_unimplemented(client: Client) -> None:
    call = client.channel.unary_unary("/scheduler.v1.SchedulerService/Nothing", None, None)
    assert (await refused(call(b""))).code is grpc.StatusCode.UNIMPLEMENTED


@pytest.mark.parametrize("name", ["x" * 50_000, "ü" * 20_000, "\N{SNOWMAN}" * 20_000])
async def test_a_long_fault_is_told_briefly(client: Client, name: str) -> None:
    """Else the status would be larger than the metadata that a client takes, and it would see another fault."""
    told = await refused(client.call("SubmitJob", {"job": {"type": name}}))
    assert (told.code, told.fields) == (grpc.StatusCode.INVALID_ARGUMENT, ["job.type"])
    assert told.message.endswith("…")
    payload = '{"' + name + '": 1}'
    told = await refused(client.call("SubmitJob", {"job": {"type": "greet", "payload_json": payload}}))
    assert told.fields == ["job.payload_json"]


@pytest.mark.parametrize("text", ["", "short", "x" * 5_000, "ü" * 700, "a\n" * 900])
def test_a_shortened_text_is_a_beginning(text: str) -> None:
    brief = shortened(text, 900)
    assert text.startswith(brief.removesuffix("…"))
    assert len(quote(brief.removesuffix("…"), safe=" ")) <= 900
    assert brief == text or brief.endswith("…")


async def test_a_request_that_is_too_large_is_refused(client: Client) -> None:
    job = {"type": "any", "payload_json": "x" * 2_000_000}
    told = await refused(client.call("SubmitJob", {"job": job}))
    assert told.code is grpc.StatusCode.RESOURCE_EXHAUSTED


async def test_a_bound_that_is_hit_says_when_to_try_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("foliot.transports.grpc.streams.MOST_STREAMS", 1)
    async with house.serving() as target, house.client(target=target) as client:
        run_id = (await client.call("SubmitJob", {"job": {"type": "any"}})).run_id
        first = client.call("WatchRun", {"run_id": run_id})
        await first.read()
        told = await refused(client.call("WatchRun", {"run_id": run_id}))
        assert (told.code, told.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "too_many_streams")
        assert told.retry_after == 1.0
        first.cancel()


def test_what_is_refused_names_its_field_only_where_the_request_is_wrong() -> None:
    from google.rpc.status_pb2 import Status

    def kinds(error: Exception) -> list[str]:
        details = Status.FromString(refusal_of(error, "id").details).details
        return [detail.TypeName().rpartition(".")[2] for detail in details]

    assert kinds(errors.InvalidTime("No.", "at")) == ["ErrorInfo", "BadRequest"]
    assert kinds(errors.InvalidTime("No.")) == ["ErrorInfo"]
    assert kinds(errors.Conflict("No.", "name")) == ["ErrorInfo"]
    assert kinds(TooManyStreams("No.")) == ["ErrorInfo", "RetryInfo"]
    assert kinds(ZeroDivisionError()) == ["ErrorInfo"]


async def test_a_deadline_is_heeded(house: House) -> None:
    left = asyncio.Event()

    class Slow:
        async def page(self, *_: Any) -> None:
            try:
                await asyncio.Event().wait()
            finally:
                left.set()

    async with house.serving(jobs=Slow()) as target, house.client(target=target) as client:
        told = await refused(client.call("ListJobs", timeout=0.2))
        assert told.code is grpc.StatusCode.DEADLINE_EXCEEDED
        async with asyncio.timeout(20):
            await left.wait()
        left.clear()
        call = client.call("ListJobs")
        waiting = asyncio.create_task(refused(call))
        await asyncio.sleep(0.05)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        async with asyncio.timeout(20):
            await left.wait()
