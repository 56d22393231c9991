"""Which path and method ask for what."""

from typing import Any

import pytest

from foliot.transports.http.answers import Reply
from foliot.transports.http.asgi import Message, Receive, Scope
from foliot.transports.http.routing import Route, Serve, router

PATHS = (
    "/jobs",
    "/jobs:batch",
    "/jobs/{job_id}",
    "/jobs/{job_id}/runs",
    "/jobs/latest",
    "/jobs/{job_id}/runs/{run_id}",
)


def _telling(path: str) -> Serve:
    async def serve(scope: Scope, receive: Receive, places: Any) -> Reply:
        return Reply(200, f"{path} {list(places)}".encode(), ())

    return serve


ROUTES = [Route("GET", path, _telling(path)) for path in PATHS] + [Route("PUT", "/jobs", _telling("put"))]


async def _answer(path: str, method: str = "GET") -> tuple[int, dict[bytes, bytes], str]:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        raise NotImplementedError

    scope = {"type": "http", "method": method, "path": path, "headers": [], "root_path": ""}
    await router(ROUTES)(scope, receive, send)
    return sent[0]["status"], dict(sent[0]["headers"]), sent[1]["body"].decode()


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/jobs", "/jobs []"),
        ("/jobs:batch", "/jobs:batch []"),
        ("/jobs/7", "/jobs/{job_id} ['7']"),
        ("/jobs/{job_id}", "/jobs/{job_id} ['{job_id}']"),
        ("/jobs/7/runs", "/jobs/{job_id}/runs ['7']"),
        ("/jobs/latest", "/jobs/latest []"),
        ("/jobs/latest/runs/9", "/jobs/{job_id}/runs/{run_id} ['latest', '9']"),
    ],
)
async def test_a_path_finds_its_route_and_what_stands_at_its_places(path: str, told: str) -> None:
    status, _, body = await _answer(path)
    assert (status, body) == (200, told)


@pytest.mark.parametrize(
    "path", ["", "/", "/job", "/jobs/", "//jobs", "/jobs/7/events", "/jobs/7/runs/9/10", "/jobs//runs"]
)
async def test_a_path_that_is_only_near_one_is_refused(path: str) -> None:
    status, _, body = await _answer(path)
    assert (status, "There is nothing at" in body) == (404, True)


async def test_a_method_that_is_not_possible_is_told_which_are() -> None:
    status, headers, body = await _answer("/jobs", "DELETE")
    assert (status, headers[b"allow"]) == (405, b"GET, OPTIONS, PUT")
    assert "DELETE is not possible at /jobs" in body
    status, headers, _ = await _answer("/jobs", "OPTIONS")
    assert (status, headers[b"allow"]) == (204, b"GET, OPTIONS, PUT")
