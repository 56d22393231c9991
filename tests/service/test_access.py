"""API keys: what opens the door, and what does not."""

import pytest

from foliot.domain.errors import Conflict, Forbidden, InvalidRequest, NotFound, Unauthenticated
from foliot.domain.identity import Identity, Role
from foliot.domain.policy import LONGEST_NAME
from foliot.wiring import System
from foliot.wiring.system import OWNER
from tests.service.conftest import Whoever


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR, Role.ADMIN])
async def test_a_key_opens_its_tenant_with_its_role(system: System, role: Role) -> None:
    _, text = await system.services.access.create_key(system.identity, "ci", role)
    identity = await system.services.access.authenticate(text)
    assert identity == Identity(system.identity.tenant_id, "ci", role)


async def test_the_text_of_a_key_is_not_kept(system: System) -> None:
    key, text = await system.services.access.create_key(system.identity, "ci", Role.VIEWER)
    [stored] = await system.services.access.keys(system.identity)
    assert stored == key
    secret = text.rpartition(f"{key.prefix}_")[2]
    assert secret not in repr(stored)


@pytest.mark.parametrize(
    "text",
    [
        None, "", "fol", "fol_", "fol_x", "fol__", "fol_x_", "xxx_a_b", "fol_000000000000_wrong", "fol_\udc80_x",
        "x" * 10_000,
    ],
    ids=repr,
)  # fmt: skip
async def test_what_is_no_key_opens_nothing(system: System, text: str | None) -> None:
    with pytest.raises(Unauthenticated):
        await system.services.access.authenticate(text)


async def test_a_wrong_secret_opens_nothing(system: System) -> None:
    key, text = await system.services.access.create_key(system.identity, "ci", Role.ADMIN)
    for wrong in (text[:-1], text + "x", f"fol_{key.prefix}_wrong", text.upper()):
        with pytest.raises(Unauthenticated):
            await system.services.access.authenticate(wrong)
    await system.services.access.authenticate(text)


async def test_a_secret_that_is_wrong_opens_nothing_while_the_key_is_trusted(system: System) -> None:
    key, text = await system.services.access.create_key(system.identity, "ci", Role.ADMIN)
    await system.services.access.authenticate(text)
    with pytest.raises(Unauthenticated):
        await system.services.access.authenticate(f"fol_{key.prefix}_wrong")


async def test_a_revoked_key_opens_nothing_from_now_on(system: System) -> None:
    key, text = await system.services.access.create_key(system.identity, "ci", Role.ADMIN)
    await system.services.access.authenticate(text)
    await system.services.access.revoke_key(system.identity, key.id)
    with pytest.raises(Unauthenticated):
        await system.services.access.authenticate(text)


async def test_a_key_that_was_revoked_elsewhere_opens_nothing_a_second_later(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("foliot.service.access._TRUST_SECONDS", 0.0)
    key, text = await system.services.access.create_key(system.identity, "ci", Role.ADMIN)
    await system.services.access.authenticate(text)
    await system.store.revoke_key(key.tenant_id, key.id, system.clock.now())
    with pytest.raises(Unauthenticated):
        await system.services.access.authenticate(text)


async def test_a_key_of_another_tenant_is_not_found(system: System) -> None:
    key, text = await system.services.access.create_key(system.identity, "ci", Role.ADMIN)
    other = await system.services.access.create_tenant(OWNER, "other")
    with pytest.raises(NotFound):
        await system.services.access.revoke_key(Identity(other.id, "eve", Role.ADMIN), key.id)
    await system.services.access.authenticate(text)


async def test_no_key_is_of_the_owner(system: System) -> None:
    for identity in (system.identity, OWNER):
        with pytest.raises(Forbidden):
            await system.services.access.create_key(identity, "ci", Role.OWNER)


@pytest.mark.parametrize("name", ["", " ", "x" * (LONGEST_NAME + 1), "a\nb"])
async def test_a_name_that_cannot_be_used_makes_no_key(system: System, whoever: Whoever, name: str) -> None:
    with pytest.raises(InvalidRequest):
        await system.services.access.create_key(whoever(Role.ADMIN), name, Role.VIEWER)
    assert await system.services.access.keys(system.identity) == []


async def test_a_tenants_name_is_taken_once(system: System) -> None:
    await system.services.access.create_tenant(OWNER, "acme")
    with pytest.raises(Conflict, match="acme"):
        await system.services.access.create_tenant(OWNER, "acme")
