"""Which job types there are."""

import pytest

from foliot import UnknownJobType
from foliot.domain.errors import InvalidPolicy
from foliot.domain.job_type import JobType
from foliot.service.admission import JobRequest
from foliot.service.catalogue import Catalogue
from foliot.wiring import System


async def test_an_unknown_type_is_refused_with_those_that_are_known(system: System) -> None:
    with pytest.raises(UnknownJobType, match=r"'rst'.*Known: rest"):
        await system.services.jobs.submit(system.identity, JobRequest(type="rst"))


async def test_a_type_that_another_process_registers_becomes_known(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("foliot.service.catalogue._REFRESH_SECONDS", 0.0)
    await Catalogue(system.store, system.clock).register([JobType(name="mail")])
    await system.services.jobs.submit(system.identity, JobRequest(type="mail"))


async def test_a_typo_in_a_busy_client_is_not_a_query_each(system: System) -> None:
    looks, types = 0, system.store.types

    async def counted(tenant_id: str | None = None) -> list[JobType]:
        nonlocal looks
        looks += 1
        return await types(tenant_id)

    system.store.types = counted  # type: ignore[method-assign]  # counts
    for _ in range(100):
        with pytest.raises(UnknownJobType):
            await system.services.jobs.submit(system.identity, JobRequest(type="rst"))
    assert looks <= 3


async def test_a_type_that_cannot_be_used_registers_none(system: System) -> None:
    with pytest.raises(InvalidPolicy):
        await system.services.catalogue.register([JobType(name="fine"), JobType(name="two words")])
    assert [kind.name for kind in await system.services.catalogue.all(system.identity)] == ["rest"]
