"""Whose ids are not found: what another tenant has does not exist, at no door and for no verb."""

import json

import pytest

from tests.doors.doors import Door, Lacks, filled
from tests.doors.house import House, Tenant
from tests.doors.verbs import VERBS, Verb

ABOUT_ONE = [verb for verb in VERBS if any("<" in json.dumps(getattr(way, "parts", "")) for way in verb.ways.values())]
ABOUT_ALL = [verb for verb in VERBS if verb not in ABOUT_ONE and not verb.changes]


@pytest.fixture(scope="module")
def tenant(house: House) -> Tenant:
    """Who has one of everything."""
    return house.done(house.furnished())


@pytest.fixture(scope="module")
def stranger(house: House) -> Tenant:
    """Who has nothing, and asks by the ids of the other."""
    return house.done(house.tenant())


@pytest.mark.parametrize("verb", ABOUT_ONE, ids=lambda verb: verb.name)
def test_another_tenants_ids_are_not_found(
    house: House, doors: dict[str, Door], tenant: Tenant, stranger: Tenant, verb: Verb
) -> None:
    before = house.done(house.standing(tenant)), house.done(house.standing(stranger))
    for door, way in verb.ways.items():
        if not isinstance(way, Lacks):
            answer = doors[door].ask(stranger.keys["admin"], **filled(way.parts, tenant.has))
            assert answer.code == verb.unfound, (door, answer.text)
            assert tenant.id not in answer.text
    assert (house.done(house.standing(tenant)), house.done(house.standing(stranger))) == before


@pytest.mark.parametrize("verb", ABOUT_ALL, ids=lambda verb: verb.name)
def test_a_list_shows_nothing_of_another_tenant(
    doors: dict[str, Door], tenant: Tenant, stranger: Tenant, verb: Verb
) -> None:
    for door, way in verb.ways.items():
        if not isinstance(way, Lacks):
            answer = doors[door].ask(stranger.keys["admin"], **way.parts)
            assert answer.code is None
            assert not [name for name, known in tenant.has.items() if known in answer.text], (door, answer.text)
