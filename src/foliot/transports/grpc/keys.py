"""API keys of the tenant."""

from typing import Final

from foliot.domain.access import ApiKey
from foliot.domain.errors import InvalidRequest
from foliot.domain.identity import Role
from foliot.transports.grpc.call import Call
from foliot.transports.grpc.generated.scheduler.v1 import key_pb2
from foliot.transports.grpc.generated.scheduler.v1 import scheduler_pb2 as pb
from foliot.transports.grpc.times import stamp
from foliot.transports.grpc.words import Words

_ROLES: Final = Words(key_pb2.Role, "ROLE_", (Role.VIEWER, Role.OPERATOR, Role.ADMIN))


async def list_keys(call: Call, request: pb.ListKeysRequest) -> pb.ListKeysResponse:
    return pb.ListKeysResponse(keys=[_view(key) for key in await call.services.access.keys(call.identity)])


async def create_key(call: Call, request: pb.CreateKeyRequest) -> pb.CreateKeyResponse:
    role = _ROLES.said(request.role, "role")
    if role is None:
        raise InvalidRequest("role is missing; it is viewer, operator or admin.", "role")
    key, text = await call.services.access.create_key(call.identity, request.name, role)
    return pb.CreateKeyResponse(key=_view(key), text=text)


async def revoke_key(call: Call, request: pb.RevokeKeyRequest) -> pb.RevokeKeyResponse:
    await call.services.access.revoke_key(call.identity, request.key_id)
    return pb.RevokeKeyResponse()


OPERATIONS: Final = (list_keys, create_key, revoke_key)


def _view(key: ApiKey) -> key_pb2.ApiKey:
    return key_pb2.ApiKey(
        key_id=key.id, name=key.name, role=_ROLES.number(key.role), prefix=key.prefix,
        created_at=stamp(key.created_at), revoked_at=stamp(key.revoked_at),
    )  # fmt: skip
