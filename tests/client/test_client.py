"""What an App does in its own process, a Client does from afar."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest

import foliot
from foliot import (
    ChangeFilter,
    Client,
    Conflict,
    KeyConflict,
    NotFound,
    Priority,
    ResultTimeout,
    RunCancelled,
    RunFailed,
    RunState,
)
from foliot.domain.errors import (
    Forbidden,
    IllegalTransition,
    InvalidPayload,
    InvalidRequest,
    InvalidSchedule,
    InvalidSettings,
    RevisionConflict,
    Unauthenticated,
    Unavailable,
    UnknownJobType,
)
from foliot.domain.identity import Role
from foliot.domain.retry import RetryPolicy
from foliot.domain.schedule import Every
from foliot.domain.states import EventType, JobState
from foliot.domain.unique import Unique
from tests.client.conftest import Server
from tests.client.jobs import Sum, add, fail, gather, nothing, polite, rest

PATIENCE = 20
NOBODY = "01a2046f-3f91-739b-82ce-6f447f4dba8c"


async def test_a_function_is_submitted_and_its_result_has_its_type(client: Client) -> None:
    handle = await client.submit(add, a=2, b=3)
    assert handle.created
    assert await handle.result(PATIENCE) == Sum(5)
    run = await handle.run()
    assert (run.state, run.type, run.attempt) == (RunState.SUCCEEDED, "add", 1)


async def test_a_call_with_options_is_submitted_as_it_is(client: Client) -> None:
    options = add.options(priority=Priority.HIGH, queue="default", timeout=7, key="k")
    handle = await client.submit(options.call(a=1))
    job = await client.job(handle.job_id)
    assert (job.priority, job.overrides.timeout_seconds, job.payload) == (Priority.HIGH, 7, b'{"a":1}')
    again = await client.submit(options, a=1)
    assert (again.job_id, again.created) == (handle.job_id, False)
    with pytest.raises(KeyConflict):
        await client.submit(options, a=2)


async def test_a_type_is_submitted_by_its_name(client: Client) -> None:
    handle = await client.submit("add", {"a": 4}, key="by-name", timeout=timedelta(seconds=9))
    assert await handle.result(PATIENCE) == {"total": 5}
    assert (await client.job(handle.job_id)).overrides.timeout_seconds == 9
    assert await (await client.submit("nothing")).result(PATIENCE) is None


async def test_many_are_submitted_at_once_or_none(client: Client) -> None:
    handles = await client.submit_many([add.call(a=n) for n in range(50)])
    assert [await handle.result(PATIENCE) for handle in handles] == [Sum(n + 1) for n in range(50)]
    before = [job.id async for job in client.jobs()]
    with pytest.raises(InvalidPayload):
        await client.submit_many([add.call(a=1), add.call(a="one")])  # type: ignore[arg-type]  # it is to be refused
    assert [job.id async for job in client.jobs()] == before
    assert await client.submit_many([]) == []


async def test_a_graph_is_submitted_whole(client: Client) -> None:
    handles = await client.submit_graph(foliot.chain(foliot.group(add.call(a=1), add.call(a=2)), gather.call()))
    assert await handles[-1].result(PATIENCE) == [{"total": 2}, {"total": 3}]
    later = await client.submit(gather.options(after=[handles[0]]))
    assert await later.result(PATIENCE) == [{"total": 2}]


async def test_a_failure_is_raised_with_its_message(client: Client) -> None:
    handle = await client.submit(fail, "no use")
    with pytest.raises(RunFailed, match="no use"):
        await handle.result(PATIENCE)
    assert (await handle.wait(PATIENCE)).state is RunState.FAILED


async def test_waiting_ends_in_time(client: Client) -> None:
    handle = await client.submit(rest.options(delay=3600))
    for timeout in (0, 0.05, timedelta(seconds=0.05)):
        with pytest.raises(ResultTimeout):
            await handle.result(timeout)


async def test_what_is_cancelled_has_no_result(client: Client) -> None:
    handle = await client.submit(rest.options(delay=3600))
    waiting = asyncio.create_task(handle.result(PATIENCE))
    await asyncio.sleep(0)
    await handle.cancel()
    with pytest.raises(RunCancelled):
        await waiting
    assert await handle.status() is RunState.CANCELLED


async def test_events_and_attempts_are_told(client: Client) -> None:
    handle = await client.submit(add, a=1)
    watched = [event async for event in handle.watch()]
    assert watched == await handle.events() == await client.events(handle.job_id)
    assert watched[-1].type is EventType.RUN_SUCCEEDED
    assert [attempt.number for attempt in await client.attempts(handle.job_id)] == [1]
    assert [event.type for event in await client.job_events(handle.job_id)] == [EventType.JOB_CREATED]


async def test_listings_go_on_to_the_end(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("foliot.sdk.client.LARGEST_PAGE", 3)
    handles = await client.submit_many([rest.options(delay=3600).call() for _ in range(7)])
    wanted = [handle.job_id for handle in reversed(handles)]
    assert [job.id async for job in client.jobs(type="rest")] == wanted
    assert [run.id async for run in client.runs(state=RunState.PENDING)] == wanted
    assert [run.id async for run in client.runs(job_id=wanted[0])] == wanted[:1]


async def test_a_recurring_job_is_steered(client: Client) -> None:
    handle = await client.submit(nothing.options(every=3600))
    assert handle.run_id is None
    assert (await client.pause(handle.job_id)).state is JobState.PAUSED
    assert (await client.resume(handle.job_id)).state is JobState.ACTIVE
    extra = await client.run_now(handle.job_id)
    assert await extra.result(PATIENCE) is None
    assert extra.run_id in [run.id for run in await handle.runs()]
    with pytest.raises(Conflict):
        await handle.result()
    planned = client.occurrences(handle.job_id)
    assert [(await anext(planned)).reason for _ in range(3)] == ["planned"] * 3
    assert (await client.cancel(handle.job_id)).state is JobState.CANCELLED


async def test_what_is_done_to_a_job_can_depend_on_its_revision(client: Client) -> None:
    handle = await client.submit(add.options(every=3600), a=1, b=2)
    stale = (await handle.job()).revision
    seen = (await handle.update(queue="slow")).revision
    for deed in (client.pause, client.resume, client.run_now, client.cancel):
        with pytest.raises(RevisionConflict):
            await deed(handle.job_id, if_revision=stale)
    with pytest.raises(RevisionConflict):
        await handle.cancel(if_revision=stale)
    await client.run_now(handle.job_id, if_revision=seen)
    assert (await client.cancel(handle.job_id, if_revision=seen)).state is JobState.CANCELLED


async def test_a_job_is_edited(client: Client) -> None:
    handle = await client.submit(add.options(delay=3600, timeout=9), a=1, b=2)
    seen = await handle.job()
    edited = await handle.update(payload={"a": 5}, priority=Priority.LOW, if_revision=seen.revision)
    assert (edited.payload, edited.priority, edited.revision) == (b'{"a":5}', Priority.LOW, seen.revision + 1)
    assert edited.overrides.timeout_seconds == 9
    with pytest.raises(RevisionConflict) as caught:
        await handle.update(queue="default", if_revision=seen.revision)
    assert caught.value.revision == edited.revision
    with pytest.raises(InvalidPayload):
        await handle.update(payload={"a": None})
    assert (await handle.update(expires_in=7200)).overrides.expires_at is not None
    assert (await handle.update(expires_in=None)).overrides.expires_at is None
    await handle.update(delay=0.01)
    assert await handle.result(PATIENCE) == Sum(6)


async def test_a_recurring_job_is_edited_and_backfilled(client: Client) -> None:
    handle = await client.submit(nothing.options(every=3600, timeout=7))
    edited = await handle.update(every=60, retry=RetryPolicy(max_attempts=7))
    assert isinstance(edited.schedule, Every)
    assert (edited.schedule.seconds, edited.overrides.retry) == (60, RetryPolicy(max_attempts=7))
    edited = await handle.update(retry=RetryPolicy(max_attempts=2, base_seconds=3))
    assert edited.overrides.retry == RetryPolicy(max_attempts=2, base_seconds=3)
    since = datetime.now(UTC) - timedelta(minutes=5)
    filled = await client.backfill(handle.job_id, since)
    assert {(await one.wait(PATIENCE)).planned_at is not None for one in filled} <= {True}


async def test_calendars_are_kept_and_schedules_looked_at(client: Client) -> None:
    kept = await client.put_calendar("feasts", [date(2030, 12, 25)], "Nobody works.")
    assert (await client.calendar("feasts")).dates == kept.dates == {date(2030, 12, 25)}
    assert [(one.name, one.count) for one in await client.calendars()] == [("feasts", 1)]
    from_ = datetime(2030, 12, 24, tzinfo=UTC)
    found = await client.preview(2, from_, cron="0 8 * * *", exclude=["feasts"])
    assert [one.at.day for one in found] == [24, 26]
    event = "BEGIN:VEVENT\nUID:1\nDTSTART;VALUE=DATE:20301225\nEND:VEVENT"
    file = f"BEGIN:VCALENDAR\nVERSION:2.0\n{event}\nEND:VCALENDAR\n"
    assert (await client.put_calendar("file", file, "From a file.")).description == "From a file."
    await client.delete_calendar("feasts")
    with pytest.raises(NotFound):
        await client.calendar("feasts")
    with pytest.raises(InvalidSchedule):
        await client.preview()


async def test_what_is_unique_is_submitted_once(client: Client) -> None:
    unique = rest.options(unique=Unique(), delay=3600)
    first, second = [await client.submit(unique, 9) for _ in range(2)]
    assert (first.created, second.created, second.job_id) == (True, False, first.job_id)
    first, second = [await client.submit(polite.options(delay=3600)) for _ in range(2)]
    assert (first.created, second.created, second.job_id) == (True, False, first.job_id)
    quiet = rest.options(key="quiet", debounce=3600)
    first, second = [await client.submit(quiet, seconds) for seconds in (1, 2)]
    assert (second.job_id, second.updated) == (first.job_id, True)


async def test_dead_letters_are_replayed_and_discarded(client: Client) -> None:
    first, second = [await client.submit(fail, text) for text in ("one", "two")]
    for handle in (first, second):
        await handle.wait(PATIENCE)
    assert [run.id async for run in client.dead_letters(type="fail")] == [second.run_id, first.run_id]
    again = await client.replay(first.job_id)
    assert (await again.run()).replay_of == first.run_id
    await again.wait(PATIENCE)
    for run_id in (second.job_id, str(again.run_id)):
        await client.discard(run_id)
    assert [run.id async for run in client.dead_letters()] == []
    with pytest.raises(NotFound):
        await client.discard(second.job_id)


async def test_runs_are_cancelled_and_retried(client: Client) -> None:
    handle = await client.submit(rest.options(delay=3600), 0)
    await client.retry_now(handle.job_id)
    await handle.wait(PATIENCE)
    with pytest.raises(IllegalTransition):
        await client.retry_now(handle.job_id)
    later = await client.submit(rest.options(delay=3600))
    assert (await client.cancel_run(later.job_id)).state is RunState.CANCELLED


async def test_types_and_who_one_is(client: Client, server: Server) -> None:
    types = {job_type.name: job_type for job_type in await client.types()}
    assert "required" in str(types["add"].schema)
    assert (await client.me()).tenant_id == server.system.identity.tenant_id


async def test_errors_are_those_of_the_server(client: Client, server: Server) -> None:
    with pytest.raises(UnknownJobType) as caught:
        await client.submit("no.such.type")
    assert caught.value.field == "type"
    assert "request id" in caught.value.__notes__[0]
    with pytest.raises(NotFound):
        await client.run(NOBODY)
    with pytest.raises(NotFound):
        await client.job("../../../healthz")
    with pytest.raises(InvalidRequest):
        await client.submit("add", {"a": 1}, colour="red")
    with pytest.raises(InvalidPayload):
        await client.submit("add", {"a": object()})
    async with Client(server.url, await server.key(Role.VIEWER)) as viewer:
        with pytest.raises(Forbidden):
            await viewer.submit(add, a=1)
    async with Client(server.url, "fol_no_key") as stranger:
        with pytest.raises(Unauthenticated):
            await stranger.submit(add, a=1)


async def test_a_server_that_is_not_there_is_unavailable() -> None:
    async with Client("http://127.0.0.1:9", "fol_a_b", retries=1) as client:
        with pytest.raises(Unavailable, match="cannot be reached"):
            await client.me()


async def test_a_handle_is_had_by_the_run(client: Client) -> None:
    run_id = (await client.submit(add, a=1)).job_id
    assert await (await client.handle(run_id, add)).result(PATIENCE) == Sum(2)
    with pytest.raises(NotFound):
        await client.handle(NOBODY)


def test_a_server_and_a_key_are_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FOLIOT_URL", raising=False)
    monkeypatch.delenv("FOLIOT_API_KEY", raising=False)
    for url, key in ((None, None), ("http://x", None), ("ftp://x", "fol_a_b"), ("http://x", "fol_a\nb")):
        with pytest.raises(InvalidSettings):
            Client(url, key)
    monkeypatch.setenv("FOLIOT_URL", "http://x")
    monkeypatch.setenv("FOLIOT_API_KEY", "fol_a_b")
    Client()


async def test_code_without_a_loop_asks_too(server: Server) -> None:
    key = await server.key()

    def plain() -> None:
        with Client(server.url, key).blocking as client:
            assert client.submit(add, a=1).result(PATIENCE) == Sum(2)
            handles = client.submit_many([add.call(a=1), add.call(a=2)])
            assert [handle.wait(PATIENCE).state for handle in handles] == [RunState.SUCCEEDED] * 2
            assert len(list(client.jobs())) == 3
            assert client.run(handles[0].job_id).result == b'{"total":2}'
            assert client.me().role is Role.ADMIN

    await asyncio.to_thread(plain)


def test_a_client_may_be_used_by_one_loop_after_another() -> None:
    client = Client("http://127.0.0.1:9", "fol_a_b", retries=0)
    for _ in range(2):
        with pytest.raises(Unavailable):
            asyncio.run(client.me())


async def test_runs_are_watched_as_they_end(client: Client) -> None:
    handles = await client.submit_many([add.call(a=n) for n in range(20)])
    async with asyncio.timeout(PATIENCE):
        ended = {run.id: run.state async for run in client.watch(*handles) if run.state.is_over}
    assert ended == {handle.run_id: RunState.SUCCEEDED for handle in handles}


async def test_changes_go_on_after_a_cursor(client: Client) -> None:
    told = client.changes(ChangeFilter(types={"add"}, states={RunState.SUCCEEDED}))
    async with asyncio.timeout(PATIENCE):
        assert (await anext(told)).kind == "ready"
        first = await client.submit(add, a=1)
        while (change := await anext(told)).run is None:
            pass
        assert change.run.id == first.run_id
        await told.aclose()
        second = await client.submit(add, a=2)
        await second.wait(PATIENCE)
        missed = client.changes(ChangeFilter(types={"add"}), change.cursor)
        seen = []
        while (change := await anext(missed)).kind != "ready":
            seen += [change.run.id] if change.run is not None else []
        await missed.aclose()
    assert seen[-1] == second.run_id


async def test_a_job_that_recurs_is_watched_by_its_id(client: Client) -> None:
    handle = await client.submit(nothing.options(every=3600))
    with pytest.raises(Conflict):
        await anext(client.watch(handle))
    watching = client.watch(job_id=handle.job_id, state=RunState.SUCCEEDED)
    following = asyncio.ensure_future(anext(watching))
    extra = await client.run_now(handle.job_id)
    await extra.wait(PATIENCE)
    again = await client.run_now(handle.job_id)
    async with asyncio.timeout(PATIENCE):
        assert (await following).id in (extra.run_id, again.run_id)
    await watching.aclose()
