"""The doors refuse alike: a mistake has the same code wherever it is made, and changes nothing."""

import pytest

from foliot.domain.errors import FoliotError
from foliot.remote.problems import branches
from foliot.service.admission import JobRequest
from foliot.transports.cli.exits import exit_of_error
from tests.doors.doors import Door, Lacks, filled
from tests.doors.house import House, Tenant
from tests.doors.mistakes import MISTAKES, Mistake

KINDS = {kind.code: kind for kind in branches(FoliotError)}


@pytest.fixture(scope="module")
def tenant(house: House) -> Tenant:
    """One for all: mistakes leave no trace."""
    tenant = house.done(house.furnished())
    house.done(house.services.jobs.submit(tenant.admin, JobRequest(type="greet", key="taken")))
    return tenant


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_it_has_the_same_code_at_every_door(
    house: House, doors: dict[str, Door], tenant: Tenant, mistake: Mistake
) -> None:
    before = house.done(house.standing(tenant))
    said = {}
    for door, way in mistake.ways.items():
        if not isinstance(way, Lacks):
            answer = doors[door].ask(tenant.keys[mistake.role], **filled(way.parts, tenant.has))
            said[door] = answer.code
            assert filled(mistake.says, tenant.has) in answer.text, (door, answer.text)
            if answer.exit is not None:
                assert answer.exit == exit_of_error(KINDS[mistake.code](""))
    assert said == dict.fromkeys(said, mistake.code)
    assert house.done(house.standing(tenant)) == before
