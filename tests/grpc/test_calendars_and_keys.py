"""Exclusion calendars and API keys."""

import grpc
import pytest

from foliot.transports.grpc.generated.scheduler.v1 import key_pb2
from tests.grpc.client import Client, refused
from tests.grpc.conftest import House


async def test_a_calendar_is_put_listed_shown_and_deleted(client: Client) -> None:
    put = await client.call("PutCalendar", {"name": "days", "dates": ["2030-12-26", "2030-12-25"], "description": "d"})
    assert (put.calendar.dates, put.replanned) == (["2030-12-25", "2030-12-26"], 0)
    [listed] = (await client.call("ListCalendars")).calendars
    told = (listed.name, listed.description, listed.count, listed.first, listed.last)
    assert told == ("days", "d", 2, "2030-12-25", "2030-12-26")
    shown = (await client.call("GetCalendar", {"name": "days"})).calendar
    assert (shown.dates, shown.updated_at) == (put.calendar.dates, listed.updated_at)
    await client.call("DeleteCalendar", {"name": "days"})
    gone = await refused(client.call("GetCalendar", {"name": "days"}))
    assert gone.code is grpc.StatusCode.NOT_FOUND


async def test_jobs_follow_a_calendar(client: Client) -> None:
    await client.call("PutCalendar", {"name": "days"})
    schedule = {"cron": {"expression": "0 8 * * *", "exclude": ["days"]}}
    job_id = (await client.call("SubmitJob", {"job": {"type": "any", "schedule": schedule}})).job_id
    next_at = (await client.call("GetJob", {"job_id": job_id})).next_at.ToDatetime()
    put = await client.call("PutCalendar", {"name": "days", "dates": [f"{next_at:%Y-%m-%d}"]})
    assert put.replanned == 1
    assert (await client.call("GetJob", {"job_id": job_id})).next_at.ToDatetime() > next_at
    held = await refused(client.call("DeleteCalendar", {"name": "days"}))
    assert (held.code, held.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "conflict")


@pytest.mark.parametrize(
    ("request_", "field", "reason"),
    [
        ({"name": "days", "dates": ["soon"]}, "dates", "invalid_request"),
        ({"name": "days", "dates": ["2030-01-01"], "icalendar": "BEGIN:VCALENDAR"}, "icalendar", "invalid_request"),
        ({"name": "days", "icalendar": "nope"}, "icalendar", "invalid_calendar"),
        ({"name": " "}, "name", "invalid_calendar"),
    ],
)
async def test_what_is_no_calendar_is_refused(
    client: Client, request_: dict[str, object], field: str, reason: str
) -> None:
    told = await refused(client.call("PutCalendar", request_))
    assert (told.fields, told.reason) == ([field], reason)
    assert (await client.call("ListCalendars")).calendars == []


async def test_a_key_opens_until_it_is_revoked(house: House) -> None:
    async with house.client("admin") as admin:
        made = await admin.call("CreateKey", {"name": "new", "role": "ROLE_VIEWER"})
        assert (made.key.name, made.key.role) == ("new", key_pb2.ROLE_VIEWER)
        async with Client(house.target, made.text) as viewer:
            await viewer.call("ListJobs")
            await admin.call("RevokeKey", {"key_id": made.key.key_id})
            assert (await refused(viewer.call("ListJobs"))).code is grpc.StatusCode.UNAUTHENTICATED
        [revoked] = [key for key in (await admin.call("ListKeys")).keys if key.HasField("revoked_at")]
        assert (revoked.key_id, revoked.prefix) == (made.key.key_id, made.text.split("_")[1])
        nothing = await refused(admin.call("CreateKey", {"name": "new"}))
        assert (nothing.fields, nothing.reason) == (["role"], "invalid_request")
