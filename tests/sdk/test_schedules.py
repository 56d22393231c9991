"""When, as it is said in Python: the schedule that a job gets, its policies, and previews."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import foliot
from foliot import App, CatchUp, Coalesce, Overlap, Skip
from foliot.domain.errors import InvalidPolicy, InvalidRequest, InvalidSchedule, InvalidTime, InvalidTimezone
from foliot.domain.job import Job
from foliot.domain.policy import NO_OVERRIDES
from foliot.domain.schedule import Cron, Every, RRule
from foliot.ports import JobFilter
from foliot.sdk.job import JobFunction

NEW_YEAR = datetime(2190, 1, 1, tzinfo=UTC)
LOCAL = NEW_YEAR.replace(tzinfo=None)
NEW_YORK = "America/New_York"
Rest = JobFunction[[], None]
Stored = Callable[..., Awaitable[Job]]


@pytest.fixture
def rest(app: App) -> Rest:
    @app.job()
    async def rest() -> None: ...

    return rest


@pytest.fixture
def stored(app: App, rest: Rest) -> Stored:
    """The job that these options make."""

    async def store(**options: Any) -> Job:
        async with app:
            handle = await app.submit(rest.options(**options))
            assert handle.run_id is None
            system = await app.system()
            return await system.services.jobs.get(system.identity, handle.job_id)

    return store


@pytest.mark.parametrize("zone", [NEW_YORK, ZoneInfo(NEW_YORK)])
async def test_a_cron_line_has_a_timezone_by_name_or_as_such(stored: Stored, zone: str | ZoneInfo) -> None:
    job = await stored(cron="0 8 * * *", timezone=zone, start=NEW_YEAR)
    assert job.schedule == Cron("0 8 * * *", NEW_YORK, start=NEW_YEAR)
    assert job.next_at == NEW_YEAR + timedelta(hours=13)


async def test_all_that_is_said_of_a_cron_line_is_kept(stored: Stored) -> None:
    said: dict[str, Any] = {
        "start": NEW_YEAR, "end": NEW_YEAR + timedelta(days=9), "count": 3, "gap": "skip", "fold": "second",
    }  # fmt: skip
    job = await stored(cron="30 1 * * *", jitter=timedelta(minutes=2), **said)
    assert job.schedule == Cron("30 1 * * *", jitter_seconds=120, **said)


async def test_a_rule_counts_from_a_local_start(stored: Stored) -> None:
    job = await stored(
        rrule="FREQ=MONTHLY;BYMONTHDAY=31", timezone=NEW_YORK, start=LOCAL, month_end="last_valid", jitter=5
    )
    assert job.schedule == RRule(
        "FREQ=MONTHLY;BYMONTHDAY=31", NEW_YORK, LOCAL, month_end="last_valid", jitter_seconds=5
    )


async def test_a_rule_may_be_a_block_with_its_start_and_zone(stored: Stored) -> None:
    job = await stored(rrule=f"DTSTART;TZID={NEW_YORK}:21900101T080000\nRRULE:FREQ=DAILY;COUNT=3")
    assert job.schedule == RRule("FREQ=DAILY;COUNT=3", NEW_YORK, LOCAL.replace(hour=8))


async def test_an_interval_has_bounds_too(stored: Stored) -> None:
    job = await stored(every=60, start=NEW_YEAR, end=NEW_YEAR + timedelta(days=1), count=7, jitter=1.5)
    end = NEW_YEAR + timedelta(days=1)
    assert job.schedule == Every(seconds=60, start=NEW_YEAR, end=end, count=7, jitter_seconds=1.5)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"cron": "@daily", "every": 60}, InvalidSchedule, "Give only one of every and cron."),
        ({"cron": "@daily", "rrule": "FREQ=DAILY", "at": NEW_YEAR}, InvalidSchedule, "one of at, cron and rrule"),
        ({"delay": 5, "rrule": "FREQ=DAILY"}, InvalidSchedule, "one of delay and rrule"),
        ({"timezone": NEW_YORK}, InvalidSchedule, "timezone goes with cron or rrule"),
        ({"timezone": NEW_YORK, "every": 60}, InvalidSchedule, "timezone goes with cron or rrule"),
        ({"every": 60, "gap": "skip"}, InvalidSchedule, "gap goes with cron or rrule"),
        ({"every": 60, "fold": "both"}, InvalidSchedule, "fold goes with cron or rrule"),
        ({"cron": "@daily", "month_end": "skip"}, InvalidSchedule, "month_end goes with rrule"),
        ({"at": NEW_YEAR, "count": 3}, InvalidSchedule, "count goes with every, cron or rrule"),
        ({"delay": 5, "jitter": 3}, InvalidSchedule, "jitter goes with every, cron or rrule"),
        ({"start": NEW_YEAR}, InvalidSchedule, "start goes with every, cron or rrule"),
        ({"cron": 5}, InvalidSchedule, "cron: Expected `str"),
        ({"cron": "@daily", "count": "3"}, InvalidSchedule, "count: Expected `int"),
        ({"cron": "@daily", "gap": "jump"}, InvalidSchedule, "gap 'jump' is none of next_valid, shift, skip."),
        ({"cron": "61 * * * *"}, InvalidSchedule, "cannot be the minute"),
        ({"cron": "@daily", "timezone": "New York"}, InvalidTimezone, "Did you mean 'America/New_York'?"),
        ({"cron": "@daily", "start": LOCAL}, InvalidTime, "schedule.start has no UTC offset"),
        ({"cron": "@daily", "jitter": -1}, InvalidSchedule, "jitter_seconds must be"),
        ({"rrule": "FREQ=DAILY"}, InvalidSchedule, "schedule.start is missing"),
        ({"rrule": "FREQ=DAILY", "start": NEW_YEAR}, InvalidSchedule, "is a local time in schedule.timezone"),
        ({"every": 60, "misfire": "panic"}, InvalidPolicy, "none of coalesce, skip, catch_up"),
        ({"every": 60, "misfire": CatchUp(limit=0)}, InvalidPolicy, "misfire.limit"),
        ({"every": 60, "overlap": "both"}, InvalidPolicy, "none of skip, allow, queue_one, cancel_running"),
        ({"misfire": "skip"}, InvalidPolicy, "misfire is for jobs that recur"),
        ({"at": NEW_YEAR, "overlap": "allow"}, InvalidPolicy, "overlap is for jobs that recur"),
    ],
    ids=str,
)
async def test_what_makes_no_sense_is_refused_with_what_to_change(
    app: App, rest: Rest, options: dict[str, Any], error: type[InvalidRequest], words: str
) -> None:
    async with app:
        with pytest.raises(error) as refused:
            await app.submit(rest.options(**options))
        assert words in refused.value.message
        system = await app.system()
        assert await system.store.jobs(system.identity.tenant_id, JobFilter(), None, 10) == []


# -- policies


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("skip", Skip()),
        ("catch_up", CatchUp()),
        (CatchUp(limit=3, stagger_seconds=2), CatchUp(limit=3, stagger_seconds=2)),
    ],
)
async def test_a_job_has_its_own_policies(stored: Stored, said: Any, kept: Any) -> None:
    job = await stored(every=60, misfire=said, overlap="queue_one")
    assert (job.overrides.misfire, job.overrides.overlap) == (kept, Overlap.QUEUE_ONE)


async def test_what_is_left_out_follows_the_type(stored: Stored) -> None:
    assert (await stored(every=60)).overrides == NO_OVERRIDES


def test_a_type_has_policies(app: App) -> None:
    @app.job(misfire=CatchUp(limit=5), overlap="cancel_running")
    async def report() -> None: ...

    @app.job(misfire="skip", overlap=Overlap.ALLOW)
    async def poll() -> None: ...

    @app.job()
    async def plain() -> None: ...

    policies = [job.handler.job_type.policy for job in (report, poll, plain)]
    assert [policy.misfire for policy in policies] == [CatchUp(limit=5), Skip(), Coalesce()]
    assert [policy.overlap for policy in policies] == [Overlap.CANCEL_RUNNING, Overlap.ALLOW, Overlap.SKIP]


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        ({"misfire": "panic"}, "none of coalesce"),
        ({"overlap": "both"}, "none of skip, allow"),
        ({"misfire": Skip(grace_seconds=-1)}, "misfire.grace_seconds"),
    ],
)
def test_a_policy_that_a_type_cannot_have_is_refused(app: App, policy: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidPolicy, match=words):

        @app.job(**policy)
        async def report() -> None: ...


# -- previews

SPRING = datetime(2027, 3, 13, 12, tzinfo=UTC)


def test_a_preview_shows_what_the_clocks_do() -> None:
    first, second = foliot.preview(cron="30 2 * * *", timezone=NEW_YORK, from_=SPRING, count=2)
    assert (first.at, second.at) == (datetime(2027, 3, 14, 7, tzinfo=UTC), datetime(2027, 3, 15, 6, 30, tzinfo=UTC))
    assert (first.local.isoformat(), second.note) == ("2027-03-14T03:00:00-04:00", None)
    assert first.note is not None
    assert "does not exist" in first.note


def test_a_preview_begins_now_and_shows_ten() -> None:
    found = foliot.preview(every=timedelta(hours=1))
    assert len(found) == 10
    assert timedelta(minutes=59) < found[0].at - datetime.now(UTC) <= timedelta(hours=1)


@pytest.mark.parametrize(
    ("asked", "error", "words"),
    [
        ({}, InvalidSchedule, "Give one of every, cron and rrule."),
        ({"cron": "@daily", "every": 5}, InvalidSchedule, "Give only one of every and cron."),
        ({"every": 5, "timezone": NEW_YORK}, InvalidSchedule, "timezone goes with cron or rrule"),
        ({"every": 0.5}, InvalidSchedule, "at least 1"),
        ({"every": 5, "count": 1_001}, InvalidRequest, "from 1 to 1,000"),
        ({"every": 5, "from_": LOCAL}, InvalidTime, "no UTC offset"),
        ({"cron": "@daily", "timezone": "Europe/Berln"}, InvalidTimezone, "Did you mean 'Europe/Berlin'?"),
        ({"cron": "0 0 30 2 *"}, InvalidSchedule, "never fires"),
        ({"cron": "@daily", "start": NEW_YEAR, "end": SPRING}, InvalidSchedule, "before schedule.start"),
    ],
    ids=str,
)
def test_what_cannot_be_previewed_is_refused(asked: dict[str, Any], error: type[InvalidRequest], words: str) -> None:
    with pytest.raises(error) as refused:
        foliot.preview(**asked)
    assert words in refused.value.message
