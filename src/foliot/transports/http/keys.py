"""API keys of the tenant, and who the caller is."""

from collections.abc import Sequence
from typing import Annotated, Final, Literal

import msgspec

from foliot.domain.access import ApiKey
from foliot.domain.identity import Identity, Role
from foliot.service.services import Services
from foliot.transports.http.answers import Answer
from foliot.transports.http.endpoint import endpoint
from foliot.transports.http.wire import Id, Instant, Name, WhoIAm


class NewKey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A key to be made. Its name stands for the user in what it does."""

    name: Name
    role: Literal["viewer", "operator", "admin"]


class KeyView(msgspec.Struct, frozen=True, kw_only=True):
    """A key as it is remembered: without its secret."""

    id: Id
    name: str
    role: Role
    prefix: Annotated[str, msgspec.Meta(description="The part of the key that may be seen: fol_<prefix>_…")]
    created_at: Instant
    revoked_at: Instant | None


class KeyList(msgspec.Struct, frozen=True):
    """The tenant's keys, oldest first, revoked ones too."""

    items: Sequence[KeyView]


class CreatedKey(msgspec.Struct, frozen=True, kw_only=True):
    """A new key. `key` is its text, which is shown this once."""

    id: Id
    name: str
    role: Role
    prefix: str
    created_at: Instant
    key: str


@endpoint("GET", "/v1/keys", "List API keys", tag="Keys")
async def list_keys(services: Services, identity: Identity) -> KeyList:
    """The tenant's keys. Needs the role admin."""
    return KeyList([_view(key) for key in await services.access.keys(identity)])


@endpoint("POST", "/v1/keys", "Create an API key", tag="Keys", status=201)
async def create_key(services: Services, identity: Identity, body: NewKey) -> Answer[CreatedKey]:
    """A new key of this tenant. Its text is in this answer and nowhere else. Needs the role admin."""
    key, text = await services.access.create_key(identity, body.name, Role(body.role))
    created = CreatedKey(
        id=key.id, name=key.name, role=key.role, prefix=key.prefix, created_at=key.created_at, key=text
    )
    return Answer(created)


@endpoint("DELETE", "/v1/keys/{key_id}", "Revoke an API key", tag="Keys", status=204)
async def revoke_key(services: Services, identity: Identity, key_id: str) -> None:
    """The key opens nothing any more, within a second everywhere. Needs the role admin."""
    await services.access.revoke_key(identity, key_id)


@endpoint("GET", "/v1/me", "Who am I", tag="Keys")
async def show_me(identity: Identity) -> WhoIAm:
    """Whom the key of this request stands for."""
    return WhoIAm(identity.tenant_id, identity.user_id, identity.role)


ENDPOINTS: Final = (list_keys, create_key, revoke_key, show_me)


def _view(key: ApiKey) -> KeyView:
    return KeyView(
        id=key.id,
        name=key.name,
        role=key.role,
        prefix=key.prefix,
        created_at=key.created_at,
        revoked_at=key.revoked_at,
    )
