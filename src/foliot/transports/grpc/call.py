"""One call: who makes it, under which id it is logged, and what it may ask."""

import re
from collections.abc import Awaitable, Callable
from typing import Any, Final
from uuid import uuid4

import grpc
import msgspec

from foliot.domain.errors import InvalidRequest
from foliot.domain.identity import Identity
from foliot.service.services import Services

Context = grpc.aio.ServicerContext[Any, Any]

_SANE: Final = re.compile(r"[A-Za-z0-9._:+/=@-]{1,128}")


class Call(msgspec.Struct, frozen=True):
    """What an operation gets beside its request."""

    services: Services
    identity: Identity
    again: Callable[[], Awaitable[Identity]]
    """Who calls, looked up anew: in a call that lasts, the key may have been revoked meanwhile."""


def request_id_of(context: Context) -> str:
    """The caller's `x-request-id`, if it is sane, else a new one."""
    for name, value in context.invocation_metadata() or ():
        if name == "x-request-id" and isinstance(value, str) and _SANE.fullmatch(value):
            return value
    return uuid4().hex


async def identity_of(context: Context, services: Services) -> Identity:
    """The identity that the call's API key stands for.

    Raises:
        Unauthenticated: there is no `authorization: Bearer …`, or its key opens nothing.
        InvalidRequest: there are two that differ.
    """
    given = {value for name, value in context.invocation_metadata() or () if name == "authorization"}
    if len(given) > 1:
        raise InvalidRequest("Send one authorization.", "authorization")
    text = next(iter(given), "")
    scheme, _, key = (text if isinstance(text, str) else text.decode("latin-1")).partition(" ")
    return await services.access.authenticate(key.strip() if scheme.lower() == "bearer" else None)
