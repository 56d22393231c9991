"""The doors offer the same: whatever can be asked at one can be asked at all, and comes to the same."""

import re
from typing import Any, Final, get_type_hints

import pytest

from foliot.service.face import Face
from foliot.transports.http.app import ENDPOINTS
from foliot.transports.mcp.catalogue import TOOLS
from tests.cli.test_command_line import COMMANDS
from tests.doors.doors import DOORS, SERVICE, Door, Lacks, filled
from tests.doors.house import House
from tests.doors.verbs import VERBS, Verb

NO_VERBS: Final = {
    "http": {
        # workers speak HTTP or gRPC (`foliot.worker.v1`)
        "register_types", "lease_runs", "renew_leases", "tell_progress", "finish_runs",
        # of this server, and of the key of this very request
        "show_health", "show_readiness", "show_metrics", "show_me",
    },
    "shell": {
        # processes, and what is done where the database is
        "up", "api", "worker", "mcp", "migrate", "doctor", "tenant create", "tenant list",
    },
    "mcp": set[str](),
    "grpc": set[str](),
}  # fmt: skip
"""What the doors have beside the table."""

OF_THE_INSIDE: Final = {
    # what other use cases tell, or need
    "graphs.family", "runs.story", "catalogue.find",
    # the owner's, where the database is
    "access.create_tenant", "access.tenants", "access.tenant_named",
}  # fmt: skip
"""Use cases that no verb is named for."""


def offered(door: str) -> set[str]:
    """The names of all that a door has."""
    match door:
        case "http":
            return {endpoint.operation_id for endpoint in ENDPOINTS}
        case "shell":
            return set(COMMANDS)
        case "mcp":
            return set(TOOLS)
        case _:
            return set(SERVICE.methods_by_name)


def named(parts: dict[str, Any], door: str) -> str:
    """What the door calls what this way asks of it."""
    if door == "http":
        line = parts["line"].partition("?")[0]
        [endpoint] = [
            each for each in ENDPOINTS if re.fullmatch(f"{each.method} " + re.sub(r"{\w+}", "[^/]+", each.path), line)
        ]
        return str(endpoint.operation_id)
    if door == "shell":
        return next(name for name in COMMANDS if f"{parts['line']} ".startswith(f"{name} "))
    return str(parts["name"])


@pytest.mark.parametrize("door", DOORS)
def test_the_table_has_all_that_a_door_offers(door: str) -> None:
    told = {named(way.parts, door) for verb in VERBS if not isinstance(way := verb.ways[door], Lacks)}
    assert told | NO_VERBS[door] == offered(door)
    assert not told & NO_VERBS[door]


def test_the_table_has_every_use_case() -> None:
    deeds = set()
    for name, part in vars(Face).items():
        if isinstance(part, property):
            face = get_type_hints(part.fget)["return"]
            deeds |= {f"{name}.{deed}" for deed in vars(face) if not deed.startswith("_")}
    assert {verb.of for verb in VERBS} | OF_THE_INSIDE == deeds


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_it_comes_to_the_same_at_every_door(house: House, doors: dict[str, Door], verb: Verb) -> None:
    came_of_it = {}
    for door, way in verb.ways.items():
        if isinstance(way, Lacks):
            continue
        tenant = house.done(house.furnished())
        before = house.done(house.standing(tenant))
        answer = doors[door].ask(tenant.keys["admin"], **filled(way.parts, tenant.has))
        assert answer.code is None, (door, answer.text)
        assert not answer.exit, (door, answer.text)
        assert filled(verb.shows, tenant.has) in answer.text, door
        after = house.done(house.standing(tenant))
        came_of_it[door] = (after - before, before - after)
    first = next(iter(came_of_it.values()))
    assert came_of_it == dict.fromkeys(came_of_it, first)
    assert any(first) is verb.changes
