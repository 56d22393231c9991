"""Which path and method ask for what."""

import pytest

from foliot.transports.http.answers import Reply
from foliot.transports.http.problems import Refused
from foliot.transports.http.routing import Routes, constant

PATHS = ("/jobs", "/jobs:batch", "/jobs/{job_id}", "/jobs/{job_id}/runs", "/jobs/latest/runs/{run_id}")
ROUTES = [constant("GET", path, Reply(200, path.encode(), ())) for path in PATHS]


@pytest.mark.parametrize(
    ("path", "route", "places"),
    [
        ("/jobs", "/jobs", []),
        ("//jobs/", "/jobs", []),
        ("/jobs:batch", "/jobs:batch", []),
        ("/jobs/7", "/jobs/{job_id}", ["7"]),
        ("/jobs/{job_id}", "/jobs/{job_id}", ["{job_id}"]),
        ("/jobs/7/runs", "/jobs/{job_id}/runs", ["7"]),
        ("/jobs/latest/runs/9", "/jobs/latest/runs/{run_id}", ["9"]),
    ],
)
def test_a_path_finds_its_route_and_what_stands_at_its_places(path: str, route: str, places: list[str]) -> None:
    expected = next(each.serve for each in ROUTES if each.path == route)
    assert Routes(ROUTES).find("GET", path) == (expected, places)


@pytest.mark.parametrize("path", ["", "/", "/job", "/jobs/7/events", "/jobs/7/runs/9", "/jobs/latest"])
def test_a_path_that_is_only_near_one_is_refused(path: str) -> None:
    with pytest.raises(Refused) as refused:
        Routes(ROUTES).find("GET", path)
    assert refused.value.status == 404
