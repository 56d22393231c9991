"""Who may come in: tenants, API keys, and the check of a key."""

import time
from typing import Final

from foliot.domain.access import ApiKey, Tenant, hash_secret, new_secret, split_key
from foliot.domain.errors import Conflict, Forbidden, NotFound, Unauthenticated
from foliot.domain.identity import Identity, Role
from foliot.domain.ids import IdSequence
from foliot.domain.policy import check_name
from foliot.ports import AccessStore, Clock

_TRUST_SECONDS: Final = 1.0
"""How long a key that was checked is believed without looking again; a revoked one may work that much longer."""

_MOST_TRUSTED: Final = 10_000


class Access:
    """Tenants and keys. Creating tenants is the owner's; a tenant's admins make its keys."""

    def __init__(self, store: AccessStore, ids: IdSequence, clock: Clock) -> None:
        self._store = store
        self._ids = ids
        self._clock = clock
        self._trusted: dict[str, tuple[float, ApiKey]] = {}

    async def authenticate(self, text: str | None) -> Identity:
        """The identity that an API key stands for.

        Raises:
            Unauthenticated: there is no key, or it is malformed, unknown or revoked.
        """
        if not text:
            raise Unauthenticated("Send an API key as `Authorization: Bearer fol_…`; `foliot key create` makes one.")
        if (parts := split_key(text)) is None:
            raise Unauthenticated("This is not an API key: one looks like fol_…_…; `foliot key create` makes one.")
        prefix, secret = parts
        trusted = self._trusted.get(prefix)
        if trusted is None or trusted[0] < time.monotonic():
            key = await self._store.key_by_prefix(prefix)
            if key is None:
                raise Unauthenticated("This API key is unknown or was revoked.")
            if len(self._trusted) >= _MOST_TRUSTED:
                self._trusted.clear()
            trusted = self._trusted[prefix] = time.monotonic() + _TRUST_SECONDS, key
        if not trusted[1].opens(secret):
            raise Unauthenticated("This API key is unknown or was revoked.")
        return trusted[1].identity

    async def create_tenant(self, identity: Identity, name: str) -> Tenant:
        """A new tenant.

        Raises:
            Conflict: the name is taken.
            InvalidRequest: the name cannot be used.
        """
        identity.require(Role.OWNER)
        check_name(name, "name")
        now = self._clock.now()
        tenant = Tenant(self._ids.take(now, 1)[0], name, now)
        if not await self._store.create_tenant(tenant):
            raise Conflict(f"There is a tenant {name!r} already; choose another name.", "name")
        return tenant

    async def tenants(self, identity: Identity) -> list[Tenant]:
        """All tenants, oldest first."""
        identity.require(Role.OWNER)
        return await self._store.tenants()

    async def tenant_named(self, identity: Identity, name: str) -> Tenant:
        """The tenant of that name.

        Raises:
            NotFound: there is none.
        """
        for tenant in await self.tenants(identity):
            if tenant.name == name:
                return tenant
        raise NotFound(f"There is no tenant {name!r}; `foliot tenant list` shows all.")

    async def create_key(self, identity: Identity, name: str, role: Role) -> tuple[ApiKey, str]:
        """A new key of the identity's tenant, and its text, which is not kept and cannot be shown again.

        Raises:
            Forbidden: the role is above that of who asks.
            InvalidRequest: the name cannot be used, or the role is not one for keys.
        """
        identity.require(Role.ADMIN)
        identity.require(role)
        if role is Role.OWNER:
            raise Forbidden("A key is of one tenant; its role is viewer, operator or admin.")
        check_name(name, "name")
        text, prefix, secret = new_secret()
        now = self._clock.now()
        key = ApiKey(
            id=self._ids.take(now, 1)[0],
            tenant_id=identity.tenant_id,
            name=name,
            role=role,
            prefix=prefix,
            hash=hash_secret(secret),
            created_at=now,
        )
        await self._store.create_key(key)
        return key, text

    async def keys(self, identity: Identity) -> list[ApiKey]:
        """The tenant's keys, oldest first."""
        identity.require(Role.ADMIN)
        return await self._store.keys(identity.tenant_id)

    async def revoke_key(self, identity: Identity, key_id: str) -> None:
        """Take a key's power away, within a second everywhere.

        Raises:
            NotFound: this tenant has no such key.
        """
        identity.require(Role.ADMIN)
        if not await self._store.revoke_key(identity.tenant_id, key_id, self._clock.now()):
            raise NotFound(f"There is no key {key_id}; `foliot key list` shows all.")
        self._trusted.clear()
