"""Whatever is sent, nothing but a typed refusal or a receipt comes back: never a 5xx."""

from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foliot.transports.http.asgi import Message
from tests.http.conftest import House

LENIENT = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=-(10**30), max_value=10**30),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.sampled_from(["2030-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "\x00", "any"]),
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
lines = st.sampled_from(["@daily", "30 2 * * *", "* * * * * *", "0 0 30 2 *", "0 0 29 2 *"]) | scalars
rules = st.sampled_from(["FREQ=DAILY", "FREQ=MONTHLY;BYMONTHDAY=31", "FREQ=HOURLY;BYHOUR=1", "RRULE:", "\n"]) | scalars
zones = st.sampled_from(["UTC", "America/New_York", "Europe/Berln"]) | scalars
local_times = st.sampled_from(["2026-01-01T08:00:00", "2026-01-01", "08:00", "25:00"]) | scalars
members = {
    "at": scalars, "seconds": scalars, "start": local_times, "end": scalars, "count": scalars,
    "jitter_seconds": scalars,
    "expression": lines, "rule": rules, "timezone": zones, "gap": scalars, "fold": scalars, "month_end": scalars,
    "rdate": st.lists(local_times, max_size=2), "local_time": local_times, "first_day": local_times,
    "at_time": local_times, "value": scalars, "interval_seconds": scalars,
}  # fmt: skip
KINDS = {
    "at": ("at",),
    "every": ("seconds", "start", "end", "count", "jitter_seconds"),
    "cron": ("expression", "timezone", "start", "end", "count", "gap", "fold", "jitter_seconds"),
    "rrule": ("rule", "timezone", "start", "end", "count", "gap", "fold", "month_end", "rdate", "jitter_seconds"),
    "local_time": ("local_time", "rule", "timezone", "first_day"),
    "hourly": ("value", "timezone"),
    "daily": ("at_time", "value", "timezone"),
    "weekly": ("at_time", "value", "timezone"),
    "monthly": ("at_time", "value", "timezone"),
    "interval": ("interval_seconds", "start"),
    "sundial": (),
}
schedules = st.sampled_from(list(KINDS)).flatmap(
    lambda kind: st.fixed_dictionaries({"kind": st.just(kind)}, optional={name: members[name] for name in KINDS[kind]})
)
misfires = st.fixed_dictionaries(
    {"kind": st.sampled_from(["coalesce", "skip", "catch_up"])},
    optional=dict.fromkeys(("limit", "stagger_seconds", "grace_seconds"), scalars),
)
policies = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("max_attempts", "base_seconds", "factor", "cap_seconds"), scalars)
)
jobs = st.fixed_dictionaries(
    {"type": st.sampled_from(["any", "greet"]) | scalars},
    optional={
        "payload": values,
        "schedule": schedules | scalars,
        "delay_seconds": scalars,
        "queue": scalars,
        "priority": scalars,
        "timeout_seconds": scalars,
        "retry": policies | scalars,
        "misfire": misfires | st.sampled_from(["skip", "catch_up"]) | scalars,
        "overlap": st.sampled_from(["skip", "queue_one"]) | scalars,
        "key": scalars,
    },
)
items_of_workers = st.fixed_dictionaries(
    {"run_id": st.text(max_size=5) | st.just("01890000-0000-7000-8000-00000000acee"), "lease": st.integers()},
    optional={
        "outcome": st.sampled_from(["succeeded", "failed", "handed_back"]),
        "result": values,
        "error": st.fixed_dictionaries({"message": st.text()}, optional={"type": st.text(), "trace": st.text()}),
        "retry_after_seconds": st.floats(),
    },
) | st.fixed_dictionaries({"name": st.text(max_size=5)}, optional={"arguments": values, "retry": policies})
headers = {"content-type": "application/json"}


@LENIENT
@given(job=jobs | values)
async def test_any_json_is_stored_or_refused(house: House, job: Any) -> None:
    async with house.client() as client:
        answer = await client.post("/v1/jobs", content=msgspec.json.encode(job), headers=headers)
        assert answer.status_code in (200, 201, 400, 422), answer.text
        if answer.status_code < 300:
            shown = await client.get(answer.headers["location"])
            assert shown.status_code == 200, shown.text


@LENIENT
@given(asked=st.fixed_dictionaries({"schedule": schedules}, optional={"from": scalars, "count": scalars}))
async def test_any_schedule_is_previewed_or_refused(house: House, asked: Any) -> None:
    async with house.client("viewer") as client:
        answer = await client.post("/v1/schedules:preview", content=msgspec.json.encode(asked), headers=headers)
    assert answer.status_code in (200, 400), answer.text
    if answer.status_code == 200:
        instants = [each["at"] for each in answer.json()["items"]]
        assert instants == sorted(set(instants))


@LENIENT
@given(batch=st.lists(jobs | values, max_size=5))
async def test_any_batch_is_answered_item_by_item(house: House, batch: list[Any]) -> None:
    async with house.client() as client:
        answer = await client.post("/v1/jobs:batch", content=msgspec.json.encode({"jobs": batch}), headers=headers)
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["items"]) == len(batch)


@LENIENT
@given(
    path=st.sampled_from(["types", "lease", "heartbeat", "progress", "finish"]),
    member=st.sampled_from(["types", "runs", "notes", "outcomes", "queues"]),
    items=st.lists(items_of_workers | values, max_size=3),
    others=st.dictionaries(st.sampled_from(["worker", "limit", "wait_seconds"]), scalars, max_size=2),
)
async def test_whatever_a_worker_says_is_answered_or_refused(
    house: House, path: str, member: str, items: list[Any], others: dict[str, Any]
) -> None:
    body = {member: items} | others | {"wait_seconds": 0} if path == "lease" else {member: items}
    async with house.client() as client:
        answer = await client.post(f"/v1/worker/{path}", content=msgspec.json.encode(body), headers=headers)
    assert answer.status_code in (200, 400, 409), answer.text


@LENIENT
@given(text=st.binary(max_size=60))
async def test_any_bytes_are_understood_or_refused(house: House, text: bytes) -> None:
    async with house.client() as client:
        for path in ("/v1/jobs", "/v1/jobs:batch", "/v1/dead-letters:replay"):
            answer = await client.post(path, content=text, headers=headers)
            assert answer.status_code in (200, 400), answer.text
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/v1/runs",
        "query_string": text,
        "headers": [(b"authorization", f"Bearer {house.keys['acme', 'viewer']}".encode())],
        "http_version": "1.1",
    }
    statuses: list[int] = []

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        statuses.extend([message["status"]] if "status" in message else [])

    await house.app(scope, receive, send)
    assert statuses in ([200], [400])
