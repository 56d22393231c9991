"""Who calls: the identity behind the bearer key of a request."""

from foliot.domain.identity import Identity
from foliot.service.access import Access
from foliot.transports.http.asgi import Scope
from foliot.transports.http.reading import header


async def identity_of(scope: Scope, access: Access) -> Identity:
    """The identity that the request's API key stands for.

    Raises:
        Unauthenticated: there is no `Authorization: Bearer …`, or its key opens nothing.
    """
    scheme, _, key = (header(scope, b"authorization") or "").partition(" ")
    return await access.authenticate(key.strip() if scheme.lower() == "bearer" else None)
