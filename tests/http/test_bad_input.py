"""What bad input gets: a typed 4xx that says what to change, and nothing is stored."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from tests.http.conftest import LARGEST_REQUEST_BYTES, House

JSON = {"content-type": "application/json"}


@pytest.fixture(autouse=True)
async def nothing_was_stored(house: House) -> AsyncIterator[None]:
    yield
    async with house.client() as client:
        assert (await client.get("/v1/jobs")).json()["items"] == []


@pytest.mark.parametrize(
    ("job", "field", "code"),
    [
        ('{"payload":{}}', "type", "invalid_request"),
        ('{"type":5}', "type", "invalid_request"),
        ('{"type":"nobody"}', "type", "unknown_job_type"),
        (r'{"type":"\u0000"}', "type", "unknown_job_type"),
        ('{"type":"any","colour":"red"}', "colour", "invalid_request"),
        ('{"type":"any","retry":{"colour":"red"}}', "retry.colour", "invalid_request"),
        ('{"type":"any","retry":{"max_attempts":-1}}', "retry.max_attempts", "invalid_policy"),
        ('{"type":"any","retry":{"max_attempts":1e999}}', "retry.max_attempts", "invalid_request"),
        ('{"type":"any","retry":{"rules":[{"error":"x","verdict":"y"}]}}', "retry.rules[0].verdict", "invalid_request"),
        ('{"type":"any","timeout_seconds":0}', "timeout_seconds", "invalid_request"),
        ('{"type":"any","timeout_seconds":1e9}', "timeout_seconds", "invalid_policy"),
        ('{"type":"any","timeout_seconds":NaN}', None, "invalid_request"),
        ('{"type":"any","queue":""}', "queue", "invalid_policy"),
        (r'{"type":"any","queue":"a\u0000"}', "queue", "invalid_policy"),
        ('{"type":"any","priority":"urgent"}', "priority", "invalid_request"),
        ('{"type":"any","priority":1}', "priority", "invalid_request"),
        ('{"type":"any","delay_seconds":-1}', "delay_seconds", "invalid_request"),
        ('{"type":"any","delay_seconds":1e300}', "delay_seconds", "invalid_time"),
        (
            '{"type":"any","delay_seconds":1,"schedule":{"kind":"every","seconds":5}}',
            "delay_seconds",
            "invalid_request",
        ),
        ('{"type":"any","schedule":{"kind":"sundial"}}', "schedule.kind", "invalid_request"),
        ('{"type":"any","schedule":{"seconds":5}}', "schedule.kind", "invalid_request"),
        ('{"type":"any","schedule":{"kind":"every","seconds":0.5}}', "schedule.seconds", "invalid_schedule"),
        ('{"type":"any","schedule":{"kind":"every","seconds":5,"count":0}}', "schedule.count", "invalid_schedule"),
        (
            '{"type":"any","schedule":{"kind":"every","seconds":60,"jitter_seconds":86401}}',
            "schedule.jitter_seconds",
            "invalid_schedule",
        ),
        (
            '{"type":"any","schedule":{"kind":"cron","expression":"61 * * * *"}}',
            "schedule.expression",
            "invalid_schedule",
        ),
        (
            '{"type":"any","schedule":{"kind":"cron","expression":"@daily","timezone":"Mars/Olympus"}}',
            "schedule.timezone",
            "invalid_timezone",
        ),
        ('{"type":"any","schedule":{"kind":"daily","at_time":"8"}}', "schedule.at_time", "invalid_schedule"),
        ('{"type":"any","schedule":{"kind":"daily"}}', "schedule.at_time", "invalid_request"),
        ('{"type":"any","schedule":{"kind":"hourly","at_time":"08:00"}}', "schedule.at_time", "invalid_request"),
        (
            '{"type":"any","schedule":{"kind":"weekly","at_time":"08:00","value":0}}',
            "schedule.value",
            "invalid_schedule",
        ),
        (
            '{"type":"any","schedule":{"kind":"monthly","at_time":"08:00","timezone":"Mars/Olympus"}}',
            "schedule.timezone",
            "invalid_timezone",
        ),
        (
            '{"type":"any","schedule":{"kind":"local_time","rule":"FREQ=MONTHLY","local_time":"08:00"}}',
            "schedule.rule",
            "invalid_schedule",
        ),
        (
            '{"type":"any","schedule":{"kind":"local_time","local_time":"noon"}}',
            "schedule.local_time",
            "invalid_schedule",
        ),
        (
            '{"type":"any","schedule":{"kind":"interval","interval_seconds":0.5}}',
            "schedule.interval_seconds",
            "invalid_schedule",
        ),
        ('{"type":"any","misfire":"skip"}', "misfire", "invalid_policy"),
        ('{"type":"any","overlap":"allow","delay_seconds":5}', "overlap", "invalid_policy"),
        ('{"type":"any","misfire":"panic","schedule":{"kind":"every","seconds":5}}', "misfire", "invalid_request"),
        (
            '{"type":"any","misfire":{"kind":"catch_up","limit":0},"schedule":{"kind":"every","seconds":5}}',
            "misfire.limit",
            "invalid_policy",
        ),
        ('{"type":"any","overlap":"both","schedule":{"kind":"every","seconds":5}}', "overlap", "invalid_request"),
        ('{"type":"any","schedule":{"kind":"at","at":"tomorrow"}}', "schedule.at", "invalid_request"),
        ('{"type":"any","schedule":{"kind":"at","at":"2030-01-01T00:00:00"}}', "schedule.at", "invalid_time"),
        ('{"type":"any","schedule":{"kind":"at","at":"1980-01-01T00:00:00Z"}}', "schedule", "invalid_time"),
        ('{"type":"any","schedule":{"kind":"at","at":"9999-12-31T23:59:59-23:59"}}', "schedule.at", "invalid_time"),
        ('{"type":"any","schedule":{"kind":"at","at":"0001-01-01T00:00:00+14:00"}}', "schedule.at", "invalid_time"),
        ('{"type":"any","schedule":{"kind":"at","at":1}}', "schedule.at", "invalid_request"),
        ('{"type":"any","key":""}', "key", "invalid_request"),
        (r'{"type":"any","key":"a\u0000"}', "key", "invalid_request"),
        ('{"type":"greet","payload":{"name":5}}', "payload", "invalid_payload"),
        ('{"type":"greet","payload":{"nom":"x"}}', "payload", "invalid_payload"),
        ('{"type":"greet","payload":null}', "payload", "invalid_payload"),
        ('{"type":"any","payload":1e999}', "payload", "invalid_payload"),
        ('{"type":"any","payload":' + "9" * 5000 + "}", "payload", "invalid_payload"),
        ('{"type":"any","payload":"' + "x" * 300_000 + '"}', "payload", "payload_too_large"),
    ],
)
async def test_what_is_wrong_is_named(client: httpx2.AsyncClient, job: str, field: str | None, code: str) -> None:
    answer = await client.post("/v1/jobs", content=job, headers=JSON)
    problem = answer.json()
    assert (problem.get("field"), problem["code"]) == (field, code), problem
    assert answer.status_code == (413 if code == "payload_too_large" else 400)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"type"',
        b"\x00",
        b"\xff\xfe",
        b'\xef\xbb\xbf{"type":"any"}',
        b'{"type":"any"} {}',
        b"{'type':'any'}",
        b'{"type":"any",}',
        b'{"type":"any","queue":"\x00"}',
        b'{"type":"\xff"}',
        b'{"type":"any","\xff":1}',
        b'{"type":"any","payload":"\xed\xa0\x80"}',
        b'{"type":"any","payload":"\\ud800"}',
        b'{"type":"any","payload":"\\udc00\\ud800"}',
        b'{"type":"any","payload":nul}',
        b'{"type":"any","payload":NaN}',
        b'{"type":"any","payload":Infinity}',
        b'{"type":"any","payload":' + b"[" * 100_000 + b"}",
        b'{"type":"any","payload":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"type":"any","payload":' + b'{"a":' * 50_000 + b"1" + b"}" * 50_000 + b"}",
        b'{"type":"any","schedule":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
)
@pytest.mark.parametrize("wrap", [b"%b", b'{"jobs":[%b]}'], ids=["single", "batch"])
async def test_what_is_no_json_object_is_refused(client: httpx2.AsyncClient, body: bytes, wrap: bytes) -> None:
    path = "/v1/jobs" if wrap == b"%b" else "/v1/jobs:batch"
    answer = await client.post(path, content=wrap % body, headers=JSON)
    if answer.status_code == 200:
        assert answer.json()["created"] == 0
    else:
        assert answer.status_code == 400
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "text/plain"},
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": "application/json; charset=latin-1"},
        {"content-type": "multipart/form-data; boundary=x"},
        {"content-type": "application/json", "content-encoding": "gzip"},
        {"content-type": "\x7f"},
    ],
)
async def test_a_body_of_another_kind_is_415(client: httpx2.AsyncClient, headers: dict[str, str]) -> None:
    answer = await client.post("/v1/jobs", content=b'{"type":"any"}', headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


async def test_an_announced_body_that_is_too_large_is_not_read(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/v1/jobs", content=b"x" * (LARGEST_REQUEST_BYTES + 1), headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (413, "payload_too_large")


@pytest.mark.parametrize("path", ["/v1/jobs", "/v1/runs/01a2046f-3f91-739b-82ce-6f447f4dba8c/cancel"])
async def test_a_body_in_chunks_is_counted_as_it_comes(client: httpx2.AsyncClient, path: str) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 65536
            yield b"x" * 65536

    answer = await client.post(path, content=endless(), headers=JSON)
    assert answer.status_code == 413
    assert sent <= LARGEST_REQUEST_BYTES + 2 * 65536


async def test_a_verb_without_a_body_takes_none(client: httpx2.AsyncClient) -> None:
    path = "/v1/runs/01a2046f-3f91-739b-82ce-6f447f4dba8c/cancel"
    answer = await client.post(path, json={"force": True})
    assert (answer.status_code, answer.json()["field"]) == (400, "force")


@pytest.mark.parametrize(
    ("method", "path", "body", "words"),
    [
        ("POST", "/v1/jobs", '{"type":"any","priority":"urgent"}', "critical, default, high, low"),
        ("GET", "/v1/runs?state=done", None, "blocked, pending, queued"),
        ("POST", "/v1/jobs", '{"type":"any","join":"some"}', "all, any"),
    ],
)
async def test_a_word_that_is_none_of_those_is_answered_with_these(
    client: httpx2.AsyncClient, method: str, path: str, body: str | None, words: str
) -> None:
    answer = await client.request(method, path, content=body, headers=JSON)
    assert answer.status_code == 400
    assert words in answer.json()["detail"]
