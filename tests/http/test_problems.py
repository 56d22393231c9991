"""Errors: every one is a problem with the same members, and none tells of the inside."""

from typing import Any

import httpx2
import pytest
import structlog

from foliot.domain.errors import Unavailable
from foliot.domain.identity import Role
from foliot.transports.http.problems import status_of
from tests.http.conftest import House

MEMBERS = {"type", "title", "status", "detail", "code", "request_id"}


def check_problem(answer: httpx2.Response, status: int, code: str) -> dict[str, Any]:
    problem: dict[str, Any] = answer.json()
    assert answer.status_code == problem["status"] == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(problem) - {"field"} == MEMBERS
    assert (problem["code"], problem["type"]) == (code, f"urn:foliot:problem:{code}")
    assert problem["request_id"] == answer.headers["x-request-id"]
    return problem


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/nothing", "/v2/jobs", "/docs/other", "/v1/jobs/a/b/c", "/%00", "/é"])
async def test_an_unknown_route_is_a_problem(client: httpx2.AsyncClient, path: str) -> None:
    check_problem(await client.get(path), 404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/v1/jobs", {"GET", "POST", "OPTIONS"}),
        ("DELETE", "/v1/runs/01a2046f-3f91-739b-82ce-6f447f4dba8c", {"GET", "OPTIONS"}),
        ("GET", "/v1/jobs:batch", {"POST", "OPTIONS"}),
        ("POST", "/healthz", {"GET", "OPTIONS"}),
        ("BREW", "/docs", {"GET", "OPTIONS"}),
    ],
)
async def test_a_wrong_method_says_which_are_right(
    client: httpx2.AsyncClient, method: str, path: str, allowed: set[str]
) -> None:
    answer = await client.request(method, path)
    check_problem(answer, 405, "method_not_allowed")
    assert set(answer.headers["allow"].split(", ")) == allowed


@pytest.mark.parametrize(
    ("path", "allowed"),
    [("/v1/jobs", "GET, OPTIONS, POST"), ("/v1/keys/7", "DELETE, OPTIONS"), ("/docs", "GET, OPTIONS")],
)
async def test_options_say_which_methods_a_path_has(house: House, path: str, allowed: str) -> None:
    async with house.anyone() as anyone:
        answer = await anyone.request("OPTIONS", path)
    assert (answer.status_code, answer.headers["allow"]) == (204, allowed)


async def test_a_fault_of_ours_is_logged_whole_and_tells_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("the password is hunter2")

    monkeypatch.setattr(house.services.jobs, "submit", broken)
    async with house.client() as client:
        with structlog.testing.capture_logs() as logs:
            answer = await client.post("/v1/jobs", json={"type": "any"}, headers={"x-request-id": "trace-me"})
    problem = check_problem(answer, 500, "internal")
    assert "hunter2" not in answer.text
    [entry] = logs
    assert str(entry["exc_info"]) == "the password is hunter2"
    assert (entry["request_id"], entry["path"]) == (problem["request_id"], "/v1/jobs")


async def test_not_ready_is_a_503_that_says_when_to_come_back(house: House) -> None:
    async def away() -> None:
        raise Unavailable("The disk is full.")

    async with house.anyone(app=house.build(ready=away)) as anyone:
        answer = await anyone.get("/readyz")
        assert (await anyone.get("/healthz")).json() == {"status": "ok"}
    assert check_problem(answer, 503, "unavailable")["detail"] == "The disk is full."
    assert answer.headers["retry-after"] == "1"


@pytest.mark.parametrize("path", ["/healthz", "/v1/me", "/v1/nothing", "/docs", "/v1/jobs?colour=red"])
async def test_every_answer_carries_the_callers_request_id(client: httpx2.AsyncClient, path: str) -> None:
    answer = await client.get(path, headers={"x-request-id": "order-7:try.2"})
    assert answer.headers["x-request-id"] == "order-7:try.2"


@pytest.mark.parametrize("asked", [b"", b"a b", b"x" * 129, b"\xff", b"<script>"])
async def test_a_request_id_that_is_not_sane_is_replaced(client: httpx2.AsyncClient, asked: bytes) -> None:
    answer = await client.get("/healthz", headers=[(b"x-request-id", asked)])
    assert len(answer.headers["x-request-id"]) == 32


async def test_each_request_has_an_id_of_its_own(client: httpx2.AsyncClient) -> None:
    answers = [await client.get("/healthz") for _ in range(2)]
    assert len({answer.headers["x-request-id"] for answer in answers}) == 2


async def test_metrics_are_text_and_need_a_key(house: House) -> None:
    _, key = await house.services.access.create_key(house.identity, "prometheus", Role.VIEWER)
    async with house.anyone({"authorization": f"Bearer {key}"}) as prometheus:
        answer = await prometheus.get("/metrics")
    assert answer.status_code == 200
    assert "foliot_" in answer.text
    assert answer.headers["content-type"].startswith("text/plain; version=")


async def test_metrics_of_all_tenants_are_not_for_every_tenant(house: House) -> None:
    async with house.client("admin") as admin:
        answer = await admin.get("/metrics")
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_every_error_of_the_tree_has_a_status() -> None:
    from foliot.domain import errors

    statuses = {}
    for name, kind in vars(errors).items():
        if isinstance(kind, type) and issubclass(kind, errors.FoliotError) and kind is not errors.RetryLater:
            statuses[name] = status_of(kind("x"))
    assert {name for name, status in statuses.items() if status == 500} == {
        "FoliotError",
        "RunError",
        "RunFailed",
        "RunCancelled",
        "ResultTimeout",
        "PermanentError",
        "CancelRun",
    }
    assert (statuses["IllegalTransition"], statuses["KeyConflict"], statuses["InvalidTime"]) == (409, 422, 400)
