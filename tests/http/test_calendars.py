"""Exclusion calendars over HTTP."""

from typing import Any

import httpx2
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.http.conftest import House

FILE = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20000501\nRRULE:FREQ=YEARLY\nEND:VEVENT\nEND:VCALENDAR\n"
CALENDAR = {"content-type": "text/calendar; charset=utf-8"}
DAILY = {"kind": "cron", "expression": "0 9 * * *", "exclude": ["holidays"]}


async def _put(client: httpx2.AsyncClient, *dates: str, name: str = "holidays") -> Any:
    answer = await client.put(f"/v1/calendars/{name}", json={"dates": dates, "description": "of ours"})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_calendar_is_put_shown_listed_and_deleted(client: httpx2.AsyncClient) -> None:
    put = await _put(client, "2030-12-26", "2030-12-25", "2030-12-25")
    assert put["replanned"] == 0
    assert put["calendar"]["dates"] == ["2030-12-25", "2030-12-26"]
    assert (await client.get("/v1/calendars/holidays")).json() == put["calendar"]
    [listed] = (await client.get("/v1/calendars")).json()["items"]
    assert listed == {
        "name": "holidays", "description": "of ours", "count": 2, "first": "2030-12-25", "last": "2030-12-26",
        "updated_at": put["calendar"]["updated_at"],
    }  # fmt: skip
    assert (await client.delete("/v1/calendars/holidays")).status_code == 204
    assert (await client.get("/v1/calendars")).json() == {"items": []}
    assert (await client.delete("/v1/calendars/holidays")).status_code == 404


async def test_a_calendar_is_put_as_an_icalendar_file(client: httpx2.AsyncClient) -> None:
    answer = await client.put("/v1/calendars/mayday", content=FILE, headers=CALENDAR)
    assert answer.status_code == 200, answer.text
    dates = answer.json()["calendar"]["dates"]
    assert len(dates) == 12
    assert all(day.endswith("-05-01") for day in dates)


async def test_a_name_may_have_letters_of_any_language(client: httpx2.AsyncClient) -> None:
    await _put(client, "2030-01-01", name="Feiertage-K%C3%B6ln")
    assert (await client.get("/v1/calendars/Feiertage-K%C3%B6ln")).json()["name"] == "Feiertage-Köln"


async def test_a_job_excludes_a_calendar_which_then_stays(client: httpx2.AsyncClient) -> None:
    refused = await client.post("/v1/jobs", json={"type": "any", "schedule": DAILY})
    assert (refused.status_code, refused.json()["code"]) == (400, "unknown_calendar")
    await _put(client, "2030-01-01")
    job_id = (await client.post("/v1/jobs", json={"type": "any", "schedule": DAILY})).json()["job_id"]
    job = (await client.get(f"/v1/jobs/{job_id}")).json()
    assert job["schedule"]["exclude"] == ["holidays"]
    put = await _put(client, job["next_at"][:10])
    assert put["replanned"] == 1
    assert (await client.get(f"/v1/jobs/{job_id}")).json()["next_at"] > job["next_at"]
    conflict = await client.delete("/v1/calendars/holidays")
    assert (conflict.status_code, conflict.json()["code"]) == (409, "conflict")
    assert job_id in conflict.json()["detail"]


@pytest.mark.parametrize(
    ("path", "body", "headers", "status", "code"),
    [
        ("a%20b", '{"dates": []}', {}, 400, "invalid_calendar"),
        ("a", '{"dates": ["yesterday"]}', {}, 400, "invalid_request"),
        ("a", '{"dates": ["0001-01-01"]}', {}, 400, "invalid_calendar"),
        ("a", '{"days": []}', {}, 400, "invalid_request"),
        ("a", "no file", CALENDAR, 400, "invalid_calendar"),
        ("a", b"\xff", CALENDAR, 400, "invalid_request"),
        ("a", FILE, {"content-type": "text/plain"}, 415, "unsupported_media_type"),
        ("a", FILE, {"content-type": "text/calendar; charset=latin-1"}, 415, "unsupported_media_type"),
    ],
)
async def test_what_cannot_be_used_changes_nothing(
    client: httpx2.AsyncClient, path: str, body: str | bytes, headers: dict[str, str], status: int, code: str
) -> None:
    answer = await client.put(f"/v1/calendars/{path}", content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert (await client.get("/v1/calendars")).json() == {"items": []}


async def test_the_nearest_name_is_suggested(client: httpx2.AsyncClient) -> None:
    await _put(client)
    answer = await client.get("/v1/calendars/holyday")
    assert answer.status_code == 404
    assert "Did you mean 'holidays'?" in answer.json()["detail"]


async def test_other_tenants_calendars_are_not_seen(house: House, client: httpx2.AsyncClient) -> None:
    await _put(client)
    async with house.client(tenant="globex") as other:
        assert (await other.get("/v1/calendars/holidays")).status_code == 404
        assert (await other.delete("/v1/calendars/holidays")).status_code == 404
        assert (await other.get("/v1/calendars")).json() == {"items": []}


async def test_viewers_look_only(house: House, client: httpx2.AsyncClient) -> None:
    await _put(client)
    async with house.client("viewer") as viewer:
        assert (await viewer.get("/v1/calendars/holidays")).status_code == 200
        assert (await viewer.put("/v1/calendars/holidays", json={"dates": []})).status_code == 403
        assert (await viewer.delete("/v1/calendars/holidays")).status_code == 403


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(min_size=1, max_size=8), dates=st.lists(st.text(max_size=12) | st.dates().map(str), max_size=3))
async def test_anything_is_stored_or_refused(house: House, name: str, dates: list[str]) -> None:
    path = "".join(f"%{byte:02x}" for byte in name.encode(errors="surrogatepass"))
    body = msgspec.json.encode({"dates": [text.encode(errors="replace").decode() for text in dates]})
    async with house.client() as client:
        answer = await client.put(f"/v1/calendars/{path}", content=body)
        assert answer.status_code in (200, 400, 404), answer.text
