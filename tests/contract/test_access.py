"""`AccessStore`: tenants, keys and job types."""

import asyncio
from typing import Any

import msgspec

from foliot.domain.access import ApiKey, Tenant
from foliot.domain.identity import Role
from foliot.domain.job_type import JobType
from foliot.domain.policy import Policy
from foliot.domain.priority import Priority
from foliot.domain.retry import ErrorRule, RetryPolicy, Verdict
from foliot.ports import Store
from tests.contract.builders import ACME, NOW, OTHER, after, new_id


def _tenant(name: str) -> Tenant:
    return Tenant(new_id(), name, after(0.000001))


def _key(prefix: str, tenant: str = ACME, role: Role = Role.OPERATOR) -> ApiKey:
    return ApiKey(
        id=new_id(), tenant_id=tenant, name=f"key {prefix} ü", role=role, prefix=prefix, hash=f"hash of {prefix}",
        created_at=after(0.000001),
    )  # fmt: skip


async def test_a_tenant_is_stored_unless_its_name_is_taken(store: Store) -> None:
    acme, again, other = _tenant("acme ü"), _tenant("acme ü"), _tenant("other")
    assert [await store.create_tenant(each) for each in (acme, again, other)] == [True, False, True]
    assert await store.tenants() == [acme, other]


async def test_of_many_with_one_name_one_is_stored(two_stores: tuple[Store, Store]) -> None:
    made = [_tenant("acme") for _ in range(10)]
    answers = await asyncio.gather(*(two_stores[n % 2].create_tenant(each) for n, each in enumerate(made)))
    assert await two_stores[0].tenants() == [made[answers.index(True)]]
    assert sum(answers) == 1


async def test_a_key_is_found_by_its_prefix(store: Store) -> None:
    keys = [_key("aaaa"), _key("aaab", OTHER, Role.OWNER)]
    for key in keys:
        await store.create_key(key)
    assert await store.key_by_prefix("aaaa") == keys[0]
    assert await store.key_by_prefix("aaab") == keys[1]
    assert await store.key_by_prefix("aaa") is None


async def test_keys_are_listed_oldest_first(store: Store) -> None:
    keys = [_key("a"), _key("b"), _key("c", OTHER)]
    for key in keys:
        await store.create_key(key)
    assert await store.keys(ACME) == keys[:2]
    assert await store.keys(OTHER) == keys[2:]
    assert await store.keys("nobody") == []


async def test_a_revoked_key_stays_listed_with_the_time_it_was_revoked_first(store: Store) -> None:
    key = _key("a")
    await store.create_key(key)
    assert await store.revoke_key(ACME, key.id, after(5.000001))
    assert await store.revoke_key(ACME, key.id, after(9))
    revoked = msgspec.structs.replace(key, revoked_at=after(5.000001))
    assert await store.keys(ACME) == [revoked]
    assert await store.key_by_prefix("a") == revoked


async def test_another_tenants_key_cannot_be_revoked(store: Store) -> None:
    key = _key("a")
    await store.create_key(key)
    assert not await store.revoke_key(OTHER, key.id, NOW)
    assert not await store.revoke_key(ACME, new_id(), NOW)
    assert await store.keys(ACME) == [key]


async def test_job_types_are_listed_by_name_as_they_were_given(store: Store) -> None:
    policy = Policy(
        queue="größe", priority=Priority.CRITICAL, timeout_seconds=0.5,
        retry=RetryPolicy(backoff="linear", jitter="none", rules=(ErrorRule("a.B", Verdict.CANCELLED),)),
    )  # fmt: skip
    schema: dict[str, Any] = {"type": "object", "properties": {"to": {"type": "string", "default": "ü\u2028"}}}
    video = JobType(name="video", policy=policy, schema=schema, description="Renders\n\ta film ☃")
    mail = JobType(name="mail")
    await store.save_types([video, mail], NOW)
    assert await store.types() == [mail, video]


async def test_a_job_type_is_replaced_when_it_is_registered_again(store: Store) -> None:
    await store.save_types([JobType(name="mail"), JobType(name="video")], NOW)
    newer = JobType(name="mail", policy=Policy(queue="fast"), description="newer")
    await store.save_types([newer], after(1))
    assert await store.types() == [newer, JobType(name="video")]


async def test_many_processes_register_the_same_types(two_stores: tuple[Store, Store]) -> None:
    types = [JobType(name=f"type-{number}") for number in range(10)]
    await asyncio.gather(*(two_stores[n % 2].save_types(types[:: 1 - 2 * (n % 2)], NOW) for n in range(10)))
    assert await two_stores[0].types() == types
