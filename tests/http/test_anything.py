"""Whatever is sent, nothing but a typed refusal or a receipt comes back: never a 5xx."""

from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

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
schedules = st.fixed_dictionaries(
    {"kind": st.sampled_from(["at", "every"])},
    optional=dict.fromkeys(("at", "seconds", "start", "end", "count"), scalars),
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

    async def send(message: dict[str, Any]) -> None:
        statuses.extend([message["status"]] if "status" in message else [])

    await house.app(scope, None, send)  # type: ignore[arg-type]  # Litestar's TypedDicts
    assert statuses in ([200], [400])
